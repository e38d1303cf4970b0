// Hash: SHA-256 and SHA-384 as values that can be copied in the middle, which is what a transcript
// is.
#pragma once

#include "handfast/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::crypto {

enum class HashId : std::uint8_t { sha256, sha384, sha512 };

/// Size of the hash's output in bytes.
[[nodiscard]] constexpr std::size_t digest_size(HashId id) {
  switch (id) {
    case HashId::sha256: return 32;
    case HashId::sha384: return 48;
    case HashId::sha512: return 64;
  }
  return 0;
}

/// Size of the hash's input block in bytes, the B of HMAC (RFC 2104 §2).
[[nodiscard]] constexpr std::size_t block_size(HashId id) {
  return id == HashId::sha256 ? 64 : 128;
}

/// A hash value. Public by nature; secrets that happen to have this size are `HashSecret`s.
class Digest {
 public:
  Digest() = default;

  explicit Digest(std::size_t size) : size_(size) {}

  [[nodiscard]] Bytes bytes() const { return Bytes(bytes_).first(size_); }

  [[nodiscard]] MutBytes fill() { return MutBytes(bytes_).first(size_); }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::array<std::uint8_t, 64> bytes_{};
  std::size_t size_ = 0;
};

/// Room for the largest running state, SHA512_CTX of libcrypto; openssl/hash.cc checks both.
inline constexpr std::size_t hash_state_size = 216;
inline constexpr std::size_t hash_state_alignment = 8;

/// A running hash. A value: copying it costs a few words and no allocation, and both go on apart.
///
/// Confined: one thread at a time.
class Hash {
 public:
  explicit Hash(HashId id);

  /// Adds `bytes` to what is hashed.
  void update(Bytes bytes);

  /// The hash of what came so far. The running hash is not disturbed and may go on.
  [[nodiscard]] Digest digest() const;

  /// The same straight into `out`, which has `digest_size(id())` bytes.
  void digest_into(MutBytes out) const;

  /// The same without a copy of the state, for the last time: the running hash is wiped and must
  /// not be used again.
  void finish_into(MutBytes out);

  [[nodiscard]] HashId id() const { return id_; }

  /// Overwrites the state; for hashes over secrets.
  void wipe_state();

 private:
  HashId id_;
  alignas(hash_state_alignment) std::array<std::uint8_t, hash_state_size> state_;
};

/// The hash of `bytes` in one call.
[[nodiscard]] Digest hash(HashId id, Bytes bytes);

}  // namespace handfast::crypto
