// The numbers of ML-KEM's arithmetic, as both twins use them.
//
// A product of two residues is brought back to 16 bits by Montgomery's reduction, which divides it
// by 2^16 modulo q on the way; constants therefore carry a factor of 2^16 ("scaled") that makes up
// for it. A lone residue is brought near zero by Barrett's: less the multiple of q that a
// multiplication by 10 / 2^15, about 1 / q, finds. Neither divides, neither branches.
#pragma once

#include "crypto/native/ml_kem_ring.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

/// The inverse of q modulo 2^16.
inline constexpr std::int16_t ml_kem_q_inverse = -3327;

static_assert(static_cast<std::int16_t>(ml_kem_q * ml_kem_q_inverse) == 1);

/// `value` modulo q times 2^16 modulo q, next to zero: what to multiply by in Montgomery's way.
consteval std::int16_t scaled(long value) {
  const long residue = (value % ml_kem_q * 65536) % ml_kem_q;
  return static_cast<std::int16_t>(residue > ml_kem_q / 2 ? residue - ml_kem_q : residue);
}

/// 17 is the 256th root of unity that FIPS 203 §4.3 calls ζ.
consteval long power_of_zeta(unsigned exponent) {
  long power = 1;
  for (unsigned i = 0; i < exponent; ++i) {
    power = power * 17 % ml_kem_q;
  }
  return power;
}

/// FIPS 203 §4.3: the integer whose seven bits are those of `i` in reverse.
consteval unsigned bit_rev_7(unsigned i) {
  unsigned reversed = 0;
  for (unsigned bit = 0; bit < 7; ++bit) {
    reversed |= (i >> bit & 1) << (6 - bit);
  }
  return reversed;
}

/// FIPS 203 Appendix A: ζ^BitRev7(i), scaled.
inline constexpr std::array<std::int16_t, 128> ml_kem_zetas = [] consteval {
  std::array<std::int16_t, 128> zetas{};
  for (unsigned i = 0; i < zetas.size(); ++i) {
    zetas[i] = scaled(power_of_zeta(bit_rev_7(i)));
  }
  return zetas;
}();

/// FIPS 203 Appendix A: γ = ζ^(2 BitRev7(i) + 1), times 2^16, scaled.
inline constexpr std::array<std::int16_t, 128> ml_kem_gammas = [] consteval {
  std::array<std::int16_t, 128> gammas{};
  for (unsigned i = 0; i < gammas.size(); ++i) {
    gammas[i] = scaled(65536 * power_of_zeta(2 * bit_rev_7(i) + 1));
  }
  return gammas;
}();

/// 2^16 itself, scaled: a multiplication by it scales.
inline constexpr std::int16_t ml_kem_scale = scaled(65536);

/// 1 / 128, scaled: FIPS 203 Algorithm 10 ends with it. 3303 is the inverse of 128 modulo q.
inline constexpr std::int16_t ml_kem_last_factor = scaled(3303);

static_assert(128 * 3303 % ml_kem_q == 1);

}  // namespace handfast::crypto::native
