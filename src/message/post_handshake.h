// NewSessionTicket and KeyUpdate. RFC 9846 §4.7.
#pragma once

#include "message/extension/pre_shared_key.h"
#include "message/extension_block.h"

namespace handfast::message {

struct NewSessionTicketExtensions {
  std::optional<MaxEarlyDataSize> early_data;

  static constexpr auto place = Place::new_session_ticket;
  static constexpr auto members = std::tuple{&NewSessionTicketExtensions::early_data};
};

/// struct { uint32 ticket_lifetime; uint32 ticket_age_add; opaque ticket_nonce<0..255>;
///          opaque ticket<1..2^16-1>; Extension extensions<0..2^16-1>; } NewSessionTicket;
struct NewSessionTicket {
  static constexpr auto type = HandshakeType::new_session_ticket;
  std::uint32_t ticket_lifetime = 0;
  std::uint32_t ticket_age_add = 0;
  Bytes ticket_nonce;
  Bytes ticket;
  ExtensionList extensions;
  static constexpr auto layout =
      codec::fields(codec::field("ticket_lifetime", &NewSessionTicket::ticket_lifetime),
                    codec::field("ticket_age_add", &NewSessionTicket::ticket_age_add),
                    codec::opaque<0, 255>("ticket_nonce", &NewSessionTicket::ticket_nonce),
                    codec::opaque<1, 0xffff>("ticket", &NewSessionTicket::ticket),
                    codec::vector<0, 0xffff>("extensions", &NewSessionTicket::extensions));
};

/// enum { update_not_requested(0), update_requested(1), (255) } KeyUpdateRequest;
enum class KeyUpdateRequest : std::uint8_t { update_not_requested = 0, update_requested = 1 };

/// struct { KeyUpdateRequest request_update; } KeyUpdate;
struct KeyUpdate {
  static constexpr auto type = HandshakeType::key_update;
  KeyUpdateRequest request_update{};
  static constexpr auto layout =
      codec::fields(codec::field("request_update", &KeyUpdate::request_update));
};

}  // namespace handfast::message
