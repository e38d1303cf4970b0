// PartsDigest: SHA-256 over a list of parts, so that no two lists give the same.
#pragma once

#include "crypto/hash.h"
#include "handfast/bytes.h"

#include <array>
#include <cstdint>

namespace handfast::crypto {

/// Each part is hashed with its length before it. Confined: one thread at a time.
class PartsDigest {
 public:
  void add(Bytes part) {
    number(part.size());
    hash_.update(part);
  }

  /// A part of a known size: a count, a choice.
  void number(std::uint64_t value) {
    std::array<std::uint8_t, 8> bytes{};
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(value);
      value >>= 8;
    }
    hash_.update(bytes);
  }

  /// The digest, once.
  [[nodiscard]] std::array<std::uint8_t, 32> finish() {
    std::array<std::uint8_t, 32> digest{};
    hash_.finish_into(digest);
    return digest;
  }

 private:
  Hash hash_{HashId::sha256};
};

}  // namespace handfast::crypto
