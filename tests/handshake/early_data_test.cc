// ReplayMemory: a ClientHello is vouched for once, and in doubt not at all. RFC 9846 §8.
#include "handfast/early_data.h"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using enum ReplayVerdict;
using Key = std::array<std::uint8_t, 32>;

constexpr UnixTime start{1'000};
constexpr UnixTime now{1'100};

Key key_of(std::uint8_t number) {
  Key key{};
  key.front() = number;
  return key;
}

/// Enters a ClientHello that was sent at `sent`, by a ticket that is old.
ReplayVerdict enter(ReplayMemory& memory, const Key& key, UnixTime sent = now, UnixTime at = now) {
  return memory.enter({key, {sent.seconds - 10}, {sent.seconds + 10}}, at);
}

TEST(ReplayMemory, vouches_for_each_hello_once) {
  ReplayMemory memory(start);
  EXPECT_EQ(enter(memory, key_of(1)), fresh);
  EXPECT_EQ(enter(memory, key_of(2)), fresh);
  for (std::int64_t late = 0; late <= 10; ++late) {
    EXPECT_EQ(enter(memory, key_of(1), now, {now.seconds + late}), seen);
  }
  EXPECT_EQ(memory.size(), 2U);
}

TEST(ReplayMemory, forgets_what_is_over_and_no_earlier) {
  ReplayMemory memory(start);
  EXPECT_EQ(enter(memory, key_of(1)), fresh);
  const UnixTime later{now.seconds + 11};
  EXPECT_EQ(enter(memory, key_of(2), later, later), fresh);
  EXPECT_EQ(memory.size(), 1U);
  EXPECT_EQ(enter(memory, key_of(1), now, later), unknown);
}

TEST(ReplayMemory, does_not_vouch_for_what_may_be_older_than_it) {
  ReplayMemory memory(start);
  EXPECT_EQ(enter(memory, key_of(1), start, start), unknown);
  EXPECT_EQ(enter(memory, key_of(1), {start.seconds + 10}, start), unknown);
  EXPECT_EQ(enter(memory, key_of(1), {start.seconds + 11}, start), fresh);
}

TEST(ReplayMemory, does_not_vouch_for_what_it_may_have_forgotten_when_the_clock_is_set_back) {
  ReplayMemory memory(start);
  EXPECT_EQ(enter(memory, key_of(1)), fresh);
  const UnixTime wrong{now.seconds + 3600};
  EXPECT_EQ(enter(memory, key_of(2), wrong, wrong), fresh);
  EXPECT_EQ(enter(memory, key_of(1)), unknown);
  EXPECT_EQ(enter(memory, key_of(3)), unknown);
}

TEST(ReplayMemory, vouches_for_nothing_while_it_is_full) {
  ReplayMemory memory(start, 2);
  EXPECT_EQ(enter(memory, key_of(1)), fresh);
  EXPECT_EQ(enter(memory, key_of(2)), fresh);
  EXPECT_EQ(enter(memory, key_of(3)), unknown);
  EXPECT_EQ(enter(memory, key_of(1)), seen);
  const UnixTime later{now.seconds + 11};
  EXPECT_EQ(enter(memory, key_of(3), later, later), fresh);
  EXPECT_EQ(memory.size(), 1U);
}

TEST(ReplayMemory, does_not_vouch_for_a_key_of_another_length) {
  ReplayMemory memory(start);
  const std::array<std::uint8_t, 31> bytes{};
  EXPECT_EQ(memory.enter({bytes, now, now}, now), unknown);
  EXPECT_EQ(memory.size(), 0U);
}

TEST(ReplayMemory, vouches_once_whatever_the_number_of_threads) {
  ReplayMemory memory(start);
  std::atomic<unsigned> vouched = 0;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (unsigned turn = 0; turn < 200; ++turn) {
        vouched += enter(memory, key_of(static_cast<std::uint8_t>(turn))) == fresh ? 1U : 0U;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(vouched, 200U);
}

}  // namespace
}  // namespace handfast
