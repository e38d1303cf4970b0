// Numbers modulo p = 2^255 - 19, the field of Curve25519 (RFC 7748 §4.1), in constant time: no
// branch and no address depends on a number. Two types hold them: an Element, as products are, and
// a Sum, as sums and differences are, which may only be multiplied; so nothing can overflow.
//
// This is the twin for any machine of 64 bits. x25519_field_adx.h has that for BMI2 and ADX,
// x25519_field_ifma.h that for AVX-512 IFMA.
#pragma once

#include "crypto/native/words.h"
#include "crypto/native/x25519.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

/// Of a little-endian number.
[[nodiscard]] inline Words256 words_of(std::span<const std::uint8_t, x25519_size> bytes) {
  Words256 words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    words[i / 8] |= std::uint64_t{bytes[i]} << (8 * (i % 8));
  }
  return words;
}

inline void write_words(const Words256& words, std::span<std::uint8_t, x25519_size> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(words[i / 8] >> (8 * (i % 8)));
  }
}

/// `words`, which are below 2p, modulo p.
[[nodiscard]] inline Words256 reduce_fully(const Words256& words) {
  Words256 less;  // words - p, if that is not below zero, and a bit above it
  static_cast<void>(add(words, {19}, less));
  const std::uint64_t is_above = less[3] >> 63;
  less[3] &= ~std::uint64_t{0} >> 1;
  return choose(mask_of(is_above), less, words);
}

/// A number in limbs of 51 bits, which are below 2^53, as sums are.
struct Sum51 {
  Words<5> limbs;
};

/// The same with limbs below 2^51 + 2^13. A value.
struct Element51 {
  using Sum = Sum51;

  Words<5> limbs{};

  /// Of a number below 2^255.
  [[nodiscard]] static Element51 of(const Words256& number);

  /// The number itself, below p.
  [[nodiscard]] Words256 number() const;

  // NOLINTNEXTLINE(google-explicit-constructor): it is that, too.
  operator Sum51() const { return {limbs}; }
};

inline constexpr std::uint64_t limb_mask = (std::uint64_t{1} << 51) - 1;

inline Element51 Element51::of(const Words256& number) {
  return {{number[0] & limb_mask, ((number[0] >> 51) | (number[1] << 13)) & limb_mask,
           ((number[1] >> 38) | (number[2] << 26)) & limb_mask,
           ((number[2] >> 25) | (number[3] << 39)) & limb_mask, number[3] >> 12}};
}

inline Words256 Element51::number() const {
  Words<5> tidy = limbs;
  for (int round = 0; round < 2; ++round) {
    std::uint64_t carry = 0;
#pragma GCC unroll 5
    for (std::uint64_t& limb : tidy) {
      limb += carry;
      carry = limb >> 51;
      limb &= limb_mask;
    }
    tidy[0] += 19 * carry;  // 2^255 is 19; in the second round it is zero, or limb 0 is small
  }
  return reduce_fully({tidy[0] | (tidy[1] << 51), (tidy[1] >> 13) | (tidy[2] << 38),
                       (tidy[2] >> 26) | (tidy[3] << 25), (tidy[3] >> 39) | (tidy[4] << 12)});
}

[[nodiscard]] inline Sum51 operator+(const Element51& a, const Element51& b) {
  Sum51 sum;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < sum.limbs.size(); ++i) {
    sum.limbs[i] = a.limbs[i] + b.limbs[i];
  }
  return sum;
}

/// a + 2p - b.
[[nodiscard]] inline Sum51 operator-(const Element51& a, const Element51& b) {
  Sum51 difference;
  difference.limbs[0] = a.limbs[0] + 2 * (limb_mask - 18) - b.limbs[0];
#pragma GCC unroll 4
  for (std::size_t i = 1; i < difference.limbs.size(); ++i) {
    difference.limbs[i] = a.limbs[i] + 2 * limb_mask - b.limbs[i];
  }
  return difference;
}

/// The number that the products of limbs make, each below 2^113, the last below 2^109: what is
/// above it counts 19 times in 64 bits.
[[nodiscard]] inline Element51 carry_over(const std::array<Wide, 5>& sums) {
  Element51 out;
  Wide sum = 0;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sum = sums[i] + static_cast<std::uint64_t>(sum >> 51);
    out.limbs[i] = static_cast<std::uint64_t>(sum) & limb_mask;
  }
  out.limbs[0] += 19 * static_cast<std::uint64_t>(sum >> 51);
  out.limbs[1] += out.limbs[0] >> 51;
  out.limbs[0] &= limb_mask;
  return out;
}

[[nodiscard]] inline Element51 operator*(const Sum51& left, const Sum51& right) {
  const Words<5>& a = left.limbs;
  const Words<5>& b = right.limbs;
  // What is above 2^255 counts 19 times.
  const std::uint64_t b1 = 19 * b[1];
  const std::uint64_t b2 = 19 * b[2];
  const std::uint64_t b3 = 19 * b[3];
  const std::uint64_t b4 = 19 * b[4];
  return carry_over(
      {Wide{a[0]} * b[0] + Wide{a[1]} * b4 + Wide{a[2]} * b3 + Wide{a[3]} * b2 + Wide{a[4]} * b1,
       Wide{a[0]} * b[1] + Wide{a[1]} * b[0] + Wide{a[2]} * b4 + Wide{a[3]} * b3 + Wide{a[4]} * b2,
       Wide{a[0]} * b[2] + Wide{a[1]} * b[1] + Wide{a[2]} * b[0] + Wide{a[3]} * b4 +
           Wide{a[4]} * b3,
       Wide{a[0]} * b[3] + Wide{a[1]} * b[2] + Wide{a[2]} * b[1] + Wide{a[3]} * b[0] +
           Wide{a[4]} * b4,
       Wide{a[0]} * b[4] + Wide{a[1]} * b[3] + Wide{a[2]} * b[2] + Wide{a[3]} * b[1] +
           Wide{a[4]} * b[0]});
}

[[nodiscard]] inline Element51 square(const Sum51& of) {
  const Words<5>& a = of.limbs;
  const std::uint64_t twice0 = 2 * a[0];
  const std::uint64_t twice1 = 2 * a[1];
  const std::uint64_t twice2 = 2 * a[2];
  const std::uint64_t twice3 = 2 * a[3];
  const std::uint64_t a3 = 19 * a[3];
  const std::uint64_t a4 = 19 * a[4];
  return carry_over({Wide{a[0]} * a[0] + Wide{twice1} * a4 + Wide{twice2} * a3,
                     Wide{twice0} * a[1] + Wide{twice2} * a4 + Wide{a[3]} * a3,
                     Wide{twice0} * a[2] + Wide{a[1]} * a[1] + Wide{twice3} * a4,
                     Wide{twice0} * a[3] + Wide{twice1} * a[2] + Wide{a[4]} * a4,
                     Wide{twice0} * a[4] + Wide{twice1} * a[3] + Wide{a[2]} * a[2]});
}

/// factor * a, for a factor below 2^17.
[[nodiscard]] inline Element51 scale(std::uint32_t factor, const Sum51& a) {
  return carry_over({Wide{a.limbs[0]} * factor, Wide{a.limbs[1]} * factor,
                     Wide{a.limbs[2]} * factor, Wide{a.limbs[3]} * factor,
                     Wide{a.limbs[4]} * factor});
}

[[nodiscard]] inline Sum51 choose(std::uint64_t mask, const Sum51& a, const Sum51& b) {
  return {choose(mask, a.limbs, b.limbs)};
}

inline void wipe_element(Element51& a) { wipe_words(a.limbs); }

}  // namespace handfast::crypto::native
