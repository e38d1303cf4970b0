// All of the heap, whoever allocates: malloc itself is replaced in programs that link this.
#pragma once

#include <cstdint>

namespace handfast::bench {

struct AllHeap {
  std::int64_t bytes = 0;        ///< held now, as malloc rounds them up
  std::int64_t allocations = 0;  ///< ever made
};

/// While it lives, what is allocated and freed counts for `heap`. Not nested; one thread.
class CountingAll {
 public:
  explicit CountingAll(AllHeap& heap);
  CountingAll(const CountingAll&) = delete;
  CountingAll& operator=(const CountingAll&) = delete;
  ~CountingAll();
};

}  // namespace handfast::bench
