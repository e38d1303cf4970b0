// The command line of a shim: what the runner wants of each connection.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::bogo {

using Octets = std::vector<std::uint8_t>;
using Codes = std::vector<std::uint16_t>;
using Names = std::vector<Octets>;  ///< distinguished names in DER

/// Something that Handfast does not have, or not yet: the shim then ends with `exit_unimplemented`.
class Unimplemented : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What goes to the newest credential.
struct CredentialSettings {
  bool is_raw_key = false;
  std::string certificate_file;
  std::string key_file;
  Codes signing_preferences;
  Octets ocsp_response;
  Octets sct_list;
  bool must_match_issuer = false;

  Octets delegated_credential;

  // A pre-shared key.
  bool is_psk = false;
  Octets psk_key;
  Octets psk_identity;
  Octets psk_context;
  bool psk_sha384 = false;
};

/// What the flags say of one connection. A flag that is not here is `Unimplemented`.
struct Settings {
  // The process and its transport.
  int port = 0;
  bool ipv6 = false;
  std::uint64_t shim_id = 0;
  bool is_handshaker_supported = false;
  bool wait_for_debugger = false;
  bool server = false;
  int resume_count = 0;

  // How it reads and writes.
  bool async = false;
  bool shim_writes_first = false;
  std::string shim_initial_write = "hello";
  int repeat_shim_initial_write = 1;
  bool shim_shuts_down = false;
  bool check_close_notify = false;
  int read_size = 512;
  bool read_with_unfinished_write = false;
  bool write_different_record_sizes = false;
  bool handshake_never_done = false;
  bool key_update = false;
  bool key_update_before_read = false;

  // Versions, groups, schemes.
  int min_version = 0;
  int max_version = 0;
  int expect_version = 0;
  bool no_tls13 = false;
  bool no_tls12 = false;
  int expect_cipher = 0;
  int expect_cipher_aes = 0;
  Codes curves;
  Codes key_shares;
  bool no_key_shares = false;
  int expect_curve_id = 0;
  bool expect_hrr = false;
  bool expect_no_hrr = false;
  Codes verify_preferences;
  int expect_peer_signature_algorithm = 0;
  Codes expect_peer_verify_preferences;

  // Own credentials: first the default one, then each new one.
  std::vector<CredentialSettings> credentials = std::vector<CredentialSettings>(1);
  std::optional<int> expect_selected_credential;
  Codes available_client_types;
  bool fail_early_callback = false;
  bool fail_cert_callback = false;

  // The peer's.
  std::string trust_cert;
  bool verify_peer = false;
  bool require_any_client_certificate = false;
  bool verify_fail = false;
  std::optional<Names> use_client_authorities;  ///< in the place of those that are trusted
  std::optional<Names> expect_client_authorities;
  Octets expect_certificate_types;
  bool use_custom_verify_callback = false;
  bool expect_no_peer_cert = false;
  std::string expect_peer_cert_file;
  Codes accepted_peer_types;
  std::optional<int> expect_peer_type;
  Octets expect_raw_key;  ///< SHA-256 of it
  bool enable_ocsp_stapling = false;
  Octets expect_ocsp_response;
  bool use_ocsp_callback = false;
  bool set_ocsp_in_callback = false;
  bool decline_ocsp_callback = false;
  bool fail_ocsp_callback = false;
  bool install_compressions = false;
  int install_one_compression = 0;
  bool enable_sct_lists = false;
  Octets expect_sct_list;

  // Names and protocols.
  std::string host_name;
  std::string expect_server_name;
  bool expect_no_server_name = false;
  std::string advertise_alpn;
  std::string expect_advertised_alpn;
  std::string select_alpn;
  std::string expect_alpn;
  bool decline_alpn = false;
  bool reject_alpn = false;

  // Sessions.
  bool no_ticket = false;
  bool skip_ticket = false;
  bool expect_session_miss = false;
  bool expect_no_session = false;
  bool expect_session_id = false;
  bool expect_ticket_renewal = false;
  bool reverify_on_resume = false;
  int resumption_delay = 0;

  // Early data.
  bool enable_early_data = false;
  bool expect_accept_early_data = false;
  bool expect_reject_early_data = false;
  bool expect_no_offer_early_data = false;
  bool expect_ticket_supports_early_data = false;
  int early_write_after_message = 0;
  std::string expect_early_data_reason;

  // Exporters, and what the rest of a connection is asked for.
  int export_keying_material = 0;
  std::string export_label;
  std::string export_context;
  bool use_export_context = false;
  bool use_exporter_between_reads = false;
  bool export_traffic_secrets = false;
  bool enable_grease = false;
  bool enable_ech_grease = false;

  // Encrypted ClientHello.
  Octets ech_config_list;
  bool reject_unusable_ech_config = false;
  std::vector<Octets> ech_server_configs;
  std::vector<Octets> ech_server_keys;
  Codes ech_is_retry_config;
  bool expect_ech_accept = false;
  Octets expect_ech_retry_configs;
  bool expect_no_ech_retry_configs = false;
  std::string expect_ech_name_override;
  bool expect_no_ech_name_override = false;
  std::string expect_message_trace;
};

/// One set for each kind of connection: the first, those that resume it, and the one that goes on
/// after early data was rejected.
struct Plan {
  Settings initial;
  Settings resume;
  Settings retry;
};

/// Reads a whole command line, without the program's name. Throws Unimplemented for a flag that is
/// not known here, std::runtime_error for a parameter that is none.
Plan parse_flags(std::span<const char* const> arguments);

/// The bytes of hexadecimal digits. Throws std::runtime_error for what is none.
Octets hex(std::string_view text);

}  // namespace handfast::bogo
