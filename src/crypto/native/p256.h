// ECDSA on P-256 (secp256r1). FIPS 186-5 §6.4, RFC 9846 §4.3.3.
#pragma once

#include "base/secret.h"
#include "crypto/native/p256_curve.h"
#include "crypto/native/twin.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast::crypto::native {

/// UncompressedPointRepresentation: 4, X, Y.
inline constexpr std::size_t p256_share_size = 1 + 2 * p256_size;

/// The leftmost 256 bits of a hash, as FIPS 186-5 §6.4.1 wants it of those that have more.
using P256Digest = std::span<const std::uint8_t, p256_size>;

/// A public key: a point of the curve, which `of` has checked. A value.
///
/// Any thread may read it.
struct P256PublicKey {
  P256AffinePoint point;

  /// Nothing, unless `share` stands for a point of the curve, in the form above, with coordinates
  /// below p. All of it is public.
  static std::optional<P256PublicKey> of(std::span<const std::uint8_t, p256_share_size> share);

  /// Whether the signature (r, s), big endian of any length, is right. Takes a time that depends on
  /// the numbers, all of which are public. `twin` must be available.
  [[nodiscard]] bool verify(P256Digest digest, Bytes r, Bytes s,
                            FieldTwin twin = fastest_field_twin()) const;
};

/// The two numbers of a signature, big endian.
struct P256Signature {
  std::array<std::uint8_t, p256_size> r;
  std::array<std::uint8_t, p256_size> s;
};

/// A private key. A value, which is wiped.
///
/// Any thread may read it.
class P256PrivateKey {
 public:
  /// Of 32 bytes big endian. Fails: key_malformed unless that is at least 1 and below the order.
  static Result<P256PrivateKey> of(std::span<const std::uint8_t, p256_size> private_key);

  /// The signature with the number `nonce`, big endian, which no two signatures may share and
  /// nobody may know a bit of: ecdsa_nonce.h makes them. In constant time. Nothing, if that cannot
  /// be a nonce, as one in 2^32 cannot; another can then. `twin` must be available.
  [[nodiscard]] std::optional<P256Signature> sign(P256Digest digest,
                                                  std::span<const std::uint8_t, p256_size> nonce,
                                                  FieldTwin twin = fastest_field_twin()) const;

  /// The private key itself, big endian.
  [[nodiscard]] std::span<const std::uint8_t, p256_size> expose() const {
    return number_.expose().first<p256_size>();
  }

 private:
  P256PrivateKey() = default;

  Secret<p256_size> number_;
};

}  // namespace handfast::crypto::native
