// The compression functions of SHA-2: what hash.cc asks of openssl/sha2.cc, and of
// native/sha256.cc where this processor has instructions for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::crypto {

enum class HashId : std::uint8_t;

/// A hash value on the way, H of FIPS 180-4 §6: eight words, big endian as in the digest, of 32
/// bits for SHA-256 and of 64 bits for the others.
struct Sha2State {
  alignas(16) std::array<std::uint8_t, 64> words;
};

/// How blocks get into a state. Any thread may call these functions; blocks and what they leave in
/// a state may be secret, and no time depends on them.
struct Sha2Compression {
  /// Takes `count` whole blocks in.
  void (*compress)(Sha2State& state, const std::uint8_t* blocks, std::size_t count);

  /// Takes a block each into two states, in hardly more time than one takes, if that is spent on
  /// waiting for one result after another.
  void (*compress_both)(Sha2State& one, const std::uint8_t* block, Sha2State& other,
                        const std::uint8_t* block_of_other);
};

/// libcrypto's, of any hash.
[[nodiscard]] const Sha2Compression& libcrypto_sha2(HashId id);

/// Our own of SHA-256; nullptr where this build has none, or where this machine's processor lacks
/// the instructions. The answer never changes.
[[nodiscard]] const Sha2Compression* own_sha256();

}  // namespace handfast::crypto
