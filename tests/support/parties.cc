#include "support/parties.h"

#include "handfast/describe.h"
#include "handfast/issue.h"
#include "support/vectors.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace handfast::test {
namespace {

constexpr std::int64_t day = 86'400;

CertificateOrder order(std::string_view common_name) {
  CertificateOrder order;
  order.common_name = common_name;
  order.not_before = {handshake_time.seconds - day};
  order.not_after = {handshake_time.seconds + day};
  return order;
}

/// RSA keys take long to make, so there is one ready.
SigningKey make_key(CertificateKey kind) {
  return kind == CertificateKey::rsa ? SigningKey::from_pem(load_text("keys/rsa-2048.pem")).value()
                                     : SigningKey::generate(kind).value();
}

struct Authority {
  std::string_view name;
  SigningKey key = make_key(CertificateKey::ecdsa_p256);
  std::vector<std::uint8_t> der = [this] {
    CertificateOrder authority = order(name);
    authority.is_authority = true;
    return issue_self_signed(authority, key).value();
  }();
  Certificate certificate = Certificate::parse(der).value();
  std::shared_ptr<const Trust> trust = Trust::from_der({der}).value();
};

const Authority& authority() {
  static const Authority authority{"Test authority"};
  return authority;
}

const Authority& client_authority() {
  static const Authority authority{"Test client authority"};
  return authority;
}

std::shared_ptr<const Credential> make_credential(CertificateKey kind, std::string_view dns_name,
                                                  const Authority& by,
                                                  std::optional<std::uint16_t> usage = {}) {
  SigningKey key = make_key(kind);
  CertificateOrder leaf = order(dns_name);
  leaf.names = {std::string(dns_name)};
  leaf.server_auth = &by == &authority();
  leaf.client_auth = !leaf.server_auth;
  leaf.key_usage = usage;
  const Issuer issuer{by.certificate, by.key};
  auto der = issue(leaf, key.public_key_info(), issuer).value();
  const bool signs = (usage.value_or(0xff) & std::to_underlying(KeyUsage::digital_signature)) != 0;
  return (signs ? Credential::make({std::move(der)}, std::move(key))
                : Credential::make_decrypting({std::move(der)}, std::move(key)))
      .value();
}

}  // namespace

const std::shared_ptr<const Credential>& credential(CertificateKey kind,
                                                    std::string_view dns_name) {
  static std::map<std::pair<CertificateKey, std::string>, std::shared_ptr<const Credential>> made;
  auto& credential = made[{kind, std::string(dns_name)}];
  if (credential == nullptr) {
    credential = make_credential(kind, dns_name, authority());
  }
  return credential;
}

const std::shared_ptr<const Credential>& credential_for_encryption(CertificateKey kind) {
  static std::map<CertificateKey, std::shared_ptr<const Credential>> made;
  auto& credential = made[kind];
  if (credential == nullptr) {
    credential =
        make_credential(kind, server_dns_name, authority(),
                        static_cast<std::uint16_t>(std::to_underlying(KeyUsage::digital_signature) |
                                                   std::to_underlying(KeyUsage::key_encipherment)));
  }
  return credential;
}

const std::shared_ptr<const Credential>& credential_for_encryption_alone() {
  static const std::shared_ptr<const Credential> made =
      make_credential(CertificateKey::rsa, server_dns_name, authority(),
                      static_cast<std::uint16_t>(KeyUsage::key_encipherment));
  return made;
}

const std::shared_ptr<const Credential>& raw_credential(CertificateKey kind) {
  static std::map<CertificateKey, std::shared_ptr<const Credential>> made;
  auto& credential = made[kind];
  if (credential == nullptr) {
    credential = Credential::of_raw_key(make_key(kind)).value();
  }
  return credential;
}

std::shared_ptr<const Trust> pinned(const Credential& credential) {
  TrustSources sources;
  sources.keys = {fingerprint(credential.key().public_key_info())};
  return Trust::make(std::move(sources)).value();
}

const std::shared_ptr<const Credential>& client_credential(CertificateKey kind) {
  static std::map<CertificateKey, std::shared_ptr<const Credential>> made;
  auto& credential = made[kind];
  if (credential == nullptr) {
    credential = make_credential(kind, client_dns_name, client_authority());
  }
  return credential;
}

const std::shared_ptr<const Trust>& authorities() { return authority().trust; }

const std::shared_ptr<const Trust>& client_authorities() { return client_authority().trust; }

}  // namespace handfast::test
