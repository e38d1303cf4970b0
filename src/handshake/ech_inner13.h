// EncodedClientHelloInner: a ClientHello in the form in which it is sealed into another. RFC 9849
// §5.1.
#pragma once

#include "handfast/result.h"
#include "handshake/offer13.h"
#include "message/client_hello.h"

#include <cstdint>
#include <vector>

namespace handfast::handshake {

/// What a client knows of the names that hide among each other: how long its own is, and how long
/// the longest. RFC 9849 §6.1.3.
struct NamePadding {
  std::size_t own = 0;  ///< 0: no name is told
  std::size_t longest = 0;
};

/// `inner` with its `shared` extensions replaced by their types, and padded so that its length
/// tells as little as can be. RFC 9849 §5.1, §6.1.3.
[[nodiscard]] std::vector<std::uint8_t>
encode_inner_hello(const message::ClientHello& inner, SharedExtensions shared, NamePadding padding);

}  // namespace handfast::handshake
