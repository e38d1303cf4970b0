// TLS 1.2, both roles. RFC 5246 §7.3.
#include "base/limits.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/loopback.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

constexpr auto tls12 = ProtocolVersion::tls12;
constexpr auto tls13 = ProtocolVersion::tls13;

Sides speaking(std::vector<ProtocolVersion> client, std::vector<ProtocolVersion> server,
               Sides sides = {}) {
  sides.client.versions = std::move(client);
  sides.server.versions = std::move(server);
  return sides;
}

TEST(Tls12, connects_where_one_side_speaks_nothing_newer) {
  for (const auto& sides : {speaking({tls12}, {tls12}), speaking({tls13, tls12}, {tls12}),
                            speaking({tls12}, {tls13, tls12})}) {
    Loopback pair(sides);
    pair.relay();
    ASSERT_TRUE(pair.client.outcome()) << pair.client.error->text();
    ASSERT_TRUE(pair.server.outcome()) << pair.server.error->text();
    EXPECT_TRUE(pair.client.connected && pair.server.connected);
    EXPECT_EQ(pair.client.connection.settled().version, tls12);
    EXPECT_EQ(pair.client.exported(), pair.server.exported());
    EXPECT_FALSE(pair.client.exported().empty());
    const auto data = sample_data(100'000);
    pair.client.send(data);
    pair.carry(pair.client, pair.server);
    EXPECT_EQ(pair.server.data, data);
    pair.server.send(data);
    pair.carry(pair.server, pair.client);
    EXPECT_EQ(pair.client.data, data);
  }
}

TEST(Tls12, gives_way_to_tls_13) {
  Loopback pair(speaking({tls13, tls12}, {tls13, tls12}));
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().version, tls13);
}

TEST(Tls12, does_not_fall_for_a_version_that_is_switched_off) {
  Loopback newer(speaking({tls13}, {tls12}));
  newer.relay();
  EXPECT_FAILS(newer.server.outcome(), Reason::version_none_common);
  EXPECT_EQ(newer.server.error->facts.ours[0], static_cast<std::uint16_t>(tls12));
  EXPECT_EQ(newer.server.error->facts.theirs[0], static_cast<std::uint16_t>(tls13));
  EXPECT_FALSE(newer.client.connected || newer.server.connected);
  Loopback older(speaking({tls12}, {tls13}));
  older.relay();
  EXPECT_FAILS(older.server.outcome(), Reason::version_none_common);
  EXPECT_FALSE(older.client.connected || older.server.connected);
}

Sides in_12(Sides sides = {}) { return speaking({tls12}, {tls12}, std::move(sides)); }

using Messages = std::vector<HandshakeType>;
using enum HandshakeType;

/// A connection that must come about; both sides hold the same secrets, and data flows.
void meet(Loopback& pair) {
  pair.relay();
  ASSERT_TRUE(pair.client.outcome()) << pair.client.error->text();
  ASSERT_TRUE(pair.server.outcome()) << pair.server.error->text();
  ASSERT_TRUE(pair.client.connected && pair.server.connected);
  EXPECT_EQ(pair.client.connection.settled().version, tls12);
  EXPECT_EQ(pair.client.exported(), pair.server.exported());
  pair.client.send(sample_data(100));
  pair.server.send(sample_data(200));
  pair.relay();
  EXPECT_EQ(pair.server.data, sample_data(100));
  EXPECT_EQ(pair.client.data, sample_data(200));
}

TEST(Tls12, speaks_as_in_the_rfcs_figure) {
  Loopback pair(in_12());
  meet(pair);
  EXPECT_EQ(pair.client.sent_messages, (Messages{client_hello, client_key_exchange, finished}));
  EXPECT_EQ(pair.server.sent_messages, (Messages{server_hello, certificate, server_key_exchange,
                                                 server_hello_done, finished}));
}

TEST(Tls12, authenticates_clients_of_every_key) {
  for (const CertificateKey kind : {CertificateKey::ed25519, CertificateKey::ecdsa_p256,
                                    CertificateKey::ecdsa_p384, CertificateKey::rsa}) {
    Loopback pair(in_12(authenticated({.key = kind}, kind)));
    meet(pair);
    ASSERT_NE(pair.server.identity(), nullptr);
    EXPECT_EQ(pair.client.sent_messages, (Messages{client_hello, certificate, client_key_exchange,
                                                   certificate_verify, finished}));
  }
}

TEST(Tls12, goes_on_without_a_client_certificate_where_it_may) {
  Sides sides = authenticated();
  sides.client.credentials.clear();
  sides.server.client_authentication = ClientAuthentication::request(client_authorities());
  Loopback pair(in_12(sides));
  meet(pair);
  EXPECT_EQ(pair.server.identity(), nullptr);
  sides.server.client_authentication = ClientAuthentication::require(client_authorities());
  Loopback refused(in_12(sides));
  refused.relay();
  EXPECT_FAILS(refused.server.outcome(), Reason::certificate_required);
}

TEST(Tls12, resumes_by_ticket) {
  const Sides sides = in_12(resuming(authenticated()));
  for (int i = 0; i < 3; ++i) {
    Loopback pair(sides);
    meet(pair);
    const auto expected = i == 0 ? SessionOutcome::not_offered : SessionOutcome::resumed;
    EXPECT_EQ(pair.client.connection.settled().session, expected);
    EXPECT_EQ(pair.server.connection.settled().session, expected);
    ASSERT_NE(pair.server.identity(), nullptr);
    if (i > 0) {
      EXPECT_EQ(pair.server.sent_messages, (Messages{server_hello, finished}));
      EXPECT_EQ(pair.client.sent_messages, (Messages{client_hello, finished}));
    }
  }
}

/// What the server of a connection at `now` says to a client that has a session.
Messages said_to_session(Sides sides, std::int64_t now) {
  sides.now.seconds += now;
  Loopback pair(sides);
  meet(pair);
  EXPECT_EQ(pair.server.connection.settled().session, SessionOutcome::resumed) << now;
  return pair.server.sent_messages;
}

// A ticket of TLS 1.2 goes through the net in clear, so that a new one would hide nothing.
TEST(Tls12, gives_another_ticket_where_half_of_the_time_is_over) {
  const Messages without = {server_hello, finished};
  const Messages with = {server_hello, new_session_ticket, finished};
  const Sides sides = in_12(resuming());
  Loopback first(sides);
  meet(first);
  constexpr std::int64_t half = limits::ticket_lifetime12 / 2;
  EXPECT_EQ(said_to_session(sides, 0), without);
  EXPECT_EQ(said_to_session(sides, half - 1), without);
  EXPECT_EQ(sides.client.sessions->size(), 1U);
  EXPECT_EQ(said_to_session(sides, half), with);
  EXPECT_EQ(sides.client.sessions->size(), 1U);
  EXPECT_EQ(said_to_session(sides, 2 * half - 1), without);
  EXPECT_EQ(said_to_session(sides, 2 * half), with);
}

TEST(Tls12, goes_on_for_twelve_hours_however_often) {
  Sides sides = in_12(resuming());
  Loopback first(sides);
  meet(first);
  constexpr std::int64_t hour = 3600;
  for (std::int64_t age = hour; age < limits::session_age12; age += hour) {
    static_cast<void>(said_to_session(sides, age));
  }
  static_cast<void>(said_to_session(sides, limits::session_age12 - 1));
  sides.now.seconds += limits::session_age12;
  Loopback late(sides);
  meet(late);
  EXPECT_NE(late.server.connection.settled().session, SessionOutcome::resumed);
}

TEST(Tls12, gives_another_ticket_where_the_old_one_is_used_up) {
  Sides sides = in_12(resuming());
  sides.server.tickets = std::make_shared<SessionStore>();
  Loopback first(sides);
  meet(first);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(said_to_session(sides, 0), (Messages{server_hello, new_session_ticket, finished}));
  }
}

TEST(Tls12, keeps_a_session_only_if_the_handshake_was_right) {
  const Sides sides = in_12(resuming());
  Loopback first(sides);
  meet(first);
  Loopback spoilt(sides);
  spoilt.client.run();
  spoilt.server.receive(spoilt.client.take_output());
  std::vector<std::uint8_t> answer = spoilt.server.take_output();
  answer.back() ^= 1;  // in the server's Finished
  spoilt.client.receive(answer);
  EXPECT_FAILS(spoilt.client.outcome(), Reason::record_unreadable);
  EXPECT_EQ(sides.client.sessions->size(), 0U);
}

/// Sends `message` as the handshake message it is, though the handshake is over.
void say(End& from, Bytes message) {
  from.wire().write_to(&from.out);
  ASSERT_TRUE(from.wire().send_now(std::span(&message, 1)));
  from.wire().write_to(nullptr);
}

TEST(Tls12, refuses_another_handshake_on_the_connection) {
  const std::vector<std::uint8_t> request = {0, 0, 0, 0};
  Loopback asked(in_12());
  meet(asked);
  say(asked.server, request);
  asked.relay();
  EXPECT_FAILS(asked.client.outcome(), Reason::renegotiation_refused);
  EXPECT_EQ(asked.client.sent_alerts, std::vector{Alert::no_renegotiation});
  EXPECT_FAILS(asked.server.outcome(), Reason::alert_received) << "it is fatal, and no warning";
  const std::vector<std::uint8_t> hello = {1, 0, 0, 0};
  Loopback begun(in_12());
  meet(begun);
  say(begun.client, hello);
  begun.relay();
  EXPECT_FAILS(begun.server.outcome(), Reason::renegotiation_refused);
  EXPECT_FAILS(begun.client.outcome(), Reason::alert_received);
  Loopback other(in_12());
  meet(other);
  say(other.server, std::vector<std::uint8_t>{24, 0, 0, 1, 0});  // a KeyUpdate
  other.relay();
  EXPECT_FAILS(other.client.outcome(), Reason::post_handshake_unexpected);
}

TEST(Tls12, has_no_other_keys) {
  Loopback pair(in_12());
  meet(pair);
  EXPECT_FAILS(pair.client.connection.update_keys(pair.client.out, true),
               Reason::key_update_unavailable);
  EXPECT_TRUE(pair.client.outcome());
}

TEST(Tls12, tells_an_empty_context_from_none) {
  Loopback pair(in_12());
  meet(pair);
  std::array<std::uint8_t, 32> none{};
  std::array<std::uint8_t, 32> empty{};
  std::array<std::uint8_t, 32> theirs{};
  ASSERT_TRUE(pair.client.connection.export_keying_material("EXPORTER-a", std::nullopt, none));
  ASSERT_TRUE(pair.client.connection.export_keying_material("EXPORTER-a", Bytes(), empty));
  ASSERT_TRUE(pair.server.connection.export_keying_material("EXPORTER-a", Bytes(), theirs));
  EXPECT_NE(none, empty);
  EXPECT_EQ(empty, theirs);
}

TEST(Tls12, takes_no_raw_key) {
  Sides sides = in_12();
  sides.server.client_authentication = ClientAuthentication::require(client_authorities());
  sides.server.peer_certificate_types = {CertificateType::raw_public_key};
  Loopback pair(sides);
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::certificate_type_none_common);
}

TEST(Tls12, keeps_sessions_of_one_version_from_the_other) {
  // One cache and one keeper of tickets for both versions.
  Sides sides = resuming({.key = CertificateKey::ecdsa_p256});
  const auto outcome = [&](std::vector<ProtocolVersion> client,
                           std::vector<ProtocolVersion> server) {
    Sides now = speaking(std::move(client), std::move(server), sides);
    Loopback pair(now);
    pair.connect();
    return pair.server.connection.settled().session;
  };
  EXPECT_EQ(outcome({tls12}, {tls12}), SessionOutcome::not_offered);
  // A client that may speak both offers the ticket, and meets TLS 1.3.
  EXPECT_EQ(outcome({tls13, tls12}, {tls13, tls12}), SessionOutcome::not_offered);
  // What TLS 1.3 gave is nothing to who speaks TLS 1.2 alone, and is dropped.
  EXPECT_EQ(outcome({tls12}, {tls12}), SessionOutcome::not_offered);
  EXPECT_EQ(outcome({tls12}, {tls12}), SessionOutcome::resumed);
}

TEST(Tls12, shows_certificates_of_the_curves_that_clients_offer) {
  // Schemes and groups are lists of their own, and a server looks at both.
  Sides sides = in_12({.key = CertificateKey::ecdsa_p256});
  sides.client.groups = {NamedGroup::x25519};
  Loopback pair(sides);
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::signature_none_common);
}

TEST(Tls12, limits_records) {
  Sides sides = in_12();
  sides.client.record_size_limit = 512;
  sides.server.record_size_limit = 600;
  Loopback pair(sides);
  meet(pair);
  pair.server.take_records();
  pair.server.send(sample_data(1200));
  pair.client.send(sample_data(1200));
  constexpr std::size_t around = 5 + 8 + 16;  // header, explicit nonce, tag
  std::size_t longest = 0;
  for (const SentRecord& sent : pair.server.take_records()) {
    longest = std::max(longest, sent.wire_size);
  }
  EXPECT_LE(longest, 512 + around);
  pair.relay();
  EXPECT_EQ(pair.server.data.size(), 1300U);
  EXPECT_EQ(pair.client.data.size(), 1400U);
}

}  // namespace
}  // namespace handfast::test
