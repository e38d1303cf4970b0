// Numbers modulo p = 2^255 - 19 by the simplest arithmetic that there is, bit by bit: what the
// fields of X25519 are held against.
#pragma once

#include "crypto/native/words.h"
#include "crypto/native/x25519_curve.h"

#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

inline constexpr std::uint64_t all_ones = ~std::uint64_t{0};

inline bool is_below(const Words256& a, const Words256& b) {
  std::size_t i = a.size() - 1;
  while (i > 0 && a[i] == b[i]) {
    --i;
  }
  return a[i] < b[i];
}

/// a - b modulo 2^256.
inline Words256 simple_difference(const Words256& a, const Words256& b) {
  Words256 out;
  bool borrow = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = a[i] - b[i] - (borrow ? 1 : 0);
    borrow = a[i] < b[i] || (borrow && a[i] == b[i]);
  }
  return out;
}

/// a + b modulo p, for numbers below p.
inline Words256 simple_sum(const Words256& a, const Words256& b) {
  const Words256 to_go = simple_difference(x25519_prime, b);  // a + b reaches p when a reaches this
  return is_below(a, to_go) ? simple_difference(a, simple_difference({}, b))
                            : simple_difference(a, to_go);
}

/// a b modulo p, for an `a` below p.
inline Words256 simple_product(const Words256& a, const Words256& b) {
  Words256 sum{};
  for (std::size_t i = 256; i-- > 0;) {
    sum = simple_sum(sum, sum);
    if ((b[i / 64] >> (i % 64) & 1) != 0) {
      sum = simple_sum(sum, a);
    }
  }
  return sum;
}

/// The sum of limbs[i] 2^(bits i) modulo p.
template <std::size_t size>
Words256 value_of(const Words<size>& limbs, unsigned bits) {
  Words256 value{};
  for (std::size_t i = size; i-- > 0;) {
    for (unsigned bit = 0; bit < bits; ++bit) {
      value = simple_sum(value, value);
    }
    value = simple_sum(value, {limbs[i]});
  }
  return value;
}

}  // namespace handfast::crypto::native
