// HeartbeatMessage: what a record of type heartbeat holds, one each. RFC 6520 §4.
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"

#include <cstddef>

namespace handfast::message {

/// struct { HeartbeatMessageType type; uint16 payload_length; opaque payload[payload_length];
///          opaque padding[padding_length]; } HeartbeatMessage;
struct HeartbeatMessage {
  HeartbeatMessageType type{};
  Bytes payload;
  Bytes padding;  ///< all that follows the payload

  static constexpr std::size_t padding_least = 16;
  /// What is around the payload at least.
  static constexpr std::size_t overhead = 3 + padding_least;

  static constexpr auto layout =
      codec::fields(codec::field("type", &HeartbeatMessage::type),
                    codec::opaque<0, 0xffff>("payload", &HeartbeatMessage::payload),
                    codec::rest("padding", &HeartbeatMessage::padding));
};

}  // namespace handfast::message
