#include "flags.h"

#include <array>
#include <charconv>
#include <string_view>
#include <variant>

namespace handfast::bogo {
namespace {

/// Asks for what is so with Handfast anyway.
struct Always {};

/// The same, with a parameter.
struct Passed {};

/// The flags after it are about another credential.
struct NewCredential {
  bool is_psk = false;
};

/// The same, about one that is a raw public key.
struct NewRawKey {};

using Field =
    std::variant<Always, Passed, NewCredential, NewRawKey, bool Settings::*, int Settings::*,
                 std::uint64_t Settings::*, std::optional<int> Settings::*, std::string Settings::*,
                 Octets Settings::*, Codes Settings::*, std::vector<Octets> Settings::*,
                 std::optional<Names> Settings::*, bool CredentialSettings::*,
                 std::string CredentialSettings::*, Octets CredentialSettings::*,
                 Codes CredentialSettings::*>;

struct Flag {
  std::string_view name;
  Field field;
};

const std::array flags = {
    Flag{"-port", &Settings::port},
    Flag{"-ipv6", &Settings::ipv6},
    Flag{"-shim-id", &Settings::shim_id},
    Flag{"-is-handshaker-supported", &Settings::is_handshaker_supported},
    Flag{"-wait-for-debugger", &Settings::wait_for_debugger},
    Flag{"-server", &Settings::server},
    Flag{"-resume-count", &Settings::resume_count},

    Flag{"-async", &Settings::async},
    Flag{"-shim-writes-first", &Settings::shim_writes_first},
    Flag{"-shim-initial-write", &Settings::shim_initial_write},
    Flag{"-repeat-shim-initial-write", &Settings::repeat_shim_initial_write},
    Flag{"-shim-shuts-down", &Settings::shim_shuts_down},
    Flag{"-check-close-notify", &Settings::check_close_notify},
    Flag{"-read-size", &Settings::read_size},
    Flag{"-read-with-unfinished-write", &Settings::read_with_unfinished_write},
    Flag{"-write-different-record-sizes", &Settings::write_different_record_sizes},
    Flag{"-handshake-never-done", &Settings::handshake_never_done},
    Flag{"-key-update", &Settings::key_update},
    Flag{"-key-update-before-read", &Settings::key_update_before_read},
    // There is no call for a handshake that could be left out, or made twice.
    Flag{"-implicit-handshake", Always{}},
    Flag{"-no-op-extra-handshake", Always{}},
    Flag{"-handshake-twice", Always{}},
    // What `seal` takes, it takes whole or in part, as it says; what `next` hands out is a view,
    // which can be looked at before it is used.
    Flag{"-partial-write", Always{}},
    Flag{"-peek-then-read", Always{}},

    Flag{"-min-version", &Settings::min_version},
    Flag{"-max-version", &Settings::max_version},
    Flag{"-expect-version", &Settings::expect_version},
    Flag{"-no-tls13", &Settings::no_tls13},
    Flag{"-no-tls12", &Settings::no_tls12},
    Flag{"-no-tls11", Always{}},
    Flag{"-no-tls1", Always{}},
    Flag{"-expect-cipher", &Settings::expect_cipher},
    // Suites are preferred as configured, whatever the machine is good at; usually AES.
    Flag{"-expect-cipher-aes", &Settings::expect_cipher_aes},
    Flag{"-expect-cipher-no-aes", Passed{}},
    Flag{"-server-preference", Always{}},
    Flag{"-curves", &Settings::curves},
    Flag{"-key-shares", &Settings::key_shares},
    Flag{"-no-key-shares", &Settings::no_key_shares},
    Flag{"-expect-curve-id", &Settings::expect_curve_id},
    Flag{"-expect-hrr", &Settings::expect_hrr},
    Flag{"-expect-no-hrr", &Settings::expect_no_hrr},
    Flag{"-verify-prefs", &Settings::verify_preferences},
    Flag{"-expect-peer-signature-algorithm", &Settings::expect_peer_signature_algorithm},
    Flag{"-expect-peer-verify-pref", &Settings::expect_peer_verify_preferences},

    Flag{"-new-x509-credential", NewCredential{}},
    // What is delegated is a credential like another, with one thing more.
    Flag{"-new-delegated-credential", NewCredential{}},
    Flag{"-delegated-credential", &CredentialSettings::delegated_credential},
    Flag{"-new-rpk-credential", NewRawKey{}},
    Flag{"-new-psk-credential", NewCredential{true}},
    Flag{"-psk-importer-key", &CredentialSettings::psk_key},
    Flag{"-psk-importer-identity", &CredentialSettings::psk_identity},
    Flag{"-psk-importer-context", &CredentialSettings::psk_context},
    Flag{"-psk-importer-sha256", Always{}},
    Flag{"-psk-importer-sha384", &CredentialSettings::psk_sha384},
    Flag{"-cert-file", &CredentialSettings::certificate_file},
    Flag{"-key-file", &CredentialSettings::key_file},
    Flag{"-signing-prefs", &CredentialSettings::signing_preferences},
    Flag{"-ocsp-response", &CredentialSettings::ocsp_response},
    Flag{"-signed-cert-timestamps", &CredentialSettings::sct_list},
    Flag{"-must-match-issuer", &CredentialSettings::must_match_issuer},
    Flag{"-expect-selected-credential", &Settings::expect_selected_credential},
    Flag{"-available-client-cert-types", &Settings::available_client_types},
    // A credential is always chosen by an operation, at the same moment.
    Flag{"-use-early-callback", Always{}},
    Flag{"-use-old-client-cert-callback", Always{}},
    Flag{"-fail-early-callback", &Settings::fail_early_callback},
    Flag{"-fail-cert-callback", &Settings::fail_cert_callback},

    Flag{"-trust-cert", &Settings::trust_cert},
    Flag{"-verify-peer", &Settings::verify_peer},
    Flag{"-require-any-client-certificate", &Settings::require_any_client_certificate},
    Flag{"-verify-fail", &Settings::verify_fail},
    Flag{"-use-client-ca-list", &Settings::use_client_authorities},
    Flag{"-expect-client-ca-list", &Settings::expect_client_authorities},
    Flag{"-expect-certificate-types", &Settings::expect_certificate_types},
    // Chains are always judged by an operation, and the verdict always counts.
    Flag{"-use-custom-verify-callback", &Settings::use_custom_verify_callback},
    Flag{"-expect-verify-result", Always{}},
    Flag{"-expect-no-peer-cert", &Settings::expect_no_peer_cert},
    Flag{"-expect-peer-cert-file", &Settings::expect_peer_cert_file},
    Flag{"-accepted-peer-cert-types", &Settings::accepted_peer_types},
    Flag{"-expect-peer-certificate-type", &Settings::expect_peer_type},
    Flag{"-expect-peer-rpk-sha256", &Settings::expect_raw_key},
    Flag{"-enable-ocsp-stapling", &Settings::enable_ocsp_stapling},
    Flag{"-expect-ocsp-response", &Settings::expect_ocsp_response},
    Flag{"-use-ocsp-callback", &Settings::use_ocsp_callback},
    Flag{"-set-ocsp-in-callback", &Settings::set_ocsp_in_callback},
    Flag{"-decline-ocsp-callback", &Settings::decline_ocsp_callback},
    Flag{"-fail-ocsp-callback", &Settings::fail_ocsp_callback},
    Flag{"-install-cert-compression-algs", &Settings::install_compressions},
    Flag{"-install-one-cert-compression-alg", &Settings::install_one_compression},
    Flag{"-enable-signed-cert-timestamps", &Settings::enable_sct_lists},
    Flag{"-expect-signed-cert-timestamps", &Settings::expect_sct_list},

    Flag{"-host-name", &Settings::host_name},
    Flag{"-expect-server-name", &Settings::expect_server_name},
    Flag{"-expect-no-server-name", &Settings::expect_no_server_name},
    Flag{"-advertise-alpn", &Settings::advertise_alpn},
    Flag{"-expect-advertised-alpn", &Settings::expect_advertised_alpn},
    Flag{"-select-alpn", &Settings::select_alpn},
    Flag{"-expect-alpn", &Settings::expect_alpn},
    Flag{"-decline-alpn", &Settings::decline_alpn},
    Flag{"-reject-alpn", &Settings::reject_alpn},

    Flag{"-no-ticket", &Settings::no_ticket},
    Flag{"-skip-ticket", &Settings::skip_ticket},
    Flag{"-expect-session-miss", &Settings::expect_session_miss},
    Flag{"-expect-no-session", &Settings::expect_no_session},
    Flag{"-expect-session-id", &Settings::expect_session_id},
    Flag{"-expect-ticket-renewal", &Settings::expect_ticket_renewal},
    Flag{"-reverify-on-resume", &Settings::reverify_on_resume},
    Flag{"-resumption-delay", &Settings::resumption_delay},
    Flag{"-enable-early-data", &Settings::enable_early_data},
    Flag{"-expect-accept-early-data", &Settings::expect_accept_early_data},
    Flag{"-expect-reject-early-data", &Settings::expect_reject_early_data},
    Flag{"-expect-no-offer-early-data", &Settings::expect_no_offer_early_data},
    Flag{"-expect-ticket-supports-early-data", &Settings::expect_ticket_supports_early_data},
    Flag{"-early-write-after-message", &Settings::early_write_after_message},
    Flag{"-expect-early-data-reason", &Settings::expect_early_data_reason},
    // Tickets are always made and read by operations, and new ones for each connection; a server of
    // TLS 1.3 gives no session ids.
    Flag{"-use-ticket-callback", Always{}},
    Flag{"-use-ticket-aead-callback", Always{}},
    Flag{"-renew-ticket", Always{}},
    // TLS 1.2 is spoken with both, with servers alone that know the second, and never renegotiated.
    Flag{"-forbid-renegotiation-after-handshake", Always{}},
    Flag{"-expect-extended-master-secret", Always{}},
    Flag{"-expect-secure-renegotiation", Always{}},
    Flag{"-no-legacy-server-connect", Always{}},
    Flag{"-expect-no-session-id", Always{}},

    Flag{"-export-keying-material", &Settings::export_keying_material},
    Flag{"-export-label", &Settings::export_label},
    Flag{"-export-context", &Settings::export_context},
    // RFC 9846 §7.5: without a context the value is the same as with an empty one.
    Flag{"-use-export-context", &Settings::use_export_context},
    Flag{"-use-exporter-between-reads", &Settings::use_exporter_between_reads},
    Flag{"-export-traffic-secrets", &Settings::export_traffic_secrets},
    Flag{"-enable-grease", &Settings::enable_grease},
    Flag{"-permute-extensions", &Settings::enable_grease},
    Flag{"-enable-ech-grease", &Settings::enable_ech_grease},
    Flag{"-ech-config-list", &Settings::ech_config_list},
    Flag{"-reject-unusable-ech-config", &Settings::reject_unusable_ech_config},
    Flag{"-ech-server-config", &Settings::ech_server_configs},
    Flag{"-ech-server-key", &Settings::ech_server_keys},
    Flag{"-ech-is-retry-config", &Settings::ech_is_retry_config},
    Flag{"-expect-ech-accept", &Settings::expect_ech_accept},
    Flag{"-expect-ech-retry-configs", &Settings::expect_ech_retry_configs},
    Flag{"-expect-no-ech-retry-configs", &Settings::expect_no_ech_retry_configs},
    Flag{"-expect-ech-name-override", &Settings::expect_ech_name_override},
    Flag{"-expect-no-ech-name-override", &Settings::expect_no_ech_name_override},
    Flag{"-expect-msg-callback", &Settings::expect_message_trace},
};

template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("not a number: " + std::string(text));
  }
  return value;
}

Octets base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Octets bytes;
  std::uint32_t bits = 0;
  int waiting = 0;
  for (const char c : text.substr(0, text.find('='))) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) {
      throw std::runtime_error("not base64: " + std::string(text));
    }
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    waiting += 6;
    if (waiting >= 8) {
      waiting -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> waiting));
    }
  }
  return bytes;
}

/// Names in hexadecimal with commas between them; or one of two words for none.
Names names(std::string_view text) {
  if (text == "<EMPTY>" || text == "<NULL>") {
    return {};
  }
  Names list;
  for (;;) {
    const std::size_t end = text.find(',');
    list.push_back(hex(text.substr(0, end)));
    if (end == std::string_view::npos) {
      return list;
    }
    text.remove_prefix(end + 1);
  }
}

/// Sets one field of one connection's settings.
class Setter {
 public:
  Setter(Settings& settings, std::string_view parameter)
      : settings_(&settings), parameter_(parameter) {}

  void operator()(Always /*unused*/) const {}

  void operator()(Passed /*unused*/) const {}

  void operator()(NewCredential wanted) const {
    settings_->credentials.emplace_back().is_psk = wanted.is_psk;
  }

  void operator()(NewRawKey /*unused*/) const {
    settings_->credentials.emplace_back();
    settings_->credentials.back().is_raw_key = true;
  }

  template <class Value>
  void operator()(Value Settings::* field) const {
    set(settings_->*field);
  }

  template <class Value>
  void operator()(Value CredentialSettings::* field) const {
    set(settings_->credentials.back().*field);
  }

 private:
  void set(bool& value) const { value = true; }

  void set(int& value) const { value = number<int>(parameter_); }

  void set(std::uint64_t& value) const { value = number<std::uint64_t>(parameter_); }

  void set(std::optional<int>& value) const { value = number<int>(parameter_); }

  void set(std::string& value) const { value = parameter_; }

  void set(Octets& value) const { value = base64(parameter_); }

  void set(std::optional<Names>& value) const { value = names(parameter_); }

  void set(std::vector<Octets>& value) const { value.push_back(base64(parameter_)); }

  void set(Codes& value) const { value.push_back(number<std::uint16_t>(parameter_)); }

  Settings* settings_;
  std::string_view parameter_;
};

bool takes_parameter(const Field& field) {
  return !std::holds_alternative<Always>(field) && !std::holds_alternative<NewCredential>(field) &&
         !std::holds_alternative<NewRawKey>(field) &&
         !std::holds_alternative<bool Settings::*>(field) &&
         !std::holds_alternative<bool CredentialSettings::*>(field);
}

/// Takes `prefix` off, but for the dash that ends it.
bool remove_prefix(std::string_view& name, std::string_view prefix) {
  if (!name.starts_with(prefix)) {
    return false;
  }
  name.remove_prefix(prefix.size() - 1);
  return true;
}

const Flag& find(std::string_view name) {
  for (const Flag& flag : flags) {
    if (flag.name == name) {
      return flag;
    }
  }
  throw Unimplemented(std::string(name));
}

}  // namespace

Octets hex(std::string_view text) {
  Octets bytes;
  for (; text.size() >= 2; text.remove_prefix(2)) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (error != std::errc() || end != text.data() + 2) {
      break;
    }
    bytes.push_back(byte);
  }
  if (!text.empty()) {
    throw std::runtime_error("not hexadecimal: " + std::string(text));
  }
  return bytes;
}

Plan parse_flags(std::span<const char* const> arguments) {
  Plan plan;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view name = arguments[i];
    if (!remove_prefix(name, "-on-shim-") && name.starts_with("-on-handshaker-")) {
      throw Unimplemented("-on-handshaker");
    }
    const bool initial_only = remove_prefix(name, "-on-initial-");
    const bool resume_only = !initial_only && remove_prefix(name, "-on-resume-");
    const bool retry_only = !initial_only && !resume_only && remove_prefix(name, "-on-retry-");
    const bool for_all = !initial_only && !resume_only && !retry_only;

    const Flag& flag = find(name);
    std::string_view parameter;
    if (takes_parameter(flag.field)) {
      if (++i == arguments.size()) {
        throw std::runtime_error("no parameter for " + std::string(name));
      }
      parameter = arguments[i];
    }
    if (for_all || initial_only) {
      std::visit(Setter(plan.initial, parameter), flag.field);
    }
    if (for_all || resume_only) {
      std::visit(Setter(plan.resume, parameter), flag.field);
    }
    if (for_all || retry_only) {
      std::visit(Setter(plan.retry, parameter), flag.field);
    }
  }
  return plan;
}

}  // namespace handfast::bogo
