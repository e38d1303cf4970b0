// EncodedClientHelloInner: a ClientHello in the form in which it is sealed into another. RFC 9849
// §5.1.
#pragma once

#include "base/arena.h"
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

/// How many bytes that are.
[[nodiscard]] std::size_t encoded_inner_size(const message::ClientHello& inner,
                                             SharedExtensions shared, NamePadding padding);

/// The counterpart: the ClientHello that `encoded` stands for, inside of `outer`, as a message with
/// its header. It lies in `store`, and is no larger than any ClientHello may be. RFC 9849 §5.1.
/// Fails: message_truncated, value_out_of_bounds, message_leftover; ech_inner_invalid for padding
/// that is not zero, and for more than one list of extensions; ech_outer_extensions_invalid;
/// message_too_long, out_of_memory.
Result<Bytes> decode_inner_hello(MessageStore& store, Bytes encoded,
                                 const message::ClientHello& outer);

}  // namespace handfast::handshake
