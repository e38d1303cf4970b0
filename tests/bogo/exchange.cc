#include "exchange.h"

#include <algorithm>
#include <array>
#include <future>

namespace handfast::bogo {
namespace {

Bytes as_bytes(const std::string& text) { return net::as_bytes(text); }

void expect(bool holds, const char* otherwise) {
  if (!holds) {
    throw Unmet(otherwise);
  }
}

/// A code that the runner may expect: 0 stands for any.
template <class Code>
void expect_code(int wanted, Code got, const char* otherwise) {
  expect(wanted == 0 || wanted == std::to_underlying(got), otherwise);
}

}  // namespace

Exchange::Exchange(const Settings& settings, const Settings& after_refusal, const Memory& memory,
                   bool is_resumption, UnixTime now)
    : settings_(&settings), after_refusal_(&after_refusal), memory_(&memory),
      is_resumption_(is_resumption), sessions_at_first_(memory.sessions->size()),
      credentials_(load_credentials(settings)), answers_(settings, credentials_),
      connection_(make_connection(settings, memory, credentials_, now)), socket_(settings),
      storage_(Input::least), input_(storage_) {
  connection_.observe_with(&witness_);
  connection_.log_keys_to(&witness_);
}

void Exchange::run() {
  shake_hands();
  check_handshake();
  check_peer();
  check_session();
  export_what_is_asked();
  write_what_is_asked();
  if (!settings_->shim_shuts_down && !settings_->write_different_record_sizes) {
    echo();
  }
  check_new_session();
  shut_down();
  if (!settings_->expect_message_trace.empty()) {
    expect(witness_.trace() == settings_->expect_message_trace,
           ("other messages than expected:\n" + witness_.trace()).c_str());
  }
}

// --- The parts
// ------------------------------------------------------------------------------------

void Exchange::shake_hands() {
  if (!settings_->server) {
    send_early_data();
  }
  Event event = next();
  if (std::holds_alternative<EarlyDataRefused>(event)) {
    expect(settings_->expect_reject_early_data, "the early data was refused");
    settings_ = after_refusal_;
    answers_.use(*settings_);
    sent_early_ = 0;
    event = next();
  } else {
    expect(settings_->server || !settings_->expect_reject_early_data, "early data was not refused");
  }
  expect(std::holds_alternative<Connected>(event), "an event before Connected");
  expect(!settings_->handshake_never_done, "the handshake was completed");
  sessions_before_ = memory_->sessions->size();
}

/// Says the ClientHello, and whatever is to be said early.
void Exchange::send_early_data() {
  const auto event = connection_.next(input_, output_);
  flush();
  if (!event) {
    fail_with(event.error());
  }
  const bool is_offered = connection_.early_data_left() > 0;
  const Settings& wanted = *settings_;
  expect(!is_offered || !wanted.expect_no_offer_early_data, "early data was offered");
  expect(is_offered || !(wanted.expect_accept_early_data || wanted.expect_reject_early_data),
         "no early data was offered");
  if (!is_offered) {
    return;
  }
  if (wanted.read_with_unfinished_write) {
    throw Unimplemented("-read-with-unfinished-write with early data");
  }
  if (wanted.export_keying_material > 0) {
    export_what_is_asked();
  }
  if (!wanted.shim_writes_first) {
    return;
  }
  const auto wait_for = static_cast<HandshakeType>(wanted.early_write_after_message);
  while (wanted.early_write_after_message != 0 && witness_.last_received() != wait_for) {
    const auto waited = connection_.next(input_, output_);
    flush();
    if (!waited) {
      fail_with(waited.error());
    }
    if (const auto* asked = std::get_if<NeedAnswer>(&*waited)) {
      answer(*asked->operation);
    } else {
      expect(fill(), "the runner has left");
    }
  }
  for (int i = 0; i < wanted.repeat_shim_initial_write; ++i) {
    if (connection_.early_data_left() > 0) {
      sent_early_ += need(connection_.seal_early({as_bytes(wanted.shim_initial_write)}, output_));
      flush();
    }
  }
}

void Exchange::check_early_data() const {
  const Settings& wanted = *settings_;
  const Settled& settled = connection_.settled();
  const bool is_taken = settled.early_data == EarlyDataOutcome::accepted;
  if (is_resumption_) {
    expect(!wanted.expect_accept_early_data || is_taken, "no early data was taken");
    expect(!wanted.expect_reject_early_data || !is_taken, "early data was taken");
  }
  const std::string reason =
      wanted.enable_early_data ? describe_early_data(settled, wanted.server) : "disabled";
  expect(wanted.expect_early_data_reason.empty() || wanted.expect_early_data_reason == reason,
         ("another reason about early data than expected: " + reason).c_str());
}

void Exchange::check_handshake() const {
  check_early_data();
  const Settings& wanted = *settings_;
  const Settled& settled = connection_.settled();
  expect_code(wanted.expect_version, settled.version, "another version than expected");
  expect_code(wanted.expect_cipher, settled.suite, "another suite than expected");
  expect_code(wanted.expect_cipher_aes, settled.suite, "another suite than expected");
  expect_code(wanted.expect_curve_id, settled.group, "another group than expected");
  const bool is_signed = settled.session != SessionOutcome::resumed && settled.psk_identity.empty();
  if (is_signed) {
    expect_code(wanted.expect_peer_signature_algorithm,
                wanted.server ? settled.client_scheme : settled.scheme,
                "the peer signed otherwise than expected");
  }
  const CertificateType shown =
      wanted.server ? settled.client_certificate_type : settled.server_certificate_type;
  expect(!wanted.expect_peer_type || *wanted.expect_peer_type == std::to_underlying(shown),
         "the peer showed another type of certificate than expected");
  expect(!wanted.expect_hrr || settled.retried, "no HelloRetryRequest");
  expect(!wanted.expect_no_hrr || !settled.retried, "a HelloRetryRequest");
  expect(settled.alpn == (wanted.server ? wanted.select_alpn : wanted.expect_alpn),
         "another protocol (ALPN) than expected");
  expect(wanted.expect_advertised_alpn.empty() ||
             witness_.advertised_alpn() == wanted.expect_advertised_alpn,
         "the client advertised other protocols than expected");
  expect(!wanted.expect_client_authorities ||
             witness_.client_authorities() == *wanted.expect_client_authorities,
         "the server named other authorities than expected");
  expect(wanted.expect_certificate_types.empty() ||
             witness_.certificate_types() == wanted.expect_certificate_types,
         "the server takes other kinds of certificates than expected");
  expect(wanted.expect_server_name.empty() || settled.server_name == wanted.expect_server_name,
         "another server name than expected");
  expect(!wanted.expect_no_server_name || settled.server_name.empty(), "a server name");
  expect(wanted.expect_ech_accept == (settled.ech == EchOutcome::accepted) ||
             (wanted.server && wanted.ech_server_configs.empty()),
         "ECH came out otherwise than expected");
  if (wanted.expect_selected_credential) {
    const int chosen =
        settled.psk_identity.empty() ? answers_.chosen().value_or(-1) : number_of_psk();
    expect(chosen == *wanted.expect_selected_credential, "another credential than expected");
  }
}

/// The number of the key by which both know each other, as the runner counts.
int Exchange::number_of_psk() const {
  const auto& credentials = settings_->credentials;
  const auto found = std::ranges::find_if(credentials, [&](const CredentialSettings& wanted) {
    return wanted.is_psk && wanted.psk_identity == connection_.settled().psk_identity;
  });
  return static_cast<int>(found - credentials.begin()) - 1;
}

void Exchange::check_peer() const {
  if (!settings_->server || !connection_.settled().psk_identity.empty()) {
    return;  // a client is connected to whom it wanted, or not at all
  }
  const bool is_known = std::holds_alternative<Identity>(connection_.peer());
  expect(!settings_->expect_no_peer_cert || !is_known, "the client showed a certificate");
  expect(!settings_->require_any_client_certificate || is_known, "the client stayed anonymous");
}

void Exchange::check_session() const {
  const bool is_resumed = connection_.settled().session == SessionOutcome::resumed;
  expect(is_resumed == (is_resumption_ && !settings_->expect_session_miss),
         is_resumed ? "the session was resumed" : "the session was not resumed");
  expect(!settings_->expect_session_id || !witness_.session_id().empty(), "no session id");
  if (is_resumed &&
      (!settings_->expect_ocsp_response.empty() || !settings_->expect_sct_list.empty() ||
       !settings_->expect_peer_cert_file.empty())) {
    throw Unimplemented("what a session began with");
  }
}

void Exchange::check_new_session() const {
  if (settings_->server) {
    return;
  }
  const Settled& settled = connection_.settled();
  const bool is_12 = settled.version == ProtocolVersion::tls12;
  if (is_12 && settled.session == SessionOutcome::resumed) {
    // The session is there again, with another ticket or with its own.
    expect(witness_.is_ticket_sent() == settings_->expect_ticket_renewal,
           "the ticket was renewed, or not, against what was expected");
    return;
  }
  // In TLS 1.2 a session comes before the end of the handshake, in TLS 1.3 after it.
  const bool is_given_up = is_12 && settled.session == SessionOutcome::declined;
  const std::size_t before =
      is_12 ? sessions_at_first_ - (is_given_up ? 1U : 0U) : sessions_before_;
  const bool is_new = memory_->sessions->size() > before;
  const bool shall_come = is_12 || !settings_->shim_shuts_down;
  expect(is_new == (!settings_->expect_no_session && shall_come),
         is_new ? "there is a new session" : "there is no new session");
  if (!is_new) {
    return;
  }
  const std::string& host = settings_->host_name;
  const std::string_view name = host.empty() ? usual_name : std::string_view(host);
  if (auto session = memory_->sessions->take(name, UnixTime{})) {
    expect(settings_->expect_ticket_supports_early_data == (session->max_early_data() > 0),
           "the ticket says otherwise of early data than expected");
    memory_->sessions->put(*std::move(session));
  }
}

void Exchange::export_what_is_asked() {
  if (settings_->export_keying_material > 0) {
    Octets material(static_cast<std::size_t>(settings_->export_keying_material));
    const auto context = settings_->use_export_context
                             ? std::optional(as_bytes(settings_->export_context))
                             : std::nullopt;
    need(connection_.export_keying_material(settings_->export_label, context, material));
    write(material);
  }
  if (settings_->export_traffic_secrets) {
    const Octets& client = witness_.client_secret();
    const Octets& server = witness_.server_secret();
    const std::array<std::uint8_t, 2> size = {static_cast<std::uint8_t>(client.size()), 0};
    write(size);
    write(settings_->server ? client : server);
    write(settings_->server ? server : client);
  }
}

void Exchange::write_what_is_asked() {
  if (settings_->write_different_record_sizes) {
    constexpr std::array<std::size_t, 11> sizes = {0,     1,     255,   256,   257,  16383,
                                                   16384, 16385, 32767, 32768, 32769};
    for (const std::size_t size : sizes) {
      write(Octets(size, 0x42));
    }
  } else if (settings_->read_with_unfinished_write) {
    need(connection_.seal(as_bytes(settings_->shim_initial_write), output_));
    socket_.write(output_.pending().first(1));
    output_.consume(1);
    is_held_back_ = true;
  } else if (settings_->shim_writes_first) {
    std::size_t said = sent_early_;
    for (int i = 0; i < settings_->repeat_shim_initial_write; ++i) {
      const Bytes text = as_bytes(settings_->shim_initial_write);
      const std::size_t skipped = std::min(said, text.size());
      said -= skipped;
      if (skipped < text.size()) {
        write(text.subspan(skipped));
      }
    }
  }
}

/// Sends back what comes, each bit turned over, until the runner has said its last.
void Exchange::echo() {
  for (;;) {
    if (settings_->key_update_before_read) {
      need(connection_.update_keys(output_, false));
    }
    const std::optional<MutBytes> data = read();
    if (settings_->use_exporter_between_reads) {
      std::array<std::uint8_t, 1> material{};
      need(connection_.export_keying_material("", {}, material));
    }
    if (!data) {
      return;
    }
    is_held_back_ = false;
    for (std::uint8_t& byte : *data) {
      byte = static_cast<std::uint8_t>(~byte);
    }
    for (MutBytes rest = *data; !rest.empty();) {
      if (settings_->key_update) {
        need(connection_.update_keys(output_, false));
      }
      const MutBytes piece =
          rest.first(std::min(rest.size(), static_cast<std::size_t>(settings_->read_size)));
      write(piece);
      rest = rest.subspan(piece.size());
    }
  }
}

void Exchange::shut_down() {
  if (!settings_->check_close_notify) {
    return;  // the runner does not wait for ours
  }
  need(connection_.close(output_));
  flush();
  expect(!read().has_value(), "data where close_notify was due");
}

// --- The engine
// -----------------------------------------------------------------------------------

/// The next event that is not about bytes or answers.
Event Exchange::next() {
  for (;;) {
    const auto event = connection_.next(input_, output_);
    flush();
    if (!event) {
      fail_with(event.error());
    }
    if (const auto* asked = std::get_if<NeedAnswer>(&*event)) {
      answer(*asked->operation);
    } else if (const auto* early = std::get_if<EarlyData>(&*event)) {
      echo_early(early->data.bytes);
    } else if (!std::holds_alternative<NeedInput>(*event)) {
      return *event;
    } else if (!fill()) {
      const auto ended = connection_.eof();
      fail_with(ended.error());
    }
  }
}

/// Answers early data before the client's Finished, as `echo` does after it.
void Exchange::echo_early(Bytes data) {
  Octets turned(data.begin(), data.end());
  for (std::uint8_t& byte : turned) {
    byte = static_cast<std::uint8_t>(~byte);
  }
  write(turned);
}

/// The next data; nothing at the end, which may be one without close_notify unless that is asked
/// for.
std::optional<MutBytes> Exchange::read() {
  for (;;) {
    const auto event = connection_.next(input_, output_);
    flush();
    if (!event) {
      fail_with(event.error());
    }
    if (const auto* data = std::get_if<Data>(&*event)) {
      return data->bytes;
    }
    if (std::holds_alternative<Closed>(*event)) {
      return std::nullopt;
    }
    expect(std::holds_alternative<NeedInput>(*event), "an event of the handshake after it");
    if (!fill()) {
      const auto ended = connection_.eof();
      expect(!ended && ended.error().reason == Reason::truncated, "a cut that went unnoticed");
      if (settings_->check_close_notify) {
        throw Failed(ended.error());
      }
      return std::nullopt;
    }
  }
}

/// Asynchronously, the answer is made on another thread, and the connection is asked in between.
void Exchange::answer(const Operation& operation) {
  const auto make = [&] { return std::visit(answers_, operation); };
  if (!settings_->async) {
    need(connection_.complete(make()));
    return;
  }
  auto later = std::async(std::launch::async, make);
  const auto meanwhile = connection_.next(input_, output_);
  expect(meanwhile && std::holds_alternative<NeedAnswer>(*meanwhile),
         "the connection went on without its answer");
  need(connection_.complete(later.get()));
}

void Exchange::write(Bytes bytes) {
  const std::size_t taken = need(connection_.seal(bytes, output_));
  expect(taken == bytes.size(), "only a part was sealed");
  flush();
}

void Exchange::flush() {
  if (is_held_back_) {
    return;
  }
  while (!output_.pending().empty()) {
    const Bytes pending = output_.pending();
    const Bytes piece = settings_->async ? pending.first(1) : pending;
    socket_.write(piece);
    output_.consume(piece.size());
  }
}

/// Waits for bytes; false at the end.
bool Exchange::fill() {
  const MutBytes room = input_.writable();
  const std::size_t count = socket_.read(settings_->async ? room.first(1) : room);
  input_.commit(count);
  return count > 0;
}

/// Errors stay: whoever asks again hears the same, and nothing more is sent.
void Exchange::fail_with(const Error& error) {
  const Octets& configs = connection_.settled().ech_retry_configs;
  expect(settings_->expect_ech_retry_configs.empty() ||
             configs == settings_->expect_ech_retry_configs,
         "other ECH configurations than expected");
  expect(!settings_->expect_no_ech_retry_configs || configs.empty(), "ECH configurations");
  const auto again = connection_.next(input_, output_);
  expect(!again && again.error().reason == error.reason, "another error at the second call");
  expect(output_.pending().empty(), "something was sent after the end");
  throw Failed(error);
}

}  // namespace handfast::bogo
