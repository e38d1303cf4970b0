// Exported authenticators: who can prove what to whom, and what is refused. RFC 9261.
#include "handfast/exported_authenticator.h"

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/signature.h"
#include "handfast/describe.h"
#include "message/handshake_message.h"
#include "support/delegation.h"
#include "support/expect.h"
#include "support/loopback.h"
#include "support/refusals.h"
#include "x509/credential_key.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using Content = std::vector<std::uint8_t>;

const ServerName& server_test() {
  static const ServerName name = ServerName::parse(server_dns_name).value();
  return name;
}

/// Sides that may use authenticators; either has a certificate that the other one trusts.
Sides exporting(Sides sides = {}) {
  sides.client.exported_authenticators = true;
  sides.client.credentials = {client_credential(CertificateKey::ed25519)};
  sides.server.exported_authenticators = true;
  sides.server.client_authentication = ClientAuthentication::later(client_authorities());
  return sides;
}

/// A connection and the authenticators of both its sides.
class Talk {
 public:
  explicit Talk(const Sides& sides = exporting()) : pair(sides) {
    pair.connect();
    client.emplace(ClientAuthenticators::of(pair.client.connection).value());
    server.emplace(ServerAuthenticators::of(pair.server.connection).value());
  }

  Loopback pair;
  std::optional<ClientAuthenticators> client;
  std::optional<ServerAuthenticators> server;
};

/// How an exchange ends, with every operation that it hands out answered by `answering`.
template <class End>
Result<End> end_of(Result<AuthenticatorExchange> exchange,
                   const std::function<Answer(const Operation&)>& answering = answer) {
  if (!exchange) {
    return std::unexpected(exchange.error());
  }
  for (;;) {
    const auto event = exchange->next();
    if (!event) {
      EXPECT_FAILS(exchange->next(), event.error().reason) << "and again";
      return std::unexpected(event.error());
    }
    if (const auto* end = std::get_if<End>(&*event)) {
      EXPECT_FAILS(exchange->next(), Reason::called_out_of_order);
      EXPECT_FAILS(exchange->complete(Refused{}), Reason::called_out_of_order);
      return *end;
    }
    EXPECT_TRUE(exchange->complete(answering(*std::get<NeedAnswer>(*event).operation)));
  }
}

/// The bytes of an authenticator that must come of it.
Content made(Result<AuthenticatorExchange> exchange) {
  const auto made = end_of<AuthenticatorMade>(std::move(exchange));
  EXPECT_TRUE(made.has_value());
  EXPECT_TRUE(made && !made->is_empty);
  return made ? made->bytes : Content();
}

Content empty(Result<AuthenticatorExchange> exchange) {
  const auto made = end_of<AuthenticatorMade>(std::move(exchange));
  EXPECT_TRUE(made && made->is_empty);
  return made ? made->bytes : Content();
}

/// Who the peer has proved to be.
Result<PeerIdentity> judged(Result<AuthenticatorExchange> exchange) {
  const auto judged = end_of<AuthenticatorJudged>(std::move(exchange));
  return judged ? Result<PeerIdentity>(judged->peer) : std::unexpected(judged.error());
}

bool is_named(const Result<PeerIdentity>& peer, std::string_view name) {
  const auto* identity = peer ? std::get_if<Identity>(&*peer) : nullptr;
  return identity != nullptr &&
         identity->names() == std::vector{AltName{AltName::Kind::dns_name, std::string(name)}};
}

bool is_anonymous(const Result<PeerIdentity>& peer) {
  return peer && std::holds_alternative<Anonymous>(*peer);
}

/// Whether data flows as if nothing had been.
bool has_exchanged(Loopback& pair) {
  const Content up = sample_data(300);
  pair.server.data.clear();
  pair.client.send(up);
  pair.relay();
  return pair.server.data == up && pair.server.outcome() && pair.client.outcome();
}

void append(Content& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

Content with_length(std::size_t width, Bytes bytes) {
  Content out;
  for (std::size_t i = width; i-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(bytes.size() >> (8 * i)));
  }
  append(out, bytes);
  return out;
}

/// A CertificateRequest with this context and these extensions.
Content request_with(const Content& context, const Content& extensions,
                     HandshakeType type = certificate_request) {
  Content body = with_length(1, context);
  append(body, with_length(2, extensions));
  return handshake_message(type, body);
}

/// oid_filters: certificates for codeSigning alone.
const Content extended_key_usage_filter = {0,  48, 0,  22, 0, 20, 5, 6, 3, 0x55, 0x1d, 0x25, 0,
                                           12, 48, 10, 6,  8, 43, 6, 1, 5, 5,    7,    3,    3};

// ---- who proves what ----------------------------------------------------------------------------

TEST(ExportedAuthenticators, say_who_the_client_is) {
  for (const CipherSuite suite :
       {CipherSuite::tls_aes_128_gcm_sha256, CipherSuite::tls_aes_256_gcm_sha384}) {
    Talk talk(exporting(only(suite, NamedGroup::x25519)));
    const Content request = talk.server->request().value();
    EXPECT_EQ(request.front(), std::to_underlying(certificate_request));
    const Content answer = made(talk.client->answer(request, handshake_time));
    EXPECT_TRUE(
        is_named(judged(talk.server->judge(request, answer, handshake_time)), client_dns_name));
    EXPECT_EQ(talk.pair.server.identity(), nullptr) << "the connection's own peer stays who it was";
    EXPECT_TRUE(has_exchanged(talk.pair));
  }
}

TEST(ExportedAuthenticators, say_who_the_server_is) {
  for (const CertificateKey key :
       {CertificateKey::ed25519, CertificateKey::ecdsa_p256, CertificateKey::rsa}) {
    Sides sides = exporting();
    sides.key = key;
    Talk talk(sides);
    const Content request = talk.client->request(server_test()).value();
    EXPECT_EQ(request.front(), 17) << "ClientCertificateRequest";
    const Content answer = made(talk.server->answer(request, handshake_time));
    EXPECT_TRUE(is_named(judged(talk.client->judge(request, answer, server_test(), handshake_time)),
                         server_dns_name));
    EXPECT_TRUE(has_exchanged(talk.pair));
  }
}

TEST(ExportedAuthenticators, say_who_the_server_is_unasked) {
  for (const CipherSuite suite :
       {CipherSuite::tls_aes_128_gcm_sha256, CipherSuite::tls_aes_256_gcm_sha384}) {
    Talk talk(exporting(only(suite, NamedGroup::x25519)));
    for (unsigned i = 0; i < 3; ++i) {
      const Content said = made(talk.server->make_unasked(server_test(), handshake_time));
      EXPECT_TRUE(is_named(judged(talk.client->judge_unasked(said, server_test(), handshake_time)),
                           server_dns_name));
    }
  }
}

TEST(ExportedAuthenticators, choose_the_credential_of_a_name) {
  Sides sides = exporting();
  sides.server.pulled.credential_choice = true;
  Loopback pair(sides);
  pair.connect();
  auto client = ClientAuthenticators::of(pair.client.connection).value();
  auto server = ServerAuthenticators::of(pair.server.connection).value();
  const ServerName other = ServerName::parse("other.test").value();
  const Content request = client.request(other).value();
  const auto choose = [](const Operation& operation) -> Answer {
    const auto& choice = std::get<ChooseCredential>(operation);
    EXPECT_EQ(choice.server_name, "other.test");
    EXPECT_FALSE(choice.schemes.empty());
    EXPECT_EQ(choice.now, handshake_time);
    return credential(CertificateKey::ecdsa_p256, "other.test");
  };
  const auto answer = end_of<AuthenticatorMade>(server.answer(request, handshake_time), choose);
  ASSERT_TRUE(answer && !answer->is_empty);
  EXPECT_FAILS(judged(client.judge(request, answer->bytes, server_test(), handshake_time)),
               Reason::certificate_name_mismatch);
  EXPECT_TRUE(
      is_named(judged(client.judge(request, answer->bytes, other, handshake_time)), "other.test"));
  const auto unasked =
      end_of<AuthenticatorMade>(server.make_unasked(other, handshake_time), choose);
  ASSERT_TRUE(unasked);
  EXPECT_TRUE(
      is_named(judged(client.judge_unasked(unasked->bytes, other, handshake_time)), "other.test"));
}

TEST(ExportedAuthenticators, follow_sessions_that_go_on) {
  const Sides sides = exporting(resuming());
  Talk first(sides);
  first.pair.relay();
  Talk second(sides);
  ASSERT_EQ(second.pair.client.connection.settled().session, SessionOutcome::resumed);
  const Content request = second.server->request().value();
  const Content answer = made(second.client->answer(request, handshake_time));
  EXPECT_TRUE(
      is_named(judged(second.server->judge(request, answer, handshake_time)), client_dns_name));
  const Content unasked = made(second.server->make_unasked(server_test(), handshake_time));
  EXPECT_TRUE(is_named(judged(second.client->judge_unasked(unasked, server_test(), handshake_time)),
                       server_dns_name));
}

TEST(ExportedAuthenticators, bring_what_was_asked_for_beside_a_certificate) {
  const Content timestamps = {0, 4, 0, 2, 1, 2};
  for (const bool wanted : {true, false}) {
    Sides sides = exporting();
    sides.client.request_sct_lists = wanted;
    sides.shown = credential(CertificateKey::ed25519)->with({{}, timestamps}).value();
    Talk talk(sides);
    const Content request = talk.client->request(server_test()).value();
    for (const Content& said : {made(talk.server->answer(request, handshake_time)),
                                made(talk.server->make_unasked(server_test(), handshake_time))}) {
      EXPECT_EQ(!std::ranges::search(said, timestamps).empty(), wanted);
    }
  }
}

TEST(ExportedAuthenticators, may_be_signed_by_a_delegated_credential) {
  const Delegator delegator;
  Talk talk(exporting(delegator.sides()));
  const Content request = talk.client->request(server_test()).value();
  const Content answer = made(talk.server->answer(request, handshake_time));
  auto exchange = talk.client->judge(request, answer, server_test(), handshake_time);
  ASSERT_TRUE(exchange && exchange->next());
  EXPECT_TRUE(exchange->verdict()->delegated_until());
}

// Neither side compresses what RFC 9261 has as a Certificate.
TEST(ExportedAuthenticators, are_never_compressed) {
  Sides sides = exporting();
  sides.client.certificate_compression = certificate_compressions();
  sides.server.certificate_compression = certificate_compressions();
  Talk talk(sides);
  const Content request = talk.server->request().value();
  const Content answer = made(talk.client->answer(request, handshake_time));
  EXPECT_EQ(answer.front(), std::to_underlying(certificate));
  EXPECT_TRUE(
      is_named(judged(talk.server->judge(request, answer, handshake_time)), client_dns_name));
  // As somebody might who asks for it all the same.
  const Content wishes = {0, 13, 0, 4, 0, 2, 8, 7, 0, 27, 0, 3, 2, 0, 1};
  EXPECT_EQ(made(talk.client->answer(request_with({1}, wishes), handshake_time)).front(),
            std::to_underlying(certificate));
}

// ---- who says nothing ---------------------------------------------------------------------------

TEST(ExportedAuthenticators, may_be_empty) {
  Talk talk;
  const Content asked = talk.server->request().value();
  const Content nothing = empty(talk.client->decline(asked, handshake_time));
  EXPECT_EQ(nothing.front(), std::to_underlying(finished));
  EXPECT_EQ(nothing.size(), 36U);
  EXPECT_TRUE(is_anonymous(judged(talk.server->judge(asked, nothing, handshake_time))));

  const Content other = talk.client->request(server_test()).value();
  const Content refusal = empty(talk.server->decline(other, handshake_time));
  EXPECT_TRUE(
      is_anonymous(judged(talk.client->judge(other, refusal, server_test(), handshake_time))));
  EXPECT_FAILS(judged(talk.client->judge(other, refusal, server_test(), handshake_time)),
               Reason::authenticator_context_used);
}

TEST(ExportedAuthenticators, are_empty_where_nothing_fits) {
  Sides sides = exporting();
  sides.client.credentials = {};
  Talk talk(sides);
  const Content asked = talk.server->request().value();
  const Content nothing = empty(talk.client->answer(asked, handshake_time));
  EXPECT_TRUE(is_anonymous(judged(talk.server->judge(asked, nothing, handshake_time))));
  const ServerName unknown = ServerName::parse("unknown.test").value();
  const Content other = talk.client->request(unknown).value();
  const Content refusal = empty(talk.server->answer(other, handshake_time));
  EXPECT_TRUE(is_anonymous(judged(talk.client->judge(other, refusal, unknown, handshake_time))));
}

TEST(ExportedAuthenticators, that_nobody_asked_for_say_something_or_are_none) {
  Talk talk;
  const ServerName unknown = ServerName::parse("unknown.test").value();
  EXPECT_FAILS(end_of<AuthenticatorMade>(talk.server->make_unasked(unknown, handshake_time)),
               Reason::server_name_unknown);
  Sides rsa_alone = exporting();
  rsa_alone.client.signature_schemes = {SignatureScheme::rsa_pss_rsae_sha256};
  rsa_alone.key = CertificateKey::rsa;
  rsa_alone.server.pulled.credential_choice = true;
  Talk other(rsa_alone);
  const auto wrong = [](const Operation&) -> Answer { return credential(CertificateKey::ed25519); };
  EXPECT_FAILS(
      end_of<AuthenticatorMade>(other.server->make_unasked(server_test(), handshake_time), wrong),
      Reason::signature_none_common);
  const auto raw = [](const Operation&) -> Answer { return raw_credential(CertificateKey::rsa); };
  EXPECT_FAILS(
      end_of<AuthenticatorMade>(other.server->make_unasked(server_test(), handshake_time), raw),
      Reason::certificate_type_none_common);
}

TEST(ExportedAuthenticators, are_no_proof_where_they_should_be_one) {
  Talk talk;
  const Content asked = talk.client->request(server_test()).value();
  const Content nothing = empty(talk.server->decline(asked, handshake_time));
  EXPECT_FAILS(judged(talk.client->judge_unasked(nothing, server_test(), handshake_time)),
               Reason::message_unexpected);
}

// ---- operations ---------------------------------------------------------------------------------

TEST(ExportedAuthenticators, hand_out_their_operations) {
  Sides sides = exporting();
  sides.client.pulled = {.signing = true, .chain_verification = true};
  sides.server.pulled = {.signing = true, .chain_verification = true};
  Talk talk(sides);
  const Content request = talk.server->request().value();
  auto exchange = talk.client->answer(request, handshake_time).value();
  EXPECT_FAILS(exchange.complete(Refused{}), Reason::called_out_of_order);
  const auto asked = exchange.next();
  ASSERT_TRUE(asked);
  const auto& sign = std::get<Sign>(*std::get<NeedAnswer>(*asked).operation);
  EXPECT_EQ(sign.message.size(), 64U + 22U + 1U + 32U);
  ASSERT_TRUE(exchange.complete(answer(Operation(sign))));
  const Content said = std::get<AuthenticatorMade>(exchange.next().value()).bytes;

  auto judging = talk.server->judge(request, said, handshake_time).value();
  const auto wanted = judging.next();
  ASSERT_TRUE(wanted);
  const auto& verify = std::get<VerifyChain>(*std::get<NeedAnswer>(*wanted).operation);
  EXPECT_EQ(verify.owner, Party::client);
  EXPECT_EQ(verify.trust, client_authorities());
  EXPECT_EQ(judging.verdict(), nullptr);
  ASSERT_TRUE(judging.complete(answer(Operation(verify))));
  const auto end = judging.next();
  ASSERT_TRUE(end);
  EXPECT_EQ(std::get<AuthenticatorJudged>(*end).verdict, judging.verdict());
  EXPECT_TRUSTED(*judging.verdict());
}

TEST(ExportedAuthenticators, end_with_an_operation_that_is_refused) {
  Sides sides = exporting();
  sides.client.pulled.signing = true;
  sides.server.pulled = {.chain_verification = true, .credential_choice = true};
  Talk talk(sides);
  const auto refuse = [](const Operation&) -> Answer { return Refused{}; };
  const Content request = talk.server->request().value();
  EXPECT_FAILS(end_of<AuthenticatorMade>(talk.client->answer(request, handshake_time), refuse),
               Reason::operation_refused);
  const Content said = made(talk.client->answer(request, handshake_time));
  EXPECT_FAILS(
      end_of<AuthenticatorJudged>(talk.server->judge(request, said, handshake_time), refuse),
      Reason::operation_refused);
  EXPECT_TRUE(is_named(judged(talk.server->judge(request, said, handshake_time)), client_dns_name))
      << "nothing was proved before";
  const Content other = talk.client->request(server_test()).value();
  const auto nothing =
      end_of<AuthenticatorMade>(talk.server->answer(other, handshake_time), refuse);
  EXPECT_TRUE(nothing && nothing->is_empty) << "who has no credential for a name says so";
  const auto broken = [](const Operation&) -> Answer { return Refused{Reason::internal}; };
  const Content third = talk.client->request(server_test()).value();
  EXPECT_FAILS(end_of<AuthenticatorMade>(talk.server->answer(third, handshake_time), broken),
               Reason::internal)
      << "what went wrong is no answer";
  EXPECT_FAILS(
      end_of<AuthenticatorMade>(talk.server->make_unasked(server_test(), handshake_time), refuse),
      Reason::operation_refused);
  EXPECT_TRUE(has_exchanged(talk.pair));
}

// ---- contexts -----------------------------------------------------------------------------------

TEST(ExportedAuthenticators, are_told_apart_by_their_contexts) {
  Talk talk;
  const Content request = talk.server->request().value();
  const Content another = talk.server->request().value();
  const Content answer = made(talk.client->answer(request, handshake_time));
  const auto context_of = [](const Content& message) {
    const auto context = certificate_request_context(message).value();
    return context ? std::optional(Content(context->begin(), context->end())) : std::nullopt;
  };
  EXPECT_EQ(context_of(request).value().size(), 32U);
  EXPECT_EQ(context_of(answer), context_of(request));
  EXPECT_NE(context_of(another), context_of(request));
  EXPECT_EQ(context_of(empty(talk.client->decline(another, handshake_time))), std::nullopt);
  EXPECT_FAILS(judged(talk.server->judge(another, answer, handshake_time)),
               Reason::certificate_context_invalid);
  EXPECT_TRUE(
      is_named(judged(talk.server->judge(request, answer, handshake_time)), client_dns_name));
}

TEST(ExportedAuthenticators, have_a_context_or_none) {
  EXPECT_FAILS(certificate_request_context({}), Reason::message_truncated);
  EXPECT_FAILS(certificate_request_context(Content{11, 0, 0, 2, 1}), Reason::message_truncated);
  EXPECT_FAILS(certificate_request_context(Content{11, 0, 0, 2, 2, 1}), Reason::message_truncated);
  EXPECT_FAILS(certificate_request_context(Content{15, 0, 0, 1, 0}), Reason::message_unexpected);
  EXPECT_EQ(certificate_request_context(Content{20, 0, 0, 1, 0}).value(), std::nullopt);
}

TEST(ExportedAuthenticators, are_made_and_believed_once) {
  Talk talk;
  const Content request = talk.server->request().value();
  const Content answer = made(talk.client->answer(request, handshake_time));
  EXPECT_FAILS(talk.client->answer(request, handshake_time), Reason::authenticator_context_used);
  EXPECT_FAILS(talk.client->decline(request, handshake_time), Reason::authenticator_context_used);
  EXPECT_TRUE(
      is_named(judged(talk.server->judge(request, answer, handshake_time)), client_dns_name));
  EXPECT_FAILS(talk.server->judge(request, answer, handshake_time),
               Reason::authenticator_context_used);
  const Content unasked = made(talk.server->make_unasked(server_test(), handshake_time));
  EXPECT_TRUE(is_named(judged(talk.client->judge_unasked(unasked, server_test(), handshake_time)),
                       server_dns_name));
  EXPECT_FAILS(talk.client->judge_unasked(unasked, server_test(), handshake_time),
               Reason::authenticator_context_used);
}

TEST(ExportedAuthenticators, are_made_and_believed_once_however_many_are_under_way) {
  Talk talk;
  const Content request = talk.server->request().value();
  auto slow = talk.client->answer(request, handshake_time);
  const Content answer = made(talk.client->answer(request, handshake_time));
  EXPECT_FAILS(end_of<AuthenticatorMade>(std::move(slow)), Reason::authenticator_context_used);
  auto slow_judge = talk.server->judge(request, answer, handshake_time);
  EXPECT_TRUE(
      is_named(judged(talk.server->judge(request, answer, handshake_time)), client_dns_name));
  EXPECT_FAILS(judged(std::move(slow_judge)), Reason::authenticator_context_used);
}

// RFC 9261 §4: "A certificate_request_context value used in a ClientCertificateRequest cannot be
// used in an authenticator CertificateRequest on the same connection, and vice versa."
TEST(ExportedAuthenticators, answer_no_request_with_a_context_of_our_own) {
  Talk talk;
  Content reflected = talk.client->request(server_test()).value();
  reflected.front() = std::to_underlying(certificate_request);
  EXPECT_FAILS(talk.client->answer(reflected, handshake_time), Reason::authenticator_context_used);
}

TEST(ExportedAuthenticators, answer_requests_that_were_made_here) {
  Talk talk;
  const Content request = talk.server->request().value();
  const Content theirs = talk.client->request(server_test()).value();
  const Content answer = made(talk.client->answer(request, handshake_time));
  Content changed = request;
  ++changed.back();
  for (const Content& other : {theirs, changed, Content()}) {
    EXPECT_FAILS(talk.server->judge(other, answer, handshake_time),
                 Reason::authenticator_request_unknown);
  }
}

// ---- what is refused ----------------------------------------------------------------------------

/// What an authenticator says that is made by hand: of the client, in answer to a request.
struct Forgery {
  Content request;
  std::optional<Content> context = std::nullopt;  ///< another than that of the request
  Content extensions = {};                        ///< beside the certificate
  SignatureScheme scheme = SignatureScheme::ed25519;
  Party labels = Party::client;  ///< whose keys are used
  bool shows = true;
};

Content exported(const End& end, const std::string& label) {
  Content out(32);
  EXPECT_TRUE(end.connection.export_keying_material(label, {}, out));
  return out;
}

Content digest(Bytes bytes) {
  const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, bytes);
  return {digest.bytes().begin(), digest.bytes().end()};
}

/// RFC 9261 §5.2 once more, by hand, for SHA-256 and the client's Ed25519 key.
Content forged(const End& end, const Forgery& forgery) {
  const std::string who = forgery.labels == Party::client ? "EXPORTER-client " : "EXPORTER-server ";
  const auto& own = client_credential(
      forgery.scheme == SignatureScheme::ed25519 ? CertificateKey::ed25519 : CertificateKey::rsa);
  const Bytes asked = certificate_request_context(forgery.request).value().value();
  Content body = with_length(1, forgery.context ? Bytes(*forgery.context) : asked);
  Content entries;
  if (forgery.shows) {
    append(entries, with_length(3, own->certificates().front()));
    append(entries, with_length(2, forgery.extensions));
  }
  append(body, with_length(3, entries));
  Content transcript = exported(end, who + "authenticator handshake context");
  append(transcript, forgery.request);
  Content out = handshake_message(certificate, body);
  append(transcript, out);
  if (forgery.shows) {
    Content content(64, ' ');
    const std::string_view context = "Exported Authenticator";
    content.insert(content.end(), context.begin(), context.end());
    content.push_back(0);
    append(content, digest(transcript));
    const auto signature = x509::private_key(own->key()).sign(forgery.scheme, content).value();
    const auto scheme = std::to_underlying(forgery.scheme);
    Content verify = {static_cast<std::uint8_t>(scheme >> 8), static_cast<std::uint8_t>(scheme)};
    append(verify, with_length(2, signature.bytes()));
    const Content message = handshake_message(certificate_verify, verify);
    append(out, message);
    append(transcript, message);
  }
  Content mac(32);
  crypto::Hmac(crypto::HashId::sha256, exported(end, who + "authenticator finished key"))
      .authenticate({Bytes(digest(transcript))}, mac);
  append(out, handshake_message(finished, mac));
  return out;
}

Sides over_sha256() {
  return exporting(only(CipherSuite::tls_aes_128_gcm_sha256, NamedGroup::x25519));
}

TEST(ExportedAuthenticators, are_what_rfc_9261_says) {
  Talk talk(over_sha256());
  const Content request = talk.server->request().value();
  const Content answer = forged(talk.pair.client, {.request = request});
  EXPECT_EQ(made(talk.client->answer(request, handshake_time)), answer);
  EXPECT_TRUE(
      is_named(judged(talk.server->judge(request, answer, handshake_time)), client_dns_name));
}

/// What a server says to what the client could say if it were made so.
void expect_refused(const Forgery& forgery, Reason reason, Sides sides = over_sha256()) {
  Talk talk(sides);
  const Content request = talk.server->request().value();
  Forgery own = forgery;
  own.request = request;
  const auto judgement =
      judged(talk.server->judge(request, forged(talk.pair.client, own), handshake_time));
  EXPECT_TRUE(fails_with(judgement, reason));
  const Content good = forged(talk.pair.client, {.request = request});
  EXPECT_TRUE(is_named(judged(talk.server->judge(request, good, handshake_time)), client_dns_name))
      << "what was wrong is no answer";
  EXPECT_TRUE(has_exchanged(talk.pair)) << "nor the end of the connection";
}

TEST(ExportedAuthenticators, are_refused_for_what_is_wrong_with_them) {
  const Content context = {1, 2, 3};
  expect_refused({.request = {}, .context = context}, Reason::certificate_context_invalid);
  expect_refused({.request = {}, .labels = Party::server}, Reason::signature_invalid);
  expect_refused({.request = {}, .shows = false}, Reason::certificate_list_empty);
  const Content timestamps = {0, 18, 0, 6, 0, 4, 0, 2, 1, 2};
  expect_refused({.request = {}, .extensions = timestamps}, Reason::extension_unsolicited);
  const Content misplaced = {0, 43, 0, 2, 3, 4};
  expect_refused({.request = {}, .extensions = misplaced}, Reason::extension_unsolicited);
  Sides picky = over_sha256();
  picky.server.signature_schemes = {SignatureScheme::ed25519};
  expect_refused({.request = {}, .scheme = SignatureScheme::rsa_pss_rsae_sha256},
                 Reason::signature_scheme_not_offered, picky);
}

TEST(ExportedAuthenticators, that_nobody_asked_for_have_no_more_than_the_hello_offered) {
  Sides sides = exporting();
  sides.shown = credential(CertificateKey::ed25519)->with({{}, {0, 4, 0, 2, 1, 2}}).value();
  Talk generous(sides);
  sides.client.request_sct_lists = false;
  Talk strict(sides);
  const Content said = made(generous.server->make_unasked(server_test(), handshake_time));
  EXPECT_FAILS(judged(strict.client->judge_unasked(said, server_test(), handshake_time)),
               Reason::extension_unsolicited);
}

TEST(ExportedAuthenticators, are_good_on_their_own_connection_alone) {
  Sides sides = exporting();
  Talk talk(sides);
  sides.seed = 2;
  Talk other(sides);
  const Content unasked = made(talk.server->make_unasked(server_test(), handshake_time));
  EXPECT_FAILS(judged(other.client->judge_unasked(unasked, server_test(), handshake_time)),
               Reason::signature_invalid);
  const Content request = talk.server->request().value();
  const Content elsewhere = made(other.client->answer(request, handshake_time));
  EXPECT_FAILS(judged(talk.server->judge(request, elsewhere, handshake_time)),
               Reason::signature_invalid);
  const Content declined = talk.server->request().value();
  EXPECT_FAILS(
      judged(talk.server->judge(declined, empty(other.client->decline(declined, handshake_time)),
                                handshake_time)),
      Reason::finished_mismatch);
}

TEST(ExportedAuthenticators, are_held_against_a_trust) {
  Sides sides = over_sha256();
  sides.server.client_authentication = ClientAuthentication::later(authorities());
  Talk talk(sides);
  const Content request = talk.server->request().value();
  EXPECT_FALSE(empty(talk.client->answer(request, handshake_time)).empty())
      << "no credential of an authority that the server named";
  const Content shown = forged(talk.pair.client, {.request = request});
  EXPECT_FAILS(judged(talk.server->judge(request, shown, handshake_time)),
               Reason::certificate_intermediate_missing);
  Talk other;
  const Content asked = other.client->request(server_test()).value();
  const Content answer = made(other.server->answer(asked, handshake_time));
  const UnixTime late = {handshake_time.seconds + 100LL * 365 * 86'400};
  auto exchange = other.client->judge(asked, answer, server_test(), late);
  ASSERT_TRUE(exchange);
  EXPECT_FAILS(exchange->next(), Reason::certificate_expired);
  ASSERT_NE(exchange->verdict(), nullptr);
  EXPECT_REFUSED(*exchange->verdict(), Reason::certificate_expired);
}

/// Hands `said`, with each byte changed and each end cut off, to `judge`: nothing may come of it.
void hurt_everywhere(const Content& said,
                     const std::function<Result<PeerIdentity>(const Content&)>& judge) {
  for (std::size_t i = 0; i < said.size(); ++i) {
    Content hurt = said;
    hurt[i] = static_cast<std::uint8_t>(hurt[i] ^ (1U << (i % 8)));
    EXPECT_FALSE(judge(hurt)) << "byte " << i;
    EXPECT_FALSE(judge(Content(said.begin(), said.begin() + static_cast<std::ptrdiff_t>(i))))
        << "cut at " << i;
  }
  Content longer = said;
  longer.push_back(0);
  EXPECT_FALSE(judge(longer));
}

TEST(ExportedAuthenticators, bear_no_change) {
  for (const bool declines : {true, false}) {
    std::optional<Talk> talk;
    Content request;
    Content said;
    unsigned tries = 0;
    const auto renew = [&] {
      talk.emplace(over_sha256());
      request = talk->server->request().value();
      said = declines ? empty(talk->client->decline(request, handshake_time))
                      : made(talk->client->answer(request, handshake_time));
    };
    renew();
    const Content first = said;
    hurt_everywhere(first, [&](const Content& hurt) {
      if (++tries == 500) {  // the same handshake again: the same randomness, the same bytes
        renew();
        EXPECT_EQ(said, first);
        tries = 0;
      }
      return judged(talk->server->judge(request, hurt, handshake_time));
    });
    renew();
    EXPECT_TRUE(judged(talk->server->judge(request, said, handshake_time)));
  }
}

TEST(ExportedAuthenticators, are_whole_and_nothing_more) {
  Talk talk;
  const Content request = talk.server->request().value();
  const Content said = made(talk.client->answer(request, handshake_time));
  const auto judge = [&](const Content& bytes) {
    return judged(talk.server->judge(request, bytes, handshake_time));
  };
  Content longer = said;
  longer.push_back(0);
  EXPECT_FAILS(judge(longer), Reason::message_leftover);
  EXPECT_FAILS(judge({}), Reason::message_truncated);
  EXPECT_FAILS(judge(Content(said.begin(), said.end() - 1)), Reason::message_truncated);
  EXPECT_FAILS(judge(Content(said.begin(), said.end() - 36)), Reason::message_truncated)
      << "without Finished";
  EXPECT_FAILS(judge(Content{11, 0, 0x80, 1}), Reason::message_too_long);
  EXPECT_FAILS(judge(handshake_message(compressed_certificate, Content{0, 1})),
               Reason::message_unexpected);
  Content repeated = {20, 0, 0, 32};
  repeated.resize(36);
  append(repeated, said);
  EXPECT_FAILS(judge(repeated), Reason::message_leftover);
}

TEST(ExportedAuthenticators, answer_requests_that_make_sense) {
  Talk talk;
  const auto answer = [&](const Content& request) {
    return talk.client->answer(request, handshake_time);
  };
  const Content schemes = {0, 13, 0, 4, 0, 2, 8, 7};
  EXPECT_FAILS(answer(talk.client->request(server_test()).value()), Reason::message_unexpected);
  EXPECT_FAILS(answer(request_with({1}, {0, 5, 0, 0})), Reason::extension_missing);
  Content twice = schemes;
  append(twice, schemes);
  EXPECT_FAILS(answer(request_with({1}, twice)), Reason::extension_duplicated);
  EXPECT_FAILS(answer({13, 1, 0, 1}), Reason::message_too_long);
  Content longer = request_with({1}, schemes);
  longer.push_back(0);
  EXPECT_FAILS(answer(longer), Reason::message_leftover);
  longer.resize(longer.size() - 2);
  EXPECT_FAILS(answer(longer), Reason::message_truncated);
  Content unknown = schemes;  // "Unrecognized extensions in the authenticator request MUST be
  append(unknown, Content{0xfa, 0xfa, 0, 0});  // ignored" (RFC 9261 §5.2.1)
  EXPECT_FALSE(made(answer(request_with({1}, unknown))).empty());
  EXPECT_FALSE(made(answer(request_with({}, schemes))).empty()) << "0 to 255 bytes";
  EXPECT_FALSE(made(answer(request_with(Content(255, 1), schemes))).empty());
  EXPECT_FALSE(empty(answer(request_with({2}, {0, 13, 0, 4, 0, 2, 4, 3}))).empty())
      << "no key for ecdsa_secp256r1_sha256";
  Content filtered = schemes;
  append(filtered, extended_key_usage_filter);
  EXPECT_FALSE(empty(answer(request_with({3}, filtered))).empty());
}

TEST(ExportedAuthenticators, answer_clients_that_make_sense) {
  Talk talk;
  const auto answer = [&](const Content& request) {
    return talk.server->answer(request, handshake_time);
  };
  const Content schemes = {0, 13, 0, 4, 0, 2, 8, 7};
  EXPECT_FAILS(answer(talk.server->request().value()), Reason::message_unexpected);
  Content named = schemes;
  append(named, Content{0, 0, 0, 6, 0, 4, 0, 0, 1, 0});
  EXPECT_FAILS(answer(request_with({1}, named, client_certificate_request)),
               Reason::server_name_malformed);
  EXPECT_FALSE(made(answer(request_with({1}, schemes, client_certificate_request))).empty())
      << "whom it shows is the server's choice";
  Content filtered = schemes;
  append(filtered, extended_key_usage_filter);
  EXPECT_FALSE(empty(answer(request_with({2}, filtered, client_certificate_request))).empty());
}

// ---- when ---------------------------------------------------------------------------------------

TEST(ExportedAuthenticators, are_of_connections_that_want_them) {
  Loopback early(exporting());
  EXPECT_FAILS(ClientAuthenticators::of(early.client.connection), Reason::called_out_of_order);
  EXPECT_FAILS(ServerAuthenticators::of(early.server.connection), Reason::called_out_of_order);
  early.connect();
  EXPECT_FAILS(ClientAuthenticators::of(early.server.connection),
               Reason::exported_authenticators_unavailable);
  EXPECT_FAILS(ServerAuthenticators::of(early.client.connection),
               Reason::exported_authenticators_unavailable);
  EXPECT_TRUE(ServerAuthenticators::of(early.server.connection));
  EXPECT_FAILS(ServerAuthenticators::of(early.server.connection),
               Reason::exported_authenticators_unavailable)
      << "contexts are counted in one place";
  Output out;
  ASSERT_TRUE(early.client.connection.abort(out));
  EXPECT_FAILS(ClientAuthenticators::of(early.client.connection), Reason::aborted);

  Loopback without;
  without.connect();
  EXPECT_FAILS(ClientAuthenticators::of(without.client.connection),
               Reason::exported_authenticators_unavailable);
}

TEST(ExportedAuthenticators, need_somebody_who_vouches_for_the_peer) {
  Sides sides = exporting();
  sides.insecure = true;
  sides.server.client_authentication = {};
  Talk talk(sides);
  EXPECT_FAILS(talk.client->request(server_test()), Reason::exported_authenticators_unavailable);
  EXPECT_FAILS(talk.server->request(), Reason::exported_authenticators_unavailable);
  EXPECT_FAILS(talk.server->judge({}, {}, handshake_time),
               Reason::exported_authenticators_unavailable);
  const Content unasked = made(talk.server->make_unasked(server_test(), handshake_time));
  EXPECT_FAILS(talk.client->judge({}, unasked, server_test(), handshake_time),
               Reason::exported_authenticators_unavailable);
  EXPECT_FAILS(talk.client->judge_unasked(unasked, server_test(), handshake_time),
               Reason::exported_authenticators_unavailable);
}

TEST(ExportedAuthenticators, need_a_source_of_randomness) {
  Talk talk;
  talk.pair.server_chance().fail_after(1);
  EXPECT_FAILS(talk.server->request(), Reason::random_failed);
  Talk other;
  other.pair.server_chance().fail_after(1);
  EXPECT_FAILS(other.server->make_unasked(server_test(), handshake_time), Reason::random_failed);
}

TEST(ExportedAuthenticators, are_bounded_in_number) {
  Talk talk;
  for (std::size_t i = 0; i < limits::authenticator_steps; ++i) {
    EXPECT_TRUE(talk.server->request());
  }
  EXPECT_FAILS(talk.server->request(), Reason::authenticator_flood);
  EXPECT_FAILS(talk.server->make_unasked(server_test(), handshake_time),
               Reason::authenticator_flood);
}

TEST(ExportedAuthenticators, are_judged_a_bounded_number_of_times) {
  Talk talk;
  const Content request = talk.server->request().value();
  Content answer = made(talk.client->answer(request, handshake_time));
  answer.back() ^= 1;
  for (std::size_t i = 0; i < limits::authenticators_judged; ++i) {
    EXPECT_FAILS(judged(talk.server->judge(request, answer, handshake_time)),
                 Reason::finished_mismatch);
  }
  answer.back() ^= 1;
  EXPECT_FAILS(talk.server->judge(request, answer, handshake_time), Reason::authenticator_flood);
}

TEST(ExportedAuthenticators, outlive_where_their_connection_stood) {
  Talk talk;
  const Content request = talk.server->request().value();
  Connection moved = std::move(talk.pair.server.connection);
  const Content answer = made(talk.client->answer(request, handshake_time));
  EXPECT_TRUE(
      is_named(judged(talk.server->judge(request, answer, handshake_time)), client_dns_name));
}

}  // namespace
}  // namespace handfast::test
