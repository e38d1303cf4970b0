// post_handshake_auth: the client may be asked for a certificate later. RFC 9846 §4.3.6.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// In a ClientHello: struct {} PostHandshakeAuth;
struct PostHandshakeAuth {
  static constexpr auto type = ExtensionType::post_handshake_auth;
  static constexpr auto layout = codec::fields();
};

}  // namespace handfast::message
