// Curve25519 (RFC 7748 §4.1) over a field that has one number at a time: its ladder, for the point
// of a peer. x25519_base.h has the multiples of the base point, x25519_ifma.h both over four.
#pragma once

#include "crypto/native/modular_inverse.h"
#include "crypto/native/words.h"

#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

/// 2^255 - 19.
inline constexpr Words256 x25519_prime = {~std::uint64_t{0} - 18, ~std::uint64_t{0},
                                          ~std::uint64_t{0}, ~std::uint64_t{0} >> 1};

/// 1 / a, and zero for zero; leaves nothing of either behind.
template <class Element>
[[nodiscard]] Element inverse(const Element& a) {
  constexpr InverseModulus prime = inverse_modulus(x25519_prime);
  Words256 number = a.number();
  Words256 reciprocal = modular_inverse(number, prime);
  const Element result = Element::of(reciprocal);
  wipe_words(number);
  wipe_words(reciprocal);
  return result;
}

/// A number x / z, or a point of Curve25519 by its u-coordinate, which is that; infinity has z = 0.
template <class Element>
struct Ratio {
  Element x;
  Element z;
};

/// What it is, below p, or 0 where z is; wiped is what it was made of, which tells of the way there
/// (Naccache, Smart, Stern 2004). Registers, and what the compiler had put aside, are not reached.
template <class Element>
[[nodiscard]] Words256 divide(Ratio<Element>& ratio) {
  const Words256 number = (ratio.x * inverse(ratio.z)).number();
  wipe_element(ratio.x);
  wipe_element(ratio.z);
  return number;
}

/// k u, by the ladder of RFC 7748 §5, for a scalar k that was decoded and a number u below 2^255.
template <class Element>
[[nodiscard]] Ratio<Element> ladder(const Words256& k, const Words256& u) {
  constexpr std::uint32_t a24 = 121665;
  const Element x1 = Element::of(u);
  Element x2 = Element::of({1});  // twice one of the two, whichever `before` says,
  Element z2;
  Element x3 = x1;  // and the sum of both
  Element z3 = Element::of({1});
  std::uint64_t before = 0;
  for (std::size_t i = 255; i-- > 0;) {
    const std::uint64_t bit = (k[i / 64] >> (i % 64)) & 1;
    const std::uint64_t swap = mask_of(bit ^ before);
    before = bit;
    // The sum is the same, whichever comes first: so that only what is doubled has to be chosen.
    const auto a = x2 + z2;
    const auto b = x2 - z2;
    const auto c = x3 + z3;
    const auto d = x3 - z3;
    // In an order in which neighbours seldom wait for each other.
    const Element aa = square(choose(swap, c, a));
    const Element bb = square(choose(swap, d, b));
    const Element da = d * a;
    const Element cb = c * b;
    const auto e = aa - bb;
    const Element scaled = scale(a24, e);
    x2 = aa * bb;
    x3 = square(da + cb);
    z3 = square(da - cb);
    z2 = e * (aa + scaled);
    z3 = x1 * z3;
  }
  return {x2, z2};  // bit 0 of a scalar is 0: nothing is left to be swapped
}

}  // namespace handfast::crypto::native
