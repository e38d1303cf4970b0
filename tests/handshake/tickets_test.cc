// TicketKeys and SessionStore: whose tickets are opened, and how long. RFC 9846 §4.7.1.
#include "handfast/tickets.h"

#include "base/limits.h"
#include "handshake/session_state.h"
#include "support/expect.h"
#include "support/parties.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Content = std::vector<std::uint8_t>;

constexpr std::int64_t hour = 3600;
// The first moment of a period of six hours.
constexpr UnixTime start = {1'800'000'000 / (6 * hour) * (6 * hour)};

UnixTime at(std::int64_t seconds) { return {start.seconds + seconds}; }

const Content session = {1, 2, 3, 4, 5};

Content issue_at(Tickets& tickets, UnixTime now) {
  return tickets.issue(session, now, {now.seconds + 100 * hour}).value();
}

bool opens(Tickets& tickets, const Content& ticket, UnixTime now) {
  const auto found = tickets.redeem(ticket, now);
  EXPECT_TRUE(!found || std::ranges::equal(found->expose(), session));
  return found.has_value();
}

std::shared_ptr<TicketKeys> sharing(std::uint8_t first) {
  Content secret(32, 9);
  secret.front() = first;
  return TicketKeys::shared(SecretBytes(std::move(secret))).value();
}

TEST(TicketKeys, open_what_they_sealed_and_show_nothing_of_it) {
  const auto keys = TicketKeys::make().value();
  const Content ticket = issue_at(*keys, start);
  EXPECT_TRUE(opens(*keys, ticket, start));
  EXPECT_TRUE(opens(*keys, ticket, start)) << "as often as one likes";
  EXPECT_TRUE(std::ranges::search(ticket, session).empty());
  EXPECT_FALSE(opens(*TicketKeys::make().value(), ticket, start)) << "the keys of another";
}

TEST(TicketKeys, never_make_the_same_ticket_twice) {
  const auto keys = TicketKeys::make().value();
  std::set<Content> tickets;
  for (int i = 0; i < 1000; ++i) {
    tickets.insert(issue_at(*keys, start));
  }
  EXPECT_EQ(tickets.size(), 1000U);
}

TEST(TicketKeys, refuse_what_was_changed_or_cut) {
  const auto keys = TicketKeys::make().value();
  const Content good = issue_at(*keys, start);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int bit : {0x01, 0x80}) {
      Content bad = good;
      bad[i] = static_cast<std::uint8_t>(bad[i] ^ bit);
      EXPECT_FALSE(opens(*keys, bad, start)) << "byte " << i;
    }
    EXPECT_FALSE(
        opens(*keys, Content(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(i)), start));
  }
}

TEST(TicketKeys, seal_under_another_key_every_six_hours) {
  const auto keys = TicketKeys::make().value();
  const auto name = [&](UnixTime now) {
    const Content ticket = issue_at(*keys, now);
    return Content(ticket.begin(), ticket.begin() + 16);
  };
  EXPECT_EQ(name(at(0)), name(at(6 * hour - 1)));
  EXPECT_NE(name(at(6 * hour - 1)), name(at(6 * hour)));
}

TEST(TicketKeys, open_old_tickets_for_twelve_hours_more_and_then_forget) {
  for (const bool is_shared : {false, true}) {
    const auto keys = is_shared ? sharing(1) : TicketKeys::make().value();
    const Content ticket = issue_at(*keys, at(0));
    EXPECT_TRUE(opens(*keys, ticket, at(6 * hour)));
    EXPECT_TRUE(opens(*keys, ticket, at(18 * hour - 1)));
    EXPECT_FALSE(opens(*keys, ticket, at(18 * hour)));
    EXPECT_EQ(opens(*keys, ticket, at(0)), is_shared) << "a key that was drawn is gone for good";
  }
}

TEST(TicketKeys, go_on_when_the_clock_is_set_back) {
  const auto keys = TicketKeys::make().value();
  const Content ahead = issue_at(*keys, at(1000 * hour));
  const Content now = issue_at(*keys, at(0));
  EXPECT_TRUE(opens(*keys, now, at(1)));
  EXPECT_FALSE(opens(*keys, ahead, at(1000 * hour))) << "it was forgotten";
}

TEST(TicketKeys, know_times_before_1970) {
  const auto keys = TicketKeys::make().value();
  const Content ticket = issue_at(*keys, {-1});
  EXPECT_TRUE(opens(*keys, ticket, {0}));
  EXPECT_TRUE(opens(*keys, ticket, {12 * hour - 1}));
  EXPECT_FALSE(opens(*keys, ticket, {12 * hour}));
}

TEST(TicketKeys, that_are_shared_open_the_tickets_of_all_who_share) {
  const Content ticket = issue_at(*sharing(1), at(0));
  EXPECT_TRUE(opens(*sharing(1), ticket, at(0)));
  EXPECT_TRUE(opens(*sharing(1), ticket, at(17 * hour)));
  EXPECT_FALSE(opens(*sharing(2), ticket, at(0)));
  // The clock of who made it may be ahead.
  EXPECT_TRUE(opens(*sharing(1), ticket, at(-1)));
  EXPECT_FALSE(opens(*sharing(1), ticket, at(-7 * hour)));
}

TEST(TicketKeys, are_not_made_of_weak_secrets) {
  EXPECT_FAILS(TicketKeys::shared(SecretBytes()), Reason::ticket_secret_weak);
  EXPECT_FAILS(TicketKeys::shared(SecretBytes(Content(31, 1))), Reason::ticket_secret_weak);
  EXPECT_FAILS(TicketKeys::shared(SecretBytes(Content(32, 0))), Reason::ticket_secret_weak);
  EXPECT_FAILS(TicketKeys::shared(SecretBytes(Content(48, 0xff))), Reason::ticket_secret_weak);
  Content secret(65, 1);
  secret.front() = 2;
  EXPECT_FAILS(TicketKeys::shared(SecretBytes(std::move(secret))), Reason::ticket_secret_weak);
}

TEST(SessionStore, hands_each_session_out_once) {
  SessionStore store;
  const Content ticket = issue_at(store, start);
  EXPECT_EQ(ticket.size(), 32U);
  EXPECT_EQ(store.size(), 1U);
  EXPECT_TRUE(opens(store, ticket, start));
  EXPECT_FALSE(opens(store, ticket, start));
  EXPECT_EQ(store.size(), 0U);
}

TEST(SessionStore, forgets_what_is_too_old_and_the_oldest_when_it_is_full) {
  SessionStore store(2);
  const Content expired = store.issue(session, start, at(10)).value();
  EXPECT_FALSE(opens(store, expired, at(10)));
  EXPECT_EQ(store.size(), 0U);
  const Content first = issue_at(store, start);
  const Content second = issue_at(store, start);
  const Content third = issue_at(store, start);
  EXPECT_EQ(store.size(), 2U);
  EXPECT_FALSE(opens(store, first, start));
  EXPECT_TRUE(opens(store, second, start));
  EXPECT_TRUE(opens(store, third, start));
}

/// A session of `suite`, whose secret begins with `first`.
Content session_of(std::uint8_t first, CipherSuite suite, std::size_t size) {
  Content secret(size, 5);
  secret.front() = first;
  SessionFields fields;
  fields.suite = suite;
  fields.psk = secret;
  fields.issued = first;  // and something else that differs
  const SecretBytes written = write_session(fields).value();
  return {written.expose().begin(), written.expose().end()};
}

Content session12(std::uint8_t first) {
  return session_of(first, CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256, 48);
}

TEST(SessionName, is_that_of_the_secret_and_of_tls_12_alone) {
  const auto name = session_name(session12(1));
  ASSERT_TRUE(name);
  EXPECT_EQ(session_name(session12(1)), name);
  EXPECT_NE(session_name(session12(2)), name);
  EXPECT_FALSE(session_name(session_of(1, CipherSuite::tls_aes_128_gcm_sha256, 32)));
  EXPECT_FALSE(session_name(session));
  EXPECT_FALSE(session_name({}));
}

TEST(SessionStore, forgets_all_that_has_the_name) {
  SessionStore store;
  const Content id(32, 3);
  const UnixTime end = at(hour);
  const Content ticket = store.issue(session12(1), start, end).value();
  ASSERT_TRUE(store.keep(id, session12(1), start, end));
  const Content other = store.issue(session12(2), start, end).value();
  const Content of_13 = store.issue(session, start, end).value();
  EXPECT_EQ(store.size(), 4U);
  store.forget(*session_name(session12(1)));
  EXPECT_EQ(store.size(), 2U);
  EXPECT_FALSE(store.redeem(ticket, start));
  EXPECT_FALSE(store.redeem(id, start));
  EXPECT_TRUE(store.redeem(of_13, start));
  EXPECT_TRUE(store.redeem(other, start));
  store.forget(*session_name(session12(2)));  // which is out, and may be about to come back
  EXPECT_TRUE(store.issue(session12(2), start, end)) << "a ticket for nothing";
  ASSERT_TRUE(store.keep(id, session12(2), start, end));
  EXPECT_EQ(store.size(), 0U);
}

TEST(SessionStore, remembers_so_many_that_it_forgot) {
  SessionStore store;
  for (std::size_t i = 0; i <= limits::sessions_forgotten; ++i) {
    SessionName name{};
    name[0] = static_cast<std::uint8_t>(i);
    name[1] = static_cast<std::uint8_t>(i >> 8);
    store.forget(i == 0 ? *session_name(session12(1)) : name);
    ASSERT_TRUE(store.keep(Content(32, 3), session12(1), start, at(hour)));
    EXPECT_EQ(store.size(), i < limits::sessions_forgotten ? 0U : 1U);
  }
}

TEST(SessionStore, finds_nothing_of_what_it_dropped_by_its_name) {
  SessionStore store(1);
  for (std::uint8_t i = 1; i < 5; ++i) {
    ASSERT_TRUE(store.issue(session12(i), start, at(hour)));
  }
  store.forget(*session_name(session12(1)));
  EXPECT_EQ(store.size(), 1U);
  store.forget(*session_name(session12(4)));
  EXPECT_EQ(store.size(), 0U);
}

TEST(SessionStore, knows_no_tickets_of_others) {
  SessionStore store;
  const Content ticket = issue_at(store, start);
  EXPECT_FALSE(opens(store, {}, start));
  EXPECT_FALSE(opens(store, Content(32, 0), start));
  EXPECT_FALSE(opens(store, Content(70'000, 1), start));
  EXPECT_TRUE(opens(store, ticket, start));
}

}  // namespace
}  // namespace handfast::test
