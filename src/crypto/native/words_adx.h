// Products of numbers of 256 bits for processors that have BMI2 and ADX, in assembly language: MULX
// multiplies without touching the flags, so that ADCX and ADOX can carry along two chains at a
// time, by CF and by OF; compilers know one chain at most.
//
// All is inlined, and words are operands of their own ("rm"): g++ would else copy numbers through
// vector registers, which has to wait until their words have reached memory.
#pragma once

#include "crypto/native/words.h"

#include <cstdint>

namespace handfast::crypto::native {

/// a * b, row by row: a whole times a word of b.
[[nodiscard, gnu::always_inline]] inline Words<8> product_adx(const Words256& a,
                                                              const Words256& b) {
  Words<8> product;
  auto& [w0, w1, w2, w3, w4, w5, w6, w7] = product;
  std::uint64_t low = 0;
  // CF carries between the low halves, OF between the high.
  asm("movq %[b0], %%rdx\n\t"
      "mulx %[a0], %[w0], %[w1]\n\t"
      "mulx %[a1], %[low], %[w2]\n\t"
      "addq %[low], %[w1]\n\t"
      "mulx %[a2], %[low], %[w3]\n\t"
      "adcq %[low], %[w2]\n\t"
      "mulx %[a3], %[low], %[w4]\n\t"
      "adcq %[low], %[w3]\n\t"
      "adcq $0, %[w4]\n\t"

      "movq %[b1], %%rdx\n\t"
      "xorl %k[low], %k[low]\n\t"
      "mulx %[a0], %[low], %[w5]\n\t"
      "adcx %[low], %[w1]\n\t"
      "adox %[w5], %[w2]\n\t"
      "mulx %[a1], %[low], %[w5]\n\t"
      "adcx %[low], %[w2]\n\t"
      "adox %[w5], %[w3]\n\t"
      "mulx %[a2], %[low], %[w5]\n\t"
      "adcx %[low], %[w3]\n\t"
      "adox %[w5], %[w4]\n\t"
      "mulx %[a3], %[low], %[w5]\n\t"
      "adcx %[low], %[w4]\n\t"
      "movl $0, %k[low]\n\t"
      "adox %[low], %[w5]\n\t"
      "adcx %[low], %[w5]\n\t"

      "movq %[b2], %%rdx\n\t"
      "xorl %k[low], %k[low]\n\t"
      "mulx %[a0], %[low], %[w6]\n\t"
      "adcx %[low], %[w2]\n\t"
      "adox %[w6], %[w3]\n\t"
      "mulx %[a1], %[low], %[w6]\n\t"
      "adcx %[low], %[w3]\n\t"
      "adox %[w6], %[w4]\n\t"
      "mulx %[a2], %[low], %[w6]\n\t"
      "adcx %[low], %[w4]\n\t"
      "adox %[w6], %[w5]\n\t"
      "mulx %[a3], %[low], %[w6]\n\t"
      "adcx %[low], %[w5]\n\t"
      "movl $0, %k[low]\n\t"
      "adox %[low], %[w6]\n\t"
      "adcx %[low], %[w6]\n\t"

      "movq %[b3], %%rdx\n\t"
      "xorl %k[low], %k[low]\n\t"
      "mulx %[a0], %[low], %[w7]\n\t"
      "adcx %[low], %[w3]\n\t"
      "adox %[w7], %[w4]\n\t"
      "mulx %[a1], %[low], %[w7]\n\t"
      "adcx %[low], %[w4]\n\t"
      "adox %[w7], %[w5]\n\t"
      "mulx %[a2], %[low], %[w7]\n\t"
      "adcx %[low], %[w5]\n\t"
      "adox %[w7], %[w6]\n\t"
      "mulx %[a3], %[low], %[w7]\n\t"
      "adcx %[low], %[w6]\n\t"
      "movl $0, %k[low]\n\t"
      "adox %[low], %[w7]\n\t"
      "adcx %[low], %[w7]\n\t"
      : [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [w4] "=&r"(w4),
        [w5] "=&r"(w5), [w6] "=&r"(w6), [w7] "=&r"(w7), [low] "=&r"(low)
      : [a0] "rm"(a[0]), [a1] "rm"(a[1]), [a2] "rm"(a[2]), [a3] "rm"(a[3]), [b0] "rm"(b[0]),
        [b1] "rm"(b[1]), [b2] "rm"(b[2]), [b3] "rm"(b[3])
      : "rdx", "cc");
  return product;
}

/// a * a.
[[nodiscard, gnu::always_inline]] inline Words<8> square_adx(const Words256& a) {
  Words<8> product;
  auto& [w0, w1, w2, w3, w4, w5, w6, w7] = product;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  // The products of different words; then twice these (by OF) and the squares (by CF).
  asm("movq %[a0], %%rdx\n\t"
      "xorl %k[w7], %k[w7]\n\t"
      "mulx %[a1], %[w1], %[w2]\n\t"
      "mulx %[a2], %[low], %[w3]\n\t"
      "adcx %[low], %[w2]\n\t"
      "mulx %[a3], %[low], %[w4]\n\t"
      "adcx %[low], %[w3]\n\t"
      "movq %[a1], %%rdx\n\t"
      "mulx %[a2], %[low], %[high]\n\t"
      "adcx %[w7], %[w4]\n\t"
      "adox %[low], %[w3]\n\t"
      "adox %[high], %[w4]\n\t"
      "mulx %[a3], %[low], %[w5]\n\t"
      "adox %[w7], %[w5]\n\t"
      "adcx %[low], %[w4]\n\t"
      "movq %[a2], %%rdx\n\t"
      "mulx %[a3], %[low], %[w6]\n\t"
      "adcx %[low], %[w5]\n\t"
      "adcx %[w7], %[w6]\n\t"

      "movq %[a0], %%rdx\n\t"
      "xorl %k[w7], %k[w7]\n\t"
      "mulx %%rdx, %[w0], %[high]\n\t"
      "adox %[w1], %[w1]\n\t"
      "adcx %[high], %[w1]\n\t"
      "movq %[a1], %%rdx\n\t"
      "mulx %%rdx, %[low], %[high]\n\t"
      "adox %[w2], %[w2]\n\t"
      "adcx %[low], %[w2]\n\t"
      "adox %[w3], %[w3]\n\t"
      "adcx %[high], %[w3]\n\t"
      "movq %[a2], %%rdx\n\t"
      "mulx %%rdx, %[low], %[high]\n\t"
      "adox %[w4], %[w4]\n\t"
      "adcx %[low], %[w4]\n\t"
      "adox %[w5], %[w5]\n\t"
      "adcx %[high], %[w5]\n\t"
      "movq %[a3], %%rdx\n\t"
      "mulx %%rdx, %[low], %[high]\n\t"
      "adox %[w6], %[w6]\n\t"
      "adcx %[low], %[w6]\n\t"
      "adox %[w7], %[w7]\n\t"
      "adcx %[high], %[w7]\n\t"
      : [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [w4] "=&r"(w4),
        [w5] "=&r"(w5), [w6] "=&r"(w6), [w7] "=&r"(w7), [low] "=&r"(low), [high] "=&r"(high)
      : [a0] "rm"(a[0]), [a1] "rm"(a[1]), [a2] "rm"(a[2]), [a3] "rm"(a[3])
      : "rdx", "cc");
  return product;
}

}  // namespace handfast::crypto::native
