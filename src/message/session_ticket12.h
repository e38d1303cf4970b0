// NewSessionTicket of TLS 1.2, and the extension that offers one. RFC 5077 §3.2, §3.3.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { uint32 ticket_lifetime_hint; opaque ticket<0..2^16-1>; } NewSessionTicket;
struct NewSessionTicket12 {
  static constexpr auto type = HandshakeType::new_session_ticket;
  std::uint32_t ticket_lifetime_hint = 0;
  Bytes ticket;
  static constexpr auto layout =
      codec::fields(codec::field("ticket_lifetime_hint", &NewSessionTicket12::ticket_lifetime_hint),
                    codec::opaque<0, 0xffff>("ticket", &NewSessionTicket12::ticket));
};

/// In a ClientHello the ticket itself, without a length of its own, or nothing; in a ServerHello
/// nothing.
struct SessionTicket {
  static constexpr auto type = ExtensionType::session_ticket;
  Bytes ticket;
  static constexpr auto layout = codec::fields(codec::rest("ticket", &SessionTicket::ticket));
};

}  // namespace handfast::message
