// The envelope of handshake messages. RFC 9846 §4.
#pragma once

#include "base/limits.h"
#include "codec/layout.h"
#include "handfast/registry.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace handfast::message {

/// HandshakeType msg_type; uint24 length;
inline constexpr std::size_t header_size = 4;

enum class Role : std::uint8_t { client, server };

/// The most bytes that a message of `type` may have, header excluded; known before a byte of it is
/// kept. A server takes less from a client, who is nobody yet, than a client from the server that
/// it chose.
[[nodiscard]] constexpr std::size_t size_limit(HandshakeType type, Role receiver) {
  switch (type) {
    case HandshakeType::client_hello: return limits::client_hello;
    case HandshakeType::certificate:
    case HandshakeType::compressed_certificate:
      return receiver == Role::server ? limits::client_certificate_message
                                      : limits::certificate_message;
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
