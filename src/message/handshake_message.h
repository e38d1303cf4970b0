// The envelope of handshake messages. RFC 9846 §4.
#pragma once

#include "base/limits.h"
#include "codec/layout.h"
#include "handfast/registry.h"

#include <cstddef>
#include <optional>

namespace handfast::message {

/// HandshakeType msg_type; uint24 length;
inline constexpr std::size_t header_size = 4;

/// The most bytes that a message of `type` may have, header excluded; known before a byte of it is
/// kept.
[[nodiscard]] constexpr std::size_t size_limit(HandshakeType type) {
  switch (type) {
    case HandshakeType::client_hello: return limits::client_hello;
    case HandshakeType::certificate: return limits::certificate_message;
    case HandshakeType::certificate_request: return limits::certificate_request;
    case HandshakeType::new_session_ticket: return limits::new_session_ticket;
    default: return limits::other_message;
  }
}

/// Writes a message with its header.
template <class M>
void write_message(codec::Writer& out, const M& body) {
  out.number(std::to_underlying(M::type));
  const std::size_t place = out.begin_vector(3);
  codec::write(out, body);
  out.end_vector(place, 3);
}

}  // namespace handfast::message
