// Heartbeat: what is answered, what is dropped, and what never leaves. RFC 6520.
#include "heartbeat/heartbeat.h"

#include "support/expect.h"
#include "support/loopback.h"
#include "support/refusals.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Content = std::vector<std::uint8_t>;
using enum HeartbeatMode;
using Came = Heartbeat::Came;

constexpr std::size_t padding = message::HeartbeatMessage::padding_least;

/// A message that says of its payload that it has `said` bytes.
Content made(std::uint8_t type, std::size_t said, const Content& payload,
             std::size_t padded = padding) {
  Content bytes = {type, static_cast<std::uint8_t>(said >> 8), static_cast<std::uint8_t>(said)};
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  bytes.insert(bytes.end(), padded, std::uint8_t{0xaa});
  return bytes;
}

Content request(const Content& payload) { return made(1, payload.size(), payload); }

Content joined(std::span<const Bytes> parts) {
  Content all;
  for (const Bytes part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// One side's heartbeats, with a chance of their own.
struct Alone {
  explicit Alone(HeartbeatMode own = peer_allowed_to_send,
                 HeartbeatMode peers = peer_allowed_to_send)
      : heartbeat({own, peers, &chance, UnixTime{1000}}) {}

  Came take(Bytes message) { return heartbeat.take(message).value(); }

  SeededChance chance{1};
  Heartbeat heartbeat;
};

TEST(Heartbeat, answers_with_the_payload_and_padding_of_its_own) {
  Alone one;
  const Content payload = sample_data(300);
  const Content asked = request(payload);
  ASSERT_EQ(one.take(asked), Came::request);
  const Content first = joined(one.heartbeat.answer());
  ASSERT_EQ(first.size(), 3 + payload.size() + padding);
  EXPECT_EQ(Content(first.begin(), first.begin() + 3), (Content{2, 1, 44}));
  EXPECT_TRUE(std::equal(payload.begin(), payload.end(), first.begin() + 3));
  const Content own(first.end() - padding, first.end());
  EXPECT_NE(own, Content(padding, 0xaa)) << "what the peer padded with";
  ASSERT_EQ(one.take(asked), Came::request);
  const Content second = joined(one.heartbeat.answer());
  EXPECT_NE(own, Content(second.end() - padding, second.end())) << "fresh each time";
}

TEST(Heartbeat, has_names_for_its_modes) {
  EXPECT_EQ(name(peer_allowed_to_send), "peer_allowed_to_send");
  EXPECT_EQ(name(peer_not_allowed_to_send), "peer_not_allowed_to_send");
  EXPECT_EQ(name(HeartbeatMode{3}), "unassigned");
  EXPECT_EQ(name(ContentType::heartbeat), "heartbeat");
}

TEST(Heartbeat, answers_what_has_no_payload) {
  Alone one;
  ASSERT_EQ(one.take(request({})), Came::request);
  EXPECT_EQ(joined(one.heartbeat.answer()).size(), 3 + padding);
}

TEST(Heartbeat, answers_no_longer_than_it_was_asked_however_the_request_is_padded) {
  Alone one;
  const Content asked = made(1, 4, {1, 2, 3, 4}, 5000);
  ASSERT_EQ(one.take(asked), Came::request);
  EXPECT_EQ(joined(one.heartbeat.answer()).size(), 3 + 4 + padding);
}

TEST(Heartbeat, drops_what_says_more_than_it_has) {
  Alone one;
  const Content payload = sample_data(20);
  for (std::size_t said = 0; said <= 0xffff; said += said < 64 ? 1 : 251) {
    // The whole of it, payload and padding, has 36 bytes; so 20 may be payload.
    const Content asked = made(1, said, payload);
    const auto came = one.take(asked);
    EXPECT_EQ(came, said <= 20 ? Came::request : Came::nothing) << said;
    if (came == Came::request) {
      EXPECT_EQ(joined(one.heartbeat.answer()).size(), 3 + said + padding);
      one.heartbeat.set_time(UnixTime{static_cast<std::int64_t>(said) + 1});
    }
  }
}

TEST(Heartbeat, drops_what_is_cut_short) {
  Alone one;
  const Content whole = request(sample_data(10));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(one.take(Bytes(whole).first(size)), Came::nothing) << size;
  }
}

TEST(Heartbeat, drops_what_is_neither_request_nor_response) {
  Alone one;
  for (const unsigned type : {0U, 2U, 3U, 24U, 255U}) {
    EXPECT_EQ(one.take(made(static_cast<std::uint8_t>(type), 4, {1, 2, 3, 4})), Came::nothing);
  }
}

TEST(Heartbeat, answers_nobody_who_may_not_ask) {
  Alone one(peer_not_allowed_to_send);
  EXPECT_EQ(one.take(request({1})), Came::nothing);
}

TEST(Heartbeat, asks_nobody_who_will_not_be_asked) {
  Alone one(peer_allowed_to_send, peer_not_allowed_to_send);
  EXPECT_FAILS(one.heartbeat.may_ask(), Reason::heartbeat_unavailable);
  EXPECT_FAILS(one.heartbeat.ask(), Reason::heartbeat_unavailable);
}

TEST(Heartbeat, asks_once_at_a_time_and_knows_its_answer) {
  Alone one;
  const Bytes asked = one.heartbeat.ask().value();
  const Content first(asked.begin(), asked.end());
  ASSERT_EQ(first.size(), Heartbeat::request_size);
  EXPECT_FAILS(one.heartbeat.ask(), Reason::called_out_of_order);
  const auto payload = Content(first.begin() + 3, first.begin() + 3 + Heartbeat::payload_size);

  Content other = payload;
  ++other.back();
  EXPECT_EQ(one.take(made(2, other.size(), other)), Came::nothing);
  EXPECT_EQ(one.take(made(2, payload.size() - 1, payload)), Came::nothing);
  EXPECT_EQ(one.take(made(2, 0, {})), Came::nothing);
  EXPECT_FAILS(one.heartbeat.may_ask(), Reason::called_out_of_order);

  EXPECT_EQ(one.take(made(2, payload.size(), payload, 200)), Came::response);
  EXPECT_EQ(one.take(made(2, payload.size(), payload)), Came::nothing) << "twice";
  const Bytes again = one.heartbeat.ask().value();
  EXPECT_FALSE(std::ranges::equal(again, first));
}

TEST(Heartbeat, is_in_flight_only_if_it_could_be_made) {
  Alone one;
  one.chance.fail_after(1);
  EXPECT_FAILS(one.heartbeat.ask(), Reason::random_failed);
  EXPECT_TRUE(one.heartbeat.may_ask());
}

TEST(Heartbeat, pads_with_nothing_where_there_is_no_chance) {
  Alone one;
  one.chance.fail_after(1);
  EXPECT_FAILS(one.heartbeat.take(request({1})), Reason::random_failed);
}

TEST(Heartbeat, is_answered_for_a_while_and_then_once_a_second) {
  Alone one;
  const auto answered = [&] {
    unsigned count = 0;
    while (one.take(request({1})) == Came::request) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(answered(), limits::heartbeats_answered);
  EXPECT_FALSE(one.heartbeat.set_time(UnixTime{1000}));
  EXPECT_EQ(answered(), 0U);
  EXPECT_TRUE(one.heartbeat.set_time(UnixTime{1003}));
  EXPECT_EQ(answered(), 3U);
  EXPECT_FALSE(one.heartbeat.set_time(UnixTime{900}));  // a clock that was put back
  EXPECT_EQ(answered(), 0U);
  EXPECT_TRUE(one.heartbeat.set_time(UnixTime{1'000'000'000}));
  EXPECT_EQ(answered(), limits::heartbeats_answered);
}

}  // namespace
}  // namespace handfast::test
