// Everything that can go wrong, by name. src/error/faults.h has one row for each.
#pragma once

#include <cstdint>

namespace handfast {

/// Why a connection, a certificate or a call was refused. The table of reasons (`fault_of`) knows
/// the alert, who is at fault, the rule, a sentence and what to try. Names may be added, never
/// reused.
enum class Reason : std::uint8_t {
  // This side: the caller, the configuration, the machine.
  internal,
  out_of_memory,
  input_too_small,
  output_full,
  called_out_of_order,
  operation_refused,
  aborted,
  random_failed,
  server_name_invalid,
  configuration_empty,
  configuration_unsupported,
  configuration_duplicate,
  trust_empty,
  alpn_name_invalid,
  exporter_label_invalid,
  pem_malformed,
  key_malformed,
  key_unsupported,
  key_does_not_fit,
  credential_missing,
  budget_spent,

  // Files, for net/ and the command.
  file_missing,
  file_unreadable,
  file_unwritable,
  file_exists,

  // Issuing, and files with keys in them. RFC 2986, RFC 7292, RFC 5958.
  subject_invalid,
  request_malformed,
  request_signature_invalid,
  password_missing,
  password_wrong,
  encryption_outdated,
  encryption_too_costly,
  container_malformed,

  // The network and the way the peer left.
  name_not_found,
  connection_refused,
  unreachable,
  address_in_use,
  port_forbidden,
  address_invalid,
  connection_lost,
  timed_out,
  truncated,
  closed_in_handshake,
  alert_received,
  not_tls,
  plain_http,
  http_malformed,

  // Records. RFC 9846 §5.
  record_type_unknown,
  record_overflow,
  record_plaintext_overflow,
  record_unreadable,
  record_without_type,
  record_unprotected,
  record_empty_fragment,
  record_empty_flood,
  handshake_interleaved,
  key_change_inside_record,
  change_cipher_spec_invalid,
  change_cipher_spec_unexpected,
  alert_malformed,
  alert_warning_flood,
  application_data_early,
  early_data_overflow,
  sequence_exhausted,

  // Messages: their form. RFC 9846 §4.
  message_unexpected,
  message_too_long,
  message_truncated,
  message_leftover,
  value_out_of_bounds,
  extension_duplicated,
  extension_misplaced,
  extension_unsolicited,
  extension_missing,

  // The hellos. RFC 9846 §4.2, §4.3.
  version_none_common,
  version_not_offered,
  legacy_version_invalid,
  downgrade_detected,
  fallback_inappropriate,
  compression_not_null,
  session_id_not_echoed,
  suite_none_common,
  suite_not_offered,
  suite_changed,
  group_none_common,
  group_not_offered,
  key_share_not_offered,
  key_share_duplicated,
  key_share_unlisted,
  key_share_invalid,
  key_share_missing,
  retry_repeated,
  retry_without_change,
  retry_for_share_sent,
  hello_changed,
  cookie_invalid,
  psk_not_last,
  psk_modes_missing,
  signature_none_common,
  alpn_none_common,
  alpn_not_offered,
  alpn_malformed,
  server_name_malformed,
  server_name_unknown,

  // Authentication. RFC 9846 §4.5.
  certificate_list_empty,
  certificate_list_too_long,
  certificate_context_invalid,
  signature_scheme_not_offered,
  signature_scheme_wrong_key,
  signature_invalid,
  finished_mismatch,

  // After the handshake. RFC 9846 §4.7.
  post_handshake_unexpected,
  post_handshake_flood,
  key_update_invalid,

  // Certificates. RFC 5280, RFC 9525.
  certificate_malformed,
  certificate_version_invalid,
  certificate_algorithm_mismatch,
  certificate_algorithm_weak,
  certificate_key_unsupported,
  certificate_key_weak,
  certificate_extension_unknown,
  certificate_expired,
  certificate_not_yet_valid,
  certificate_authority_unknown,
  certificate_intermediate_missing,
  certificate_self_signed,
  certificate_signature_invalid,
  certificate_not_authority,
  certificate_authority_as_leaf,
  certificate_path_too_long,
  certificate_key_usage,
  certificate_extended_key_usage,
  certificate_name_constrained,
  certificate_policy,
  certificate_name_mismatch,

  count,
};

}  // namespace handfast
