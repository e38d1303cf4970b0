#include "crypto/random.h"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace handfast::crypto {
namespace {

using Vector = std::vector<std::uint8_t>;

TEST(Random, fills_all_of_it_anew_each_time) {
  for (const std::size_t size : {1U, 32U, 512U, 513U, 1000U}) {
    // A byte that stays zero ten times over has not been written.
    Vector touched(size);
    for (int round = 0; round < 10; ++round) {
      Vector bytes(size);
      ASSERT_TRUE(fill_random(bytes));
      std::ranges::transform(touched, bytes, touched.begin(), std::bit_or<>());
    }
    EXPECT_TRUE(std::ranges::none_of(touched, [](std::uint8_t byte) { return byte == 0; }));
  }
  std::set<Vector> all;
  for (int i = 0; i < 1000; ++i) {
    Vector bytes(16);
    ASSERT_TRUE(fill_random(bytes));
    EXPECT_TRUE(all.insert(bytes).second);
  }
}

TEST(Random, takes_nothing_too) { EXPECT_TRUE(fill_random({})); }

// A server forks its workers after it has drawn random bytes.
TEST(Random, differs_in_parent_and_child) {
  Vector before(32);
  ASSERT_TRUE(fill_random(before));
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  Vector mine(32);
  if (child == 0) {
    const bool done = fill_random(mine).has_value() && write(ends[1], mine.data(), 32) == 32;
    _exit(done ? 0 : 1);
  }
  ASSERT_TRUE(fill_random(mine));
  Vector of_child(32);
  EXPECT_EQ(read(ends[0], of_child.data(), of_child.size()), 32);
  close(ends[0]);
  close(ends[1]);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_NE(mine, of_child);
}

/// Draws when its thread ends, after all that the thread made later is gone.
struct DrawsLate {
  Result<>* outcome;

  explicit DrawsLate(Result<>* to) : outcome(to) {}

  DrawsLate(const DrawsLate&) = delete;
  DrawsLate& operator=(const DrawsLate&) = delete;

  ~DrawsLate() {
    Vector bytes(32);
    *outcome = fill_random(bytes);
  }
};

TEST(Random, is_there_until_a_thread_has_ended) {
  Result<> outcome = fail(Reason::internal);
  std::thread([&outcome] {
    thread_local const DrawsLate late(&outcome);
    EXPECT_NE(late.outcome, nullptr);
    Vector bytes(32);
    EXPECT_TRUE(fill_random(bytes));
  }).join();
  EXPECT_TRUE(outcome);
}

}  // namespace
}  // namespace handfast::crypto
