// The alerts of TLS 1.3. RFC 9846 §6.
#pragma once

#include <cstdint>
#include <string_view>

namespace handfast {

/// AlertDescription, RFC 9846 §6 and the IANA registry "TLS Alerts"; the enumerators are the
/// registry's own names. A received value that stands here in no enumerator is still a valid
/// `Alert`.
enum class Alert : std::uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  handshake_failure = 40,
  bad_certificate = 42,
  unsupported_certificate = 43,
  certificate_revoked = 44,
  certificate_expired = 45,
  certificate_unknown = 46,
  illegal_parameter = 47,
  unknown_ca = 48,
  access_denied = 49,
  decode_error = 50,
  decrypt_error = 51,
  protocol_version = 70,
  insufficient_security = 71,
  internal_error = 80,
  inappropriate_fallback = 86,
  user_canceled = 90,
  no_renegotiation = 100,
  missing_extension = 109,
  unsupported_extension = 110,
  unrecognized_name = 112,
  bad_certificate_status_response = 113,
  unknown_psk_identity = 115,
  certificate_required = 116,
  general_error = 117,
  no_application_protocol = 120,
  ech_required = 121,
};

/// The registry's name of `alert`, e.g. "handshake_failure"; "unassigned" where it has none.
[[nodiscard]] std::string_view name(Alert alert);

/// What an alert usually means when a peer sends it: one sentence for people, a guess and written
/// as one, since a peer gives no reasons. Never empty.
[[nodiscard]] std::string_view usual_meaning(Alert alert);

}  // namespace handfast
