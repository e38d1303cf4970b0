// NewSessionTicket of TLS 1.2. RFC 5077 §3.3.
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"

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

}  // namespace handfast::message
