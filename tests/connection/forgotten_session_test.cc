// Sessions whose connection ended by a fatal alert go no further. RFC 5246 §7.2.2, RFC 9846 §6.
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/loopback.h"

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

/// Both sides speak `version`, and the server keeps its sessions.
Sides keeping(ProtocolVersion version) {
  Sides sides = resuming();
  sides.client.versions = sides.server.versions = {version};
  sides.server.tickets = std::make_shared<SessionStore>();
  return sides;
}

Sides keeping12() { return keeping(ProtocolVersion::tls12); }

std::size_t kept_by_server(const Sides& sides) {
  return static_cast<const SessionStore&>(*sides.server.tickets).size();
}

/// `pair` meets, and what came with the first data is heard.
void meet(Loopback& pair) {
  pair.connect();
  pair.server.send(sample_data(10));
  pair.carry(pair.server, pair.client);
}

/// Says what no peer may say now.
void say_what_is_wrong(End& end) {
  static constexpr std::array<std::uint8_t, 5> message = {99, 0, 0, 1, 0};
  const Bytes whole = message;
  end.wire().write_to(&end.out);
  ASSERT_TRUE(end.wire().send_now(std::span(&whole, 1)));
  end.wire().write_to(nullptr);
}

/// One end is wrong; the other sends a fatal alert, which is heard.
void fail_by(End& wrong, Loopback& pair) {
  say_what_is_wrong(wrong);
  pair.relay();
  End& right = &wrong == &pair.client ? pair.server : pair.client;
  ASSERT_FAILS(right.outcome(), Reason::post_handshake_unexpected);
  ASSERT_FAILS(wrong.outcome(), Reason::alert_received);
}

/// A copy of the client's newest session, which nobody can reach.
Session copy_of_session(const Sides& sides) {
  Session session = sides.client.sessions->take(sides.name, sides.now).value();
  auto copy = Session::from_bytes(session.to_bytes());
  sides.client.sessions->put(std::move(session));
  return *std::move(copy);
}

/// What a server says to who comes with `session` all the same.
SessionOutcome said_to(Sides sides, Session session) {
  sides.client.sessions = std::make_shared<SessionCache>();
  sides.client.sessions->put(std::move(session));
  Loopback pair(sides);
  pair.connect();
  return pair.server.connection.settled().session;
}

// "any connection terminated with a fatal alert MUST NOT be resumed."
TEST(ForgottenSession, is_resumed_by_neither_side) {
  for (const bool by_server : {false, true}) {
    const Sides sides = keeping12();
    Loopback pair(sides);
    meet(pair);
    ASSERT_EQ(sides.client.sessions->size(), 1U);
    Session copy = copy_of_session(sides);
    fail_by(by_server ? pair.server : pair.client, pair);
    EXPECT_EQ(sides.client.sessions->size(), 0U);
    EXPECT_EQ(kept_by_server(sides), 0U);
    EXPECT_EQ(said_to(sides, std::move(copy)), SessionOutcome::unknown);
  }
}

TEST(ForgottenSession, is_the_one_of_all_its_connections) {
  const Sides sides = keeping12();
  Loopback first(sides);
  meet(first);
  Loopback second(sides);
  meet(second);
  ASSERT_EQ(second.client.connection.settled().session, SessionOutcome::resumed);
  ASSERT_EQ(sides.client.sessions->size(), 1U);
  ASSERT_EQ(kept_by_server(sides), 1U);
  // The ticket that is left was given to the second; the secret is that of both.
  fail_by(first.client, first);
  EXPECT_EQ(sides.client.sessions->size(), 0U);
  EXPECT_EQ(kept_by_server(sides), 0U);
  // §7.2: "other connections corresponding to the session may continue".
  second.client.send(sample_data(10));
  second.relay();
  EXPECT_EQ(second.server.data, sample_data(10));
}

TEST(ForgottenSession, is_the_one_of_a_connection_that_resumed) {
  for (const bool stays_good : {false, true}) {
    Sides sides = keeping12();
    if (stays_good) {  // then the client puts back what it had, and has no new ticket
      sides.server.tickets = TicketKeys::make().value();
    }
    Loopback(sides).connect();
    Loopback second(sides);
    meet(second);
    ASSERT_EQ(second.client.connection.settled().session, SessionOutcome::resumed);
    ASSERT_EQ(sides.client.sessions->size(), 1U);
    fail_by(second.server, second);
    EXPECT_EQ(sides.client.sessions->size(), 0U);
  }
}

TEST(ForgottenSession, does_not_come_back_with_a_handshake_that_was_under_way) {
  const Sides sides = keeping12();
  Loopback first(sides);
  meet(first);
  Loopback second(sides);
  second.client.run();
  second.server.receive(second.client.take_output());  // the session is out of both keepers
  fail_by(first.client, first);
  second.connect();
  EXPECT_EQ(second.client.connection.settled().session, SessionOutcome::resumed);
  EXPECT_EQ(sides.client.sessions->size(), 0U);
  EXPECT_EQ(kept_by_server(sides), 0U);
}

TEST(ForgottenSession, leaves_those_of_other_connections_alone) {
  const Sides sides = keeping12();
  Loopback failing(sides);
  meet(failing);
  Sides alone = sides;  // a client that has no session yet, of the same server
  alone.client.sessions = std::make_shared<SessionCache>();
  alone.seed = 2;  // and a secret of its own
  Loopback other(alone);
  meet(other);
  sides.client.sessions->put(alone.client.sessions->take(sides.name, sides.now).value());
  fail_by(failing.server, failing);
  EXPECT_EQ(sides.client.sessions->size(), 1U);
  EXPECT_EQ(kept_by_server(sides), 1U);
  Loopback next(sides);
  next.connect();
  EXPECT_EQ(next.server.connection.settled().session, SessionOutcome::resumed);
}

// RFC 5246 §7.2.1: since TLS 1.1 a connection that was not closed properly may be resumed.
TEST(ForgottenSession, is_none_whose_connection_was_closed_or_cut) {
  const Sides sides = keeping12();
  Loopback closed(sides);
  meet(closed);
  ASSERT_TRUE(closed.client.connection.close(closed.client.out));
  ASSERT_TRUE(closed.server.connection.close(closed.server.out));
  closed.relay();
  Loopback cut(sides);
  meet(cut);
  cut.client.end_of_input();
  cut.server.end_of_input();
  EXPECT_FAILS(cut.client.outcome(), Reason::truncated);
  EXPECT_EQ(sides.client.sessions->size(), 1U);
  Loopback next(sides);
  next.connect();
  EXPECT_EQ(next.server.connection.settled().session, SessionOutcome::resumed);
}

TEST(ForgottenSession, is_one_that_this_side_gave_up) {
  for (const bool by_server : {false, true}) {
    const Sides sides = keeping12();
    Loopback pair(sides);
    meet(pair);
    End& giving_up = by_server ? pair.server : pair.client;
    const auto kept = [&] {
      return by_server ? kept_by_server(sides) : sides.client.sessions->size();
    };
    ASSERT_EQ(kept(), 1U);
    ASSERT_TRUE(giving_up.connection.abort(giving_up.out));
    EXPECT_EQ(kept(), 0U);
  }
}

// An answer that comes late, to what the connection waited for when it was given up, is not the
// answer to what it asks then.
TEST(ForgottenSession, is_forgotten_though_an_answer_comes_late) {
  Sides sides = keeping12();
  sides.server.pulled.tickets = true;
  Loopback pair(sides);
  meet(pair);
  Connection& connection = pair.server.connection;
  ASSERT_TRUE(connection.abort(pair.server.out));
  EXPECT_FAILS(connection.complete(Refused{}), Reason::called_out_of_order);
  EXPECT_EQ(kept_by_server(sides), 1U);
  pair.server.run();
  EXPECT_EQ(kept_by_server(sides), 0U);
  EXPECT_FAILS(pair.server.outcome(), Reason::aborted);
}

TEST(ForgottenSession, may_be_forgotten_elsewhere) {
  Sides sides = keeping12();
  sides.server.pulled.tickets = true;
  Loopback pair(sides);
  meet(pair);
  pair.server.answering = [](const Operation& operation) {
    EXPECT_TRUE(std::holds_alternative<ForgetSession>(operation));
    return std::nullopt;
  };
  say_what_is_wrong(pair.client);
  pair.carry(pair.client, pair.server);
  ASSERT_TRUE(pair.server.is_waiting_for_answer());
  EXPECT_EQ(pair.server.sent_alerts, std::vector{Alert::unexpected_message}) << "it waits not";
  Connection& connection = pair.server.connection;
  EXPECT_FAILS(connection.seal(sample_data(1), pair.server.out), Reason::post_handshake_unexpected);
  EXPECT_FAILS(connection.complete(IssuedTicket{}), Reason::called_out_of_order);
  EXPECT_EQ(kept_by_server(sides), 1U);
  pair.server.answering = nullptr;
  pair.server.run();
  EXPECT_EQ(kept_by_server(sides), 0U);
  EXPECT_FAILS(pair.server.outcome(), Reason::post_handshake_unexpected);
  EXPECT_FAILS(connection.complete(SessionForgotten{}), Reason::called_out_of_order);
}

// What tickets hold themselves a server cannot take back.
TEST(ForgottenSession, is_still_good_in_a_ticket_that_holds_it) {
  Sides sides = keeping12();
  sides.server.tickets = TicketKeys::make().value();
  Loopback pair(sides);
  meet(pair);
  Session copy = copy_of_session(sides);
  fail_by(pair.client, pair);
  EXPECT_EQ(sides.client.sessions->size(), 0U);
  EXPECT_EQ(said_to(sides, std::move(copy)), SessionOutcome::resumed);
}

// RFC 9846 §6: "the PSKs associated with session tickets, which SHOULD be discarded if possible".
TEST(ForgottenSession, of_tls_13_is_discarded_by_the_client) {
  const Sides sides = keeping(ProtocolVersion::tls13);
  Loopback first(sides);
  meet(first);
  Loopback second(sides);
  meet(second);
  ASSERT_EQ(second.client.connection.settled().session, SessionOutcome::resumed);
  ASSERT_EQ(sides.client.sessions->size(), 2U) << "one of the first is left, one of the second";
  fail_by(second.server, second);
  EXPECT_EQ(sides.client.sessions->size(), 1U) << "they have secrets of their own";
  fail_by(first.server, first);
  EXPECT_EQ(sides.client.sessions->size(), 0U);
}

}  // namespace
}  // namespace handfast::test
