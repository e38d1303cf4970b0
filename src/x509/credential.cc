#include "handfast/credential.h"

#include "base/limits.h"
#include "codec/reader.h"
#include "compression/compressed_forms.h"
#include "crypto/signature.h"
#include "der/pem.h"
#include "der/reader.h"
#include "handfast/describe.h"
#include "x509/algorithm.h"
#include "x509/credential_key.h"
#include "x509/distinguished_name.h"
#include "x509/dns_name.h"
#include "x509/identity.h"
#include "x509/path.h"

#include <algorithm>
#include <utility>

namespace handfast {
namespace {

/// RFC 6962 §3.3: SerializedSCT sct_list <1..2^16-1>, and each of them opaque<1..2^16-1>. None at
/// all is good too.
bool is_sct_list(Bytes bytes) {
  if (bytes.empty()) {
    return true;
  }
  codec::Reader outer(bytes);
  codec::Reader list(outer.vector(1, limits::staple));
  while (list.good() && list.left() > 0) {
    list.vector(1, 0xffff);
  }
  return outer.finish() && list.finish();
}

/// Whether both parts have the form that they should.
bool is_stapled(const Stapled& stapled) {
  const Bytes response = stapled.ocsp_response;
  const bool is_response = response.size() <= limits::staple && der::is_well_formed(response) &&
                           der::Reader(response).peek() == der::Tag::sequence;
  return (response.empty() || is_response) && is_sct_list(stapled.sct_list);
}

}  // namespace

Result<std::shared_ptr<const Credential>> Credential::from_pem(std::string_view chain_pem,
                                                               std::string_view key_pem) {
  Result<SigningKey> key = SigningKey::from_pem(key_pem);
  if (!key) {
    return std::unexpected(key.error());
  }
  std::vector<std::vector<std::uint8_t>> certificates;
  der::PemScanner scanner(chain_pem);
  while (const std::optional<der::PemBlock> block = scanner.next()) {
    if (block->label != "CERTIFICATE") {
      continue;
    }
    Result<std::vector<std::uint8_t>> der = der::decode_pem(*block);
    if (!der) {
      return std::unexpected(der.error());
    }
    certificates.push_back(*std::move(der));
  }
  return make(std::move(certificates), *std::move(key));
}

Result<Credential::Held> Credential::hold(std::vector<std::vector<std::uint8_t>> certificates,
                                          SigningKey key, std::optional<Delegation> delegation) {
  if (certificates.empty()) {
    return fail(Reason::pem_malformed);
  }
  if (certificates.size() > limits::certificates_in_message) {
    return fail_limit(Reason::certificate_list_too_long, limits::certificates_in_message,
                      certificates.size());
  }
  std::optional<Certificate> leaf;
  std::vector<CertificateSignature> signatures;
  std::vector<Bytes> issuers;
  std::vector<std::uint64_t> issuer_hashes;
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const Result<Certificate> certificate = Certificate::parse(certificates[i]);
    if (!certificate) {
      Error error = certificate.error();
      error.certificate = static_cast<std::int8_t>(i);
      return std::unexpected(error);
    }
    if (!leaf) {
      leaf = *certificate;
    }
    issuers.push_back(certificate->issuer);
    issuer_hashes.push_back(x509::hash_name(certificate->issuer));
    if (!certificate->is_self_issued()) {
      signatures.push_back(certificate->signature_algorithm);
    }
  }
  if (!delegation && !der::equal(leaf->public_key_info, key.public_key_info())) {
    return fail(Reason::key_does_not_fit);
  }
  // Moving a list does not move the bytes that the views lie in.
  return Held{std::move(certificates),
              std::move(signatures),
              std::move(issuers),
              std::move(issuer_hashes),
              *leaf,
              fingerprint(leaf->der),
              std::move(key),
              {},
              std::move(delegation)};
}

Result<std::shared_ptr<const Credential>>
Credential::make_signing(std::vector<std::vector<std::uint8_t>> certificates, SigningKey key,
                         std::optional<Delegation> delegation) {
  Result<Held> held = hold(std::move(certificates), std::move(key), std::move(delegation));
  if (!held) {
    return std::unexpected(held.error());
  }
  std::shared_ptr<const Credential> made(
      new Credential(std::make_shared<const Held>(*std::move(held)), {}, {}));
  // RFC 9846 §4.5.1.2: "the digitalSignature bit MUST be set if the Key Usage extension is
  // present".
  return made->may_sign() ? Result<std::shared_ptr<const Credential>>(std::move(made))
                          : fail(Reason::certificate_key_usage);
}

Result<std::shared_ptr<const Credential>>
Credential::make(std::vector<std::vector<std::uint8_t>> certificates, SigningKey key) {
  return make_signing(std::move(certificates), std::move(key), std::nullopt);
}

Result<std::shared_ptr<const Credential>>
Credential::make_delegated(std::vector<std::vector<std::uint8_t>> certificates,
                           Delegation delegation, SigningKey key) {
  return make_signing(std::move(certificates), std::move(key), std::move(delegation));
}

Result<std::shared_ptr<const Credential>>
Credential::make_decrypting(std::vector<std::vector<std::uint8_t>> certificates, SigningKey key) {
  Result<Held> held = hold(std::move(certificates), std::move(key), std::nullopt);
  if (!held) {
    return std::unexpected(held.error());
  }
  if (held->leaf.key_kind != CertificateKey::rsa) {
    return fail(Reason::certificate_not_rsa);
  }
  std::shared_ptr<const Credential> made(
      new Credential(std::make_shared<const Held>(*std::move(held)), {}, {}));
  return made->may_decrypt() ? Result<std::shared_ptr<const Credential>>(std::move(made))
                             : fail(Reason::certificate_key_usage);
}

Result<std::shared_ptr<const Credential>>
Credential::of_raw_key(SigningKey key, std::span<const std::string> dns_names) {
  std::vector<std::string> names;
  for (const std::string& asked : dns_names) {
    const std::optional<x509::DnsName> name = x509::DnsName::parse_asked(asked);
    if (!name) {
      return fail(Reason::server_name_invalid);
    }
    names.emplace_back(name->text());
  }
  const Bytes info = key.public_key_info();
  std::vector<std::vector<std::uint8_t>> shown;
  shown.emplace_back(info.begin(), info.end());
  const Result<Certificate> leaf = Certificate::of_raw_key(shown.front());
  if (!leaf) {
    return std::unexpected(leaf.error());
  }
  auto held = std::make_shared<const Held>(std::move(shown), std::vector<CertificateSignature>(),
                                           std::vector<Bytes>(), std::vector<std::uint64_t>(),
                                           *leaf, fingerprint(leaf->der), std::move(key),
                                           std::move(names), std::nullopt);
  return std::shared_ptr<const Credential>(new Credential(std::move(held), {}, {}));
}

Result<std::shared_ptr<const Credential>> Credential::with(Stapled stapled) const {
  std::vector<Stapled> to_leaf;
  to_leaf.push_back(std::move(stapled));
  return with_each(std::move(to_leaf));
}

Result<std::shared_ptr<const Credential>>
Credential::with_each(std::vector<Stapled> stapled) const {
  std::size_t size = 0;
  for (const Stapled& one : stapled) {
    size += one.ocsp_response.size() + one.sct_list.size();
    if (!is_stapled(one)) {
      return fail(Reason::staple_malformed);
    }
  }
  const bool is_raw_key = type() == CertificateType::raw_public_key;
  if ((is_raw_key && size > 0) || size > limits::staples ||
      stapled.size() > certificates().size()) {
    return fail(Reason::staple_malformed);
  }
  return std::shared_ptr<const Credential>(new Credential(held_, std::move(stapled), schemes_));
}

Result<std::shared_ptr<const Credential>>
Credential::signing_with(std::vector<SignatureScheme> schemes) const {
  if (schemes.empty()) {
    return fail(Reason::configuration_empty);
  }
  for (auto scheme = schemes.begin(); scheme != schemes.end(); ++scheme) {
    if (crypto::find_scheme(*scheme) == nullptr) {
      return fail(Reason::configuration_unsupported);
    }
    if (std::find(schemes.begin(), scheme, *scheme) != scheme) {
      return fail(Reason::configuration_duplicate);
    }
  }
  return std::shared_ptr<const Credential>(new Credential(held_, stapled_, std::move(schemes)));
}

Credential::Credential(std::shared_ptr<const Held> held, std::vector<Stapled> stapled,
                       std::vector<SignatureScheme> schemes)
    : held_(std::move(held)), stapled_(std::move(stapled)), schemes_(std::move(schemes)),
      compressed_(std::make_unique<compression::CompressedForms>()) {
  stapled_.resize(held_->certificates.size());
}

Credential::~Credential() = default;

bool Credential::may_sign() const { return x509::allows(leaf(), KeyUsage::digital_signature); }

bool Credential::may_decrypt() const {
  // RFC 5246 §7.4.2: "the keyEncipherment bit MUST be set if the key usage extension is present."
  return type() == CertificateType::x509 && delegation() == nullptr &&
         leaf().key_kind == CertificateKey::rsa && x509::allows(leaf(), KeyUsage::key_encipherment);
}

bool Credential::matches(std::string_view dns_name) const {
  const std::optional<x509::DnsName> name = x509::DnsName::parse_asked(dns_name);
  if (type() == CertificateType::raw_public_key) {
    const std::vector<std::string>& own = held_->names;
    return own.empty() || (name && std::ranges::find(own, name->text()) != own.end());
  }
  return name && x509::is_for_dns(leaf(), name->text());
}

SigningKey::SigningKey(std::unique_ptr<State> state) : state_(std::move(state)) {}

SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::from_pem(std::string_view pem,
                                        std::optional<std::string_view> password) {
  Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(pem, password);
  if (!key) {
    return std::unexpected(key.error());
  }
  return SigningKey(std::make_unique<State>(*std::move(key)));
}

Result<SigningKey> SigningKey::generate(CertificateKey kind, std::size_t rsa_bits) {
  const std::optional<crypto::KeyKind> provided = x509::provider_kind(kind);
  if (!provided) {
    return fail(Reason::key_unsupported);
  }
  Result<crypto::PrivateKey> key = crypto::PrivateKey::generate(*provided, rsa_bits);
  if (!key) {
    return std::unexpected(key.error());
  }
  return SigningKey(std::make_unique<State>(*std::move(key)));
}

Result<std::vector<std::uint8_t>>
SigningKey::to_pem(std::optional<std::string_view> password) const {
  return state_->key.to_pem(password);
}

CertificateKey SigningKey::kind() const {
  switch (state_->key.kind()) {
    case crypto::KeyKind::rsa: return CertificateKey::rsa;
    case crypto::KeyKind::ecdsa_p256: return CertificateKey::ecdsa_p256;
    case crypto::KeyKind::ecdsa_p384: return CertificateKey::ecdsa_p384;
    case crypto::KeyKind::ecdsa_p521: return CertificateKey::ecdsa_p521;
    case crypto::KeyKind::ed25519: return CertificateKey::ed25519;
    case crypto::KeyKind::ml_dsa_44: return CertificateKey::ml_dsa_44;
    case crypto::KeyKind::ml_dsa_65: return CertificateKey::ml_dsa_65;
    case crypto::KeyKind::ml_dsa_87: return CertificateKey::ml_dsa_87;
  }
  return CertificateKey::unsupported;
}

Bytes SigningKey::public_key_info() const { return state_->key.public_key_info(); }

}  // namespace handfast
