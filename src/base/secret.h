// Secret: bytes that are wiped when they go, cannot be compared with ==, and cannot be printed.
#pragma once

#include "handfast/bytes.h"
#include "handfast/secret_bytes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast {

/// Whether `a` and `b` hold the same bytes; takes the same time wherever they differ. The lengths
/// are public.
[[nodiscard]] inline bool equal_constant_time(Bytes a, Bytes b) {
  if (a.size() != b.size()) {
    return false;
  }
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    asm volatile("" : "+r"(difference));  // no early exit, whatever the optimiser thinks
  }
  return difference == 0;
}

/// Up to `Capacity` secret bytes, held in place: no heap, wiped on destruction and when moved from.
///
/// Copies are made only by name (`clone`). Confined: one thread at a time.
template <std::size_t Capacity>
class Secret {
  static_assert(Capacity <= 0xffff);

 public:
  Secret() = default;

  explicit Secret(Bytes bytes)
      : size_(static_cast<std::uint16_t>(std::min(bytes.size(), Capacity))) {
    std::copy_n(bytes.begin(), size_, bytes_.begin());
  }

  Secret(Secret&& other) noexcept : bytes_(other.bytes_), size_(other.size_) { other.clear(); }

  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      size_ = other.size_;
      other.clear();
    }
    return *this;
  }

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  ~Secret() { wipe(bytes_); }

  /// A second copy, asked for by name.
  [[nodiscard]] Secret clone() const { return Secret(expose()); }

  /// The bytes themselves. Look for this word to find every place that touches a secret.
  [[nodiscard]] Bytes expose() const { return Bytes(bytes_).first(size_); }

  /// Room for `size` bytes (at most `Capacity`) that the caller fills.
  [[nodiscard]] MutBytes fill(std::size_t size) {
    size_ = static_cast<std::uint16_t>(std::min(size, Capacity));
    return MutBytes(bytes_).first(size_);
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] bool empty() const { return size_ == 0; }

  void clear() {
    wipe(bytes_);
    size_ = 0;
  }

  bool operator==(const Secret&) const = delete;

 private:
  std::array<std::uint8_t, Capacity> bytes_{};
  std::uint16_t size_ = 0;
};

/// A secret of the size of a hash: traffic, handshake and main secrets.
using HashSecret = Secret<48>;

}  // namespace handfast
