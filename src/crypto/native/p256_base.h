// Multiples of the base point of P-256, from tables that are made when they are first asked for.
#pragma once

#include "crypto/native/p256_curve.h"
#include "crypto/native/words.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

/// Combs over the digits of a number (Lim, Lee 1994; Hamburg 2012): each of the 11 has six teeth
/// that are 4 digits apart, so that four steps go over all 264.
inline constexpr std::size_t p256_combs = 11;
inline constexpr std::size_t p256_teeth = 6;
inline constexpr std::size_t p256_steps = 4;
inline constexpr std::size_t p256_comb_size = std::size_t{1} << (p256_teeth - 1);

using P256Digits = SignedBits<4, p256_combs * p256_teeth * p256_steps>;

/// What the last tooth comes to with the signs of the others: bit j of the index tells whether
/// tooth j is added.
using P256Comb = std::array<P256AffinePoint, p256_comb_size>;

using P256CombTable = std::array<P256Comb, p256_combs>;

/// For signed windows of eight bits: G, 3G, 5G and so on. Not for secrets.
using P256OddTable = std::array<P256AffinePoint, 64>;

[[nodiscard]] const P256CombTable& p256_comb_table();

[[nodiscard]] const P256OddTable& p256_odd_table();

/// The entry at `wanted`, by looking at all of them.
[[nodiscard]] inline P256AffinePoint look_up(std::span<const P256AffinePoint> table,
                                             std::uint64_t wanted) {
  P256AffinePoint found{};
  for (std::uint64_t i = 0; i < table.size(); ++i) {
    const std::uint64_t mask = mask_if_zero(i ^ wanted);
#pragma GCC unroll 4
    for (std::size_t word = 0; word < found.x.size(); ++word) {
      found.x[word] |= table[i].x[word] & mask;
      found.y[word] |= table[i].y[word] & mask;
    }
  }
  return found;
}

/// The bits below `sign`, and that one, choose one of the points, or the negative of one.
template <class Arithmetic>
[[nodiscard]] P256AffinePoint look_up_signed(std::span<const P256AffinePoint> table,
                                             std::uint64_t bits, std::uint64_t sign) {
  const std::uint64_t negative = mask_if_zero(bits & sign);
  P256AffinePoint found = look_up(table, (bits ^ negative) & (sign - 1));
  found.y = negate_if(negative, P256Element<Arithmetic>{found.y}).words;
  return found;
}

/// k times the base point. Its z is 0 if on the way there was a sum that add_points has not: so few
/// k are so, one in 2^240, that nobody meets one by chance.
template <class Arithmetic>
[[nodiscard]] P256Point<Arithmetic> comb_through(const P256Digits& k, const P256CombTable& table) {
  P256Point<Arithmetic> sum;
  for (std::size_t step = p256_steps; step-- > 0;) {
    for (std::size_t comb = 0; comb < p256_combs; ++comb) {
      std::uint64_t bits = 0;
      for (std::size_t j = 0; j < p256_teeth; ++j) {
        bits |= k[step + p256_steps * (p256_teeth * comb + j)] << j;
      }
      const P256AffinePoint term = look_up_signed<Arithmetic>(table[comb], bits, p256_comb_size);
      if (comb == 0 && step == p256_steps - 1) {
        sum = P256Point<Arithmetic>::of(term);
        continue;
      }
      if (comb == 0) {
        double_point(sum);
      }
      sum = add_points(sum, term);
    }
  }
  return sum;
}

}  // namespace handfast::crypto::native
