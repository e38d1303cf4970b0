// X25519: Diffie-Hellman on Curve25519 (RFC 7748 §5, §6.1). Public values come from a table of
// multiples of the base point, secrets from the ladder.
#pragma once

#include "base/secret.h"
#include "crypto/native/twin.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

inline constexpr std::size_t x25519_size = 32;

/// Which arithmetic works: any machine's of 64 bits, that for BMI2 and ADX, or that for AVX-512
/// IFMA. All give the same bytes, and all are constant-time.
enum class X25519Twin { portable, adx, ifma };

/// Whether this build and this machine have `twin`. A build with HANDFAST_AVX2=OFF has one alone.
[[nodiscard]] bool is_available(X25519Twin twin);

[[nodiscard]] X25519Twin fastest_x25519_twin();

/// A key pair. A value, whose private part is wiped.
///
/// Any thread may read it.
class X25519Key {
 public:
  /// The pair of a private key, any 32 bytes: decodeScalar25519 (RFC 7748 §5) makes a scalar of
  /// them. `twin` must be available.
  explicit X25519Key(std::span<const std::uint8_t, x25519_size> private_key,
                     X25519Twin twin = fastest_x25519_twin());

  [[nodiscard]] const std::array<std::uint8_t, x25519_size>& share() const { return share_; }

  /// Writes the secret that is shared with the owner of `peer_share`; false if it is all zero,
  /// which is so where that is a point of small order.
  [[nodiscard]] bool derive(std::span<const std::uint8_t, x25519_size> peer_share,
                            std::span<std::uint8_t, x25519_size> secret) const;

 private:
  Secret<x25519_size> private_key_;
  X25519Twin twin_;
  std::array<std::uint8_t, x25519_size> share_{};
};

}  // namespace handfast::crypto::native
