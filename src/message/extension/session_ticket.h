// session_ticket. RFC 5077 §3.2.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// In a ClientHello the ticket itself, without a length of its own, or nothing; in a ServerHello
/// nothing.
struct SessionTicket {
  static constexpr auto type = ExtensionType::session_ticket;
  Bytes ticket;
  static constexpr auto layout = codec::fields(codec::rest("ticket", &SessionTicket::ticket));
};

}  // namespace handfast::message
