// Client authentication after the handshake: who is asked, who answers, and what is refused. RFC
// 9846 §4.7.2.
#include "base/limits.h"
#include "crypto/suites.h"
#include "handfast/describe.h"
#include "message/certificate.h"
#include "message/handshake_message.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using Content = std::vector<std::uint8_t>;

/// A server that may ask, and a client that then shows its certificate.
Sides asked_later(Sides sides = {}) {
  sides.client.post_handshake_auth = true;
  sides.client.credentials = {client_credential(CertificateKey::ed25519)};
  sides.server.client_authentication = ClientAuthentication::later(client_authorities());
  return sides;
}

Result<> request(Loopback& pair) {
  return pair.server.connection.request_certificate(pair.server.out);
}

/// Asks, and carries until nobody has more to say.
void ask(Loopback& pair, Chunk chunk = {}) {
  ASSERT_TRUE(request(pair));
  pair.relay(chunk);
}

bool has_exchanged(Loopback& pair) {
  const Content up = sample_data(3000);
  const Content down = sample_data(2000);
  pair.client.data.clear();
  pair.server.data.clear();
  pair.client.send(up);
  pair.server.send(down);
  pair.relay();
  return pair.server.data == up && pair.client.data == down;
}

bool was_named(const End& server) {
  return server.identity() != nullptr &&
         server.identity()->names() ==
             std::vector{AltName{AltName::Kind::dns_name, std::string(client_dns_name)}};
}

/// A pair that is connected, and somebody between who holds its keys.
class Between {
 public:
  explicit Between(const Sides& sides = asked_later()) : pair(sides), middle(pair) {
    pair.connect();
    pair.client.take_records();
    pair.server.take_records();
  }

  /// Asks; the answer goes through `edit`.
  void ask(const Edit& edit = [](Flight&) {}) {
    ASSERT_TRUE(request(pair));
    middle.run({{1, edit}});
  }

  /// Asks; the request goes through `edit`.
  void ask_with(const Edit& edit) {
    ASSERT_TRUE(request(pair));
    middle.run({{0, edit}});
  }

  Loopback pair;
  Middle middle;
};

/// Asks, lets the answer through `edit`, and expects what the server must say to it.
void expect_refused(const Edit& edit, Reason reason, const Sides& sides = asked_later()) {
  Between between(sides);
  between.ask(edit);
  expect_refusal(between.pair, by_server, reason);
  EXPECT_FAILS(between.pair.server.outcome(), reason);
  EXPECT_EQ(between.pair.server.identity(), nullptr);
  EXPECT_EQ(between.pair.server.answers, 0U);
}

/// The context of a CertificateRequest, with its length.
Content context_of(const Content& request) {
  return {request.begin() + 4, request.begin() + 5 + request[4]};
}

/// Lets `from` seal `message` as a handshake message of its own making, and `to` receive it.
void send_message(End& from, End& to, const Content& message) {
  const Bytes whole = message;
  from.wire().write_to(&from.out);
  ASSERT_TRUE(from.wire().send_now(std::span(&whole, 1)));
  from.wire().write_to(nullptr);
  to.receive(from.take_output());
}

/// A CertificateRequest for Ed25519 with this context.
Content request_with(const Content& context) {
  Content body = {static_cast<std::uint8_t>(context.size())};
  body.insert(body.end(), context.begin(), context.end());
  body.insert(body.end(), {0, 8, 0, 13, 0, 4, 0, 2, 8, 7});
  return handshake_message(certificate_request, body);
}

// ---- who answers --------------------------------------------------------------------------------

TEST(PostAuthentication, says_who_the_client_is_however_it_is_cut) {
  for (const CipherSuite suite :
       {CipherSuite::tls_aes_128_gcm_sha256, CipherSuite::tls_aes_256_gcm_sha384}) {
    for (const bool retry : {false, true}) {
      for (const Chunk chunk : {Chunk{0}, Chunk{1}, Chunk{100, true}}) {
        const Sides sides = asked_later(only(suite, NamedGroup::x25519));
        Loopback pair(retry ? retried(sides) : sides);
        pair.connect(chunk);
        EXPECT_EQ(pair.server.identity(), nullptr);
        ask(pair, chunk);
        EXPECT_EQ(pair.server.answers, 1U);
        EXPECT_TRUE(was_named(pair.server));
        EXPECT_EQ(pair.server.connection.settled().client_scheme, SignatureScheme::ed25519);
        EXPECT_EQ(pair.client.connection.settled().client_scheme, SignatureScheme::ed25519);
        EXPECT_TRUE(has_exchanged(pair));
      }
    }
  }
}

TEST(PostAuthentication, runs_the_messages_in_the_order_of_the_rfc) {
  Loopback pair(asked_later());
  pair.connect();
  EXPECT_EQ(pair.client.sent_messages, (std::vector{client_hello, finished}));
  ask(pair);
  const std::vector answer = {client_hello, finished, certificate, certificate_verify, finished};
  EXPECT_EQ(pair.client.sent_messages, answer);
  EXPECT_EQ(pair.server.received_messages, answer);
  EXPECT_EQ(pair.server.sent_messages.back(), certificate_request);
  EXPECT_EQ(pair.client.received_messages.back(), certificate_request);
}

TEST(PostAuthentication, gives_its_memory_back) {
  Loopback pair(asked_later());
  pair.connect();
  ASSERT_TRUE(has_exchanged(pair));
  EXPECT_EQ(pair.server.handshake(), nullptr);
  ASSERT_TRUE(request(pair));
  EXPECT_EQ(pair.server.handshake(), nullptr) << "nothing is held while an answer is awaited";
  pair.relay();
  EXPECT_EQ(pair.client.handshake(), nullptr);
  EXPECT_EQ(pair.client.frame_spills, 0U);
  EXPECT_EQ(pair.server.frame_spills, 0U);
  ASSERT_TRUE(has_exchanged(pair));
  EXPECT_EQ(pair.server.handshake(), nullptr);
  EXPECT_TRUE(was_named(pair.server)) << "who it is stays";
}

TEST(PostAuthentication, lets_a_client_decline) {
  Sides sides = asked_later();
  sides.client.credentials = {};
  Loopback pair(sides);
  pair.connect();
  ask(pair);
  EXPECT_EQ(pair.server.answers, 1U);
  EXPECT_EQ(pair.server.identity(), nullptr);
  EXPECT_EQ(pair.client.sent_messages,
            (std::vector{client_hello, finished, certificate, finished}));
  EXPECT_EQ(pair.server.connection.settled().client_scheme, SignatureScheme{});
  EXPECT_TRUE(has_exchanged(pair));
  ask(pair);
  EXPECT_EQ(pair.server.answers, 2U);
}

/// Sides that know each other by an external key, so that nobody is asked in the handshake.
Sides keyed(Sides sides) {
  const auto key = [](PskRole role) {
    const Content name = {'k', 'e', 'y'};
    Content secret(32, 7);
    secret.front() = 0;
    return ExternalPsk::import_key({name, SecretBytes(secret), KdfIdentifier::hkdf_sha256},
                                   PskContext::agreed(name).value(), role)
        .value();
  };
  sides.client.external_psks = {key(PskRole::client)};
  sides.server.external_psks = {key(PskRole::server)};
  return sides;
}

TEST(PostAuthentication, is_not_asked_of_who_is_known_by_an_external_key) {
  Loopback pair(keyed(asked_later()));
  pair.connect();
  ASSERT_FALSE(pair.server.connection.settled().psk_identity.empty());
  Output out;
  EXPECT_FAILS(pair.server.connection.request_certificate(out),
               Reason::client_authentication_unavailable);
  EXPECT_TRUE(out.pending().empty());
}

TEST(PostAuthentication, may_ask_again_who_was_asked_in_the_handshake) {
  Sides sides = asked_later();
  sides.server.client_authentication = ClientAuthentication::require(client_authorities());
  Loopback pair(sides);
  pair.connect();
  ASSERT_TRUE(was_named(pair.server));
  ask(pair);
  EXPECT_EQ(pair.server.answers, 1U);
  EXPECT_TRUE(was_named(pair.server));
}

// RFC 9846 §4.4.2: who uses a PSK MAY be asked after the handshake.
TEST(PostAuthentication, may_follow_a_session_that_goes_on) {
  const Sides sides = asked_later(resuming());
  {
    Loopback first(sides);
    first.connect();
    ask(first);
    ASSERT_TRUE(was_named(first.server));
    first.relay();
  }
  Loopback second(sides);
  second.connect();
  ASSERT_EQ(second.server.connection.settled().session, SessionOutcome::resumed);
  EXPECT_EQ(second.server.identity(), nullptr) << "what was proved later is in no ticket";
  ask(second);
  EXPECT_TRUE(was_named(second.server));
  EXPECT_TRUE(has_exchanged(second));
}

TEST(PostAuthentication, happens_as_often_as_the_server_likes) {
  Loopback pair(asked_later());
  pair.connect();
  for (unsigned i = 1; i <= 5; ++i) {
    ask(pair);
    EXPECT_EQ(pair.server.answers, i);
    ask(pair);
    EXPECT_EQ(pair.server.answers, ++i);
    EXPECT_TRUE(has_exchanged(pair));
  }
}

/// Takes what the client shows out of its answer.
void decline(Flight& flight) {
  Content nothing = context_of(find(flight, certificate).content);
  nothing.insert(nothing.end(), {0, 0, 0});
  replace_body(certificate, nothing)(flight);
  drop(certificate_verify)(flight);
  find(flight, finished).forge = forged_finished;
}

TEST(PostAuthentication, wants_a_certificate_where_it_is_demanded) {
  Sides sides = asked_later();
  sides.server.client_authentication = ClientAuthentication::require(client_authorities());
  Between between(sides);
  between.ask(decline);
  expect_refusal(between.pair, by_server, Reason::certificate_required);
}

TEST(PostAuthentication, leaves_who_declines_who_it_was) {
  Between between;
  between.ask();
  ASSERT_TRUE(was_named(between.pair.server));
  between.ask(decline);
  EXPECT_TRUE(between.pair.server.outcome());
  EXPECT_EQ(between.pair.server.answers, 2U);
  EXPECT_TRUE(std::holds_alternative<Anonymous>(between.pair.server.answered_as));
  EXPECT_TRUE(was_named(between.pair.server));
}

TEST(PostAuthentication, works_with_compressed_certificates) {
  Sides sides = asked_later();
  sides.client.certificate_compression = certificate_compressions();
  sides.server.certificate_compression = certificate_compressions();
  Loopback pair(sides);
  pair.connect();
  ask(pair);
  EXPECT_TRUE(was_named(pair.server));
  EXPECT_EQ(std::ranges::count(pair.client.sent_messages, compressed_certificate), 1);
  EXPECT_EQ(pair.server.connection.settled().client_compression,
            certificate_compressions().front());
  // What was compressed has the context of its request, and is no answer to any other.
  ask(pair);
  EXPECT_EQ(pair.server.answers, 2U);
  sides.server.client_authentication = ClientAuthentication::require(client_authorities());
  Loopback another(sides);
  another.connect();
  EXPECT_TRUE(was_named(another.server));
}

TEST(PostAuthentication, works_with_raw_keys_that_were_settled_on) {
  Sides sides = asked_later();
  sides.client.credentials = {raw_credential(CertificateKey::ed25519)};
  sides.server.peer_certificate_types = {CertificateType::raw_public_key};
  sides.server.client_authentication =
      ClientAuthentication::request(pinned(*sides.client.credentials.front()));
  Loopback pair(sides);
  pair.connect();
  ask(pair);
  EXPECT_EQ(pair.server.answers, 1U);
  ASSERT_NE(pair.server.identity(), nullptr);
  EXPECT_TRUE(pair.server.identity()->certificate().is_raw_key);
  // Without a CertificateRequest in the handshake, nobody says of what type the client's would be:
  // RFC 7250 §4.2.
  sides.server.client_authentication =
      ClientAuthentication::later(sides.server.client_authentication.trust());
  Loopback unsettled(sides);
  unsettled.connect();
  EXPECT_FAILS(request(unsettled), Reason::client_authentication_unavailable);
}

TEST(PostAuthentication, works_over_records_as_small_as_may_be) {
  Sides sides = asked_later();
  sides.client.record_size_limit = 64;
  sides.server.record_size_limit = 64;
  sides.client.record_padding = 32;
  sides.server.record_padding = 32;
  Loopback pair(sides);
  pair.connect();
  ask(pair);
  EXPECT_TRUE(was_named(pair.server));
  EXPECT_TRUE(has_exchanged(pair));
}

// ---- keys and data between ----------------------------------------------------------------------

TEST(PostAuthentication, lets_data_and_key_updates_come_before_the_answer) {
  Loopback pair(asked_later());
  pair.connect();
  ASSERT_TRUE(request(pair));
  const Content asked = pair.server.take_output();
  for (unsigned i = 0; i < 3; ++i) {
    pair.client.send(sample_data(100));
    ASSERT_TRUE(pair.client.connection.update_keys(pair.client.out, true));
    pair.client.send(sample_data(100));
  }
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.data.size(), 600U);
  EXPECT_EQ(pair.server.answers, 0U);
  pair.client.receive(asked);
  pair.relay();
  EXPECT_TRUE(was_named(pair.server)) << "Finished is keyed by the secret of the day";
  EXPECT_EQ(pair.client.sending_key_updates, 3U);
  EXPECT_TRUE(has_exchanged(pair));
}

TEST(PostAuthentication, may_go_on_while_a_signature_is_made) {
  Sides sides = asked_later();
  sides.client.pulled.signing = true;
  Loopback pair(sides);
  std::optional<Answer> signature;
  pair.client.answering = [&](const Operation& operation) -> std::optional<Answer> {
    if (!signature) {
      signature = answer(operation);
      return std::nullopt;
    }
    return std::exchange(signature, std::nullopt);
  };
  pair.connect();
  ASSERT_TRUE(request(pair));
  pair.carry(pair.server, pair.client);
  ASSERT_TRUE(pair.client.is_waiting_for_answer());
  EXPECT_EQ(pair.client.connection.where(), "client, awaiting a signature");
  pair.client.send(sample_data(100));
  ASSERT_TRUE(pair.client.connection.update_keys(pair.client.out, false));
  pair.client.send(sample_data(100));
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.data.size(), 200U) << "no message of the answer went out alone";
  EXPECT_EQ(pair.server.handshake(), nullptr);
  pair.client.run();
  pair.relay();
  EXPECT_TRUE(was_named(pair.server));
  EXPECT_EQ(pair.client.operations, 2U);
  EXPECT_TRUE(has_exchanged(pair));
}

TEST(PostAuthentication, may_be_watched_no_longer_while_it_goes_on) {
  Sides sides = asked_later();
  sides.client.pulled.signing = true;
  Loopback pair(sides);
  bool is_ready = false;
  pair.client.answering = [&](const Operation& operation) -> std::optional<Answer> {
    return is_ready ? std::optional(answer(operation)) : std::nullopt;
  };
  pair.connect();
  ASSERT_TRUE(request(pair));
  pair.carry(pair.server, pair.client);
  ASSERT_TRUE(pair.client.is_waiting_for_answer());
  const std::size_t seen = pair.client.sent_messages.size();
  pair.client.connection.observe_with(nullptr);
  is_ready = true;
  pair.relay();
  EXPECT_TRUE(was_named(pair.server));
  EXPECT_EQ(pair.client.sent_messages.size(), seen);
}

TEST(PostAuthentication, waits_for_a_verdict_before_it_hands_out_more) {
  Sides sides = asked_later();
  sides.server.pulled.chain_verification = true;
  Loopback pair(sides);
  bool is_ready = false;
  pair.server.answering = [&](const Operation& operation) -> std::optional<Answer> {
    const auto& verify = std::get<VerifyChain>(operation);
    EXPECT_EQ(verify.owner, Party::client);
    EXPECT_EQ(verify.trust, client_authorities());
    return is_ready ? std::optional(answer(operation)) : std::nullopt;
  };
  pair.connect();
  ASSERT_TRUE(request(pair));
  pair.carry(pair.server, pair.client);
  pair.client.send(sample_data(10));
  pair.carry(pair.client, pair.server);
  ASSERT_TRUE(pair.server.is_waiting_for_answer());
  EXPECT_TRUE(pair.server.data.empty()) << "it is not known yet whose it is";
  EXPECT_EQ(pair.server.identity(), nullptr);
  is_ready = true;
  pair.server.run();
  EXPECT_TRUE(was_named(pair.server));
  EXPECT_EQ(pair.server.data.size(), 10U);
}

TEST(PostAuthentication, ends_with_an_operation_that_is_refused) {
  for (const bool client : {true, false}) {
    Sides sides = asked_later();
    sides.client.pulled.signing = client;
    sides.server.pulled.chain_verification = !client;
    Loopback pair(sides);
    End& end = client ? pair.client : pair.server;
    end.answering = [](const Operation&) { return Refused{}; };
    pair.connect();
    ask(pair);
    EXPECT_FAILS(end.outcome(), Reason::operation_refused);
    EXPECT_EQ(pair.server.identity(), nullptr);
  }
}

TEST(PostAuthentication, takes_no_answer_that_nobody_asked_for) {
  Loopback pair(asked_later());
  pair.connect();
  ASSERT_TRUE(has_exchanged(pair));
  EXPECT_FAILS(pair.client.connection.complete(Refused{}), Reason::called_out_of_order);
}

// ---- what may be called when --------------------------------------------------------------------

TEST(RequestCertificate, is_for_clients_that_offered_it) {
  Sides unoffered = asked_later();
  unoffered.client.post_handshake_auth = false;
  Sides without_trust = asked_later();
  without_trust.server.client_authentication = {};
  Sides http2 = asked_later();
  http2.client.alpn = http2.server.alpn = {"h2"};
  Sides http1 = asked_later();
  http1.client.alpn = {"h2", "http/1.1"};
  http1.server.alpn = {"http/1.1"};
  for (const Sides& sides : {unoffered, without_trust, http2}) {
    Loopback pair(sides);
    pair.connect();
    EXPECT_FAILS(request(pair), Reason::client_authentication_unavailable);
    EXPECT_FAILS(pair.client.connection.request_certificate(pair.client.out),
                 Reason::client_authentication_unavailable);
    EXPECT_TRUE(has_exchanged(pair)) << "nothing has happened";
  }
  Loopback pair(http1);
  pair.connect();
  ask(pair);
  EXPECT_TRUE(was_named(pair.server));
}

TEST(RequestCertificate, is_for_a_connection_that_is_open) {
  Loopback pair(asked_later());
  EXPECT_FAILS(request(pair), Reason::called_out_of_order);
  pair.connect();
  ASSERT_TRUE(request(pair));
  EXPECT_FAILS(request(pair), Reason::called_out_of_order);
  pair.relay();
  ASSERT_TRUE(pair.server.connection.close(pair.server.out));
  EXPECT_FAILS(request(pair), Reason::called_out_of_order);
}

TEST(RequestCertificate, sends_all_or_nothing) {
  Loopback pair(asked_later());
  pair.connect();
  pair.server_chance().fail_after(1);
  EXPECT_FAILS(request(pair), Reason::random_failed);
  Loopback other(asked_later());
  other.connect();
  std::array<std::uint8_t, 64> little{};
  Output full(little);
  EXPECT_FAILS(other.server.connection.request_certificate(full), Reason::output_full);
  EXPECT_TRUE(full.pending().empty());
  ask(other);
  EXPECT_TRUE(was_named(other.server));
}

TEST(PostAuthentication, needs_room_for_a_whole_answer) {
  Loopback pair(asked_later());
  pair.connect();
  ASSERT_TRUE(request(pair));
  const Content asked = pair.server.take_output();
  std::vector<std::uint8_t> memory(Input::least);
  Input in(memory);
  ASSERT_EQ(in.append(asked), asked.size());
  std::array<std::uint8_t, 200> little{};
  Output fixed(little);
  EXPECT_FAILS(pair.client.connection.next(in, fixed), Reason::output_full);
}

TEST(PostAuthentication, says_nothing_after_close_notify) {
  Loopback pair(asked_later());
  pair.connect();
  ASSERT_TRUE(request(pair));
  ASSERT_TRUE(pair.client.connection.close(pair.client.out));
  const Content last = pair.client.take_output();
  pair.carry(pair.server, pair.client);
  EXPECT_TRUE(pair.client.outcome());
  EXPECT_TRUE(pair.client.out.pending().empty());
  pair.server.receive(last);
  EXPECT_TRUE(pair.server.closed);
  EXPECT_TRUE(pair.server.outcome());
}

// ---- what a client refuses ----------------------------------------------------------------------

TEST(PostAuthentication, is_refused_by_a_client_that_did_not_offer_it) {
  Sides http2 = asked_later();
  http2.client.alpn = http2.server.alpn = {"h2"};
  Sides unoffered = asked_later();
  unoffered.client.post_handshake_auth = false;
  for (const Sides& sides : {unoffered, http2}) {
    Loopback pair(sides);
    pair.connect();
    send_message(pair.server, pair.client, request_with({1}));
    EXPECT_FAILS(pair.client.outcome(), Reason::post_handshake_unexpected);
    EXPECT_EQ(pair.client.sent_alerts, std::vector{Alert::unexpected_message});
  }
}

TEST(PostAuthentication, answers_each_context_once) {
  Loopback pair(asked_later());
  pair.connect();
  for (const auto context : {std::uint8_t{1}, std::uint8_t{2}}) {
    send_message(pair.server, pair.client, request_with({context}));
    EXPECT_FALSE(pair.client.take_output().empty());
  }
  send_message(pair.server, pair.client, request_with({1}));
  EXPECT_FAILS(pair.client.outcome(), Reason::certificate_context_invalid);
  EXPECT_EQ(pair.client.sent_alerts, std::vector{Alert::illegal_parameter});
}

TEST(PostAuthentication, needs_a_context) {
  Loopback pair(asked_later());
  pair.connect();
  send_message(pair.server, pair.client, request_with({}));
  EXPECT_FAILS(pair.client.outcome(), Reason::certificate_context_invalid);
}

TEST(PostAuthentication, refuses_requests_out_of_form) {
  const Content no_schemes = handshake_message(certificate_request, Content{1, 7, 0, 0});
  Content cut = request_with({1});
  cut.back() = 0;
  cut[cut.size() - 3] = 3;  // a list of schemes that reaches past the end
  for (const auto& [message, reason] :
       {std::pair{no_schemes, Reason::extension_missing}, {cut, Reason::message_truncated}}) {
    Loopback pair(asked_later());
    pair.connect();
    send_message(pair.server, pair.client, message);
    EXPECT_FAILS(pair.client.outcome(), reason);
  }
}

TEST(PostAuthentication, answers_so_many_requests_and_no_more) {
  Loopback pair(asked_later());
  pair.connect();
  for (std::size_t i = 0; i < limits::certificate_requests; ++i) {
    ask(pair);
    ASSERT_EQ(pair.server.answers, i + 1);
    ASSERT_TRUE(has_exchanged(pair));
  }
  ask(pair);
  EXPECT_FAILS(pair.client.outcome(), Reason::post_handshake_flood);
}

TEST(PostAuthentication, answers_no_flood_of_requests) {
  Sides sides = asked_later();
  Loopback pair(sides);
  pair.connect();
  for (unsigned i = 0; i <= limits::post_handshake_messages_in_a_row && !pair.client.error; ++i) {
    ask(pair);
  }
  EXPECT_FAILS(pair.client.outcome(), Reason::post_handshake_flood);
  EXPECT_EQ(pair.server.answers, limits::post_handshake_messages_in_a_row);
}

TEST(PostAuthentication, answers_requests_that_share_a_record) {
  Loopback pair(asked_later());
  pair.connect();
  Content both = request_with({1});
  const Content second = request_with({2});
  both.insert(both.end(), second.begin(), second.end());
  const std::size_t before = pair.client.sent_messages.size();
  send_message(pair.server, pair.client, both);
  EXPECT_TRUE(pair.client.outcome());
  EXPECT_EQ(pair.client.sent_messages.size(), before + 6);
  EXPECT_EQ(pair.client.handshake(), nullptr);
}

// ---- what a server refuses ----------------------------------------------------------------------

TEST(PostAuthentication, refuses_a_certificate_that_it_did_not_ask_for) {
  for (const bool answered : {false, true}) {
    Loopback pair(asked_later());
    pair.connect();
    if (answered) {
      ask(pair);
    }
    send_message(pair.client, pair.server, handshake_message(certificate, Content{0, 0, 0, 0}));
    EXPECT_FAILS(pair.server.outcome(), Reason::post_handshake_unexpected);
  }
}

TEST(PostAuthentication, refuses_an_answer_to_another_request) {
  expect_refused([](Flight& flight) { find(flight, certificate).content[5] ^= 1; },
                 Reason::certificate_context_invalid);
  expect_refused(replace_body(certificate, {0, 0, 0, 0}), Reason::certificate_context_invalid);
}

// The answer of before, message by message, is no answer to what is asked now.
TEST(PostAuthentication, refuses_an_answer_that_was_given_before) {
  Between between;
  Flight before;
  between.ask([&](Flight& flight) { before = flight; });
  ASSERT_TRUE(was_named(between.pair.server));
  between.ask([&](Flight& flight) { flight = before; });
  EXPECT_FAILS(between.pair.server.outcome(), Reason::certificate_context_invalid);
  EXPECT_EQ(between.pair.server.answers, 1U);
}

TEST(PostAuthentication, refuses_a_finished_without_the_proofs_before_it) {
  const auto forge_finished = [](Flight& flight) {
    find(flight, finished).forge = [](End& to) {
      return to.handshake() != nullptr ? forged_finished(to) : Content{20, 0, 0, 0};
    };
  };
  expect_refused(
      [=](Flight& flight) {
        drop(certificate)(flight);
        forge_finished(flight);
      },
      Reason::post_handshake_unexpected);
  expect_refused(
      [=](Flight& flight) {
        drop(certificate_verify)(flight);
        forge_finished(flight);
      },
      Reason::message_unexpected);
  expect_refused(
      [=](Flight& flight) {
        drop(certificate)(flight);
        drop(certificate_verify)(flight);
        forge_finished(flight);
      },
      Reason::post_handshake_unexpected);
}

TEST(PostAuthentication, refuses_a_signature_by_another_key) {
  const auto sign_as = [](const std::shared_ptr<const Credential>& owner, SignatureScheme scheme,
                          std::string_view context) {
    return Edit([=](Flight& flight) {
      find(flight, certificate_verify).forge = [=](End& to) {
        return forged_certificate_verify(to, *owner, scheme, context);
      };
      find(flight, finished).forge = forged_finished;
    });
  };
  constexpr std::string_view client = "TLS 1.3, client CertificateVerify";
  const auto own = client_credential(CertificateKey::ed25519);
  expect_refused(sign_as(raw_credential(CertificateKey::ed25519), SignatureScheme::ed25519, client),
                 Reason::signature_invalid);
  expect_refused(sign_as(client_credential(CertificateKey::ecdsa_p256),
                         SignatureScheme::ecdsa_secp256r1_sha256, client),
                 Reason::signature_scheme_wrong_key);
  expect_refused(
      sign_as(client_credential(CertificateKey::rsa), SignatureScheme::rsa_pkcs1_sha256, client),
      Reason::signature_scheme_not_offered);
  expect_refused(sign_as(own, SignatureScheme::ed25519, "TLS 1.3, server CertificateVerify"),
                 Reason::signature_invalid);
  Between between;
  between.ask(sign_as(own, SignatureScheme::ed25519, client));
  EXPECT_TRUE(was_named(between.pair.server)) << "a forgery that is right passes";
}

// What is signed reaches from the ClientHello over the client's Finished to the request.
TEST(PostAuthentication, refuses_a_signature_over_the_handshake_alone) {
  // The same client, the same keys and random bytes, and another context.
  Between first;
  Flight answer;
  first.ask([&](Flight& flight) { answer = flight; });
  ASSERT_TRUE(was_named(first.pair.server));
  Between second;
  Between third;
  ASSERT_EQ(second.pair.client.exported(), first.pair.client.exported()) << "one handshake";
  second.ask([&](Flight& flight) { EXPECT_EQ(flight.at(1).content, answer.at(1).content); });
  EXPECT_TRUE(was_named(second.pair.server)) << "all alike, so it must pass";
  std::array<std::uint8_t, 1> draw{};
  ASSERT_TRUE(third.pair.server_chance().fill(draw));  // other contexts from here on
  third.ask([&](Flight& flight) {
    ASSERT_NE(flight.at(1).content, answer.at(1).content);
    flight.at(1) = answer.at(1);
    find(flight, finished).forge = forged_finished;
  });
  EXPECT_FAILS(third.pair.server.outcome(), Reason::signature_invalid);
}

TEST(PostAuthentication, refuses_a_finished_that_does_not_match) {
  expect_refused([](Flight& flight) { find(flight, finished).content.back() ^= 1; },
                 Reason::finished_mismatch);
  const auto keyed_by = [](std::string_view label) {
    return Edit([=](Flight& flight) {
      find(flight, finished).forge = [=](End& to) {
        const crypto::Suite& suite = *crypto::find_suite(to.connection.settled().suite);
        const schedule::TrafficSecret base(suite.hash, HashSecret(to.secret(label)));
        return handshake_message(finished, base.finished(to.handshake()->transcript()).bytes());
      };
    });
  };
  expect_refused(keyed_by("CLIENT_HANDSHAKE_TRAFFIC_SECRET"), Reason::finished_mismatch);
  expect_refused(keyed_by("SERVER_TRAFFIC_SECRET_0"), Reason::finished_mismatch);
  Between between;
  between.ask(keyed_by("CLIENT_TRAFFIC_SECRET_0"));
  EXPECT_TRUE(was_named(between.pair.server));
}

TEST(PostAuthentication, refuses_what_comes_between_its_messages) {
  const Content update = {24, 0, 0, 1, 0};
  for (const HandshakeType before : {certificate_verify, finished}) {
    expect_refused(insert_before(before, ContentType::handshake, update),
                   Reason::message_unexpected);
    for (const auto& [type, content] : {std::pair{ContentType::application_data, Content{1, 2, 3}},
                                        {ContentType::alert, Content{1, 0}}}) {
      Between between;
      between.ask(insert_before(before, type, content));
      EXPECT_FAILS(between.pair.server.outcome(), Reason::authentication_interrupted);
      EXPECT_EQ(between.pair.server.sent_alerts, std::vector{Alert::unexpected_message});
      EXPECT_EQ(between.pair.server.identity(), nullptr);
      EXPECT_TRUE(between.pair.server.data.empty());
    }
  }
}

TEST(PostAuthentication, keeps_the_verdict_of_a_chain_that_it_refused) {
  Sides sides = asked_later();
  sides.server.client_authentication =
      ClientAuthentication::later(pinned(*raw_credential(CertificateKey::ed25519)));
  Loopback pair(sides);
  pair.connect();
  ask(pair);
  EXPECT_FAILS(pair.server.outcome(), Reason::certificate_intermediate_missing);
  ASSERT_NE(pair.server.connection.verdict(), nullptr);
  EXPECT_FALSE(pair.server.connection.verdict()->is_trusted());
  EXPECT_EQ(pair.server.identity(), nullptr);
  EXPECT_FAILS(pair.client.outcome(), Reason::alert_received);
}

TEST(PostAuthentication, takes_no_verdict_on_another_chain) {
  Sides sides = asked_later();
  sides.server.pulled.chain_verification = true;
  Loopback pair(sides);
  pair.server.answering = [](const Operation& operation) {
    VerifyChain question = std::get<VerifyChain>(operation);
    const Bytes other = client_credential(CertificateKey::ecdsa_p256)->certificates().front();
    question.chain = std::span(&other, 1);
    return answer(question);
  };
  pair.connect();
  ask(pair);
  EXPECT_FAILS(pair.server.outcome(), Reason::internal);
}

TEST(PostAuthentication, bounds_what_a_client_may_send) {
  Between between;
  ASSERT_TRUE(request(between.pair));
  const std::size_t length = limits::client_certificate_message + 1;
  const Content header = {11, static_cast<std::uint8_t>(length >> 16),
                          static_cast<std::uint8_t>(length >> 8),
                          static_cast<std::uint8_t>(length)};
  send_message(between.pair.client, between.pair.server, header);
  EXPECT_FAILS(between.pair.server.outcome(), Reason::message_too_long);
}

// Either side may be given up with any part of an exchange in its hands.
TEST(PostAuthentication, may_die_anywhere) {
  const auto asked_by = [](Loopback& pair) {
    pair.connect();
    EXPECT_TRUE(request(pair));
    return pair.server.take_output();
  };
  std::size_t longest = 1;
  for (std::size_t size = 0; size < longest; size += 5) {
    Loopback pair(asked_later());
    const Content asked = asked_by(pair);
    pair.client.receive(Bytes(asked).first(std::min(size, asked.size())));
    if (size < asked.size()) {
      pair.client.end_of_input();
      EXPECT_FAILS(pair.client.outcome(), Reason::truncated);
    }
    Loopback other(asked_later());
    other.client.receive(asked_by(other));
    const Content answer = other.client.take_output();
    longest = answer.size();
    other.server.receive(Bytes(answer).first(size));
    other.server.end_of_input();
    EXPECT_FAILS(other.server.outcome(), Reason::truncated);
    EXPECT_EQ(other.server.identity(), nullptr);
  }
  EXPECT_GT(longest, 400U);
}

// Whatever a byte of the answer is turned into: nobody is taken for the client.
TEST(PostAuthentication, takes_no_answer_of_which_a_bit_was_changed) {
  Sides sides = asked_later();
  sides.client.groups = sides.server.groups = {NamedGroup::x25519};
  std::vector<std::size_t> sizes;
  {
    Between between(sides);
    between.ask([&](Flight& flight) {
      for (const Piece& piece : flight) {
        sizes.push_back(piece.content.size());
      }
    });
    ASSERT_TRUE(was_named(between.pair.server));
    ASSERT_EQ(sizes.size(), 3U);
  }
  for (std::size_t message = 0; message < sizes.size(); ++message) {
    for (std::size_t at = 0; at < sizes[message]; ++at) {
      Between between(sides);
      between.ask([&](Flight& flight) {
        flight[message].content[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
      });
      ASSERT_EQ(between.pair.server.identity(), nullptr) << message << ' ' << at;
      ASSERT_EQ(between.pair.server.answers, 0U) << message << ' ' << at;
    }
  }
}

}  // namespace
}  // namespace handfast::test
