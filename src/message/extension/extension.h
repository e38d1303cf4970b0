// Extension: the envelope of every extension, and the messages in which one may stand.
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"

#include <cstdint>

namespace handfast::message {

/// RFC 9846 §4.3: struct { ExtensionType extension_type; opaque extension_data<0..2^16-1>; }
/// Extension;
struct Extension {
  ExtensionType extension_type{};
  Bytes extension_data;
  static constexpr auto layout =
      codec::fields(codec::field("extension_type", &Extension::extension_type),
                    codec::opaque<0, 0xffff>("extension_data", &Extension::extension_data));
};

using ExtensionList = codec::List<Extension>;

/// The messages that carry extensions: CH, SH, HRR, EE, CT, CR, NST of the table in RFC 9846 §4.3,
/// and the ServerHello of TLS 1.2.
enum class Place : std::uint8_t {
  client_hello = 1 << 0,
  server_hello = 1 << 1,
  hello_retry_request = 1 << 2,
  encrypted_extensions = 1 << 3,
  certificate = 1 << 4,
  certificate_request = 1 << 5,
  new_session_ticket = 1 << 6,
  server_hello12 = 1 << 7,
};

}  // namespace handfast::message
