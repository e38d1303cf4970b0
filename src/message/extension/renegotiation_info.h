// renegotiation_info. RFC 5746 §3.2.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { opaque renegotiated_connection<0..255>; } RenegotiationInfo;
struct RenegotiationInfo {
  static constexpr auto type = ExtensionType::renegotiation_info;
  Bytes renegotiated_connection;
  static constexpr auto layout = codec::fields(codec::opaque<0, 0xff>(
      "renegotiated_connection", &RenegotiationInfo::renegotiated_connection));
};

}  // namespace handfast::message
