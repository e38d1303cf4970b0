// Family (k): messages after the handshake, or records without content, that cost their sender
// little and are taken without end. CVE-2026-32283 and CVE-2026-56862 (Go), and limits that every
// stack has by now. RFC 9846 §4.7, §5.4. tests/wire and tests/connection have single limits.
#include "base/limits.h"
#include "support/expect.h"
#include "support/middle.h"

#include <vector>

#include <gtest/gtest.h>

namespace handfast::test::families {
namespace {

using Content = std::vector<std::uint8_t>;

constexpr unsigned most = limits::post_handshake_messages_in_a_row;

const Content quiet_update = {24, 0, 0, 1, 0};
const Content asking_update = {24, 0, 0, 1, 1};
const Content ticket = {4, 0, 0, 14, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0};

/// A pair that is connected, and somebody who speaks in the place of one of them.
class Flood : public testing::Test {
 protected:
  Flood() : middle_(pair_) {
    pair_.connect();
    pair_.client.take_records();
    pair_.server.take_records();
  }

  void say(End& to, ContentType type, const Content& content) {
    to.receive(middle_.seal(to, middle_.piece_for(to, type, content)));
  }

  void say(End& to, const Content& message) { say(to, ContentType::handshake, message); }

  /// Says `message` as often as it is borne, and once more.
  void expect_limit(End& to, const Content& message) {
    for (unsigned i = 0; i < most; ++i) {
      say(to, message);
      ASSERT_TRUE(to.outcome().has_value()) << i;
    }
    say(to, message);
    EXPECT_FAILS(to.outcome(), Reason::post_handshake_flood);
    EXPECT_EQ(to.sent_alerts, std::vector{Alert::unexpected_message});
  }

  Loopback pair_;
  Middle middle_;
};

TEST_F(Flood, of_key_updates_to_a_server_ends) { expect_limit(pair_.server, quiet_update); }

TEST_F(Flood, of_key_updates_to_a_client_ends) { expect_limit(pair_.client, quiet_update); }

TEST_F(Flood, of_requests_for_key_updates_to_a_server_ends) {
  expect_limit(pair_.server, asking_update);
  EXPECT_EQ(pair_.server.sending_key_updates, 0) << "they are answered when data goes out";
}

TEST_F(Flood, of_requests_for_key_updates_to_a_client_ends) {
  expect_limit(pair_.client, asking_update);
  EXPECT_EQ(pair_.client.sending_key_updates, 0);
}

TEST_F(Flood, of_tickets_and_key_updates_ends) {
  for (unsigned i = 0; i < most; ++i) {
    say(pair_.client, i % 2 == 0 ? ticket : quiet_update);
    ASSERT_TRUE(pair_.client.outcome().has_value()) << i;
  }
  say(pair_.client, ticket);
  EXPECT_FAILS(pair_.client.outcome(), Reason::post_handshake_flood);
}

TEST_F(Flood, of_many_tickets_in_one_record_ends) {
  Content many;
  for (unsigned i = 0; i <= most; ++i) {
    many.insert(many.end(), ticket.begin(), ticket.end());
  }
  say(pair_.client, many);
  EXPECT_FAILS(pair_.client.outcome(), Reason::post_handshake_flood);
}

TEST_F(Flood, is_not_excused_by_data_of_no_bytes) {
  for (unsigned i = 0; i < most; ++i) {
    say(pair_.server, quiet_update);
    say(pair_.server, ContentType::application_data, {});
    ASSERT_TRUE(pair_.server.outcome().has_value()) << i;
  }
  say(pair_.server, quiet_update);
  EXPECT_FAILS(pair_.server.outcome(), Reason::post_handshake_flood);
}

TEST_F(Flood, is_none_where_data_comes_between) {
  for (unsigned i = 0; i < 3 * most; ++i) {
    say(pair_.server, quiet_update);
    say(pair_.server, ContentType::application_data, {1});
    ASSERT_TRUE(pair_.server.outcome().has_value()) << i;
  }
  EXPECT_EQ(pair_.server.data.size(), 3 * most);
}

TEST_F(Flood, of_data_of_no_bytes_to_a_client_ends) {
  for (unsigned i = 0; i < limits::empty_records_in_a_row; ++i) {
    say(pair_.client, ContentType::application_data, {});
    ASSERT_TRUE(pair_.client.outcome().has_value()) << i;
  }
  say(pair_.client, ContentType::application_data, {});
  EXPECT_FAILS(pair_.client.outcome(), Reason::record_empty_flood);
}

TEST_F(Flood, of_data_of_no_bytes_to_a_server_ends) {
  for (unsigned i = 0; i < limits::empty_records_in_a_row; ++i) {
    say(pair_.server, ContentType::application_data, {});
    ASSERT_TRUE(pair_.server.outcome().has_value()) << i;
  }
  say(pair_.server, ContentType::application_data, {});
  EXPECT_FAILS(pair_.server.outcome(), Reason::record_empty_flood);
}

TEST_F(Flood, of_warnings_ends) {
  for (unsigned i = 0; i < limits::warning_alerts; ++i) {
    say(pair_.server, ContentType::alert, {1, 90});
    ASSERT_TRUE(pair_.server.outcome().has_value()) << i;
  }
  say(pair_.server, ContentType::alert, {1, 90});
  EXPECT_FAILS(pair_.server.outcome(), Reason::alert_warning_flood);
}

TEST_F(Flood, of_pieces_of_a_ticket_is_one_ticket) {
  for (const std::uint8_t byte : ticket) {
    say(pair_.client, {byte});
    ASSERT_TRUE(pair_.client.outcome().has_value());
  }
  for (unsigned i = 1; i < most; ++i) {
    say(pair_.client, ticket);
    ASSERT_TRUE(pair_.client.outcome().has_value()) << i;
  }
  say(pair_.client, ticket);
  EXPECT_FAILS(pair_.client.outcome(), Reason::post_handshake_flood);
}

TEST_F(Flood, of_pieces_is_not_interrupted) {
  say(pair_.client, {4, 0, 0});
  say(pair_.client, ContentType::application_data, {1});
  EXPECT_FAILS(pair_.client.outcome(), Reason::handshake_interleaved);
}

}  // namespace
}  // namespace handfast::test::families
