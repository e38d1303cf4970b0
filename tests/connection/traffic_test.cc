// What may happen once both sides are connected: KeyUpdates, tickets, and the ways to end.
#include "support/expect.h"
#include "support/loopback.h"
#include "support/middle.h"

#include <algorithm>
#include <array>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Message = std::vector<std::uint8_t>;

/// Lets `from` seal `message` as a handshake message of its own making, and `to` receive it.
void inject(Loopback& pair, End& from, End& to, const Message& message) {
  const Bytes whole = message;
  from.wire().write_to(&from.out);
  ASSERT_TRUE(from.wire().send_now(std::span(&whole, 1)));
  from.wire().write_to(nullptr);
  pair.carry(from, to);
}

Message key_update(std::uint8_t request) { return {24, 0, 0, 1, request}; }

/// A NewSessionTicket that lives so many seconds, with a ticket of one byte.
Message ticket(std::uint32_t lifetime) {
  Message message = {4, 0, 0, 14};
  for (int shift = 24; shift >= 0; shift -= 8) {
    message.push_back(static_cast<std::uint8_t>(lifetime >> shift));
  }
  message.insert(message.end(), {0, 0, 0, 0, 0, 0, 1, 7, 0, 0});
  return message;
}

class Traffic : public testing::Test {
 protected:
  Traffic() { pair_.connect(); }

  void exchange() {
    const auto up = sample_data(3000);
    const auto down = sample_data(2000);
    pair_.client.data.clear();
    pair_.server.data.clear();
    pair_.client.send(up);
    pair_.server.send(down);
    pair_.relay();
    EXPECT_TRUE(pair_.server.data == up);
    EXPECT_TRUE(pair_.client.data == down);
  }

  Loopback pair_;
};

TEST_F(Traffic, goes_on_after_key_updates_both_ways) {
  for (const bool ask : {false, true}) {
    for (End* end : {&pair_.client, &pair_.server}) {
      ASSERT_TRUE(end->connection.update_keys(end->out, ask));
      pair_.relay();
      exchange();
    }
  }
  // Two of its own, one that answers.
  EXPECT_EQ(pair_.client.sending_key_updates, 3);
  EXPECT_EQ(pair_.server.sending_key_updates, 3);
  EXPECT_EQ(pair_.client.receiving_key_updates, 3);
}

TEST_F(Traffic, answers_many_requests_for_an_update_with_one_before_data) {
  Middle middle(pair_);
  for (std::uint32_t i = 0; i < 5; ++i) {
    Piece piece = middle.piece_for(pair_.server, ContentType::handshake, key_update(1));
    piece.generation = i;
    pair_.server.receive(middle.seal(pair_.server, piece));
  }
  EXPECT_EQ(pair_.server.receiving_key_updates, 5);
  EXPECT_EQ(pair_.server.sending_key_updates, 0) << "no data, no answer";
  pair_.server.send(sample_data(1));
  EXPECT_EQ(pair_.server.sending_key_updates, 1);
}

// RFC 9846 §4.7.3: no second request until the peer's KeyUpdate has come, nor one in an answer.
TEST_F(Traffic, asks_for_an_update_once_until_it_comes) {
  const auto request_of = [&](End& from) {
    Middle middle(pair_);
    const Flight flight = middle.take(from);
    EXPECT_EQ(flight.size(), 1U);
    return flight.empty() || flight.front().content.size() != 5 ? 99 : flight.front().content[4];
  };
  pair_.client.take_records();
  ASSERT_TRUE(pair_.client.connection.update_keys(pair_.client.out, true));
  const Message first(pair_.client.out.pending().begin(), pair_.client.out.pending().end());
  EXPECT_EQ(request_of(pair_.client), 1);
  ASSERT_TRUE(pair_.client.connection.update_keys(pair_.client.out, true));
  const Message second(pair_.client.out.pending().begin(), pair_.client.out.pending().end());
  pair_.server.receive(first);
  pair_.server.send(sample_data(1));  // its answer goes before that
  pair_.server.receive(second);
  pair_.carry(pair_.server, pair_.client);
  pair_.client.take_output();
  pair_.client.take_records();
  ASSERT_TRUE(pair_.client.connection.update_keys(pair_.client.out, true));
  EXPECT_EQ(pair_.client.sending_key_updates, 3);
  EXPECT_EQ(pair_.server.sending_key_updates, 1) << "the second did not ask";
  pair_.relay();
  exchange();
  EXPECT_EQ(pair_.server.sending_key_updates, 2) << "the third asked again";
}

// RFC 9846 §4.7.3: an answer says update_not_requested, however old the peer's keys are by then.
TEST(KeysByThemselves, never_ask_in_an_answer) {
  Sides sides;
  sides.server.records_before_key_update = 1;
  Loopback pair(sides);
  pair.connect();
  ASSERT_TRUE(pair.client.connection.update_keys(pair.client.out, true));
  pair.client.send(sample_data(1));
  const Message flight = pair.client.take_output();
  std::vector<std::uint8_t> memory(Input::least);
  Input in(memory);
  ASSERT_EQ(in.append(flight), flight.size());
  std::array<std::uint8_t, 8> little{};
  Output full(little);  // the answer has to wait until a record has come under the new keys
  const auto event = pair.server.connection.next(in, full);
  ASSERT_TRUE(event && std::holds_alternative<Data>(*event));
  pair.server.take_records();
  pair.server.run();
  Middle middle(pair);
  const Flight answers = middle.take(pair.server);
  ASSERT_FALSE(answers.empty());
  EXPECT_EQ(answers.front().content, key_update(0));
}

/// The KeyUpdates that `from` sends when it is this old and has one byte more to say.
std::uint32_t updates_at(CipherSuite suite, std::uint64_t sealed, std::uint64_t configured = 0) {
  Sides sides = only(suite, NamedGroup::x25519);
  sides.client.records_before_key_update = configured;
  Loopback pair(sides);
  pair.connect();
  pair.client.wire().skip_to(sealed, 0);
  pair.client.send(sample_data(1));
  return pair.client.sending_key_updates;
}

// RFC 9846 §5.5: AES-GCM bears some 2^24.5 records, ChaCha20-Poly1305 as many as there can be.
TEST(KeysByThemselves, change_after_2_to_the_23_records_of_aes) {
  for (const CipherSuite suite :
       {CipherSuite::tls_aes_128_gcm_sha256, CipherSuite::tls_aes_256_gcm_sha384}) {
    EXPECT_EQ(updates_at(suite, (1U << 23) - 1), 0U);
    EXPECT_EQ(updates_at(suite, 1U << 23), 1U);
    EXPECT_EQ(updates_at(suite, 1U << 23, 1U << 24), 1U) << "no configuration is above it";
  }
  EXPECT_EQ(updates_at(CipherSuite::tls_chacha20_poly1305_sha256, std::uint64_t{1} << 40), 0U);
}

TEST(KeysByThemselves, may_change_for_ever_while_data_flows_one_way) {
  for (const bool up : {false, true}) {
    Sides sides;
    sides.client.records_before_key_update = 2;
    sides.server.records_before_key_update = 2;
    Loopback pair(sides);
    pair.connect();
    End& from = up ? pair.client : pair.server;
    const End& to = up ? pair.server : pair.client;
    const auto data = sample_data(1000);
    for (unsigned i = 0; i < 4 * limits::post_handshake_messages_in_a_row; ++i) {
      from.send(data);
      pair.relay();
    }
    EXPECT_GT(to.sending_key_updates, limits::post_handshake_messages_in_a_row);
    EXPECT_TRUE(from.outcome());
    EXPECT_TRUE(to.outcome());
  }
}

TEST(KeysByThemselves, change_before_the_limit_even_inside_one_write) {
  Sides sides;
  sides.client.records_before_key_update = 3;
  sides.server.records_before_key_update = 3;
  Loopback pair(sides);
  pair.connect();
  pair.client.take_records();
  const auto data = sample_data(200'000);  // 13 records
  pair.client.send(data);
  std::vector<unsigned> sealed(16);
  for (const SentRecord& record : pair.client.take_records()) {
    ASSERT_LT(record.generation, sealed.size());
    EXPECT_LE(++sealed[record.generation], 4U) << "three records and the KeyUpdate itself";
  }
  EXPECT_GE(pair.client.sending_key_updates, 4);
  pair.relay();
  EXPECT_TRUE(pair.server.data == data);
}

TEST_F(Traffic, refuses_a_key_update_that_asks_for_something_else) {
  inject(pair_, pair_.client, pair_.server, key_update(2));
  EXPECT_FAILS(pair_.server.outcome(), Reason::key_update_invalid);
  EXPECT_EQ(pair_.server.sent_alerts, std::vector{Alert::illegal_parameter});
}

TEST_F(Traffic, refuses_a_key_update_that_shares_its_record) {
  Message two = key_update(0);
  const Message second = key_update(0);
  two.insert(two.end(), second.begin(), second.end());
  inject(pair_, pair_.client, pair_.server, two);
  EXPECT_FAILS(pair_.server.outcome(), Reason::key_change_inside_record);
}

// RFC 9846 §4.7.1: a client that does not resume MUST silently ignore tickets, whatever they say.
TEST_F(Traffic, ignores_tickets_of_any_lifetime) {
  for (const std::uint32_t lifetime : {0U, 604'800U, 604'801U, 0xffff'ffffU}) {
    inject(pair_, pair_.server, pair_.client, ticket(lifetime));
    EXPECT_TRUE(pair_.client.outcome());
    EXPECT_TRUE(pair_.client.out.pending().empty());
  }
  exchange();
}

TEST_F(Traffic, joins_a_message_from_the_pieces_of_many_records) {
  const Message whole = ticket(60);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    pair_.server.wire().write_to(&pair_.server.out);
    for (Bytes rest = whole; !rest.empty(); rest = rest.subspan(std::min(size, rest.size()))) {
      const Bytes piece = rest.first(std::min(size, rest.size()));
      ASSERT_TRUE(pair_.server.wire().send_now(std::span(&piece, 1)));
    }
    pair_.server.wire().write_to(nullptr);
    pair_.carry(pair_.server, pair_.client);
    EXPECT_TRUE(pair_.client.outcome());
  }
  EXPECT_EQ(std::ranges::count(pair_.client.received_messages, HandshakeType::new_session_ticket),
            static_cast<std::ptrdiff_t>(whole.size() - 1));
  exchange();
}

TEST_F(Traffic, takes_a_ticket_of_the_largest_size) {
  Message large = ticket(60);
  large.resize(large.size() - 5);  // ticket and extensions
  large.insert(large.end(), {0xff, 0xff});
  large.resize(large.size() + 0xffff, 7);
  large.insert(large.end(), {0, 0});
  const std::size_t body = large.size() - 4;
  large[1] = static_cast<std::uint8_t>(body >> 16);
  large[2] = static_cast<std::uint8_t>(body >> 8);
  large[3] = static_cast<std::uint8_t>(body);
  inject(pair_, pair_.server, pair_.client, large);
  EXPECT_TRUE(pair_.client.outcome());
  exchange();
}

TEST_F(Traffic, refuses_a_ticket_out_of_form) {
  Message cut = ticket(60);
  cut.back() = 1;  // extensions that reach past the end
  inject(pair_, pair_.server, pair_.client, cut);
  EXPECT_FAILS(pair_.client.outcome(), Reason::message_truncated);
}

TEST_F(Traffic, refuses_a_ticket_at_a_server) {
  inject(pair_, pair_.client, pair_.server, ticket(60));
  EXPECT_FAILS(pair_.server.outcome(), Reason::post_handshake_unexpected);
}

TEST_F(Traffic, bears_so_many_messages_in_a_row_and_no_more) {
  for (unsigned i = 0; i < limits::post_handshake_messages_in_a_row; ++i) {
    inject(pair_, pair_.server, pair_.client, ticket(60));
    ASSERT_TRUE(pair_.client.outcome()) << i;
  }
  inject(pair_, pair_.server, pair_.client, ticket(60));
  EXPECT_FAILS(pair_.client.outcome(), Reason::post_handshake_flood);
}

TEST_F(Traffic, tells_a_clean_end_from_a_cut) {
  ASSERT_TRUE(pair_.server.connection.close(pair_.server.out));
  pair_.carry(pair_.server, pair_.client);
  EXPECT_TRUE(pair_.client.closed);
  EXPECT_TRUE(pair_.client.connection.eof());
  EXPECT_FAILS(pair_.server.connection.eof(), Reason::truncated);
}

TEST_F(Traffic, sends_nothing_after_close_notify) {
  ASSERT_TRUE(pair_.server.connection.close(pair_.server.out));
  pair_.carry(pair_.server, pair_.client);
  inject(pair_, pair_.client, pair_.server, key_update(1));  // asks for an update back
  EXPECT_TRUE(pair_.server.out.pending().empty());
  // Its own keys have not followed, so what it says next cannot be read: an error, and no alert.
  inject(pair_, pair_.client, pair_.server, key_update(0));
  EXPECT_FAILS(pair_.server.outcome(), Reason::record_unreadable);
  EXPECT_TRUE(pair_.server.out.pending().empty());
}

// RFC 9846 §6: whoever fails MUST forget its keys.
TEST_F(Traffic, forgets_its_keys_when_it_fails) {
  ASSERT_TRUE(pair_.client.wire().sealer().is_protected());
  ASSERT_TRUE(pair_.client.connection.abort(pair_.client.out));
  EXPECT_FALSE(pair_.client.wire().sealer().is_protected());
  EXPECT_FALSE(pair_.client.wire().opener().is_protected());
  EXPECT_FALSE(pair_.client.out.pending().empty()) << "the alert went out before";
}

// RFC 9846 §5.5: whoever cannot change a worn key any more closes.
TEST_F(Traffic, is_over_when_a_key_is_worn) {
  pair_.client.wire().skip_to(1U << 24, 0);
  const std::array<std::uint8_t, 1> byte{};
  EXPECT_FAILS(pair_.client.connection.seal(byte, pair_.client.out), Reason::sequence_exhausted);
  EXPECT_FAILS(pair_.client.connection.seal(byte, pair_.client.out), Reason::sequence_exhausted);
  pair_.client.run();
  EXPECT_FAILS(pair_.client.outcome(), Reason::sequence_exhausted);
}

TEST_F(Traffic, may_be_watched_no_longer) {
  pair_.client.connection.observe_with(nullptr);
  ASSERT_TRUE(pair_.client.connection.update_keys(pair_.client.out, true));
  pair_.relay();
  EXPECT_EQ(pair_.client.sending_key_updates, 0U);
  EXPECT_EQ(pair_.server.receiving_key_updates, 1U);
}

TEST(Close, ends_a_handshake_and_says_so) {
  Loopback pair;
  pair.client.run();
  ASSERT_TRUE(pair.client.connection.close(pair.client.out));
  pair.client.run();
  EXPECT_FAILS(pair.client.outcome(), Reason::aborted);
  EXPECT_EQ(pair.client.sent_alerts, std::vector{Alert::close_notify});
  pair.carry(pair.client, pair.server);
  EXPECT_FAILS(pair.server.outcome(), Reason::closed_in_handshake);
  // RFC 9846 §6.1: its own close_notify goes back.
  EXPECT_EQ(pair.server.sent_alerts, std::vector{Alert::close_notify});
  EXPECT_FALSE(pair.server.wire().sealer().is_protected());
}

TEST_F(Traffic, closes_once_there_is_room) {
  std::array<std::uint8_t, 8> little{};
  Output full(little);
  EXPECT_FAILS(pair_.client.connection.close(full), Reason::output_full);
  ASSERT_TRUE(pair_.client.connection.close(pair_.client.out));
  pair_.carry(pair_.client, pair_.server);
  EXPECT_TRUE(pair_.server.closed);
  EXPECT_FAILS(pair_.client.connection.seal(little, pair_.client.out), Reason::called_out_of_order);
}

TEST_F(Traffic, updates_keys_whole_or_not_at_all) {
  std::array<std::uint8_t, 24> little{};  // a record of two bytes would fit
  Output full(little);
  EXPECT_FAILS(pair_.client.connection.update_keys(full, false), Reason::output_full);
  EXPECT_TRUE(full.pending().empty());
  exchange();
}

TEST_F(Traffic, loses_nothing_where_an_owed_update_finds_no_room) {
  ASSERT_TRUE(pair_.client.connection.update_keys(pair_.client.out, true));
  pair_.carry(pair_.client, pair_.server);
  const std::array<std::uint8_t, 3> word = {1, 2, 3};
  std::array<std::uint8_t, 8> little{};
  Output full(little);
  EXPECT_FAILS(pair_.server.connection.seal(word, full), Reason::output_full);
  EXPECT_EQ(pair_.server.sending_key_updates, 0);
  pair_.server.send(word);  // there is room now
  EXPECT_EQ(pair_.server.sending_key_updates, 1);
  pair_.relay();
  exchange();
}

TEST_F(Traffic, says_how_much_it_sealed_when_the_room_ends_at_a_key_update) {
  Sides sides;
  sides.client.records_before_key_update = 2;
  Loopback pair(sides);
  pair.connect();
  const auto data = sample_data(40'000);
  constexpr std::size_t record = limits::record_header + limits::record_plaintext + 1 + 16;
  std::vector<std::uint8_t> memory(2 * record + 5);  // too little for the KeyUpdate that is due
  Output fixed(memory);
  const auto sealed = pair.client.connection.seal(data, fixed);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(*sealed, 2 * limits::record_plaintext);
  pair.server.receive(fixed.pending());
  EXPECT_EQ(pair.server.data.size(), *sealed);
}

TEST_F(Traffic, gives_up_with_general_error_and_keeps_what_was_settled) {
  const std::string name = pair_.server.connection.settled().server_name;
  ASSERT_TRUE(pair_.server.connection.abort(pair_.server.out));
  EXPECT_EQ(pair_.server.sent_alerts, std::vector{Alert::general_error});
  EXPECT_EQ(pair_.server.connection.settled().server_name, name);
  EXPECT_EQ(name, server_dns_name);
  std::array<std::uint8_t, 1> byte{};
  EXPECT_FAILS(pair_.server.connection.seal(byte, pair_.server.out), Reason::aborted);
  pair_.carry(pair_.server, pair_.client);
  EXPECT_FAILS(pair_.client.outcome(), Reason::alert_received);
}

}  // namespace
}  // namespace handfast::test
