#include "handshake/client12.h"

#include "handshake/authenticate12.h"
#include "handshake/hello12.h"
#include "handshake/key_exchange12.h"
#include "handshake/psk13.h"
#include "handshake/resume12.h"
#include "message/empty12.h"

namespace handfast::handshake {
namespace {

/// A session goes on: the server is the first to say Finished. RFC 5246 §7.3, figure 2.
Task<> go_on_client12(Handshake& hs, const ServerChoice12* choice,
                      const Received<message::ServerHello>* hello,
                      const schedule::Randoms* randoms) {
  wire::Wire& wire = hs.wire();
  const schedule::MainSecret secret(choice->suite->hash, HashSecret(choice->session->psk));
  const schedule::DirectionKeys keys = secret.keys(*choice->suite, *randoms);
  std::optional<Received<message::NewSessionTicket12>> ticket;
  std::optional<wire::Boundary> edge = hello->edge;
  if (choice->gives_ticket) {
    ticket = co_await hs.read<message::NewSessionTicket12>();
    edge = ticket->edge;
  }
  const wire::Boundary before_change = co_await check_edge(edge);
  co_await wire.await_read_keys(*choice->suite, keys.server, before_change);
  const auto finished = co_await hs.read<message::Finished>();
  co_await check_finished12(finished, secret.server_finished(*finished.before));
  co_await finished.boundary();
  hs.trust_session();
  co_await wire.change_write_keys(*choice->suite, keys.client);
  co_await send_finished12(hs, secret.client_finished(hs.transcript()));
  co_await keep_session12(hs, *choice, secret, ticket);
  establish12(hs, *randoms, *choice->suite, secret);
}

}  // namespace

Task<> client12(Handshake& hs, const Asked* asked, Received<message::ServerHello> hello) {
  wire::Wire& wire = hs.wire();
  const ServerChoice12 choice = co_await check_server_hello12(*asked, *hello);
  hs.begin_transcript(choice.suite->hash, false);
  wire.speak12();
  settle12(hs, choice);
  const schedule::Randoms randoms{asked->offer->random, hello->random};
  if (choice.session != nullptr) {
    hs.report(Negotiated{ProtocolVersion::tls12, choice.suite->id, NamedGroup{}, false});
    use_psk_of_session(hs);
    co_await go_on_client12(hs, &choice, &hello, &randoms);
    co_return;
  }
  hs.drop_session();

  const KeyExchange12& method = key_exchange12(*choice.suite, asked->options->policy);
  ClientExchange12 exchange{.asked = asked, .suite = choice.suite, .randoms = &randoms};
  const bool has_certificates = crypto::shows_certificate(choice.suite->key_exchange);
  if (has_certificates) {
    const PeerCertificates* server = co_await authenticate_server12(hs, &choice);
    exchange.leaf = server->chain().front();
  }
  co_await method.hear_server(hs, &exchange);
  hs.settled().group = exchange.group;
  hs.report(Negotiated{ProtocolVersion::tls12, choice.suite->id, exchange.group, false});
  std::optional<Received<message::CertificateRequest12>> request;
  if (has_certificates) {  // RFC 4279 §2: else it is omitted
    request = co_await hs.read_if<message::CertificateRequest12>();
  }
  const auto done = co_await hs.read<message::ServerHelloDone>();
  const wire::Boundary after_done = co_await done.boundary();

  Shown shown;
  if (request) {
    shown = show_to_server12(*asked->options, **request, hs.now());  // X.509, if it may be shown
    const Credential* own = shown.credential != nullptr ? shown.credential->get() : nullptr;
    co_await send_certificate12(hs, own);
  }
  co_await method.answer_server(hs, &exchange);
  const auto secret = schedule::MainSecret::extended(
      choice.suite->hash, exchange.premaster_secret.expose(), hs.transcript());
  co_await prove_identity12(hs, &shown);
  const schedule::DirectionKeys keys = secret.keys(*choice.suite, randoms);
  co_await wire.change_write_keys(*choice.suite, keys.client);
  co_await send_finished12(hs, secret.client_finished(hs.transcript()));

  std::optional<Received<message::NewSessionTicket12>> ticket;
  wire::Boundary before_change = after_done;
  if (choice.gives_ticket) {
    // RFC 5077 §3.3: "This message MUST be sent if the server included a SessionTicket extension in
    // the ServerHello."
    ticket = co_await hs.read<message::NewSessionTicket12>();
    before_change = co_await ticket->boundary();
  }
  co_await wire.await_read_keys(*choice.suite, keys.server, before_change);
  const auto finished = co_await hs.read<message::Finished>();
  co_await check_finished12(finished, secret.server_finished(*finished.before));
  co_await finished.boundary();
  if (method.confirm_server != nullptr) {
    method.confirm_server(hs);
  }
  co_await keep_session12(hs, choice, secret, ticket);
  establish12(hs, randoms, *choice.suite, secret);
}

}  // namespace handfast::handshake
