#include "handshake/server12.h"

#include "handshake/authenticate12.h"
#include "handshake/common_choice.h"
#include "handshake/hello12.h"
#include "handshake/key_exchange12.h"
#include "handshake/negotiate13.h"
#include "handshake/resume12.h"
#include "handshake/settle13.h"
#include "message/empty12.h"

#include <algorithm>

namespace handfast::handshake {
namespace {

/// A session goes on: the server is the first to say Finished. RFC 5246 §7.3, figure 2.
Task<> go_on_server12(Handshake& hs, const Received<message::ClientHello>* hello,
                      const Credential* credential, const SessionAnswer12* answer,
                      const Resumed12* resumed, const schedule::Randoms* randoms) {
  wire::Wire& wire = hs.wire();
  const crypto::Suite& suite = *resumed->suite;
  const schedule::MainSecret secret(suite.hash, HashSecret(resumed->session->psk));
  const schedule::DirectionKeys keys = secret.keys(suite, *randoms);
  if (answer->gives_ticket) {
    co_await give_ticket12(hs, credential, &secret);
  }
  co_await wire.change_write_keys(suite, keys.server);
  co_await send_finished12(hs, secret.server_finished(hs.transcript()));

  const wire::Boundary after_hello = co_await hello->boundary();
  co_await wire.await_read_keys(suite, keys.client, after_hello);
  const auto finished = co_await hs.read<message::Finished>();
  const schedule::VerifyData expected = secret.client_finished(*finished.before);
  const Confirmation confirmation = co_await check_finished12(finished, expected);
  const Possession possession = co_await check_possession12(finished, expected);
  // Not before: ids and tickets go through the net in clear, so that whoever has seen one could end
  // the session of another.
  be_ready_to_forget(hs, secret);
  co_await finished.boundary();
  if (resumed->shown != nullptr) {
    const Claim claim =
        co_await Claim::resume(*hs.verdict(), resumed->shown->chain().front(), possession);
    hs.established().peer = claim.confirm(confirmation);
  }
  if (answer->keeps_id) {
    co_await keep_by_id12(hs, credential, &secret, answer->id);
  }
  establish12(hs, *randoms, suite, secret);
}

/// Whether a key may be shown that decrypts.
bool may_decrypt(const ServerConfig& config) {
  return config.options().pulled.credential_choice ||
         std::ranges::any_of(config.credentials(),
                             [](const auto& credential) { return credential->may_decrypt(); });
}

/// Whether an external key stands in the place of certificates: also where no suite is for any that
/// could be shown.
bool goes_by_psk(const Handshake& hs, const message::ClientHello& hello, const Choice12& choice) {
  const ServerConfig& config = *hs.server().config;
  if (choice.by_psk == nullptr || choice.prefers_psk) {
    return choice.by_psk != nullptr;
  }
  const SchemeList schemes = schemes12(hello, choice);
  return !config.options().pulled.credential_choice &&
         std::ranges::none_of(config.credentials(), [&](const auto& credential) {
           const bool decrypts = choice.by_decryption != nullptr && credential->may_decrypt();
           return credential->type() == CertificateType::x509 &&
                  (decrypts || scheme_for(*credential, {schemes.view()}));
         });
}

/// A server with nothing but external keys has nothing in common with who has none. Fails:
/// suite_none_common.
Result<> check_can_show12(const Handshake& hs, const message::ClientHello& hello) {
  const ServerConfig& config = *hs.server().config;
  const ServerOptions& options = config.options();
  return options.pulled.credential_choice || !config.credentials().empty()
             ? Result<>()
             : fail(Reason::suite_none_common,
                    both_of(Facts::Kind::cipher_suites, std::span(options.cipher_suites12),
                            hello.cipher_suites));
}

/// What is to be shown to this client; nullptr: its name is refused.
Task<std::shared_ptr<const Credential>>
choose_credential12(Handshake& hs, const message::ClientHello* hello, const Choice12* choice) {
  const SchemeList schemes = schemes12(*hello, *choice);
  const SchemeList in_chain = certificate_schemes(*hello);
  const std::span<const Bytes> authorities =
      co_await authorities_of(hs.heard(), hello->typed.certificate_authorities);
  static constexpr std::array types = {CertificateType::x509};
  const ChooseCredential wanted{.config = hs.server().config,
                                .server_name = hs.settled().server_name,
                                .schemes = schemes.view(),
                                .certificate_schemes = in_chain.view(),
                                .authorities = authorities,
                                .types = types,
                                .delegated_schemes = {},
                                .now = hs.now(),
                                .takes_decryption = choice->by_decryption != nullptr};
  const auto* chosen = co_await hs.choose_credential(wanted);
  co_return *chosen;
}

}  // namespace

Task<> server12(Handshake& hs, const Received<message::ClientHello>* hello) {
  const ServerOptions& options = hs.server().config->options();
  wire::Wire& wire = hs.wire();
  co_await hello->boundary();
  const bool decrypts = may_decrypt(*hs.server().config);
  const Choice12 choice = co_await negotiate12(options, **hello, decrypts);
  wire.speak12();
  std::string& name = hs.settled().server_name;
  name = co_await server_name((*hello)->typed.server_name);
  const bool by_psk = goes_by_psk(hs, **hello, choice);
  std::shared_ptr<const Credential> credential;
  Shown12 shown{.suite = choice.by_psk};
  if (!by_psk) {
    co_await check_can_show12(hs, **hello);
    credential = co_await choose_credential12(hs, hello->body, &choice);
    shown = co_await show12(credential, **hello, choice);
  }
  const bool asks = asks_client(hs) && !by_psk;
  if (asks) {
    co_await check_takes_x509(options);
  }
  const Resumed12 resumed = co_await resume_session12(hs, hello->body, credential.get());
  const SessionAnswer12 session = co_await answer_session12(hs, **hello, resumed);
  const crypto::Suite& suite = session.resumes ? *resumed.suite : *shown.suite;
  hs.begin_transcript(suite.hash, false);

  const message::Random* random =
      co_await send_server_hello12(hs, **hello, choice, session, suite, shown);
  const schedule::Randoms randoms{(*hello)->random, *random};
  settle_server12(hs, **hello, choice, suite, session.resumes);
  if (session.resumes) {
    co_await go_on_server12(hs, hello, credential.get(), &session, &resumed, &randoms);
    co_return;
  }
  if (!by_psk) {
    co_await send_certificate12(hs, shown.credential);
    co_await send_certificate_status12(hs, shown);
  }
  const KeyExchange12& method = key_exchange12(suite, options.policy);
  ServerExchange12 exchange{.hello = hello->body,
                            .suite = &suite,
                            .randoms = &randoms,
                            .credential = &credential,
                            .scheme = shown.scheme,
                            .group = choice.group_of(suite)};
  co_await method.offer(hs, &exchange);
  if (asks) {
    co_await send_certificate_request12(hs);
  }
  co_await send_server_hello_done(hs);

  const PeerCertificates* client = nullptr;
  if (asks) {
    client = co_await read_client_certificate12(hs);
  }
  co_await method.agree(hs, &exchange);
  const auto secret = schedule::MainSecret::extended(suite.hash, exchange.premaster_secret.expose(),
                                                     hs.transcript());
  std::optional<Claim> claim;
  std::optional<wire::Boundary> edge = exchange.edge;
  if (client != nullptr && !client->empty()) {
    const ClientProof12 proof = co_await authenticate_client12(hs, client);
    claim = proof.claim;
    edge = proof.edge;
  }
  const wire::Boundary before_change = co_await check_edge(edge);
  const schedule::DirectionKeys keys = secret.keys(suite, randoms);
  co_await wire.await_read_keys(suite, keys.client, before_change);
  const auto finished = co_await hs.read<message::Finished>();
  const Confirmation confirmation =
      co_await check_finished12(finished, secret.client_finished(*finished.before));
  co_await finished.boundary();
  if (claim) {
    hs.established().peer = claim->confirm(confirmation);
  }

  if (session.gives_ticket) {
    co_await give_ticket12(hs, credential.get(), &secret);
  }
  co_await wire.change_write_keys(suite, keys.server);
  co_await send_finished12(hs, secret.server_finished(hs.transcript()));
  if (session.keeps_id) {
    co_await keep_by_id12(hs, credential.get(), &secret, session.id);
  }
  establish12(hs, randoms, suite, secret);
}

}  // namespace handfast::handshake
