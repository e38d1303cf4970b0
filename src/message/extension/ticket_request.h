// ticket_request. RFC 9149 §3.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// In a ClientHello: struct { uint8 new_session_count; uint8 resumption_count; }
/// ClientTicketRequest;
struct ClientTicketRequest {
  static constexpr auto type = ExtensionType::ticket_request;
  std::uint8_t new_session_count = 0;
  std::uint8_t resumption_count = 0;
  static constexpr auto layout =
      codec::fields(codec::field("new_session_count", &ClientTicketRequest::new_session_count),
                    codec::field("resumption_count", &ClientTicketRequest::resumption_count));
};

/// In EncryptedExtensions: struct { uint8 expected_count; } ServerTicketRequestHint;
struct ServerTicketRequestHint {
  static constexpr auto type = ExtensionType::ticket_request;
  std::uint8_t expected_count = 0;
  static constexpr auto layout =
      codec::fields(codec::field("expected_count", &ServerTicketRequestHint::expected_count));
};

}  // namespace handfast::message
