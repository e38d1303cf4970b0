// Authentication: one that runs after the handshake, as a small handshake of its own. RFC 9846
// §4.7.2.
#pragma once

#include "base/arena.h"
#include "handshake/handshake.h"
#include "wire/gathering_wire.h"
#include "wire/stream_wire.h"

#include <memory>
#include <utility>

namespace handfast {

/// The exchange and all the memory that it needs.
///
/// Confined: one thread at a time.
struct Authentication {
  Authentication(wire::StreamWire& stream, handshake::PostAuthentication& post,
                 std::shared_ptr<MessageStore> received)
      : messages(std::move(received)), wire(stream), exchange(wire, post) {
    exchange.observe_with(stream.observer());
  }

  std::shared_ptr<MessageStore> messages;  ///< what the peer says, and verdicts look at
  wire::PostHandshakeWire wire;
  handshake::Handshake exchange;
};

}  // namespace handfast
