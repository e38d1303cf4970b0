// Writer: appends fields to memory of a known size, and goes back to fill in lengths.
#pragma once

#include "handfast/bytes.h"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace handfast::codec {

/// A cursor that writes. What does not fit makes it bad for good; `written()` is then empty. Our
/// own messages are bounded, so a bad writer is a bug of ours, found by whoever asks `good()`.
///
/// Confined: one thread at a time.
class Writer {
 public:
  explicit Writer(MutBytes room) : room_(room) {}

  /// `value` in `Width` bytes, big endian.
  template <std::size_t Width>
  void big_endian(std::uint32_t value) {
    static_assert(Width >= 1 && Width <= 4);
    const MutBytes field = take(Width);
    for (std::size_t i = 0; i < field.size(); ++i) {
      field[i] = static_cast<std::uint8_t>(value >> (8 * (Width - 1 - i)));
    }
  }

  template <std::unsigned_integral T>
  void number(T value) {
    big_endian<sizeof(T)>(value);
  }

  void bytes(Bytes bytes) {
    const MutBytes field = take(bytes.size());
    std::ranges::copy(bytes.first(field.size()), field.begin());
  }

  /// Room for `size` bytes that the caller fills.
  MutBytes take(std::size_t size) {
    if (!good_ || size > room_.size() - at_) {
      good_ = false;
      return {};
    }
    const MutBytes field = room_.subspan(at_, size);
    at_ += size;
    return field;
  }

  /// Starts a vector whose length prefix has `width` bytes; `end_vector` of the returned place
  /// writes it.
  std::size_t begin_vector(std::size_t width) {
    const std::size_t place = at_;
    std::ranges::fill(take(width), std::uint8_t{0});
    return place;
  }

  void end_vector(std::size_t place, std::size_t width) {
    if (!good_) {
      return;
    }
    const std::size_t size = at_ - place - width;
    if (size >> (8 * width) != 0) {
      good_ = false;
      return;
    }
    for (std::size_t i = 0; i < width; ++i) {
      room_[place + i] = static_cast<std::uint8_t>(size >> (8 * (width - 1 - i)));
    }
  }

  [[nodiscard]] bool good() const { return good_; }

  [[nodiscard]] std::size_t size() const { return at_; }

  /// What has been written, or nothing if it did not fit.
  [[nodiscard]] Bytes written() const { return good_ ? Bytes(room_).first(at_) : Bytes{}; }

 private:
  MutBytes room_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace handfast::codec
