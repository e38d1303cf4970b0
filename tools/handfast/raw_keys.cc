#include "handfast/raw_keys.h"

#include "handfast/key_text.h"
#include "handfast/net.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace handfast::command {

namespace {

/// A digest in hexadecimal, with or without colons; nothing for anything else.
std::optional<KeyPin> parse_digest(std::string text) {
  std::erase(text, ':');
  KeyPin pin{};
  if (text.size() != 2 * pin.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < pin.size(); ++i) {
    const char* const digits = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, pin[i], 16);
    if (error != std::errc() || end != digits + 2) {
      return std::nullopt;
    }
  }
  return pin;
}

}  // namespace

std::expected<std::vector<KeyPin>, Failure> read_pins(const std::vector<std::string>& names) {
  std::vector<KeyPin> pins;
  for (const std::string& name : names) {
    if (const std::optional<KeyPin> pin = parse_digest(name)) {
      pins.push_back(*pin);
      continue;
    }
    const Result<std::string> text = net::read_file(name);
    if (!text) {
      return std::unexpected(file_failure(text.error(), name));
    }
    const Result<KeyPin> pin = key_pin_from_pem(*text);
    if (!pin) {
      Failure failure = file_failure(pin.error(), name);
      failure.tries = {"it should hold a PUBLIC KEY or a CERTIFICATE in PEM; or give the SHA-256 "
                       "of the key in hexadecimal: openssl pkey -in KEY -pubout -outform DER | "
                       "sha256sum"};
      return std::unexpected(std::move(failure));
    }
    pins.push_back(*pin);
  }
  return pins;
}

Result<std::shared_ptr<const Trust>> trust_in(const Trust* others, std::vector<KeyPin> keys) {
  TrustSources sources;
  sources.keys = std::move(keys);
  for (std::size_t i = 0; others != nullptr && i < others->size(); ++i) {
    const Bytes der = others->anchor(i).der;
    sources.anchors.push_back({.certificate = {der.begin(), der.end()}});
  }
  return Trust::make(std::move(sources));
}

std::expected<std::shared_ptr<const Credential>, Failure> read_raw_key(const std::string& path) {
  Result<std::string> file = net::read_file(path);
  if (!file) {
    return std::unexpected(file_failure(file.error(), path));
  }
  const KeyText text(*std::move(file));
  Result<SigningKey> key = SigningKey::from_pem(text.view());
  if (!key) {
    return std::unexpected(file_failure(key.error(), path));
  }
  auto credential = Credential::of_raw_key(*std::move(key));
  if (!credential) {
    return std::unexpected(file_failure(credential.error(), path));
  }
  return *std::move(credential);
}

}  // namespace handfast::command
