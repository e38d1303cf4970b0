// Numbers modulo p = 2^384 - 2^128 - 2^96 + 2^32 - 1, the field of P-384 (SP 800-186 §3.2.1.4), in
// constant time: no branch and no address depends on a number.
#pragma once

#include "crypto/native/words.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

inline constexpr std::size_t p384_size = 48;

/// Of a big-endian number.
[[nodiscard]] inline Words384 words_of(std::span<const std::uint8_t, p384_size> bytes) {
  Words384 words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::uint64_t& word = words[words.size() - 1 - i / 8];
    word = (word << 8) | bytes[i];
  }
  return words;
}

inline void write_words(const Words384& words, std::span<std::uint8_t, p384_size> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(words[words.size() - 1 - i / 8] >> (56 - 8 * (i % 8)));
  }
}

/// A number below p in Montgomery's form: `words` is the number times 2^384. A value.
struct P384Element {
  Words384 words{};
};

inline constexpr Words384 p384_prime = {0x00000000ffffffff, 0xffffffff00000000, 0xfffffffffffffffe,
                                        0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff};
inline constexpr P384Element p384_one = {{0xffffffff00000001, 0x00000000ffffffff, 1, 0, 0, 0}};
/// 2^768 modulo p, which brings numbers into Montgomery's form.
inline constexpr Words384 p384_r_squared = {
    0xfffffffe00000001, 0x0000000200000000, 0xfffffffe00000000, 0x0000000200000000, 1, 0};

/// `words` and a bit above them, less p if that is not below zero.
[[nodiscard]] inline P384Element reduce_once(const Words384& words, std::uint64_t above) {
  Words384 less;
  const std::uint64_t borrow = subtract(words, p384_prime, less);
  return {choose(mask_of(borrow & (above ^ 1)), words, less)};
}

[[nodiscard]] inline P384Element operator+(const P384Element& a, const P384Element& b) {
  Words384 sum;
  const std::uint64_t carry = add(a.words, b.words, sum);
  return reduce_once(sum, carry);
}

[[nodiscard]] inline P384Element operator-(const P384Element& a, const P384Element& b) {
  P384Element out;
  const std::uint64_t mask = mask_of(subtract(a.words, b.words, out.words));
  std::uint64_t carry = 0;
#pragma GCC unroll 6
  for (std::size_t i = 0; i < out.words.size(); ++i) {
    out.words[i] = add_carry(out.words[i], p384_prime[i] & mask, carry);
  }
  return out;
}

/// a * b / 2^384 modulo p, word by word (Koç, Acar, Kaliski 1996: CIOS). `a` may be any number
/// below 2^384.
[[nodiscard]] inline Words384 montgomery_product(const Words384& a, const Words384& b) {
  std::array<std::uint64_t, 7> t{};
#pragma GCC unroll 6
  for (const std::uint64_t word : b) {
    std::uint64_t carry = 0;
#pragma GCC unroll 6
    for (std::size_t j = 0; j < a.size(); ++j) {
      t[j] = multiply_add(a[j], word, t[j], carry);
    }
    const Wide high = Wide{t[6]} + carry;
    const std::uint64_t m = t[0] + (t[0] << 32);  // -1/p modulo 2^64 is 2^32 + 1
    carry = 0;
    static_cast<void>(multiply_add(m, p384_prime[0], t[0], carry));
#pragma GCC unroll 5
    for (std::size_t j = 1; j < p384_prime.size(); ++j) {
      t[j - 1] = multiply_add(m, p384_prime[j], t[j], carry);
    }
    const Wide sum = high + carry;
    t[5] = static_cast<std::uint64_t>(sum);
    t[6] = static_cast<std::uint64_t>(sum >> 64);
  }
  return reduce_once({t[0], t[1], t[2], t[3], t[4], t[5]}, t[6]).words;
}

[[nodiscard]] inline P384Element operator*(const P384Element& a, const P384Element& b) {
  return {montgomery_product(a.words, b.words)};
}

[[nodiscard]] inline P384Element square(const P384Element& a) { return a * a; }

[[nodiscard]] inline P384Element twice(const P384Element& a) { return a + a; }

/// `a` squared so many times: a^(2^count).
[[nodiscard]] inline P384Element square(P384Element a, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    a = square(a);
  }
  return a;
}

/// -a where `mask` has all bits set, else a.
[[nodiscard]] inline P384Element negate_if(std::uint64_t mask, const P384Element& a) {
  return {choose(mask, (P384Element{} - a).words, a.words)};
}

/// 1 / a, and zero for zero: a^(p - 2). Of p - 2 the bits are 255 ones, a zero, 32 ones, 64 zeros,
/// 30 ones, a zero, a one.
[[nodiscard]] inline P384Element inverse(const P384Element& a) {
  const P384Element ones2 = square(a) * a;
  const P384Element ones3 = square(ones2) * a;
  const P384Element ones6 = square(ones3, 3) * ones3;
  const P384Element ones12 = square(ones6, 6) * ones6;
  const P384Element ones15 = square(ones12, 3) * ones3;
  const P384Element ones30 = square(ones15, 15) * ones15;
  const P384Element ones60 = square(ones30, 30) * ones30;
  const P384Element ones120 = square(ones60, 60) * ones60;
  const P384Element ones240 = square(ones120, 120) * ones120;
  const P384Element ones255 = square(ones240, 15) * ones15;
  const P384Element ones32 = square(ones30, 2) * ones2;
  const P384Element first = square(ones255, 1 + 32) * ones32;
  const P384Element second = square(first, 64 + 30) * ones30;
  return square(second, 2) * a;
}

/// Brings `number`, which is below p, into Montgomery's form, and back.
[[nodiscard]] inline P384Element to_element(const Words384& number) {
  return {montgomery_product(number, p384_r_squared)};
}

[[nodiscard]] inline Words384 number_of(const P384Element& a) {
  return montgomery_product(a.words, {1});
}

}  // namespace handfast::crypto::native
