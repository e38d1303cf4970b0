// The messages of TLS 1.2 that have no content. RFC 5246 §7.4.1.1, §7.4.5.
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"

namespace handfast::message {

/// struct { } HelloRequest;
struct HelloRequest {
  static constexpr auto type = HandshakeType::hello_request;
  static constexpr auto layout = codec::fields();
};

/// struct { } ServerHelloDone;
struct ServerHelloDone {
  static constexpr auto type = HandshakeType::server_hello_done;
  static constexpr auto layout = codec::fields();
};

}  // namespace handfast::message
