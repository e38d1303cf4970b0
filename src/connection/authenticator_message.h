// The messages of exported authenticators and of requests for them, as they travel inside the data
// of an application. RFC 9261 §4, §5.2.
#pragma once

#include "codec/writer.h"
#include "handfast/bytes.h"
#include "handfast/operation.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "message/certificate.h"
#include "message/handshake_message.h"

#include <cstdint>
#include <vector>

namespace handfast {

/// The type of a whole message.
[[nodiscard]] inline HandshakeType type_of_message(Bytes message) {
  return static_cast<HandshakeType>(message.front());
}

/// `got` stands where `expected` must.
[[nodiscard]] std::unexpected<Error> unexpected_type(HandshakeType expected, HandshakeType got);

/// The messages of an authenticator, three at most, each whole and within its bound; whether they
/// are those that there should be is not looked at. Views into it. Fails: message_too_long,
/// message_truncated, message_leftover.
Result<std::vector<Bytes>> split_authenticator(Bytes authenticator, message::Role receiver);

/// A request that `asker` has made; views into it. Fails: message_*.
Result<message::CertificateRequest> read_authenticator_request(Bytes bytes, Party asker);

/// `message` with its header; it has no more than `room` bytes besides lengths.
template <class M>
std::vector<std::uint8_t> written_message(const M& message, std::size_t room) {
  std::vector<std::uint8_t> memory(room + 16);
  codec::Writer out(memory);
  message::write_message(out, message);
  memory.resize(out.written().size());
  return memory;
}

}  // namespace handfast
