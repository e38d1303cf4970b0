// ECDH on P-384 (secp384r1), which libcrypto 3.0 has no fast arithmetic for. SP 800-56A §5.7.1.2,
// RFC 9846 §4.3.8.2.
#pragma once

#include "base/secret.h"
#include "crypto/native/p384_field.h"
#include "handfast/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast::crypto::native {

/// UncompressedPointRepresentation: 4, X, Y.
inline constexpr std::size_t p384_share_size = 1 + 2 * p384_size;

/// A key pair. A value, whose private part is wiped.
///
/// Any thread may read it.
class P384Key {
 public:
  /// The pair of a private key, 48 bytes big endian. Fails: key_malformed unless it is at least 1
  /// and below the order of the curve.
  static Result<P384Key> from_private(std::span<const std::uint8_t, p384_size> private_key);

  [[nodiscard]] const std::array<std::uint8_t, p384_share_size>& share() const { return share_; }

  /// Writes the secret that is shared with the owner of `peer_share`, the X coordinate; false if
  /// that is not a point of the curve, in the form above.
  [[nodiscard]] bool derive(std::span<const std::uint8_t, p384_share_size> peer_share,
                            std::span<std::uint8_t, p384_size> secret) const;

 private:
  P384Key() = default;

  Secret<p384_size> private_key_;
  std::array<std::uint8_t, p384_share_size> share_{};
};

}  // namespace handfast::crypto::native
