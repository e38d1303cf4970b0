// Heap: counts what is allocated, and for whom: by C++ (`new`) and by libcrypto (its allocator).
#pragma once

#include <cstdint>

namespace handfast::bench {

struct Tally {
  std::int64_t bytes = 0;        ///< held now, as malloc rounds them up
  std::int64_t allocations = 0;  ///< ever made
};

struct Heap {
  Tally own;        ///< C++: all that Handfast allocates itself, nothing of libssl
  Tally libcrypto;  ///< libcrypto, and libssl, which shares its allocator
};

/// While it lives, what is allocated and freed counts for `heap`.
///
/// Not nested; the whole process has one thread.
class Counting {
 public:
  explicit Counting(Heap& heap);
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  ~Counting();
};

/// Lets libcrypto's allocations be counted too. It slows libcrypto down a little, so a process that
/// measures times does not call it. Must come before libcrypto allocates anything; false if it came
/// too late.
[[nodiscard]] bool watch_libcrypto();

}  // namespace handfast::bench
