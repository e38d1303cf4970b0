// ECDSA by arithmetic of our own: what openssl/public_key.cc and openssl/private_key.cc ask of
// native/p256_ecdsa.cc, and do by libcrypto where there is none.
#pragma once

#include "crypto/hash.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace handfast::crypto {

/// The functions of one curve. Any thread may call them.
struct OwnEcdsa {
  /// A public key: a point of the curve, in words that only these functions read. A value.
  using PublicKey = std::array<std::uint64_t, 8>;

  /// Of an uncompressed point; nothing for one off the curve.
  std::optional<PublicKey> (*read_public_key)(Bytes point);

  /// Whether the signature (r, s), big endian, is right; r and s may be any numbers.
  bool (*verify)(const PublicKey& key, const Digest& digest, Bytes r, Bytes s);

  /// A private key that is wiped when it goes; empty for none.
  using PrivateKey = std::unique_ptr<void, void (*)(void*)>;

  /// Of a number, big endian, of the size of the order. Fails: key_malformed, out_of_memory.
  Result<PrivateKey> (*make_private_key)(Bytes number);

  /// Writes the signature of what hashes to `digest`, as ECDSA-Sig-Value (RFC 3279 §2.2.3), and
  /// returns its size. Fails: random_failed, operation_refused.
  Result<std::size_t> (*sign)(const void* key, HashId hash, const Digest& digest,
                              MutBytes signature);
};

/// That of P-256; nullptr where this build has none, or where this machine's processor lacks BMI2
/// or ADX: libcrypto's is as fast there. The answer never changes.
[[nodiscard]] const OwnEcdsa* own_ecdsa_p256();

}  // namespace handfast::crypto
