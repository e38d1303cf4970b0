// heartbeat. RFC 6520 §2.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { HeartbeatMode mode; } HeartbeatExtension;
struct HeartbeatExtension {
  static constexpr auto type = ExtensionType::heartbeat;
  HeartbeatMode mode{};
  static constexpr auto layout = codec::fields(codec::field("mode", &HeartbeatExtension::mode));
};

}  // namespace handfast::message
