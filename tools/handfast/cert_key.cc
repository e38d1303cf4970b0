#include "handfast/cert_key.h"

#include "handfast/cert_password.h"
#include "handfast/container.h"
#include "handfast/document.h"
#include "handfast/key_text.h"
#include "handfast/net.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;
using command::KeyText;

namespace {

/// The one key that is looked for, from what holds it.
Result<SigningKey> read_key(std::string_view text, DocumentKind kind,
                            std::optional<std::string_view> password) {
  if (kind == DocumentKind::pkcs12) {
    if (!password) {
      return fail(Reason::password_missing);
    }
    auto store = read_pkcs12(net::as_bytes(text), *password);
    if (!store) {
      return std::unexpected(store.error());
    }
    return store->key ? Result<SigningKey>(std::move(*store->key)) : fail(Reason::pem_malformed);
  }
  if (text.contains("-----BEGIN ")) {
    return SigningKey::from_pem(text, password);
  }
  const KeyText pem(to_pem(kind, net::as_bytes(text)));
  return SigningKey::from_pem(pem.view(), password);
}

Failure key_failure(const Error& error, const std::string& path) {
  Failure failure = command::file_failure(error, path);
  if (error.reason == Reason::pem_malformed) {
    failure.headline = fmt::format("{} holds no private key.", command::escape(path));
    failure.tries = {"name the file of the key, usually .key"};
  } else if (error.reason == Reason::password_wrong) {
    failure.headline = fmt::format("The password does not open {}.", command::escape(path));
  }
  return failure;
}

}  // namespace

std::vector<std::string> key_types() {
  return {"p256",    "p384",    "ed25519", "rsa2048", "rsa3072",
          "rsa4096", "mldsa44", "mldsa65", "mldsa87"};
}

Result<SigningKey> make_key(std::string_view type) {
  if (type == "p256") {
    return SigningKey::generate(CertificateKey::ecdsa_p256);
  }
  if (type == "p384") {
    return SigningKey::generate(CertificateKey::ecdsa_p384);
  }
  if (type == "ed25519") {
    return SigningKey::generate(CertificateKey::ed25519);
  }
  if (type == "mldsa44") {
    return SigningKey::generate(CertificateKey::ml_dsa_44);
  }
  if (type == "mldsa65") {
    return SigningKey::generate(CertificateKey::ml_dsa_65);
  }
  if (type == "mldsa87") {
    return SigningKey::generate(CertificateKey::ml_dsa_87);
  }
  std::size_t bits = 0;
  if (type.starts_with("rsa")) {
    std::from_chars(type.data() + 3, type.data() + type.size(), bits);
  }
  return bits == 0 ? fail(Reason::key_unsupported)
                   : SigningKey::generate(CertificateKey::rsa, bits);
}

std::expected<SigningKey, Failure> load_key(const Common& common, const std::string& path,
                                            const std::string& password_source) {
  auto text = net::read_file(path);
  if (!text) {
    return std::unexpected(command::file_failure(text.error(), path));
  }
  const KeyText whole(*std::move(text));
  const DocumentKind kind = recognise(net::as_bytes(whole.view()));
  auto key = read_key(whole.view(), kind, std::nullopt);
  if (!key && key.error().reason == Reason::password_missing) {
    const auto password = find_password(common, password_source, path, Asking::for_what_there_is);
    if (!password) {
      return std::unexpected(password.error());
    }
    key = read_key(whole.view(), kind, (*password)->view());
  }
  if (!key) {
    return std::unexpected(key_failure(key.error(), path));
  }
  return *std::move(key);
}

std::expected<void, Failure> save_key(const SigningKey& key, const std::string& path,
                                      std::optional<std::string_view> password,
                                      Replacing replacing) {
  auto pem = key.to_pem(password);
  if (!pem) {
    return std::unexpected(command::file_failure(pem.error(), path));
  }
  const auto written = write_file(path, *pem, Access::owner, replacing);
  std::ranges::fill(*pem, std::uint8_t{0});
  if (!written) {
    return std::unexpected(write_failure(written.error(), path));
  }
  return {};
}

}  // namespace handfast::cert
