#include "errors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace handfast::bogo {
namespace {

struct ReasonName {
  Reason reason;
  std::string_view name;
};

// One name for each reason. Where the runner has several names for what is one thing here,
// config.json's ErrorMap says so.
constexpr std::array reason_names = {
    ReasonName{Reason::plain_http, "HTTP_REQUEST"},
    ReasonName{Reason::not_tls, "WRONG_VERSION_NUMBER"},
    ReasonName{Reason::aborted, "ABORTED"},
    ReasonName{Reason::called_out_of_order, "HANDSHAKE_NOT_COMPLETE"},

    ReasonName{Reason::record_type_unknown, "UNEXPECTED_RECORD"},
    ReasonName{Reason::record_overflow, "ENCRYPTED_LENGTH_TOO_LONG"},
    ReasonName{Reason::record_plaintext_overflow, "DATA_LENGTH_TOO_LONG"},
    ReasonName{Reason::record_unreadable, "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"},
    ReasonName{Reason::record_without_type, "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"},
    ReasonName{Reason::record_unprotected, "INVALID_OUTER_RECORD_TYPE"},
    ReasonName{Reason::record_empty_fragment, "DECODE_ERROR"},
    ReasonName{Reason::record_empty_flood, "TOO_MANY_EMPTY_FRAGMENTS"},
    ReasonName{Reason::handshake_interleaved, "UNEXPECTED_RECORD"},
    ReasonName{Reason::key_change_inside_record, "EXCESS_HANDSHAKE_DATA"},
    ReasonName{Reason::change_cipher_spec_invalid, "BAD_CHANGE_CIPHER_SPEC"},
    ReasonName{Reason::change_cipher_spec_unexpected, "UNEXPECTED_RECORD"},
    ReasonName{Reason::alert_malformed, "BAD_ALERT"},
    ReasonName{Reason::alert_warning_flood, "TOO_MANY_WARNING_ALERTS"},
    ReasonName{Reason::application_data_early, "UNEXPECTED_RECORD"},
    ReasonName{Reason::early_data_overflow, "TOO_MUCH_SKIPPED_EARLY_DATA"},
    ReasonName{Reason::early_data_exceeded, "TOO_MUCH_READ_EARLY_DATA"},

    ReasonName{Reason::message_unexpected, "UNEXPECTED_MESSAGE"},
    ReasonName{Reason::message_too_long, "EXCESSIVE_MESSAGE_SIZE"},
    ReasonName{Reason::message_truncated, "DECODE_ERROR"},
    ReasonName{Reason::message_leftover, "DECODE_ERROR"},
    ReasonName{Reason::value_out_of_bounds, "DECODE_ERROR"},
    ReasonName{Reason::extension_duplicated, "DUPLICATE_EXTENSION"},
    ReasonName{Reason::extension_misplaced, "UNEXPECTED_EXTENSION"},
    ReasonName{Reason::extension_unsolicited, "UNEXPECTED_EXTENSION"},
    ReasonName{Reason::extension_missing, "MISSING_EXTENSION"},

    ReasonName{Reason::version_none_common, "UNSUPPORTED_PROTOCOL"},
    ReasonName{Reason::version_not_offered, "UNSUPPORTED_PROTOCOL"},
    ReasonName{Reason::legacy_version_invalid, "UNSUPPORTED_PROTOCOL"},
    ReasonName{Reason::downgrade_detected, "TLS13_DOWNGRADE"},
    ReasonName{Reason::fallback_inappropriate, "INAPPROPRIATE_FALLBACK"},
    ReasonName{Reason::compression_not_null, "INVALID_COMPRESSION_LIST"},
    ReasonName{Reason::certificate_curve_not_offered, "BAD_ECC_CERT"},
    ReasonName{Reason::extended_main_secret_missing, "EMS_STATE_INCONSISTENT"},
    ReasonName{Reason::renegotiation_info_missing, "RENEGOTIATION_MISMATCH"},
    ReasonName{Reason::renegotiation_info_invalid, "RENEGOTIATION_MISMATCH"},
    ReasonName{Reason::renegotiation_refused, "NO_RENEGOTIATION"},
    ReasonName{Reason::session_other_suite, "OLD_SESSION_CIPHER_NOT_RETURNED"},
    ReasonName{Reason::session_not_offered, "SERVER_ECHOED_INVALID_SESSION_ID"},
    ReasonName{Reason::session_id_not_echoed, "SERVER_ECHOED_INVALID_SESSION_ID"},
    ReasonName{Reason::suite_none_common, "NO_SHARED_CIPHER"},
    ReasonName{Reason::suite_not_offered, "WRONG_CIPHER_RETURNED"},
    ReasonName{Reason::suite_changed, "WRONG_CIPHER_RETURNED"},
    ReasonName{Reason::group_none_common, "NO_SHARED_GROUP"},
    ReasonName{Reason::group_not_offered, "WRONG_CURVE"},
    ReasonName{Reason::key_share_not_offered, "WRONG_CURVE"},
    ReasonName{Reason::key_share_duplicated, "DUPLICATE_KEY_SHARE"},
    ReasonName{Reason::key_share_unlisted, "WRONG_CURVE"},
    ReasonName{Reason::key_share_invalid, "BAD_ECPOINT"},
    ReasonName{Reason::key_share_missing, "WRONG_CURVE"},
    ReasonName{Reason::retry_repeated, "UNEXPECTED_MESSAGE"},
    ReasonName{Reason::retry_without_change, "EMPTY_HELLO_RETRY_REQUEST"},
    ReasonName{Reason::retry_for_share_sent, "WRONG_CURVE"},
    ReasonName{Reason::hello_changed, "INCONSISTENT_CLIENT_HELLO"},
    ReasonName{Reason::psk_not_last, "PRE_SHARED_KEY_MUST_BE_LAST"},
    ReasonName{Reason::psk_modes_missing, "MISSING_EXTENSION"},
    ReasonName{Reason::psk_binders_mismatch, "PSK_IDENTITY_BINDER_COUNT_MISMATCH"},
    ReasonName{Reason::psk_binder_invalid, "DIGEST_CHECK_FAILED"},
    ReasonName{Reason::psk_not_offered, "PSK_IDENTITY_NOT_FOUND"},
    ReasonName{Reason::psk_hash_mismatch, "OLD_SESSION_PRF_HASH_MISMATCH"},
    ReasonName{Reason::psk_needed, "MISSING_EXTENSION"},
    ReasonName{Reason::psk_mode_none_common, "NO_SUPPORTED_PSK_MODE"},
    ReasonName{Reason::psk_identity_unknown, "PSK_IDENTITY_NOT_FOUND"},
    ReasonName{Reason::psk_not_chosen, "MISSING_EXTENSION"},
    ReasonName{Reason::early_data_not_resumed, "UNEXPECTED_EXTENSION"},
    ReasonName{Reason::early_data_suite_changed, "CIPHER_MISMATCH_ON_EARLY_DATA"},
    ReasonName{Reason::early_data_alpn_changed, "ALPN_MISMATCH_ON_EARLY_DATA"},
    ReasonName{Reason::compression_duplicated, "ERROR_PARSING_EXTENSION"},
    ReasonName{Reason::certificate_types_invalid, "DECODE_ERROR"},
    ReasonName{Reason::certificate_type_none_common, "UNSUPPORTED_CERTIFICATE"},
    ReasonName{Reason::certificate_type_not_offered, "UNSUPPORTED_CERTIFICATE"},
    ReasonName{Reason::signature_none_common, "NO_COMMON_SIGNATURE_ALGORITHMS"},
    ReasonName{Reason::alpn_none_common, "NO_APPLICATION_PROTOCOL"},
    ReasonName{Reason::alpn_not_offered, "INVALID_ALPN_PROTOCOL"},
    ReasonName{Reason::alpn_malformed, "PARSE_TLSEXT"},
    ReasonName{Reason::server_name_malformed, "PARSE_TLSEXT"},

    ReasonName{Reason::ech_config_unusable, "UNUSABLE_ECH_CONFIG_LIST"},
    ReasonName{Reason::ech_type_invalid, "ERROR_PARSING_EXTENSION"},
    ReasonName{Reason::ech_inner_invalid, "INVALID_CLIENT_HELLO_INNER"},
    ReasonName{Reason::ech_outer_extensions_invalid, "INVALID_OUTER_EXTENSION"},
    ReasonName{Reason::ech_confirmation_missing, "INCONSISTENT_ECH_NEGOTIATION"},
    ReasonName{Reason::ech_rejected, "ECH_REJECTED"},
    ReasonName{Reason::hpke_message_unreadable, "DECRYPTION_FAILED"},

    ReasonName{Reason::certificate_list_empty, "DECODE_ERROR"},
    ReasonName{Reason::certificate_list_too_long, "EXCESSIVE_MESSAGE_SIZE"},
    ReasonName{Reason::certificate_context_invalid, "DECODE_ERROR"},
    ReasonName{Reason::raw_key_malformed, "DECODE_ERROR"},
    ReasonName{Reason::raw_key_unknown, "CERTIFICATE_VERIFY_FAILED"},
    ReasonName{Reason::compression_not_offered, "UNKNOWN_CERT_COMPRESSION_ALG"},
    ReasonName{Reason::compressed_certificate_too_long, "UNCOMPRESSED_CERT_TOO_LARGE"},
    ReasonName{Reason::compressed_certificate_invalid, "CERT_DECOMPRESSION_FAILED"},
    ReasonName{Reason::certificate_required, "PEER_DID_NOT_RETURN_A_CERTIFICATE"},
    ReasonName{Reason::staple_type_not_offered, "ERROR_PARSING_EXTENSION"},
    ReasonName{Reason::signature_scheme_not_offered, "WRONG_SIGNATURE_TYPE"},
    ReasonName{Reason::key_does_not_fit, "KEY_VALUES_MISMATCH"},
    ReasonName{Reason::delegated_credential_algorithm, "INVALID_SIGNATURE_ALGORITHM"},
    ReasonName{Reason::signature_scheme_wrong_key, "WRONG_SIGNATURE_TYPE"},
    ReasonName{Reason::signature_invalid, "BAD_SIGNATURE"},
    ReasonName{Reason::finished_mismatch, "DIGEST_CHECK_FAILED"},
    ReasonName{Reason::post_handshake_unexpected, "UNEXPECTED_MESSAGE"},
    ReasonName{Reason::post_handshake_flood, "TOO_MANY_KEY_UPDATES"},
    ReasonName{Reason::key_update_invalid, "DECODE_ERROR"},

    ReasonName{Reason::certificate_malformed, "CANNOT_PARSE_LEAF_CERT"},
    ReasonName{Reason::certificate_key_unsupported, "UNSUPPORTED_ALGORITHM"},
    ReasonName{Reason::certificate_key_usage, "KEY_USAGE_BIT_INCORRECT"},
    ReasonName{Reason::certificate_authority_unknown, "CERTIFICATE_VERIFY_FAILED"},
    ReasonName{Reason::ocsp_not_successful, "OCSP_CB_ERROR"},
    ReasonName{Reason::internal, "INTERNAL_ERROR"},
    ReasonName{Reason::operation_refused, "OPERATION_REFUSED"},
};

/// RFC 9846 §6: an alert of the peer, under the names that OpenSSL gave them when they were new.
std::string name_of_alert(Alert alert) {
  constexpr int decompression_failure = 30;  // of TLS 1.2 and older
  if (std::to_underlying(alert) == decompression_failure) {
    return "SSLV3_ALERT_DECOMPRESSION_FAILURE";
  }
  std::string text = "TLSV1_ALERT_" + std::string(name(alert));
  switch (alert) {
    case Alert::unexpected_message:
    case Alert::bad_record_mac:
    case Alert::handshake_failure:
    case Alert::bad_certificate:
    case Alert::unsupported_certificate:
    case Alert::certificate_revoked:
    case Alert::certificate_expired:
    case Alert::certificate_unknown:
    case Alert::illegal_parameter: text = "SSLV3_ALERT_" + std::string(name(alert)); break;
    default: break;
  }
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string name_of(const Error& error) {
  if (error.reason == Reason::alert_received) {
    return name_of_alert(error.received);
  }
  const auto* const row = std::ranges::find(reason_names, error.reason, &ReasonName::reason);
  return std::string(row != reason_names.end() ? row->name : error.fault().code);
}

}  // namespace

std::string describe(const Error& error) {
  return ":" + name_of(error) + ": " + std::string(error.fault().code) + ", " +
         std::string(error.text());
}

std::string describe_early_data(const Settled& settled, bool is_server) {
  const bool is_resumed = settled.session == SessionOutcome::resumed;
  const bool has_session = settled.session != SessionOutcome::not_offered;
  if (settled.version == ProtocolVersion::tls12) {
    return "protocol_version";
  }
  switch (settled.early_data) {
    case EarlyDataOutcome::accepted: return "accept";
    case EarlyDataOutcome::not_enabled: return "disabled";
    case EarlyDataOutcome::not_offered:
      if (!has_session) {
        return "no_session_offered";
      }
      return is_resumed ? "peer_declined" : "session_not_resumed";
    case EarlyDataOutcome::declined: return is_resumed ? "peer_declined" : "session_not_resumed";
    case EarlyDataOutcome::retried:
      return is_resumed || !is_server ? "hello_retry_request" : "session_not_resumed";
    case EarlyDataOutcome::not_resumed: return "session_not_resumed";
    case EarlyDataOutcome::not_allowed:
    case EarlyDataOutcome::other_suite: return "unsupported_for_session";
    case EarlyDataOutcome::other_protocols: return "alpn_mismatch";
    case EarlyDataOutcome::stale: return "ticket_age_skew";
    case EarlyDataOutcome::offered:
    case EarlyDataOutcome::replayed:
    case EarlyDataOutcome::unregistered: break;
  }
  return "unknown";
}

}  // namespace handfast::bogo
