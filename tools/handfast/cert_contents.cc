#include "handfast/cert_contents.h"

#include "handfast/cert_password.h"
#include "handfast/container.h"
#include "handfast/key_text.h"
#include "handfast/net.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;
using command::KeyText;

namespace {

Failure contents_failure(const Error& error, const std::string& path) {
  Failure failure = command::file_failure(error, path);
  if (error.reason == Reason::password_wrong) {
    failure.headline = fmt::format("The password does not open {}.", command::escape(path));
  } else if (error.reason == Reason::encryption_outdated) {
    failure.headline =
        fmt::format("{} is encrypted with a method of the past that is not supported here.",
                    command::escape(path));
    failure.tries = {
        fmt::format("openssl pkcs12 -legacy -in {} -nodes | openssl pkcs12 -export -out new.p12",
                    command::escape(path))};
  }
  return failure;
}

std::expected<Contents, Failure> read_store(const Common& common, std::string_view file,
                                            const std::string& path,
                                            const std::string& password_source) {
  // An empty password is tried before anybody is asked for one.
  Result<KeyStore> store = fail(Reason::password_wrong);
  if (!password_is_at_hand(password_source)) {
    store = read_pkcs12(net::as_bytes(file), {});
  }
  if (!store && store.error().reason == Reason::password_wrong) {
    const auto password = find_password(common, password_source, path, Asking::for_what_there_is);
    if (!password) {
      return std::unexpected(password.error());
    }
    store = read_pkcs12(net::as_bytes(file), (*password)->view());
  }
  if (!store) {
    return std::unexpected(contents_failure(store.error(), path));
  }
  Contents contents{.form = "PKCS#12", .documents = {}, .key = std::move(store->key)};
  for (std::vector<std::uint8_t>& der : store->certificates) {
    contents.documents.push_back({DocumentKind::certificate, std::move(der)});
  }
  if (contents.key) {
    contents.documents.push_back({DocumentKind::private_key, {}});
  }
  return contents;
}

/// The first private key of a file that holds one.
std::expected<std::optional<SigningKey>, Failure>
read_key(const Common& common, std::string_view file, const std::string& path,
         const std::string& password_source, Keys keys) {
  const DocumentKind kind = recognise(net::as_bytes(file));
  const KeyText pem(file.contains("-----BEGIN ") ? std::string(file)
                                                 : to_pem(kind, net::as_bytes(file)));
  auto key = SigningKey::from_pem(pem.view());
  if (!key && key.error().reason == Reason::password_missing) {
    if (keys == Keys::open_if_given && !password_is_at_hand(password_source)) {
      return std::nullopt;
    }
    const auto password = find_password(common, password_source, path, Asking::for_what_there_is);
    if (!password) {
      return std::unexpected(password.error());
    }
    key = SigningKey::from_pem(pem.view(), (*password)->view());
  }
  if (!key) {
    return std::unexpected(contents_failure(key.error(), path));
  }
  return std::optional<SigningKey>(*std::move(key));
}

bool is_key(const Document& document) {
  return document.kind == DocumentKind::private_key || document.kind == DocumentKind::encrypted_key;
}

/// A sentence about a file in which nothing is recognised.
Failure nothing_known(const std::string& path) {
  Failure failure = command::file_failure(Error{.reason = Reason::pem_malformed}, path);
  failure.headline =
      fmt::format("{} holds no certificate, and no request, list, response or key either.",
                  command::escape(path));
  failure.tries = {"PEM, DER, PKCS#7 and PKCS#12 are read; is this another kind of file?"};
  return failure;
}

}  // namespace

std::expected<Contents, Failure> read_contents(const Common& common, const std::string& path,
                                               const std::string& password_source, Keys keys) {
  auto text = net::read_file(path);
  if (!text) {
    return std::unexpected(command::file_failure(text.error(), path));
  }
  const KeyText file(*std::move(text));
  const Bytes bytes = net::as_bytes(file.view());
  const DocumentKind whole = recognise(bytes);
  if (whole == DocumentKind::pkcs12) {
    return read_store(common, file.view(), path, password_source);
  }
  auto documents = read_documents(file.view());
  if (!documents) {
    return std::unexpected(command::file_failure(documents.error(), path));
  }
  const bool is_pem = file.view().contains("-----BEGIN ");
  if (!is_pem && whole == DocumentKind::unknown) {
    return std::unexpected(nothing_known(path));
  }
  Contents contents{.form = is_pem                         ? "PEM"
                            : whole == DocumentKind::pkcs7 ? "PKCS#7"
                                                           : "DER",
                    .documents = std::move(*documents),
                    .key = std::nullopt};
  if (std::ranges::any_of(contents.documents, is_key)) {
    auto key = read_key(common, file.view(), path, password_source, keys);
    if (!key) {
      return std::unexpected(key.error());
    }
    contents.key = std::move(*key);
  }
  return contents;
}

std::vector<std::vector<std::uint8_t>> certificates_of(const std::vector<Document>& documents) {
  std::vector<std::vector<std::uint8_t>> certificates;
  for (const Document& document : documents) {
    if (document.kind == DocumentKind::certificate) {
      certificates.push_back(document.der);
    }
  }
  return certificates;
}

}  // namespace handfast::cert
