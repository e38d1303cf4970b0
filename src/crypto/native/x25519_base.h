// Multiples of Curve25519's base point, over a field that has one number at a time, on the curve
// that it is birationally equivalent to: edwards25519, -x^2 + y^2 = 1 + d x^2 y^2 (RFC 7748 §4.1).
// There a table helps, and the sum of any two points has one formula.
#pragma once

#include "crypto/native/words.h"
#include "crypto/native/x25519_curve.h"
#include "crypto/native/x25519_field.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

/// The point (x/z, y/z) of edwards25519; t is xy/z.
template <class Element>
struct EdwardsPoint {
  Element x;
  Element y;
  Element z;
  Element t;
};

/// A point (x, y) as it is added: (y - x) / 2, (y + x) / 2, and d x y. With these halves (Hamburg
/// 2015) no sum of sums is needed.
template <class Element>
struct Addend {
  typename Element::Sum difference;
  typename Element::Sum sum;
  typename Element::Sum product;
};

/// a + b, whatever they are, where `z` is a.z times the z of b. Hisil, Wong, Carter, Dawson 2008,
/// §3.1, with both factors of each product halved.
template <class Element>
[[nodiscard]] EdwardsPoint<Element> add(const EdwardsPoint<Element>& a, const Addend<Element>& b,
                                        const Element& z) {
  const Element low = (a.y - a.x) * b.difference;
  const Element high = (a.y + a.x) * b.sum;
  const Element product = a.t * b.product;
  const auto e = high - low;
  const auto f = z - product;
  const auto g = z + product;
  const auto h = high + low;
  return {.x = e * f, .y = g * h, .z = f * g, .t = e * h};
}

inline constexpr Words256 edwards25519_d = {0x75eb4dca135978a3, 0x00700a4d4141d8ab,
                                            0x8cc740797779e898, 0x52036cee2b6ffe73};
/// 1/2.
inline constexpr Words256 half_25519 = {0xfffffffffffffff7, 0xffffffffffffffff, 0xffffffffffffffff,
                                        0x3fffffffffffffff};

/// `point`, but for its z.
template <class Element>
[[nodiscard]] Addend<Element> addend_of(const EdwardsPoint<Element>& point) {
  const Element half = Element::of(half_25519);
  return {.difference = (point.y - point.x) * half,
          .sum = (point.y + point.x) * half,
          .product = point.t * Element::of(edwards25519_d)};
}

template <class Element>
[[nodiscard]] EdwardsPoint<Element> add(const EdwardsPoint<Element>& a,
                                        const EdwardsPoint<Element>& b) {
  return add(a, addend_of(b), a.z * b.z);
}

/// Combs over the digits of a number (Lim, Lee 1994; Hamburg 2012): each of the 13 has five teeth
/// that are 4 digits apart, so that four steps go over all 260.
inline constexpr std::size_t x25519_combs = 13;
inline constexpr std::size_t x25519_teeth = 5;
inline constexpr std::size_t x25519_steps = 4;

using SignedBits256 = SignedBits<4, x25519_combs * x25519_teeth * x25519_steps>;

/// An Addend, in numbers below p.
using CombEntry = std::array<Words256, 3>;

/// For each comb, what its last tooth comes to with the signs of the others: bit j of the index
/// tells whether tooth j is added.
using CombTable = std::array<std::array<CombEntry, 16>, x25519_combs>;

/// The table, which is made when it is first asked for.
[[nodiscard]] const CombTable& x25519_comb_table();

/// The entry at `wanted`, by looking at all of them.
[[nodiscard]] inline CombEntry look_up(const std::array<CombEntry, 16>& comb,
                                       std::uint64_t wanted) {
  CombEntry found{};
  for (std::uint64_t i = 0; i < comb.size(); ++i) {
    const std::uint64_t mask = mask_if_zero(i ^ wanted);
    const CombEntry& entry = comb[i];
#pragma GCC unroll 3
    for (std::size_t part = 0; part < entry.size(); ++part) {
#pragma GCC unroll 4
      for (std::size_t word = 0; word < entry[part].size(); ++word) {
        found[part][word] |= entry[part][word] & mask;
      }
    }
  }
  return found;
}

/// Four bits and the sign above them choose one of 16 points, or the negative of one, (-x, y).
template <class Element>
[[nodiscard]] Addend<Element> look_up_signed(const std::array<CombEntry, 16>& comb,
                                             std::uint64_t five_bits) {
  const std::uint64_t negative = mask_of((five_bits >> 4) ^ 1);
  const CombEntry found = look_up(comb, (five_bits ^ negative) & 15);
  const Element product = Element::of(found[2]);
  return {.difference = Element::of(choose(negative, found[1], found[0])),
          .sum = Element::of(choose(negative, found[0], found[1])),
          .product = choose(negative, Element() - product, product)};
}

/// The digits of `k` that are under the teeth of a comb, as bits.
[[nodiscard]] inline std::uint64_t comb_digit(const SignedBits256& k, std::size_t comb,
                                              std::size_t step) {
  std::uint64_t five_bits = 0;
  for (std::size_t j = 0; j < x25519_teeth; ++j) {
    five_bits |= k[step + x25519_steps * (x25519_teeth * comb + j)] << j;
  }
  return five_bits;
}

/// k times the base point.
template <class Element>
[[nodiscard]] EdwardsPoint<Element> comb_through(const SignedBits256& k, const CombTable& table) {
  const Element one = Element::of({1});
  EdwardsPoint<Element> sum{.x = {}, .y = one, .z = one, .t = {}};
  for (std::size_t step = x25519_steps; step-- > 0;) {
    sum = add(sum, sum);
    for (std::size_t comb = 0; comb < x25519_combs; ++comb) {
      sum = add(sum, look_up_signed<Element>(table[comb], comb_digit(k, comb, step)), sum.z);
    }
  }
  return sum;
}

/// u = (1 + y) / (1 - y), RFC 7748 §4.1; the point is wiped.
template <class Element>
[[nodiscard]] Ratio<Element> u_coordinate(EdwardsPoint<Element>& point) {
  const Element one = Element::of({1});
  const Ratio<Element> u{.x = one * (point.z + point.y), .z = one * (point.z - point.y)};
  for (Element* part : {&point.x, &point.y, &point.z, &point.t}) {
    wipe_element(*part);
  }
  return u;
}

/// The u-coordinate of k times the base point.
template <class Element>
[[nodiscard]] Ratio<Element> multiply_base(const SignedBits256& k) {
  EdwardsPoint<Element> point = comb_through<Element>(k, x25519_comb_table());
  return u_coordinate(point);
}

}  // namespace handfast::crypto::native
