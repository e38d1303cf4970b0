#include "handfast/alert.h"

#include <algorithm>
#include <array>

namespace handfast {
namespace {

struct Row {
  Alert alert;
  std::string_view name;
  std::string_view meaning;
};

// clang-format off
constexpr std::array rows = {
  Row{Alert::close_notify, "close_notify", "The peer has nothing more to say and closes cleanly."},
  Row{Alert::unexpected_message, "unexpected_message", "The peer usually got a message out of order, or bytes that are not TLS."},
  Row{Alert::bad_record_mac, "bad_record_mac", "The peer could not decrypt a record; usually it was changed on the way."},
  Row{Alert::record_overflow, "record_overflow", "The peer got a record that was too long."},
  Row{Alert::handshake_failure, "handshake_failure", "The peer usually shares no cipher suite, group or signature scheme with this side."},
  Row{Alert::bad_certificate, "bad_certificate", "The peer found the certificate it was sent broken, or not valid for this use."},
  Row{Alert::unsupported_certificate, "unsupported_certificate", "The peer cannot use a certificate of this kind."},
  Row{Alert::certificate_revoked, "certificate_revoked", "The certificate was revoked by its authority."},
  Row{Alert::certificate_expired, "certificate_expired", "The certificate has expired, or the peer's clock is wrong."},
  Row{Alert::certificate_unknown, "certificate_unknown", "The peer refused the certificate and did not say why."},
  Row{Alert::illegal_parameter, "illegal_parameter", "The peer found a value that the protocol does not allow."},
  Row{Alert::unknown_ca, "unknown_ca", "The peer does not trust the authority of the certificate it was sent."},
  Row{Alert::access_denied, "access_denied", "The certificate is valid, but the peer does not let its owner in."},
  Row{Alert::decode_error, "decode_error", "The peer could not parse a message."},
  Row{Alert::decrypt_error, "decrypt_error", "A signature, the Finished or a key's binder failed at the peer."},
  Row{Alert::protocol_version, "protocol_version", "The peer does not speak any version of TLS that was offered."},
  Row{Alert::insufficient_security, "insufficient_security", "The peer demands stronger algorithms than were offered."},
  Row{Alert::internal_error, "internal_error", "Something failed inside the peer that has nothing to do with this side."},
  Row{Alert::inappropriate_fallback, "inappropriate_fallback", "The peer saw a retry with an older version than both sides have."},
  Row{Alert::user_canceled, "user_canceled", "Somebody at the peer stopped the handshake."},
  Row{Alert::no_renegotiation, "no_renegotiation", "The peer makes no second handshake on a connection (TLS 1.2)."},
  Row{Alert::missing_extension, "missing_extension", "The peer missed an extension that it needs."},
  Row{Alert::unsupported_extension, "unsupported_extension", "The peer got an extension that it had not asked for."},
  Row{Alert::unrecognized_name, "unrecognized_name", "The server does not know the name that was asked for (SNI)."},
  Row{Alert::bad_certificate_status_response, "bad_certificate_status_response", "The peer found the OCSP response invalid."},
  Row{Alert::unknown_psk_identity, "unknown_psk_identity", "The server does not know the pre-shared key."},
  Row{Alert::certificate_required, "certificate_required", "The server demands a client certificate and got none."},
  Row{Alert::general_error, "general_error", "The peer stopped for a reason that no other alert names."},
  Row{Alert::no_application_protocol, "no_application_protocol", "The server speaks none of the application protocols offered (ALPN)."},
  Row{Alert::ech_required, "ech_required", "The client hid its ClientHello with a key that the server does not have (ECH)."},
};
// clang-format on

static_assert(std::ranges::is_sorted(rows, {}, &Row::alert), "find() searches by halves");

const Row* find(Alert alert) {
  const auto* row = std::ranges::lower_bound(rows, alert, {}, &Row::alert);
  return row != rows.end() && row->alert == alert ? row : nullptr;
}

}  // namespace

std::string_view name(Alert alert) {
  const Row* row = find(alert);
  return row != nullptr ? row->name : "unassigned";
}

std::string_view usual_meaning(Alert alert) {
  const Row* row = find(alert);
  return row != nullptr ? row->meaning : "The registry does not know this alert.";
}

}  // namespace handfast
