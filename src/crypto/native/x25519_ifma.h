// Curve25519 over four numbers at a time (x25519_field_ifma.h): the ladder of x25519_curve.h and
// the comb of x25519_base.h, with each step's products side by side.
#pragma once

#include "crypto/native/x25519_base.h"
#include "crypto/native/x25519_curve.h"
#include "crypto/native/x25519_field_ifma.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

/// a * b, for `crossed`.
HANDFAST_AVX512_INLINE FourSums crossable(const FourElements& a, const FourElements& b) {
  return product(a, b, above_products<0b0101>());
}

/// k u, by the ladder of RFC 7748 §5, for a scalar k that was decoded and a number u below 2^255.
HANDFAST_AVX512 inline Ratio<Element51> ladder_by_fours(const Words256& k, const Words256& u) {
  constexpr std::uint64_t a24 = 121665;
  constexpr Words256 quarter_25519 = {0xfffffffffffffff2, ~std::uint64_t{0}, ~std::uint64_t{0},
                                      0x5fffffffffffffff};
  const Element51 zero;
  const Element51 one = Element51::of({1});
  const Element51 x1 = Element51::of(u);
  const FourElements factors = four_of(Element51::of(quarter_25519), zero, one, x1);
  const FourElements ones = four_of(one, one, one, one);
  FourSums points = crossable(four_of(one, zero, x1, one), ones);  // x2, z2;  x3, z3
  std::uint64_t before = 0;
  for (std::size_t i = 255; i-- > 0;) {
    const std::uint64_t bit = (k[i / 64] >> (i % 64)) & 1;
    const FourLimbs swap = FourLimbs{} + (mask_of(bit ^ before) & 2);
    before = bit;
    // a = x2 + z2, b = x2 - z2;  c = x3 + z3, d = x3 - z3.
    const FourElements abcd = carried(crossed(points));
    // What is doubled comes first: (a, b, c, d) by (a, b, b, a), or (c, d, a, b) by (c, d, d, c).
    const FourSums products = crossable(lanes_at(FourLimbs{0, 1, 2, 3} ^ swap, abcd),
                                        lanes_at(FourLimbs{0, 1, 1, 0} ^ swap, abcd));
    // They are aa, bb;  cb, da. Now aa + bb, e = aa - bb;  cb + da, cb - da.
    const FourElements sums = carried(crossed(products));
    const FourSums squares = square(sums);
    // x2 = aa bb, which is ((aa + bb)^2 - e^2) / 4;  z2 = e (aa + a24 e), as e (bb + (a24 + 1) e);
    // x3 = (da + cb)^2;  z3 = x1 (da - cb)^2. So what follows is multiplied by 1/4, e;  1, x1.
    const FourSums aabb = blended<0b0001>(squares, squares - swapped(squares));
    const FourSums inner = scale(FourLimbs{0, a24 + 1, 0, 0}, sums, products);
    points = crossable(carried(blended<0b0010>(aabb, inner)), blended<0b0010>(factors, sums));
  }
  const FourElements ends = carried(points);
  return {one * at<0>(ends), one * at<1>(ends)};
}

/// A CombTable as it is added, 33,280 bytes: the lanes of each entry are its sum, its difference, 1
/// and its product.
using FourTable = std::array<std::array<FourElements, 16>, x25519_combs>;

/// The table, which is made when it is first asked for.
[[nodiscard]] const FourTable& x25519_four_table();

/// The same as the other `look_up_signed`, and its 1.
HANDFAST_AVX512_INLINE FourElements look_up_signed(const std::array<FourElements, 16>& comb,
                                                   std::uint64_t five_bits) {
  const std::uint64_t negative = mask_of((five_bits >> 4) ^ 1);
  const std::uint64_t wanted = (five_bits ^ negative) & 15;
  FourElements found{};
  for (std::uint64_t i = 0; i < comb.size(); ++i) {
    const FourLimbs mask = FourLimbs{} + mask_if_zero(i ^ wanted);
#pragma GCC unroll 5
    for (std::size_t limb = 0; limb < 5; ++limb) {
      found.limbs[limb] |= comb[i].limbs[limb] & mask;
    }
  }
  // The negative of (x, y) is (-x, y): another order, and 2p less the product, by its complement.
  const std::uint64_t one = negative & 1;
  const FourLimbs complemented = {0, 0, 0, negative};
  found = lanes_at(FourLimbs{0, 1, 2, 3} ^ FourLimbs{one, one, 0, 0}, found);
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    const std::uint64_t twice_p = 2 * (i == 0 ? limb_mask - 18 : limb_mask);
    found.limbs[i] = (found.limbs[i] ^ complemented) + (complemented & (twice_p + 1));
  }
  return found;
}

/// y, x, z and t of a point, as products; the y has room for the x to be taken from it.
HANDFAST_AVX512_INLINE FourSums point_of(const FourElements& a, const FourElements& b) {
  return product(a, b, above_products<0b0001>());
}

/// What is multiplied where points are added, of a `point_of`: y + x, y - x, z and t.
HANDFAST_AVX512_INLINE FourElements before_adding(const FourSums& point) {
  return carried(blended<0b0011>(point, crossed(point)));  // of z and t nothing is crossed
}

/// `add` of x25519_base.h, for a point `before_adding` and an entry of the table or the like.
HANDFAST_AVX512_INLINE FourSums add(const FourElements& a, const FourElements& b) {
  // high and low, z and product: h and e, g and f.
  const FourElements hegf = carried(crossed(crossable(a, b)));
  // y = g h, x = e f, z = f g, t = e h.
  return point_of(lanes_at(FourLimbs{0, 1, 2, 0}, hegf), lanes_at(FourLimbs{2, 3, 3, 1}, hegf));
}

/// The u-coordinate of k times the base point, as `multiply_base` has it.
HANDFAST_AVX512 inline Ratio<Element51> multiply_base_by_fours(const SignedBits256& k) {
  const FourTable& table = x25519_four_table();
  const Element51 zero;
  const Element51 one = Element51::of({1});
  const Element51 half = Element51::of(half_25519);
  const FourElements as_addend = four_of(half, half, one, Element51::of(edwards25519_d));
  FourSums sum = point_of(four_of(one, zero, one, zero), four_of(one, one, one, one));
  for (std::size_t step = x25519_steps; step-- > 0;) {
    const FourElements twice = before_adding(sum);
    sum = add(twice, carried(product(twice, as_addend, FourSums{})));
    for (std::size_t comb = 0; comb < x25519_combs; ++comb) {
      sum = add(before_adding(sum), look_up_signed(table[comb], comb_digit(k, comb, step)));
    }
  }
  const FourElements ends = carried(sum);
  EdwardsPoint<Element51> point{.x = one * at<1>(ends),
                                .y = one * at<0>(ends),
                                .z = one * at<2>(ends),
                                .t = one * at<3>(ends)};
  return u_coordinate(point);
}

}  // namespace handfast::crypto::native
