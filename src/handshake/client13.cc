#include "handshake/client13.h"

#include "handshake/agree_on_key.h"
#include "handshake/application_extension13.h"
#include "handshake/authenticate13.h"
#include "handshake/authenticator13.h"
#include "handshake/check13.h"
#include "handshake/client12.h"
#include "handshake/common_choice.h"
#include "handshake/early13.h"
#include "handshake/ech_client13.h"
#include "handshake/handshake.h"
#include "handshake/hello12.h"
#include "handshake/hello13.h"
#include "handshake/offer13.h"
#include "handshake/post_authentication13.h"
#include "handshake/psk13.h"
#include "handshake/resume13.h"
#include "handshake/settle13.h"
#include "message/encrypted_extensions.h"

namespace handfast::handshake {

Task<> client13(Handshake& hs) {
  const ClientOptions& options = hs.client().config->options();
  wire::Wire& wire = hs.wire();
  Offer offer;
  co_await prepare(offer, options, wire.traits().middlebox_compatibility, hs.chance());
  offer_session(hs, offer);
  offer_external_psks(hs, offer);
  offer_early_data(hs, offer);
  co_await offer_ech(hs, offer);
  Asked asked;
  asked = co_await send_client_hello(hs, offer);
  co_await begin_early_data(hs, offer);

  if (offers_12(offer, options)) {
    if (!speaks_13(options)) {
      wire.speak12();
    }
    wire.may_speak12();
  }
  Received<message::ServerHello> hello;
  hello = co_await hs.read<message::ServerHello>();
  if (chooses_12(asked, *hello)) {
    co_await client12(hs, &asked, hello);
    co_return;
  }
  co_await judge_ech(hs, offer, asked, hello);
  std::optional<Retry> retry;
  if (hello->is_retry()) {
    retry = co_await check_retry(asked, *hello);
    co_await hello.boundary();  // nobody can answer what was not sent yet
    hs.begin_transcript(retry->suite->hash, true);
    withdraw_early_data(hs, offer);
    co_await reconsider_psks(offer, *retry);
    co_await prepare_again(offer, retry->group, retry->cookie, hs.chance());
    co_await wire.change_cipher_spec();
    asked = co_await send_client_hello(hs, offer);
    hello = co_await hs.read<message::ServerHello>();
    co_await judge_ech(hs, offer, asked, hello);
  }
  const ServerChoice choice = co_await check_server_hello(asked, retry, *hello);
  if (!retry) {
    hs.begin_transcript(choice.suite->hash, false);
  }
  co_await settle_psk(hs, choice);
  const wire::Boundary after_hello = co_await hello.boundary();

  const crypto::KeyExchange& mine = *offer.find_share(choice.group);
  const crypto::SharedSecret shared = co_await decapsulate(hs, &mine, choice.share);
  schedule::HandshakeStage stage = early_stage(hs, choice.suite->hash).mix(shared);
  const schedule::TrafficSecrets handshake = stage.traffic(hs.transcript());
  settle_hellos(hs, offer.random, *choice.suite, choice.group, retry.has_value(), handshake);
  co_await wire.install_read(Epoch::handshake, *choice.suite, handshake.server, after_hello);
  const bool may_take_early_data = offer.early_data && choice.resumes();
  if (!may_take_early_data) {
    co_await wire.install_write(Epoch::handshake, *choice.suite, handshake.client);
  }

  const auto extensions = co_await hs.read<message::EncryptedExtensions>();
  const ServerTerms terms = co_await check_encrypted_extensions(asked, *extensions);
  co_await settle_early_data(hs, choice, terms);
  const bool takes_early_data = hs.settled().early_data == EarlyDataOutcome::accepted;
  if (may_take_early_data && !takes_early_data) {
    co_await wire.install_write(Epoch::handshake, *choice.suite, handshake.client);
  }
  hs.settled().alpn = terms.alpn;
  co_await keep_application_extensions(hs, extensions->extensions);
  if (terms.record_size_limit) {
    wire.limit_records(*terms.record_size_limit, record_limit(options));
  }
  settle_fragment_length(hs, terms.max_fragment_length);
  settle_heartbeat(hs, options.heartbeat, terms.heartbeat);
  std::optional<Received<message::CertificateRequest>> request;
  Shown shown;
  if (choice.psk != nullptr) {
    trust_psk(hs, choice);
  } else {
    co_await settle_types(hs, terms.types);
    request = co_await hs.read_if<message::CertificateRequest>();
    if (request) {
      co_await check_without_context(**request);
      shown = co_await show_to_server(options, **request, hs.now(),
                                      hs.settled().client_certificate_type);
      stay_anonymous_if_rejected(hs, shown);
    }
    co_await authenticate_server(hs, &asked);
  }
  const auto finished = co_await hs.read<message::Finished>();
  co_await check_finished(finished, handshake.server);
  const wire::Boundary after_finished = co_await finished.boundary();

  const schedule::ApplicationStage application = std::move(stage).finish();
  const crypto::Digest transcript = hs.transcript();
  schedule::TrafficSecrets traffic = application.traffic(transcript);
  co_await wire.install_read(Epoch::application, *choice.suite, traffic.server, after_finished);

  co_await wire.change_cipher_spec();
  if (takes_early_data) {
    co_await end_early_data(hs);
    co_await wire.install_write(Epoch::handshake, *choice.suite, handshake.client);
  }
  if (request) {
    co_await prove_identity(hs, &shown);
  }
  co_await send_finished(hs, handshake.client);
  co_await wire.install_write(Epoch::application, *choice.suite, traffic.client);
  co_await end_if_rejected(hs, terms);
  establish(hs, offer.random, *choice.suite, std::move(traffic), application.exporter(transcript));
  hs.established().post = post_authentication(hs, options.post_handshake_auth);
  hs.established().authenticators = authenticator_source(hs, nullptr);
  hs.established().sessions =
      session_source(hs, *choice.suite, application.resumption(hs.transcript()));
}

}  // namespace handfast::handshake
