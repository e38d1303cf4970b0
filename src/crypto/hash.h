// Hash: SHA-256 and SHA-384 as values that can be copied in the middle, which is what a transcript
// is.
#pragma once

#include "crypto/sha2.h"
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

/// A running hash. A value: copying it costs a few words and no allocation, and both go on apart.
/// What is hashed is shorter than 2^61 bytes.
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

  /// The same for two hashes of one kind, in less time than one after the other.
  static void finish_both(Hash& one, MutBytes out, Hash& other, MutBytes out_of_other);

  [[nodiscard]] HashId id() const { return id_; }

  /// Overwrites the state; for hashes over secrets.
  void wipe_state();

 private:
  friend class Hmac;

  /// Goes on behind the one block that `state` has taken in.
  Hash(HashId id, const Sha2Compression& compression, const Sha2State& state);

  [[nodiscard]] std::size_t waiting() const { return size_ & (block_size(id_) - 1); }

  void pad();

  HashId id_;
  const Sha2Compression* compression_;
  std::uint64_t size_;  ///< of what came so far, in bytes
  Sha2State state_;
  std::array<std::uint8_t, 128> block_;  ///< what does not fill a block yet, at the front
};

/// What a hash starts from, and how it takes blocks in, on this machine.
[[nodiscard]] const Sha2State& initial_state(HashId id);
[[nodiscard]] const Sha2Compression& compression_of(HashId id);

/// The hash of `bytes` in one call.
[[nodiscard]] Digest hash(HashId id, Bytes bytes);

}  // namespace handfast::crypto
