// Heartbeats of connections: agreed on, sent, answered and dropped. RFC 6520 §2, §3.
#include "base/limits.h"
#include "heartbeat/heartbeat.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Content = std::vector<std::uint8_t>;
using enum HandshakeType;
using enum HeartbeatMode;
using Mode = std::optional<HeartbeatMode>;

constexpr auto tls12 = ProtocolVersion::tls12;
constexpr auto tls13 = ProtocolVersion::tls13;

Sides beating(Mode client, Mode server, ProtocolVersion version = tls13, Sides sides = {}) {
  sides.client.versions = sides.server.versions = {version};
  sides.client.heartbeat = client;
  sides.server.heartbeat = server;
  return sides;
}

Sides both(ProtocolVersion version = tls13) {
  return beating(peer_allowed_to_send, peer_allowed_to_send, version);
}

/// A request of 21 bytes of payload.
Content request(std::size_t payload = 21, std::uint8_t mark = 7) {
  Content bytes = {1, static_cast<std::uint8_t>(payload >> 8), static_cast<std::uint8_t>(payload)};
  bytes.insert(bytes.end(), payload, mark);
  bytes.insert(bytes.end(), 16, std::uint8_t{0});
  return bytes;
}

TEST(HeartbeatConnection, asks_and_is_answered_both_ways) {
  for (const ProtocolVersion version : {tls13, tls12}) {
    Loopback pair(both(version));
    pair.connect();
    for (unsigned count = 1; count <= 40; ++count) {
      for (const auto& [from, to] :
           {std::pair(&pair.client, &pair.server), std::pair(&pair.server, &pair.client)}) {
        to->connection.set_time(UnixTime{handshake_time.seconds + count});
        ASSERT_TRUE(from->connection.send_heartbeat(from->out));
        EXPECT_FAILS(from->connection.send_heartbeat(from->out), Reason::called_out_of_order);
        pair.relay();
        EXPECT_EQ(from->heartbeats, count);
      }
    }
    pair.client.send(sample_data(100));
    pair.relay();
    EXPECT_EQ(pair.server.data, sample_data(100));
  }
}

TEST(HeartbeatConnection, is_agreed_on_or_not) {
  struct Row {
    Mode client;
    Mode server;
    bool client_may;
    bool server_may;
  };

  const Row rows[] = {
      {std::nullopt, std::nullopt, false, false},
      {std::nullopt, peer_allowed_to_send, false, false},
      {peer_allowed_to_send, std::nullopt, false, false},
      {peer_allowed_to_send, peer_allowed_to_send, true, true},
      {peer_allowed_to_send, peer_not_allowed_to_send, false, true},
      {peer_not_allowed_to_send, peer_allowed_to_send, true, false},
      {peer_not_allowed_to_send, peer_not_allowed_to_send, false, false},
  };
  for (const ProtocolVersion version : {tls13, tls12}) {
    for (const Row& row : rows) {
      Loopback pair(beating(row.client, row.server, version));
      pair.connect();
      const bool agreed = row.client && row.server;
      EXPECT_EQ(pair.client.connection.settled().heartbeat, agreed ? row.server : Mode());
      EXPECT_EQ(pair.server.connection.settled().heartbeat, agreed ? row.client : Mode());
      for (const auto& [end, may] :
           {std::pair(&pair.client, row.client_may), std::pair(&pair.server, row.server_may)}) {
        const auto asked = end->connection.send_heartbeat(end->out);
        if (may) {
          EXPECT_TRUE(asked);
        } else {
          EXPECT_FAILS(asked, Reason::heartbeat_unavailable);
        }
      }
      pair.relay();
      EXPECT_EQ(pair.client.heartbeats, row.client_may ? 1U : 0U);
      EXPECT_EQ(pair.server.heartbeats, row.server_may ? 1U : 0U);
    }
  }
}

TEST(HeartbeatConnection, has_a_mode_of_the_rfc) {
  const auto wished = [](Content mode) {
    return edit_hello([mode](OpenHello& hello) { hello[ExtensionType::heartbeat] = mode; });
  };
  const auto answered = [](Content mode) {
    return reforge(replace_extensions({{ExtensionType::heartbeat, std::move(mode)}}));
  };
  const std::vector<Refusal> rows = {
      {"no mode", by_server, Reason::heartbeat_mode_invalid, {{0, wished({0})}}, both()},
      {"an unknown mode", by_server, Reason::heartbeat_mode_invalid, {{0, wished({3})}}, both()},
      {"an unknown mode in TLS 1.2",
       by_server,
       Reason::heartbeat_mode_invalid,
       {{0, wished({3})}},
       both(tls12)},
      {"two modes", by_server, Reason::message_leftover, {{0, wished({1, 1})}}, both()},
      {"an unknown answer",
       by_client,
       Reason::heartbeat_mode_invalid,
       {{1, answered({9})}},
       both()},
      {"an unknown answer in TLS 1.2",
       by_client,
       Reason::heartbeat_mode_invalid,
       {{1, wished({9})}},
       both(tls12)},
  };
  expect_refusals(rows);
  ClientOptions options;
  options.heartbeat = HeartbeatMode{3};
  EXPECT_FAILS(ClientConfig::make(authorities(), options), Reason::configuration_unsupported);
}

TEST(HeartbeatConnection, asks_only_in_a_connection) {
  Loopback pair(both());
  EXPECT_FAILS(pair.client.connection.send_heartbeat(pair.client.out), Reason::called_out_of_order);
  pair.connect();
  ASSERT_TRUE(pair.client.connection.close(pair.client.out));
  EXPECT_FAILS(pair.client.connection.send_heartbeat(pair.client.out), Reason::called_out_of_order);
}

TEST(HeartbeatConnection, needs_room_or_sends_nothing) {
  Loopback pair(both());
  pair.connect();
  std::array<std::uint8_t, 5 + 1 + 16 + Heartbeat::request_size - 1> memory{};
  Output small(memory);
  EXPECT_FAILS(pair.client.connection.send_heartbeat(small), Reason::output_full);
  EXPECT_TRUE(small.pending().empty());
  ASSERT_TRUE(pair.client.connection.send_heartbeat(pair.client.out));
  pair.relay();
  EXPECT_EQ(pair.client.heartbeats, 1U);
}

/// A pair that is connected, and somebody who speaks in the place of one of them.
class Spoken : public testing::Test {
 protected:
  explicit Spoken(const Sides& sides = both()) : pair_(sides), middle_(pair_) {
    pair_.connect();
    forget();
  }

  void forget() {
    for (End* end : {&pair_.client, &pair_.server}) {
      static_cast<void>(end->take_output());
      static_cast<void>(end->take_records());
    }
  }

  void say(End& to, const Content& content, ContentType type = ContentType::heartbeat) {
    to.receive(middle_.seal(to, middle_.piece_for(to, type, content)));
  }

  /// What `from` said since, which holds heartbeats alone.
  std::vector<Content> heard(End& from) {
    std::vector<Content> all;
    for (const Piece& piece : middle_.take(from)) {
      EXPECT_EQ(piece.type, ContentType::heartbeat);
      all.push_back(piece.content);
    }
    return all;
  }

  Loopback pair_;
  Middle middle_;
};

TEST_F(Spoken, answers_with_the_very_payload) {
  for (End* end : {&pair_.client, &pair_.server}) {
    say(*end, request());
    const auto answers = heard(*end);
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_EQ(answers[0].size(), request().size());
    EXPECT_EQ(answers[0][0], 2);
    EXPECT_TRUE(std::equal(answers[0].begin() + 1, answers[0].end() - 16, request().begin() + 1));
  }
}

TEST_F(Spoken, answers_the_longest_that_there_is) {
  const std::size_t most = limits::record_plaintext - 3 - 16;
  say(pair_.server, request(most));
  const auto answers = heard(pair_.server);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].size(), limits::record_plaintext);
  EXPECT_TRUE(pair_.server.outcome());
}

TEST_F(Spoken, does_not_answer_the_heartbleed) {
  // CVE-2014-0160: a payload of one byte that says that it has 16,384.
  const Content bleeding[] = {{1, 0x40, 0x00, 7}, {1, 0x40, 0x00}, {1, 0xff, 0xff, 1, 2, 3}, [] {
                                Content one = request();
                                one[1] = 0x40;
                                return one;
                              }()};
  for (const Content& one : bleeding) {
    for (End* end : {&pair_.client, &pair_.server}) {
      say(*end, one);
      EXPECT_TRUE(end->outcome()) << "it is dropped, silently";
      EXPECT_TRUE(end->take_output().empty());
      static_cast<void>(end->take_records());
    }
  }
  say(pair_.server, request());
  EXPECT_EQ(heard(pair_.server).size(), 1U) << "and the connection goes on";
}

TEST_F(Spoken, drops_answers_that_nobody_waits_for) {
  Content answer = request();
  answer[0] = 2;
  say(pair_.client, answer);
  EXPECT_TRUE(pair_.client.outcome());
  EXPECT_EQ(pair_.client.heartbeats, 0U);
}

TEST_F(Spoken, ends_with_a_flood_of_what_is_dropped) {
  for (unsigned i = 0; i < limits::heartbeats_dropped_in_a_row; ++i) {
    say(pair_.server, {});
    ASSERT_TRUE(pair_.server.outcome()) << i;
  }
  say(pair_.server, {});
  EXPECT_FAILS(pair_.server.outcome(), Reason::heartbeat_flood);
  EXPECT_EQ(pair_.server.sent_alerts, std::vector{Alert::unexpected_message});
}

TEST_F(Spoken, ends_with_a_flood_of_requests) {
  const unsigned most = limits::heartbeats_answered + limits::heartbeats_dropped_in_a_row;
  for (unsigned i = 0; i < most; ++i) {
    say(pair_.client, request());
    ASSERT_TRUE(pair_.client.outcome()) << i;
  }
  EXPECT_EQ(heard(pair_.client).size(), limits::heartbeats_answered);
  say(pair_.client, request());
  EXPECT_FAILS(pair_.client.outcome(), Reason::heartbeat_flood);
}

TEST_F(Spoken, is_no_flood_where_time_passes_or_data_comes_between) {
  for (unsigned i = 0; i < 200; ++i) {
    pair_.server.connection.set_time(UnixTime{handshake_time.seconds + i});
    say(pair_.server, request());
    say(pair_.client, {});
    say(pair_.client, {1}, ContentType::application_data);
    ASSERT_TRUE(pair_.server.outcome() && pair_.client.outcome()) << i;
  }
  EXPECT_EQ(heard(pair_.server).size(), 200U);
}

TEST_F(Spoken, says_nothing_after_close_notify) {
  ASSERT_TRUE(pair_.server.connection.close(pair_.server.out));
  forget();
  say(pair_.server, request());
  EXPECT_TRUE(pair_.server.outcome());
  EXPECT_TRUE(pair_.server.take_output().empty());
}

/// An output with room for `content` bytes in one record of TLS 1.3.
class SmallRoom {
 public:
  SmallRoom(End& end, std::size_t content) : memory_(5 + content + 1 + 16) {
    end.out = Output(memory_);
  }

 private:
  std::vector<std::uint8_t> memory_;
};

TEST_F(Spoken, answers_as_soon_as_there_is_room) {
  End& server = pair_.server;
  const SmallRoom room(server, request().size());
  server.send(Content{9});
  say(server, request());
  ASSERT_EQ(middle_.take(server).size(), 1U) << "the data alone";
  server.run();
  const auto answers = heard(server);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].at(3), 7);
  server.run();
  EXPECT_TRUE(heard(server).empty()) << "once";
}

TEST_F(Spoken, answers_before_it_goes_on_with_data) {
  End& server = pair_.server;
  const SmallRoom room(server, request().size() + 30);
  server.send(Content(20, 9));
  say(server, request());
  ASSERT_EQ(middle_.take(server).size(), 1U);
  server.send(Content{9});
  const auto pieces = middle_.take(server);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].type, ContentType::heartbeat);
  EXPECT_EQ(pieces[1].type, ContentType::application_data);
}

// RFC 6520 §3: the peer has one in flight, so with another it has given the first one up.
TEST_F(Spoken, lets_one_answer_wait_and_no_more) {
  End& server = pair_.server;
  const SmallRoom room(server, request().size());
  server.send(Content{9});
  say(server, request(21, 1));
  say(server, request(21, 2));
  for (unsigned i = 1; i < limits::heartbeats_dropped_in_a_row; ++i) {
    say(server, {});
  }
  ASSERT_TRUE(server.outcome());
  ASSERT_EQ(middle_.take(server).size(), 1U);
  server.run();
  const auto answers = heard(server);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].at(3), 2);
  say(server, {});
  EXPECT_FAILS(server.outcome(), Reason::heartbeat_flood) << "what gave way counts as dropped";
}

TEST_F(Spoken, says_nothing_of_what_waits_after_close_notify) {
  End& server = pair_.server;
  const SmallRoom room(server, request().size());
  server.send(Content{9});
  say(server, request());
  static_cast<void>(middle_.take(server));
  ASSERT_TRUE(server.connection.close(server.out));
  static_cast<void>(middle_.take(server));
  server.run();
  EXPECT_TRUE(server.take_output().empty());
}

// A request is small and our padding large: an answer is no more than what asked for it.
// RFC 5246 §7.2.1: who hears a close_notify closes too, "discarding any pending writes". In TLS 1.3
// it is about the one direction (RFC 9846 §6.1), and who has closed still listens.
TEST(HeartbeatConnection, owes_nothing_to_who_has_closed_in_tls_12) {
  for (const ProtocolVersion version : {tls13, tls12}) {
    Loopback pair(both(version));
    pair.connect();
    const SmallRoom room(pair.server, 50);  // for one answer, or some data
    pair.server.send(Content{9});
    ASSERT_TRUE(pair.client.connection.send_heartbeat(pair.client.out));
    pair.carry(pair.client, pair.server);
    static_cast<void>(pair.server.take_output());
    ASSERT_TRUE(pair.client.connection.close(pair.client.out));
    pair.carry(pair.client, pair.server);
    EXPECT_TRUE(pair.server.closed);
    EXPECT_EQ(pair.server.take_output().empty(), version == tls12);
  }
}

TEST(HeartbeatConnection, answers_in_a_record_no_larger_than_the_request) {
  Sides sides = both();
  sides.server.record_padding = 4096;
  Loopback pair(sides);
  pair.connect();
  ASSERT_TRUE(pair.client.connection.send_heartbeat(pair.client.out));
  const Content asked = pair.client.take_output();
  pair.server.receive(asked);
  const Content answered = pair.server.take_output();
  EXPECT_LE(answered.size(), asked.size());
  pair.client.receive(answered);
  EXPECT_EQ(pair.client.heartbeats, 1U);
  ASSERT_TRUE(pair.server.connection.send_heartbeat(pair.server.out));
  EXPECT_GT(pair.server.take_output().size(), 4096U) << "its own are padded as all else";
}

TEST_F(Spoken, does_not_come_inside_a_message) {
  say(pair_.client, {4, 0, 0}, ContentType::handshake);
  say(pair_.client, request());
  EXPECT_FAILS(pair_.client.outcome(), Reason::handshake_interleaved);
}

TEST(HeartbeatConnection, is_no_type_of_record_where_it_was_not_agreed_on) {
  for (const Mode client : {Mode(), Mode(peer_allowed_to_send)}) {
    Loopback pair(beating(client, std::nullopt));
    Middle middle(pair);
    pair.connect();
    for (End* end : {&pair.client, &pair.server}) {
      end->receive(middle.seal(*end, middle.piece_for(*end, ContentType::heartbeat, request())));
      EXPECT_FAILS(end->outcome(), Reason::record_type_unknown);
    }
  }
}

TEST(HeartbeatConnection, has_its_type_under_encryption_in_tls_13) {
  Loopback pair(both());
  pair.connect();
  pair.client.receive(Content{24, 3, 3, 0, 4, 1, 0, 0, 0});
  EXPECT_FAILS(pair.client.outcome(), Reason::record_type_unknown);
}

/// `content` in a record of its own, in clear.
Content in_clear(const Content& content) {
  Content bytes = {24, 3, 3, 0, static_cast<std::uint8_t>(content.size())};
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

TEST(HeartbeatConnection, is_dropped_during_the_handshake) {
  Loopback pair(both(tls12));
  pair.client.run();
  pair.carry(pair.client, pair.server);
  for (unsigned i = 0; i < limits::heartbeats_dropped_in_a_row; ++i) {
    pair.server.receive(in_clear(request()));
    ASSERT_TRUE(pair.server.outcome()) << i;
  }
  pair.relay();
  ASSERT_TRUE(pair.client.connected && pair.server.connected);

  Loopback flooded(both(tls12));
  flooded.client.run();
  flooded.carry(flooded.client, flooded.server);
  for (unsigned i = 0; i <= limits::heartbeats_dropped_in_a_row; ++i) {
    flooded.server.receive(in_clear(request()));
  }
  EXPECT_FAILS(flooded.server.outcome(), Reason::heartbeat_flood);
}

TEST(HeartbeatConnection, is_unknown_before_it_is_agreed_on) {
  Loopback pair(both(tls12));
  pair.client.run();
  pair.client.receive(in_clear(request()));
  EXPECT_FAILS(pair.client.outcome(), Reason::not_tls);
}

TEST(HeartbeatConnection, keeps_to_the_limit_of_records) {
  // What we may send has 512 bytes; what we may be sent, more.
  Sides sides = both();
  sides.client.record_size_limit = 513;
  sides.server.record_size_limit = 2000;
  Loopback pair(sides);
  Middle middle(pair);
  pair.connect();
  static_cast<void>(pair.server.take_output());
  static_cast<void>(pair.server.take_records());
  const auto say = [&](std::size_t payload) {
    const auto content = request(payload);
    pair.server.receive(
        middle.seal(pair.server, middle.piece_for(pair.server, ContentType::heartbeat, content)));
    return pair.server.take_records().size();
  };
  EXPECT_EQ(say(512 - 3 - 16), 1U);
  EXPECT_EQ(say(512 - 3 - 16 + 1), 0U) << "it does not fit into one record, and is dropped";
  EXPECT_TRUE(pair.server.outcome());
}

}  // namespace
}  // namespace handfast::test
