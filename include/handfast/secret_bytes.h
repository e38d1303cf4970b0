// SecretBytes: secret bytes of any length, which are wiped when they go.
#pragma once

#include "handfast/bytes.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace handfast {

/// Overwrites `bytes` with zeros in a way the optimiser keeps.
inline void wipe(MutBytes bytes) {
  for (std::uint8_t& byte : bytes) {
    byte = 0;
  }
  asm volatile("" : : "r"(bytes.data()) : "memory");
}

/// The same for text, such as a line of a key log.
inline void wipe(std::span<char> text) {
  for (char& c : text) {
    c = '\0';
  }
  asm volatile("" : : "r"(text.data()) : "memory");
}

/// Secret bytes on the heap. Wiped when they go and when something else takes their place; never
/// printed, never compared with ==. Move-only; confined: one thread at a time.
class SecretBytes {
 public:
  SecretBytes() = default;

  /// Takes `bytes` over: there is no second copy.
  explicit SecretBytes(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  /// A copy of `bytes`.
  explicit SecretBytes(Bytes bytes) : bytes_(bytes.begin(), bytes.end()) {}

  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      wipe(bytes_);
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }

  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  ~SecretBytes() { wipe(bytes_); }

  /// The bytes themselves. Valid as long as this object, also when it is moved.
  [[nodiscard]] Bytes expose() const { return bytes_; }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  bool operator==(const SecretBytes&) const = delete;

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace handfast
