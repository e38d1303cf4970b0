// How long a worst case may take, and a clock for it.
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>

#include <gtest/gtest.h>

namespace handfast::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif
#else
inline constexpr bool is_sanitized = false;
#endif

#ifdef NDEBUG
inline constexpr bool is_optimized = !is_sanitized;
#else
inline constexpr bool is_optimized = false;
#endif

/// What the optimized library may take at most for anything that a peer sends. What sanitizers and
/// -O0 add is theirs.
inline constexpr std::chrono::milliseconds worst_case_bar{is_optimized ? 50 : 3000};

/// What this thread has worked so far: what others do at the same time does not count.
inline std::chrono::duration<double, std::milli> time_worked() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Calls `work`, three times if it has to, since caches and clocks have bad days, and gives what it
/// returned last. The test fails if no call kept to `worst_case_bar`.
template <class Work>
auto within_bar(Work&& work) {
  const auto timed = [&](auto& least) {
    const auto start = time_worked();
    auto result = work();
    least = std::min(least, time_worked() - start);
    return result;
  };
  std::chrono::duration<double, std::milli> least = decltype(least)::max();
  auto result = timed(least);
  for (int again = 0; again < 2 && least >= worst_case_bar; ++again) {
    result = timed(least);
  }
  EXPECT_LT(least.count(), worst_case_bar.count());
  std::cout << "  worked " << least.count() << " ms\n";
  return result;
}

}  // namespace handfast::test
