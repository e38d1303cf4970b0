// The twin of P256Portable for processors that have BMI2 and ADX; words_adx.h says how it is
// written.
#pragma once

#include "crypto/native/p256_field.h"
#include "crypto/native/words_adx.h"

#include <cstdint>

namespace handfast::crypto::native {

struct P256Adx {
  /// a + b, less p if that is not below zero.
  [[nodiscard, gnu::always_inline]] static Words256 add(const Words256& a, const Words256& b) {
    auto [w0, w1, w2, w3] = a;
    std::uint64_t s0 = 0;
    std::uint64_t s1 = 0;
    std::uint64_t s2 = 0;
    std::uint64_t s3 = 0;
    std::uint64_t above = 0;
    asm("xorl %k[above], %k[above]\n\t"
        "addq %[b0], %[w0]\n\t"
        "adcq %[b1], %[w1]\n\t"
        "adcq %[b2], %[w2]\n\t"
        "adcq %[b3], %[w3]\n\t"
        "adcq %[above], %[above]\n\t"
        "movq %[w0], %[s0]\n\t"
        "movq %[w1], %[s1]\n\t"
        "movq %[w2], %[s2]\n\t"
        "movq %[w3], %[s3]\n\t"
        "subq $-1, %[w0]\n\t"
        "sbbq %[p1], %[w1]\n\t"
        "sbbq $0, %[w2]\n\t"
        "sbbq %[p3], %[w3]\n\t"
        "sbbq $0, %[above]\n\t"
        "cmovcq %[s0], %[w0]\n\t"
        "cmovcq %[s1], %[w1]\n\t"
        "cmovcq %[s2], %[w2]\n\t"
        "cmovcq %[s3], %[w3]\n\t"
        : [w0] "+&r"(w0), [w1] "+&r"(w1), [w2] "+&r"(w2), [w3] "+&r"(w3), [s0] "=&r"(s0),
          [s1] "=&r"(s1), [s2] "=&r"(s2), [s3] "=&r"(s3), [above] "=&r"(above)
        : [b0] "rm"(b[0]), [b1] "rm"(b[1]), [b2] "rm"(b[2]), [b3] "rm"(b[3]),
          [p1] "rm"(p256_prime[1]), [p3] "rm"(p256_prime[3])
        : "cc");
    return {w0, w1, w2, w3};
  }

  /// a - b, and p if that is below zero.
  [[nodiscard, gnu::always_inline]] static Words256 subtract(const Words256& a, const Words256& b) {
    auto [w0, w1, w2, w3] = a;
    std::uint64_t m0 = 0;  // p or 0, of which word 2 is 0
    std::uint64_t m1 = 0;
    std::uint64_t m3 = p256_prime[3];
    asm("subq %[b0], %[w0]\n\t"
        "sbbq %[b1], %[w1]\n\t"
        "sbbq %[b2], %[w2]\n\t"
        "sbbq %[b3], %[w3]\n\t"
        "sbbq %[m0], %[m0]\n\t"  // all bits are CF
        "movl %k[m0], %k[m1]\n\t"
        "andq %[m0], %[m3]\n\t"
        "addq %[m0], %[w0]\n\t"
        "adcq %[m1], %[w1]\n\t"
        "adcq $0, %[w2]\n\t"
        "adcq %[m3], %[w3]\n\t"
        : [w0] "+&r"(w0), [w1] "+&r"(w1), [w2] "+&r"(w2), [w3] "+&r"(w3), [m0] "=&r"(m0),
          [m1] "=&r"(m1), [m3] "+&r"(m3)
        : [b0] "rm"(b[0]), [b1] "rm"(b[1]), [b2] "rm"(b[2]), [b3] "rm"(b[3])
        : "cc");
    return {w0, w1, w2, w3};
  }

  /// Eight words / 2^256 modulo p. As p is -1 modulo 2^64, the lowest word m is cleared by adding
  /// m p: that is m 2^32 and m (2^64 - 2^32 + 1) 2^128 to the three words above it, less m itself.
  [[nodiscard, gnu::always_inline]] static Words256 reduce(Words<8>& words) {
    auto& [w0, w1, w2, w3, w4, w5, w6, w7] = words;
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::uint64_t low = 0;
    std::uint64_t shift = 32;
    asm("shlxq %[shift], %[w0], %[left]\n\t"
        "shrxq %[shift], %[w0], %[right]\n\t"
        "mulx %[w0], %[low], %[w0]\n\t"
        "addq %[left], %[w1]\n\t"
        "adcq %[right], %[w2]\n\t"
        "adcq %[low], %[w3]\n\t"
        "adcq $0, %[w0]\n\t"  // which is the highest word now

        "shlxq %[shift], %[w1], %[left]\n\t"
        "shrxq %[shift], %[w1], %[right]\n\t"
        "mulx %[w1], %[low], %[w1]\n\t"
        "addq %[left], %[w2]\n\t"
        "adcq %[right], %[w3]\n\t"
        "adcq %[low], %[w0]\n\t"
        "adcq $0, %[w1]\n\t"

        "shlxq %[shift], %[w2], %[left]\n\t"
        "shrxq %[shift], %[w2], %[right]\n\t"
        "mulx %[w2], %[low], %[w2]\n\t"
        "addq %[left], %[w3]\n\t"
        "adcq %[right], %[w0]\n\t"
        "adcq %[low], %[w1]\n\t"
        "adcq $0, %[w2]\n\t"

        "shlxq %[shift], %[w3], %[left]\n\t"
        "shrxq %[shift], %[w3], %[right]\n\t"
        "mulx %[w3], %[low], %[w3]\n\t"
        "addq %[left], %[w0]\n\t"
        "adcq %[right], %[w1]\n\t"
        "adcq %[low], %[w2]\n\t"
        "adcq $0, %[w3]\n\t"

        "xorl %k[low], %k[low]\n\t"
        "addq %[w0], %[w4]\n\t"
        "adcq %[w1], %[w5]\n\t"
        "adcq %[w2], %[w6]\n\t"
        "adcq %[w3], %[w7]\n\t"
        "adcq $0, %[low]\n\t"
        "movl $-1, %k[right]\n\t"
        "movq %[w4], %[w0]\n\t"
        "movq %[w5], %[w1]\n\t"
        "movq %[w6], %[w2]\n\t"
        "movq %[w7], %[w3]\n\t"
        "subq $-1, %[w0]\n\t"
        "sbbq %[right], %[w1]\n\t"
        "sbbq $0, %[w2]\n\t"
        "sbbq %%rdx, %[w3]\n\t"
        "sbbq $0, %[low]\n\t"
        "cmovcq %[w4], %[w0]\n\t"
        "cmovcq %[w5], %[w1]\n\t"
        "cmovcq %[w6], %[w2]\n\t"
        "cmovcq %[w7], %[w3]\n\t"
        : [w0] "+&r"(w0), [w1] "+&r"(w1), [w2] "+&r"(w2), [w3] "+&r"(w3), [w4] "+&r"(w4),
          [w5] "+&r"(w5), [w6] "+&r"(w6), [w7] "+&r"(w7), [left] "=&r"(left), [right] "=&r"(right),
          [low] "=&r"(low)
        : [shift] "r"(shift), "d"(p256_prime[3])
        : "cc");
    return {w0, w1, w2, w3};
  }

  [[nodiscard, gnu::always_inline]] static Words256 multiply(const Words256& a, const Words256& b) {
    Words<8> product = product_adx(a, b);
    return reduce(product);
  }

  [[nodiscard, gnu::always_inline]] static Words256 square(const Words256& a) {
    Words<8> product = square_adx(a);
    return reduce(product);
  }
};

}  // namespace handfast::crypto::native
