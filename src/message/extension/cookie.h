// cookie. RFC 9846 §4.3.2.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { opaque cookie<1..2^16-1>; } Cookie;
struct Cookie {
  static constexpr auto type = ExtensionType::cookie;
  Bytes cookie;
  static constexpr auto layout = codec::fields(codec::opaque<1, 0xffff>("cookie", &Cookie::cookie));
};

}  // namespace handfast::message
