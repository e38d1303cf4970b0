// The secret numbers of ECDSA signatures, one for each, by the generator of RFC 6979 §3.2.
#pragma once

#include "base/secret.h"
#include "crypto/hkdf.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast::crypto::native {

inline constexpr std::size_t ecdsa_nonce_size = 32;

/// Candidates for the nonce of one signature on P-256: even ones below 2^256, of which those
/// outside of [1, n - 1] are to be passed over.
///
/// They come from HMAC over the private key, the digest and `extra` (RFC 6979 §3.6). With 32 random
/// bytes in that, a generator that fails or repeats itself does not give the key away, as nonces
/// still differ with the message; and who makes one signature twice, and one of them go wrong,
/// learns nothing, as nonces differ all the same. Without `extra` they are those of RFC 6979
/// itself.
///
/// Confined: one thread at a time. Wiped.
class EcdsaNonces {
 public:
  /// `reduced_digest` is bits2octets of the message's hash (RFC 6979 §2.3.4).
  EcdsaNonces(HashId id, std::span<const std::uint8_t, ecdsa_nonce_size> private_key,
              std::span<const std::uint8_t, ecdsa_nonce_size> reduced_digest, Bytes extra);

  /// The next candidate, big endian, which is good until the one after it.
  [[nodiscard]] std::span<const std::uint8_t, ecdsa_nonce_size> next();

 private:
  using Block = Secret<64>;

  /// K = HMAC_K(V || octet || the three), V = HMAC_K(V).
  void reseed(std::uint8_t octet, Bytes private_key, Bytes digest, Bytes extra);

  /// V = HMAC_K(V).
  void step();

  std::optional<Hmac> mac_;  // under K
  Block value_;              // V
  bool is_first_ = true;
};

}  // namespace handfast::crypto::native
