// Parts: a cursor over pieces of the caller's memory that make one stream of bytes.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace handfast::wire {

/// Hands out the bytes of several parts in order, without joining them. A value: a copy remembers a
/// place.
class Parts {
 public:
  explicit Parts(std::span<const Bytes> parts) : parts_(parts) { skip_empty(); }

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  /// Takes up to `most` bytes as pieces, as many as `pieces` has room for. Returns the pieces
  /// taken.
  std::span<const Bytes> take(std::span<Bytes> pieces, std::size_t most) {
    std::size_t count = 0;
    while (count < pieces.size() && most > 0 && !empty()) {
      const Bytes piece = rest_.first(std::min(rest_.size(), most));
      pieces[count++] = piece;
      most -= piece.size();
      rest_ = rest_.subspan(piece.size());
      skip_empty();
    }
    return pieces.first(count);
  }

 private:
  void skip_empty() {
    while (rest_.empty() && !parts_.empty()) {
      rest_ = parts_.front();
      parts_ = parts_.subspan(1);
    }
  }

  std::span<const Bytes> parts_;
  Bytes rest_;
};

/// Seals `parts`, a record at a time by `seal_one(Parts&)`: to their end or, if the output is full,
/// as far as whole records fitted. Returns how many bytes it took. Fails as `seal_one` does.
template <class SealOne>
Result<std::size_t> seal_all(std::span<const Bytes> parts, const SealOne& seal_one) {
  Parts rest(parts);
  std::size_t taken = 0;
  while (!rest.empty()) {
    const Result<std::size_t> sealed = seal_one(rest);
    if (!sealed) {
      const bool is_full = sealed.error().reason == Reason::output_full;
      return is_full && taken > 0 ? Result<std::size_t>(taken) : sealed;
    }
    taken += *sealed;
  }
  return taken;
}

}  // namespace handfast::wire
