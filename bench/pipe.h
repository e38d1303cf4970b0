// Pipe: a transport that is memory. Bytes are copied in once, as a kernel would, and out once.
#pragma once

#include "handfast/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace handfast::bench {

/// One direction of a transport. Allocates nothing after it is made.
///
/// Confined: one thread at a time.
class Pipe {
 public:
  explicit Pipe(std::size_t capacity) : memory_(capacity) {}

  /// Takes `bytes`. Returns false, and takes none, if they do not fit.
  [[nodiscard]] bool put(Bytes bytes) {
    if (bytes.size() > memory_.size() - end_) {
      return false;
    }
    std::ranges::copy(bytes, memory_.begin() + static_cast<std::ptrdiff_t>(end_));
    end_ += bytes.size();
    return true;
  }

  /// Room for more, for whoever writes without `put`; it counts once `commit` is called.
  [[nodiscard]] MutBytes room() { return MutBytes(memory_).subspan(end_); }

  void commit(std::size_t size) { end_ += size; }

  /// What waits to be read.
  [[nodiscard]] Bytes waiting() const { return Bytes(memory_).subspan(begin_, end_ - begin_); }

  /// `size` bytes of `waiting()` have been read.
  void consume(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) {
      clear();
    }
  }

  void clear() { begin_ = end_ = 0; }

 private:
  std::vector<std::uint8_t> memory_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace handfast::bench
