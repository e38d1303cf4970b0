// Points of P-256, y^2 = x^3 - 3x + b (SP 800-186 §3.2.1.3), over either arithmetic, in Jacobian
// coordinates: (X, Y, Z) stands for (X/Z^2, Y/Z^3), and any with Z = 0 for the neutral element.
#pragma once

#include "crypto/native/modular_inverse.h"
#include "crypto/native/p256_field.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

/// A point other than the neutral element, as tables have it: in Montgomery's form.
struct P256AffinePoint {
  Words256 x;
  Words256 y;
};

inline constexpr P256AffinePoint p256_base = {
    {0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6},
    {0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85}};
inline constexpr Words256 p256_curve_b = {0xd89cdf6229c4bddf, 0xacf005cd78843090,
                                          0xe5a220abf7212ed6, 0xdc30061d04874834};

template <class Arithmetic>
struct P256Point {
  using Element = P256Element<Arithmetic>;

  Element x;
  Element y;
  Element z;

  [[nodiscard]] static P256Point of(const P256AffinePoint& point) {
    return {{point.x}, {point.y}, Element::one()};
  }
};

/// Overwrites a point from which a secret could be told.
template <class Arithmetic>
void wipe_point(P256Point<Arithmetic>& point) {
  wipe_words(point.x.words);
  wipe_words(point.y.words);
  wipe_words(point.z.words);
}

/// a / 2.
template <class Arithmetic>
[[nodiscard, gnu::always_inline]] inline P256Element<Arithmetic>
half(const P256Element<Arithmetic>& a) {
  const std::uint64_t odd = mask_of(a.words[0] & 1);
  Words256 even;
  std::uint64_t carry = 0;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < even.size(); ++i) {
    even[i] = add_carry(a.words[i], p256_prime[i] & odd, carry);
  }
  return {{(even[0] >> 1) | (even[1] << 63), (even[1] >> 1) | (even[2] << 63),
           (even[2] >> 1) | (even[3] << 63), (even[3] >> 1) | (carry << 63)}};
}

/// 2a, whatever it is: there is no point of order 2. Hankerson, Menezes, Vanstone 2004, algorithm
/// 3.21.
template <class Arithmetic>
void double_point(P256Point<Arithmetic>& a) {
  const auto y2 = twice(a.y);
  const auto zz = square(a.z);
  const auto sum = a.x + zz;
  const auto difference = a.x - zz;
  const auto y4 = square(y2);
  const auto part = sum * difference;
  a.z = a.z * y2;
  const auto beta = y4 * a.x;
  const auto slope = twice(part) + part;
  const auto y8 = half(square(y4));
  a.x = square(slope) - twice(beta);
  a.y = slope * (beta - a.x) - y8;
}

/// a + b, unless both are the same point, or one is the negative of the other, or `a` is the
/// neutral element: then z is 0. Hankerson, Menezes, Vanstone 2004, algorithm 3.22.
///
/// `a` may have another Z than it had, and b another 1, as long as that is the same: the curve's
/// own numbers are not in it.
template <class Arithmetic>
[[nodiscard]] P256Point<Arithmetic> add_points(const P256Point<Arithmetic>& a,
                                               const P256AffinePoint& b) {
  using Element = P256Element<Arithmetic>;
  const Element zz = square(a.z);
  const Element zzz = zz * a.z;
  const Element run = Element{b.x} * zz - a.x;
  const Element rise = Element{b.y} * zzz - a.y;
  P256Point<Arithmetic> sum;
  sum.z = a.z * run;
  const Element run2 = square(run);
  const Element run3 = run2 * run;
  const Element middle = a.x * run2;
  sum.x = square(rise) - run3 - twice(middle);
  sum.y = rise * (middle - sum.x) - a.y * run3;
  return sum;
}

/// 1 / a, and zero for zero; leaves nothing of either behind.
template <class Arithmetic>
[[nodiscard]] P256Element<Arithmetic> inverse(const P256Element<Arithmetic>& a) {
  constexpr InverseModulus prime = inverse_modulus(p256_prime);
  Words256 number = a.number();
  Words256 reciprocal = modular_inverse(number, prime);
  const auto result = P256Element<Arithmetic>::of(reciprocal);
  wipe_words(number);
  wipe_words(reciprocal);
  return result;
}

/// The points, none of them neutral, with Z = 1: for the price of one division (Montgomery 1987).
template <class Arithmetic, std::size_t size>
[[nodiscard]] std::array<P256AffinePoint, size>
to_affine(const std::array<P256Point<Arithmetic>, size>& points) {
  using Element = P256Element<Arithmetic>;
  std::array<Element, size> before;  // the product of the Z in front of each
  Element product = Element::one();
  for (std::size_t i = 0; i < size; ++i) {
    before[i] = product;
    product = product * points[i].z;
  }
  Element rest = inverse(product);
  std::array<P256AffinePoint, size> affine;
  for (std::size_t i = size; i-- > 0;) {
    const Element scale = rest * before[i];
    const Element scale2 = square(scale);
    rest = rest * points[i].z;
    affine[i] = {(points[i].x * scale2).words, (points[i].y * (scale2 * scale)).words};
  }
  return affine;
}

/// a, 3a, 5a and so on.
template <class Arithmetic, std::size_t size>
[[nodiscard]] std::array<P256AffinePoint, size> odd_multiples(const P256AffinePoint& a) {
  P256Point<Arithmetic> two = P256Point<Arithmetic>::of(a);
  double_point(two);
  // As if the Z of 2a were 1, for as long as sums are made.
  const P256AffinePoint step{two.x.words, two.y.words};
  const auto zz = square(two.z);
  std::array<P256Point<Arithmetic>, size> points;
  points[0] = {.x = P256Element<Arithmetic>{a.x} * zz,
               .y = P256Element<Arithmetic>{a.y} * (zz * two.z),
               .z = P256Element<Arithmetic>::one()};
  for (std::size_t i = 1; i < size; ++i) {
    points[i] = add_points(points[i - 1], step);
  }
  for (auto& point : points) {
    point.z = point.z * two.z;
  }
  return to_affine(points);
}

}  // namespace handfast::crypto::native
