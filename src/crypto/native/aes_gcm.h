// AES-128-GCM and AES-256-GCM as TLS uses them: nonces of 12 bytes, tags of 16. SP 800-38D.
#pragma once

#include "crypto/aead.h"
#include "handfast/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

/// Whose instructions do the work. All give the same bytes, in constant time.
enum class AesTwin : std::uint8_t {
  aesni,   ///< AES-NI with PCLMULQDQ: one block an instruction
  vaes,    ///< VAES with VPCLMULQDQ: two
  avx512,  ///< the same with AVX-512: four
};

/// Whether this build and this machine have `twin`. Without any, libcrypto does it.
[[nodiscard]] bool is_available(AesTwin twin);

inline constexpr std::size_t gcm_nonce_size = 12;
inline constexpr std::size_t gcm_tag_size = 16;

/// A key, ready to use. It holds key material and wipes it, also when it is moved from; it keeps
/// nothing between two messages. Move-only.
///
/// Any thread may read it.
class AesGcm {
 public:
  /// `key` has 16 or 32 bytes, and `twin` is available.
  AesGcm(Bytes key, AesTwin twin);
  AesGcm(AesGcm&& other) noexcept;
  AesGcm& operator=(AesGcm&& other) noexcept;

  ~AesGcm() { forget(); }

  /// Encrypts `parts`, one after another, to `out`, which has the size of all parts and the tag,
  /// with a `nonce` that was never used under this key.
  /// The first part may lie at the front of `out`; else parts and `out` do not overlap. Less than
  /// 64 GiB.
  void seal(std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
            std::span<const Bytes> parts, const MutBytes& out) const;

  /// Decrypts where it lies all of `sealed` but its tag, the last 16 bytes, which may be lost.
  /// False: the tag is another; `sealed` then holds what nobody vouches for, and the caller wipes
  /// it.
  [[nodiscard]] bool open(std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
                          MutBytes sealed) const;

  /// The powers of H and behind them the round keys: whole vectors of powers can be read where
  /// fewer are left, since what follows the last is multiplied by zeros.
  struct Key {
    /// H^8 to H^1, each times x: GHASH of eight blocks takes one reduction.
    static constexpr std::size_t powers = 8;
    static constexpr std::size_t rounds = 15;

    [[nodiscard]] const std::uint8_t* power(std::size_t exponent) const {
      return blocks.data() + (powers - exponent) * 16;
    }

    [[nodiscard]] const std::uint8_t* round(std::size_t number) const {
      return blocks.data() + (powers + number) * 16;
    }

    std::uint8_t* power(std::size_t exponent) { return blocks.data() + (powers - exponent) * 16; }

    std::uint8_t* round(std::size_t number) { return blocks.data() + (powers + number) * 16; }

    alignas(16) std::array<std::uint8_t, (powers + rounds) * 16> blocks;
    std::uint8_t last_round;
    AesTwin twin;
  };

 private:
  void forget();

  Key key_;
};

static_assert(sizeof(AesGcm) == 384);

}  // namespace handfast::crypto::native
