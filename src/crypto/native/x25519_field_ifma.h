// Numbers modulo p = 2^255 - 19, four at a time, for processors that have AVX-512 IFMA: vectors
// have the same limb of each. What one product has to wait for, four can wait for together.
// avx512.h says how it is written.
//
// Limbs have 51 bits, so that five of them hold a number. IFMA multiplies 52: a product's upper
// half counts twice in the limb above, and sums have to be carried before they are multiplied.
#pragma once

#include "crypto/native/avx512.h"
#include "crypto/native/x25519_field.h"

#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

/// The same limb of four numbers.
using FourLimbs [[gnu::vector_size(32)]] = std::uint64_t;

/// Four numbers with limbs below 2^52: they may be multiplied.
struct FourElements {
  FourLimbs limbs[5];
};

/// Four sums of products, not carried yet. A limb of a product is at most 267 times 2^52, of 77
/// lower halves and 95 upper ones: less than every limb of 2^10 p. No sum here reaches 2^63.
struct FourSums {
  FourLimbs limbs[5];
};

/// 2^10 p in the lanes whose bits are set: added to what a product is to be taken from.
template <unsigned lanes>
HANDFAST_AVX512_INLINE FourSums above_products() {
  FourSums out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    const std::uint64_t limb = (i == 0 ? limb_mask - 18 : limb_mask) << 10;
    out.limbs[i] = FourLimbs{lanes & 1 ? limb : 0, lanes & 2 ? limb : 0, lanes & 4 ? limb : 0,
                             lanes & 8 ? limb : 0};
  }
  return out;
}

/// The lanes of `b` where `bits` has them, and else those of `a`.
template <unsigned bits>
HANDFAST_AVX512_INLINE FourLimbs blended(FourLimbs a, FourLimbs b) {
  return __builtin_shufflevector(a, b, bits & 1 ? 4 : 0, bits & 2 ? 5 : 1, bits & 4 ? 6 : 2,
                                 bits & 8 ? 7 : 3);
}

/// The first two lanes in the other order, and the last two.
HANDFAST_AVX512_INLINE FourLimbs swapped(FourLimbs a) {
  // By halves of a limb: of whole ones g++ 12 makes an instruction that takes three times as long.
  using Halves [[gnu::vector_size(32)]] = std::uint32_t;
  const auto halves = __builtin_bit_cast(Halves, a);
  return __builtin_bit_cast(FourLimbs,
                            __builtin_shufflevector(halves, halves, 2, 3, 0, 1, 6, 7, 4, 5));
}

HANDFAST_AVX512_INLINE FourSums swapped(const FourSums& a) {
  FourSums out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = swapped(a.limbs[i]);
  }
  return out;
}

/// The lanes of `a` that `which` names in its lanes, secret or not.
HANDFAST_AVX512_INLINE FourLimbs lanes_at(FourLimbs which, FourLimbs a) {
#ifdef HANDFAST_TRACK_SECRETS
  FourLimbs out{};
  for (std::size_t to = 0; to < 4; ++to) {
    for (std::size_t from = 0; from < 4; ++from) {
      out[to] |= a[from] & mask_if_zero(which[to] ^ from);
    }
  }
  return out;
#else
  return __builtin_bit_cast(FourLimbs, _mm256_permutexvar_epi64(__builtin_bit_cast(__m256i, which),
                                                                __builtin_bit_cast(__m256i, a)));
#endif
}

HANDFAST_AVX512_INLINE FourElements lanes_at(FourLimbs which, const FourElements& a) {
  FourElements out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = lanes_at(which, a.limbs[i]);
  }
  return out;
}

template <unsigned bits, class Numbers>
HANDFAST_AVX512_INLINE Numbers blended(const Numbers& a, const Numbers& b) {
  Numbers out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = blended<bits>(a.limbs[i], b.limbs[i]);
  }
  return out;
}

/// With a limb's bits above 51 in the limb above, and those of the last, which count 19 times, in
/// the first.
HANDFAST_AVX512_INLINE FourElements carried(const FourSums& a) {
  FourElements out;
  out.limbs[0] = add_low(a.limbs[0] & limb_mask, a.limbs[4] >> 51, FourLimbs{} + 19);
#pragma GCC unroll 4
  for (std::size_t i = 1; i < 5; ++i) {
    out.limbs[i] = (a.limbs[i] & limb_mask) + (a.limbs[i - 1] >> 51);
  }
  return out;
}

/// a + 2^10 p - b, where b are products.
HANDFAST_AVX512_INLINE FourSums operator-(const FourSums& a, const FourSums& b) {
  const FourSums above = above_products<0b1111>();
  FourSums out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = a.limbs[i] + above.limbs[i] - b.limbs[i];
  }
  return out;
}

/// Of each two lanes, (a, b): (a + b, a - b). No limb of an a may be below that of its b, as none
/// is of products to which `above_products<0b0101>` was added.
HANDFAST_AVX512_INLINE FourSums crossed(const FourSums& of) {
  FourSums out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    const FourLimbs other = swapped(of.limbs[i]);
    out.limbs[i] = blended<0b1010>(other + of.limbs[i], other - of.limbs[i]);
  }
  return out;
}

/// `a`, of which the optimiser no longer knows how it was made.
HANDFAST_AVX512_INLINE FourLimbs opaque(FourLimbs a) {
#ifdef HANDFAST_TRACK_SECRETS
  asm("" : "+m"(a));
#else
  asm("" : "+v"(a));
#endif
  return a;
}

/// 19 times what is below 2^59. Of two shifts and two sums clang 19 would make a multiplication,
/// which are five instructions, and slow ones.
HANDFAST_AVX512_INLINE FourLimbs times_19(FourLimbs a) {
  a = opaque(a);
  return opaque(a << 4) + (a + (a << 1));
}

/// Halves of the products of limbs, by where they count; the upper ones twice.
struct FourHalves {
  FourLimbs low[10]{};
  FourLimbs high[10]{};
};

/// Five places of a * b, from place `first` on.
HANDFAST_AVX512_INLINE void add_places(std::size_t first, const FourElements& a,
                                       const FourElements& b, FourHalves& sums) {
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
#pragma GCC unroll 5
    for (std::size_t place = first; place < first + 5; ++place) {
      if (place >= i + 1 && place < i + 6) {
        sums.high[place] = add_high(sums.high[place], a.limbs[i], b.limbs[place - i - 1]);
      }
    }
#pragma GCC unroll 5
    for (std::size_t place = first; place < first + 5; ++place) {
      if (place >= i && place < i + 5) {
        sums.low[place] = add_low(sums.low[place], a.limbs[i], b.limbs[place - i]);
      }
    }
  }
}

/// a * b + c.
HANDFAST_AVX512_INLINE FourSums product(const FourElements& a, const FourElements& b,
                                        const FourSums& c) {
  FourHalves sums;
  // The upper places first, as they have to be multiplied by 19 while the others are made.
  add_places(5, a, b, sums);
  FourSums out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = times_19(sums.low[i + 5] + sums.high[i + 5] + sums.high[i + 5]);
    sums.low[i] = c.limbs[i];
  }
  add_places(0, a, b, sums);
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = (out.limbs[i] + sums.high[i] + sums.high[i]) + sums.low[i];
  }
  return out;
}

HANDFAST_AVX512_INLINE FourSums square(const FourElements& of) {
  const auto& a = of.limbs;
  FourLimbs places[10];
#pragma GCC unroll 10
  for (std::size_t place = 0; place < 10; ++place) {
    // Products of two limbs count twice, and upper halves twice as well.
    FourLimbs sum{};
#pragma GCC unroll 5
    for (std::size_t i = 0; i < 5; ++i) {
      if (place > 2 * i + 1 && place < i + 6) {
        sum = add_high(sum, a[i], a[place - i - 1]);
      }
    }
    sum += sum;
#pragma GCC unroll 5
    for (std::size_t i = 0; i < 5; ++i) {
      if (place > 2 * i && place < i + 5) {
        sum = add_low(sum, a[i], a[place - i]);
      }
    }
    sum = place % 2 == 1 ? add_high(sum, a[place / 2], a[place / 2]) : sum;
    sum += sum;
    places[place] = place % 2 == 0 ? add_low(sum, a[place / 2], a[place / 2]) : sum;
  }
  FourSums out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = places[i] + times_19(places[i + 5]);
  }
  return out;
}

/// factor * a + b, for factors below 2^17.
HANDFAST_AVX512_INLINE FourSums scale(FourLimbs factor, const FourElements& a, const FourSums& b) {
  FourSums out;
  FourLimbs high[5];
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = add_low(b.limbs[i], a.limbs[i], factor);
    high[i] = add_high(FourLimbs{}, a.limbs[i], factor);
  }
  out.limbs[0] = add_low(out.limbs[0], high[4], FourLimbs{} + std::uint64_t{2} * 19);
#pragma GCC unroll 4
  for (std::size_t i = 1; i < 5; ++i) {
    out.limbs[i] = add_low(out.limbs[i], high[i - 1], FourLimbs{} + 2);
  }
  return out;
}

/// The four numbers a, b, c and d.
HANDFAST_AVX512_INLINE FourElements four_of(const Element51& a, const Element51& b,
                                            const Element51& c, const Element51& d) {
  FourElements out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = FourLimbs{a.limbs[i], b.limbs[i], c.limbs[i], d.limbs[i]};
  }
  return out;
}

/// One of them.
template <std::size_t lane>
HANDFAST_AVX512_INLINE Sum51 at(const FourElements& of) {
  Sum51 out;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < 5; ++i) {
    out.limbs[i] = of.limbs[i][lane];
  }
  return out;
}

}  // namespace handfast::crypto::native
