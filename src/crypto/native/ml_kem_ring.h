// The ring of ML-KEM (FIPS 203 §2.4): polynomials of 256 coefficients modulo q, and the table of
// what each twin does with them.
#pragma once

#include "crypto/native/keccak.h"
#include "crypto/native/twin.h"
#include "handfast/bytes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

inline constexpr int ml_kem_q = 3329;
inline constexpr std::size_t ml_kem_n = 256;

/// An element of the ring, or of its NTT domain (FIPS 203's "hat"). Coefficients stand for their
/// residue modulo q: any 16 bits where nothing else is said, of either sign.
struct alignas(32) Polynomial {
  std::array<std::int16_t, ml_kem_n> at;
};

/// Polynomials that are secret: wiped when they go.
template <std::size_t count>
class SecretPolynomials {
 public:
  SecretPolynomials() = default;
  SecretPolynomials(const SecretPolynomials&) = delete;
  SecretPolynomials& operator=(const SecretPolynomials&) = delete;

  ~SecretPolynomials() {
    for (Polynomial& polynomial : polynomials_) {
      std::ranges::fill(polynomial.at, std::int16_t{0});
    }
    asm volatile("" : : "r"(polynomials_.data()) : "memory");
  }

  Polynomial& operator[](std::size_t i) { return polynomials_[i]; }

  [[nodiscard]] std::span<Polynomial, count> all() { return polynomials_; }

 private:
  std::array<Polynomial, count> polynomials_;  // filled by whoever asked for it
};

/// An element of the NTT domain, made ready to be multiplied with many others: with what turns up
/// in each product done once.
struct Multiplier {
  Polynomial straight;  // b0 and b1 of each pair
  Polynomial twisted;   // b0 and γ * b1
};

/// The largest block of noise: 64 * η bytes with η = 2, for η1 and η2 of both parameter sets.
inline constexpr std::size_t ml_kem_noise_size = 128;

/// One twin's arithmetic; any thread. All in constant time, but for `sample_uniform`.
struct MlKemRing {
  /// FIPS 203 Algorithm 9, in place. In: |c| <= q. Out: |c| < q.
  void (*ntt)(Polynomial& f);

  /// FIPS 203 Algorithm 10, in place. In and out: |c| < q.
  void (*inverse_ntt)(Polynomial& f);

  /// In: |c| < 2^12. Out: |c| < q.
  void (*prepare)(const Polynomial& b, Multiplier& out);

  /// The sum of at most four products in the NTT domain (FIPS 203 Algorithm 11), a[i] * b[i].
  /// In: |a's c| < 2^12. Out: |c| < q.
  void (*inner_product)(std::span<const Polynomial> a, std::span<const Multiplier> b,
                        Polynomial& out);

  /// A part of FIPS 203 Algorithm 7: takes numbers of 12 bits below q out of `block`, a multiple of
  /// 24 bytes, until `out` is full; `have` coefficients are there already. Gives how many are there
  /// now. The block must be public.
  std::size_t (*sample_uniform)(Bytes block, Polynomial& out, std::size_t have);

  /// FIPS 203 Algorithm 8 with η = 2.
  void (*sample_noise)(std::span<const std::uint8_t, ml_kem_noise_size> bytes, Polynomial& out);

  /// ByteEncode_12 (FIPS 203 Algorithm 5) of the residues from 0 to q - 1; 384 bytes.
  void (*encode)(const Polynomial& f, MutBytes out);

  /// ByteDecode_12 (FIPS 203 Algorithm 6) of 384 bytes, without reduction. Out: 0 <= c < 2^12.
  void (*decode)(Bytes bytes, Polynomial& out);

  /// ByteEncode_d(Compress_d(f)), d being 1, 4, 5, 10 or 11; 32 * d bytes.
  void (*compress)(unsigned d, const Polynomial& f, MutBytes out);

  /// Decompress_d(ByteDecode_d(bytes)), of 32 * d bytes. Out: 0 <= c <= q.
  void (*decompress)(unsigned d, Bytes bytes, Polynomial& out);

  PermuteFour* permute_four;
};

extern const MlKemRing ml_kem_portable;
extern const MlKemRing ml_kem_avx2;  // only where is_available(Twin::avx2)

/// The arithmetic of `twin`, which must be available.
[[nodiscard]] inline const MlKemRing& ml_kem_ring([[maybe_unused]] Twin twin) {
#ifdef HANDFAST_HAS_AVX2
  return twin == Twin::avx2 ? ml_kem_avx2 : ml_kem_portable;
#else
  return ml_kem_portable;
#endif
}

}  // namespace handfast::crypto::native
