// Encrypted Client Hello for tests: sides that hide their ClientHello, and somebody between them
// who has the server's key.
#pragma once

#include "handfast/ech.h"
#include "handshake/ech_confirm13.h"
#include "support/middle.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::test {

/// The key of `public_name`; the same one each time.
inline const std::shared_ptr<const EchKey>& ech_key(std::string_view public_name) {
  static std::map<std::string, std::shared_ptr<const EchKey>, std::less<>> keys;
  const auto found = keys.find(public_name);
  return found != keys.end()
             ? found->second
             : keys.emplace(public_name, EchKey::generate(public_name).value()).first->second;
}

inline std::shared_ptr<const EchConfig> config_of(const EchKey& key) {
  return EchConfig::choose(key.config_list()).value();
}

inline constexpr std::string_view public_dns_name = "public.test";

/// `sides` with a client that hides its ClientHello, and a server that finds it.
inline Sides hidden(Sides sides = {}) {
  const auto& key = ech_key(public_dns_name);
  sides.client.ech = config_of(*key);
  sides.server.ech_keys = {{key}};
  return sides;
}

/// `sides` with a client that means to reach somebody else, behind the server that there is, by a
/// key that the server does not have.
inline Sides rejected(Sides sides = {}) {
  static const auto other = EchKey::generate(server_dns_name).value();
  sides.name = "secret.test";
  sides.client.ech = config_of(*other);
  sides.server.ech_keys = {{ech_key(server_dns_name)}};
  return sides;
}

using InnerChange = std::function<void(OpenHello&)>;

/// The same for the bytes that were sealed, with their padding.
using EncodedChange = std::function<void(std::vector<std::uint8_t>&)>;

/// Opens what is hidden in the first ClientHello of a flight for `hidden()`, changes it, and hides
/// it again.
Edit change_encoded(EncodedChange change);

/// The same for what was sealed as a ClientHello: extensions that both have are one that names
/// them.
Edit change_inner(InnerChange change);

/// What is hidden in `hello`, for `hidden()`.
std::vector<std::uint8_t> encoded_inner(const std::vector<std::uint8_t>& hello);

/// `hello`, for `hidden()`, with `encoded` hidden in it instead.
std::vector<std::uint8_t> hide(const std::vector<std::uint8_t>& hello,
                               const std::vector<std::uint8_t>& encoded);

}  // namespace handfast::test
