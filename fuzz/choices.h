// Choices: an input of which a target takes one decision after the other.
#pragma once

#include "handfast/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace handfast::fuzz {

/// Every take succeeds: behind the end of the input all numbers are 0 and all bytes missing.
class Choices {
 public:
  explicit Choices(Bytes input) : rest_(input) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  [[nodiscard]] Bytes rest() const { return rest_; }

  std::uint8_t byte() {
    const Bytes taken = bytes(1);
    return taken.empty() ? std::uint8_t{0} : taken.front();
  }

  std::size_t number() {
    const std::size_t high = byte();
    return high << 8U | byte();
  }

  /// The next `size` bytes, or as many as there are.
  Bytes bytes(std::size_t size) {
    const Bytes taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  Bytes rest_;
};

}  // namespace handfast::fuzz
