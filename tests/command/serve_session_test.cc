#include "handfast/serve_session.h"

#include <gtest/gtest.h>

namespace handfast::serve {
namespace {

using std::chrono::seconds;

/// How long a response lasts, up to an hour, of which the client takes `bytes` every `pause`.
seconds lasts(std::size_t bytes, seconds pause) {
  const Patience patience;
  const Clock::time_point start;
  Clock::time_point deadline = start + patience.stall;
  Clock::time_point now = start + pause;
  while (now < deadline && now < start + std::chrono::hours(1)) {
    deadline = patience.extended(deadline, bytes, now);
    now += pause;
  }
  return std::chrono::duration_cast<seconds>(std::min(now, deadline) - start);
}

TEST(Patience, is_not_won_by_a_few_bytes_now_and_then) {
  EXPECT_EQ(lasts(1, seconds(29)), seconds(30));
  EXPECT_LE(lasts(15'000, seconds(29)), seconds(60));
  EXPECT_LE(lasts(1 << 20, seconds(31)), seconds(31));
}

TEST(Patience, stays_with_those_who_take_their_kibibyte_a_second) {
  EXPECT_GE(lasts(1100, seconds(1)), seconds(3600));
  EXPECT_GE(lasts(30'000, seconds(29)), seconds(3600));
}

TEST(Patience, is_not_saved_up) {
  const Patience patience;
  const Clock::time_point now;
  EXPECT_EQ(patience.extended(now + seconds(1), std::size_t{1} << 40, now), now + patience.stall);
}

}  // namespace
}  // namespace handfast::serve
