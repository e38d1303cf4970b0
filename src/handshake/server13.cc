#include "handshake/server13.h"

#include "base/gather.h"
#include "handshake/agree_on_key.h"
#include "handshake/application_extension13.h"
#include "handshake/authenticate13.h"
#include "handshake/authenticator13.h"
#include "handshake/common_choice.h"
#include "handshake/early13.h"
#include "handshake/ech_server13.h"
#include "handshake/handshake.h"
#include "handshake/hello12.h"
#include "handshake/post_authentication13.h"
#include "handshake/psk13.h"
#include "handshake/resume13.h"
#include "handshake/server12.h"
#include "handshake/server_hello13.h"
#include "handshake/settle13.h"
#include "message/encrypted_extensions.h"
#include "message/end_of_early_data.h"

namespace handfast::handshake {
namespace {

using ClientHello = message::ClientHello;

Result<> send_encrypted_extensions(Handshake& hs, const ClientHello& hello, const Choice& choice,
                                   const Credential* credential) {
  const ServerOptions& options = hs.server().config->options();
  const std::vector<std::uint8_t> configs = retry_configs(hs, hello);
  const std::size_t room = 334 + configs.size() + room_for_extensions(options);
  const MutBytes memory = hs.store().allocate(room);
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  codec::Writer out(memory);
  if (choice.alpn) {
    hs.settled().alpn = options.alpn[*choice.alpn];
    const message::ProtocolName protocol{bytes_of(hs.settled().alpn)};
    message::write_extension(out, message::ProtocolNameList{std::span(&protocol, 1)});
  }
  // RFC 6066 §3: a server that used the name answers with an empty one; if it resumes, it MUST NOT.
  const std::string& name = hs.settled().server_name;
  const bool is_named = credential != nullptr && !name.empty() && credential->matches(name);
  if (hs.session() == nullptr && is_named) {
    message::write_extension(out, message::ServerNameAck{});
  }
  if (answers_record_limit(options, hello.typed)) {
    message::write_extension(out, message::RecordSizeLimit{options.record_size_limit});
  }
  if (choice.max_fragment_length != 0) {
    message::write_extension(out, message::MaxFragmentLength::of(choice.max_fragment_length));
  }
  if (choice.heartbeat) {
    message::write_extension(out, message::HeartbeatExtension{*options.heartbeat});
  }
  if (credential != nullptr && hs.external_psk() == nullptr) {
    hs.settled().server_certificate_type = credential->type();
    if (hello.typed.server_certificate_type) {
      message::write_extension(out, message::ServerCertificateType{credential->type()});
    }
  }
  // RFC 7250 §4.2: only beside a CertificateRequest.
  if (hello.typed.client_certificate_type && asks_client(hs)) {
    message::write_extension(out,
                             message::ClientCertificateType{hs.settled().client_certificate_type});
  }
  if (hs.settled().early_data == EarlyDataOutcome::accepted) {
    message::write_extension(out, message::EarlyDataIndication{});
  }
  // RFC 9149 §3: how many tickets will come, for a client that asked.
  if (hello.typed.ticket_request && options.tickets != nullptr) {
    const auto count = static_cast<std::uint8_t>(tickets_due(hs, hello));
    message::write_extension(out, message::ServerTicketRequestHint{count});
  }
  if (!configs.empty()) {
    codec::write_element(out, ExtensionType::encrypted_client_hello);
    out.number(static_cast<std::uint16_t>(configs.size()));
    out.bytes(configs);
  }
  answer_application_extensions(out, options, hello.extensions);
  hs.store().shrink_last(room - out.size());
  const message::EncryptedExtensions extensions{message::ExtensionList::from_wire(out.written())};
  const auto sent = hs.send(extensions, 16 + out.size());
  return sent ? Result<>() : std::unexpected(sent.error());
}

/// What both sides go on from, once a ClientHello says all that is needed.
struct Agreed {
  Received<ClientHello> hello;
  Choice choice;
  std::optional<KnownPsk> known;  ///< the external key that the client means
  bool retried = false;           ///< by a HelloRetryRequest, here or on another connection
  bool recalled = false;          ///< on another one
  bool is_12 = false;             ///< TLS 1.2 is spoken, and nothing else is agreed
};

/// Reads the client's hellos, the second if it has to be asked for one.
Task<Agreed> agree(Handshake& hs) {
  const ServerOptions& options = hs.server().config->options();
  Agreed agreed;
  Received<ClientHello> hello;
  hello = co_await hs.read<ClientHello>();
  // RFC 9849 §7.1: whether a hidden hello is taken is determined "prior to negotiating any other
  // TLS parameters", the version among them: the outer hello may be of any.
  std::unique_ptr<EchOpener> opener;
  hello = co_await open_hidden(hs, opener, hello);
  agreed.hello = hello;
  agreed.is_12 = wants_12(options, *hello);
  if (agreed.is_12) {
    co_return agreed;
  }
  const auto recalled = co_await open_cookie(hs, *hello);
  Choice choice;
  if (recalled) {
    choice = co_await renegotiate13(options, recalled->terms, *hello);
    co_await retrace_hello_retry(hs, *hello, *recalled);
  } else {
    choice = co_await negotiate13(options, *hello);
  }
  if (may_know_psk(hs, *hello)) {
    agreed.known = co_await find_external_psk(hs, &hello, &choice, recalled.has_value());
  }
  const bool retries = !recalled && (choice.needs_share() || options.always_retry);
  if (!recalled) {
    hs.begin_transcript(choice.suite->hash, retries);
  }
  if (retries) {
    co_await hello.boundary();  // nobody can answer what was not sent yet
    const RetryTerms terms = retry_terms(choice);
    const Bytes cookie = co_await send_hello_retry(hs, hello, terms);
    co_await hs.wire().change_cipher_spec();
    if (choice.early_data) {
      refuse_early_data(hs);
    }
    const Received<ClientHello> first = hello;
    hello = co_await hs.read<ClientHello>();
    hello = co_await open_second(hs, opener, hello);
    co_await check_second_hello(*first, *hello, cookie);
    choice = co_await renegotiate13(options, terms, *hello);
    agreed.known.reset();
    if (may_know_psk(hs, *hello)) {
      agreed.known = co_await find_external_psk(hs, &hello, &choice, true);
    }
  }
  agreed.hello = hello;
  agreed.choice = choice;
  agreed.retried = retries || recalled;
  agreed.recalled = recalled.has_value();
  co_return agreed;
}

}  // namespace

Task<> server13(Handshake& hs) {
  const ServerOptions& options = hs.server().config->options();
  wire::Wire& wire = hs.wire();
  const Agreed agreed = co_await agree(hs);
  const Received<ClientHello> hello = agreed.hello;
  if (agreed.is_12) {
    co_await server12(hs, &hello);
    co_return;
  }
  const std::optional<KnownPsk>& known = agreed.known;
  Choice choice = agreed.choice;
  const wire::Boundary after_hello = co_await hello.boundary();

  std::string& name = hs.settled().server_name;
  name = co_await server_name(hello->typed.server_name);
  co_await keep_application_extensions(hs, hello->extensions);
  std::shared_ptr<const Credential> credential;
  Shown shown;
  if (!known && can_show_certificate(hs, *hello)) {
    const SchemeList schemes = usable_schemes(*hello);
    const SchemeList in_chain = certificate_schemes(*hello);
    const SchemeList delegated = delegated_schemes(*hello);
    const std::span<const Bytes> authorities =
        co_await authorities_of(hs.heard(), hello->typed.certificate_authorities);
    const CertificateTypes types = server_types(*hello);
    const ChooseCredential wanted{.config = hs.server().config,
                                  .server_name = name,
                                  .schemes = schemes.view(),
                                  .certificate_schemes = in_chain.view(),
                                  .authorities = authorities,
                                  .types = types.view(),
                                  .delegated_schemes = delegated.view(),
                                  .now = hs.now()};
    const auto* chosen = co_await hs.choose_credential(wanted);
    credential = *chosen;
    shown = co_await show_to_client(options, credential, *hello, hs.now());
  }
  Resumed resumed;
  if (may_resume(hs, *hello)) {
    resumed = co_await resume_session(hs, &hello, &choice, credential.get());
  }
  std::optional<std::uint16_t> psk;
  if (resumed.is_resumed) {
    psk = resumed.selected_identity;
  } else if (known) {
    psk = known->index;
    co_await take_external_psk(hs, hello, *known, *choice.suite);
  } else if (credential == nullptr) {
    co_await refuse_without_grounds(hs, *hello);
  }
  co_await settle_client_type(hs, *hello);
  if (choice.early_data) {
    co_await take_early_data(hs, &hello, &choice, &resumed);
  }
  const bool takes_early_data = hs.settled().early_data == EarlyDataOutcome::accepted;

  const crypto::Encapsulation share = co_await encapsulate(hs, choice.group, choice.client_share);
  co_await send_server_hello(hs, *hello, choice, share.share, psk);
  if (!agreed.recalled) {
    co_await wire.change_cipher_spec();  // else it has followed the HelloRetryRequest
  }
  schedule::HandshakeStage stage = early_stage(hs, choice.suite->hash).mix(share.secret);
  const schedule::TrafficSecrets handshake = stage.traffic(hs.transcript());
  settle_hellos(hs, hello->random, *choice.suite, choice.group, agreed.retried, handshake);
  if (answers_record_limit(options, hello->typed)) {
    wire.limit_records(hello->typed.record_size_limit->record_size_limit,
                       options.record_size_limit);
  }
  settle_fragment_length(hs, choice.max_fragment_length);
  settle_heartbeat(hs, options.heartbeat, choice.heartbeat);
  co_await wire.install_write(Epoch::handshake, *choice.suite, handshake.server);
  if (!takes_early_data) {
    co_await wire.install_read(Epoch::handshake, *choice.suite, handshake.client, after_hello);
  }

  co_await send_encrypted_extensions(hs, *hello, choice, credential.get());
  message::CertificateRequest request;
  if (!psk) {
    // RFC 9846 §4.4.2: who authenticates with a PSK MUST NOT ask for a certificate.
    if (asks_client(hs)) {
      request = co_await send_certificate_request(hs);
    }
    co_await prove_identity(hs, &shown);
  }
  co_await send_finished(hs, handshake.server);
  const schedule::ApplicationStage application = std::move(stage).finish();
  const crypto::Digest transcript = hs.transcript();
  schedule::TrafficSecrets traffic = application.traffic(transcript);
  co_await wire.install_write(Epoch::application, *choice.suite, traffic.server);

  if (takes_early_data) {
    const auto end = co_await hs.read<message::EndOfEarlyData>();
    const wire::Boundary after_end = co_await end.boundary();
    co_await wire.install_read(Epoch::handshake, *choice.suite, handshake.client, after_end);
  }
  std::optional<Claim> claim = resumed.claim;
  if (asks_client(hs)) {
    claim = co_await authenticate_client(hs, request);
  }
  const auto finished = co_await hs.read<message::Finished>();
  const Confirmation confirmation = co_await check_finished(finished, handshake.client);
  if (claim) {
    hs.established().peer = claim->confirm(confirmation);
  }
  const wire::Boundary after_finished = co_await finished.boundary();
  co_await wire.install_read(Epoch::application, *choice.suite, traffic.client, after_finished);
  establish(hs, hello->random, *choice.suite, std::move(traffic), application.exporter(transcript));

  hs.established().post = post_authentication(hs, hello->typed.post_handshake_auth.has_value());
  hs.established().authenticators = authenticator_source(hs, hello.body);
  const HashSecret resumption = application.resumption(hs.transcript());
  const unsigned tickets = tickets_due(hs, *hello);
  if (tickets > 0) {
    co_await issue_tickets(hs, tickets, credential.get(), &resumption);
  }
}

}  // namespace handfast::handshake
