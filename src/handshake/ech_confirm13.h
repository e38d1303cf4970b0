// Where the bytes of ECH stand in the hellos, and what a server says with those that are its own:
// it has found the ClientHello that was hidden. RFC 9849 §5.2, §7.2.
#pragma once

#include "handshake/handshake.h"

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace handfast::handshake {

/// Some bytes of a message.
struct BytePlace {
  std::size_t offset = 0;
  std::size_t size = 0;

  template <class View>
  [[nodiscard]] View in(View message) const {
    return message.subspan(offset, size);
  }
};

/// The payload of encrypted_client_hello in a whole ClientHello, which has been parsed before;
/// nothing if it is not there, or not of type outer.
[[nodiscard]] std::optional<BytePlace> payload_place(Bytes hello);

/// ClientHelloOuterAAD: a whole ClientHello without its header, zeros where the payload is. RFC
/// 9849 §5.2.
[[nodiscard]] std::vector<std::uint8_t> outer_aad(Bytes hello, BytePlace payload);

/// The eight bytes by which a ServerHello or HelloRetryRequest confirms: the end of the random, or
/// the content of encrypted_client_hello; nothing if that is not there. The message is whole and
/// has been parsed before.
[[nodiscard]] std::optional<BytePlace> confirmation_place(Bytes answer, bool is_retry);

/// What stands there if the ClientHello with `inner_random` was found. RFC 9849 §7.2, §7.2.1.
[[nodiscard]] std::array<std::uint8_t, 8> ech_confirmation(const Handshake& hs, crypto::HashId hash,
                                                           const message::Random& inner_random,
                                                           Bytes answer, BytePlace place,
                                                           bool is_retry);

}  // namespace handfast::handshake
