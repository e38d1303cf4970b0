// What may happen once both sides are connected: KeyUpdates, tickets, and the ways to end.
#include "support/expect.h"
#include "support/loopback.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Message = std::vector<std::uint8_t>;

/// Lets `from` seal `message` as a handshake message of its own making, and `to` receive it.
void inject(Loopback& pair, End& from, End& to, const Message& message) {
  from.wire().write_to(&from.out);
  ASSERT_TRUE(from.wire().send(message));
  ASSERT_TRUE(from.wire().flush());
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

TEST_F(Traffic, answers_many_requests_for_an_update_with_one) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(pair_.client.connection.update_keys(pair_.client.out, true));
  }
  pair_.carry(pair_.client, pair_.server);
  EXPECT_LE(pair_.server.sending_key_updates, 5);
  pair_.relay();
  exchange();
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

TEST_F(Traffic, takes_tickets_and_bounds_their_lifetime) {
  inject(pair_, pair_.server, pair_.client, ticket(604'800));
  EXPECT_TRUE(pair_.client.outcome());
  exchange();
  inject(pair_, pair_.server, pair_.client, ticket(604'801));
  EXPECT_FAILS(pair_.client.outcome(), Reason::ticket_lifetime_invalid);
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
