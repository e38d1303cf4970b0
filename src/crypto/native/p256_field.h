// Numbers modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, the field of P-256 (SP 800-186 §3.2.1.3), in
// constant time: no branch and no address depends on a number.
//
// What they are computed with is a type of its own: P256Portable for any machine of 64 bits, or
// P256Adx of p256_field_adx.h. The numbers are the same for both.
#pragma once

#include "crypto/native/words.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

inline constexpr std::size_t p256_size = 32;

/// Of a big-endian number.
[[nodiscard]] inline Words256 big_endian_words(std::span<const std::uint8_t, p256_size> bytes) {
  Words256 words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::uint64_t& word = words[words.size() - 1 - i / 8];
    word = (word << 8) | bytes[i];
  }
  return words;
}

inline void write_big_endian(const Words256& words, std::span<std::uint8_t, p256_size> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(words[words.size() - 1 - i / 8] >> (56 - 8 * (i % 8)));
  }
}

inline constexpr Words256 p256_prime = {0xffffffffffffffff, 0x00000000ffffffff, 0,
                                        0xffffffff00000001};
/// 2^512 modulo p, which brings numbers into Montgomery's form.
inline constexpr Words256 p256_r_squared = {0x0000000000000003, 0xfffffffbffffffff,
                                            0xfffffffffffffffe, 0x00000004fffffffd};

/// `words` and a bit above them, less `modulus` if that is not below zero.
[[nodiscard]] inline Words256 reduce_once(const Words256& words, std::uint64_t above,
                                          const Words256& modulus) {
  Words256 less;
  const std::uint64_t borrow = subtract(words, modulus, less);
  return choose(mask_of(borrow & (above ^ 1)), words, less);
}

/// a + b modulo `modulus`, which both are below.
[[nodiscard]] inline Words256 add_modulo(const Words256& a, const Words256& b,
                                         const Words256& modulus) {
  Words256 sum;
  const std::uint64_t carry = add(a, b, sum);
  return reduce_once(sum, carry, modulus);
}

/// a * b / 2^256 modulo `modulus`, word by word (Koç, Acar, Kaliski 1996: CIOS); `negative_inverse`
/// is -1 / modulus modulo 2^64. `a` may be any number below 2^256.
[[nodiscard]] inline Words256 montgomery_product(const Words256& a, const Words256& b,
                                                 const Words256& modulus,
                                                 std::uint64_t negative_inverse) {
  std::array<std::uint64_t, 5> t{};
#pragma GCC unroll 4
  for (const std::uint64_t word : b) {
    std::uint64_t carry = 0;
#pragma GCC unroll 4
    for (std::size_t j = 0; j < a.size(); ++j) {
      t[j] = multiply_add(a[j], word, t[j], carry);
    }
    const Wide high = Wide{t[4]} + carry;
    const std::uint64_t m = t[0] * negative_inverse;
    carry = 0;
    static_cast<void>(multiply_add(m, modulus[0], t[0], carry));
#pragma GCC unroll 3
    for (std::size_t j = 1; j < modulus.size(); ++j) {
      t[j - 1] = multiply_add(m, modulus[j], t[j], carry);
    }
    const Wide sum = high + carry;
    t[3] = static_cast<std::uint64_t>(sum);
    t[4] = static_cast<std::uint64_t>(sum >> 64);
  }
  return reduce_once({t[0], t[1], t[2], t[3]}, t[4], modulus);
}

/// Arithmetic on numbers below p, for any machine.
struct P256Portable {
  [[nodiscard]] static Words256 multiply(const Words256& a, const Words256& b) {
    return montgomery_product(a, b, p256_prime, 1);  // p is -1 modulo 2^64
  }

  [[nodiscard]] static Words256 square(const Words256& a) { return multiply(a, a); }

  [[nodiscard]] static Words256 add(const Words256& a, const Words256& b) {
    return add_modulo(a, b, p256_prime);
  }

  [[nodiscard]] static Words256 subtract(const Words256& a, const Words256& b) {
    Words256 out;
    const std::uint64_t mask = mask_of(native::subtract(a, b, out));
    std::uint64_t carry = 0;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = add_carry(out[i], p256_prime[i] & mask, carry);
    }
    return out;
  }
};

/// A number below p in Montgomery's form: `words` is the number times 2^256. A value.
template <class Arithmetic>
struct P256Element {
  Words256 words{};

  /// 1.
  [[nodiscard]] static P256Element one() {
    return {{1, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe}};
  }

  /// Of a number below p.
  [[nodiscard]] static P256Element of(const Words256& number) {
    return {Arithmetic::multiply(number, p256_r_squared)};
  }

  /// The number itself, below p.
  [[nodiscard]] Words256 number() const { return Arithmetic::multiply(words, {1}); }

  /// Not for secrets.
  [[nodiscard]] bool is_zero() const { return words == Words256{}; }
};

template <class Arithmetic>
[[nodiscard, gnu::always_inline]] inline P256Element<Arithmetic>
operator+(const P256Element<Arithmetic>& a, const P256Element<Arithmetic>& b) {
  return {Arithmetic::add(a.words, b.words)};
}

template <class Arithmetic>
[[nodiscard, gnu::always_inline]] inline P256Element<Arithmetic>
operator-(const P256Element<Arithmetic>& a, const P256Element<Arithmetic>& b) {
  return {Arithmetic::subtract(a.words, b.words)};
}

template <class Arithmetic>
[[nodiscard, gnu::always_inline]] inline P256Element<Arithmetic>
operator*(const P256Element<Arithmetic>& a, const P256Element<Arithmetic>& b) {
  return {Arithmetic::multiply(a.words, b.words)};
}

template <class Arithmetic>
[[nodiscard, gnu::always_inline]] inline P256Element<Arithmetic>
square(const P256Element<Arithmetic>& a) {
  return {Arithmetic::square(a.words)};
}

template <class Arithmetic>
[[nodiscard, gnu::always_inline]] inline P256Element<Arithmetic>
twice(const P256Element<Arithmetic>& a) {
  return a + a;
}

/// -a where `mask` has all bits set, else a.
template <class Arithmetic>
[[nodiscard]] inline P256Element<Arithmetic> negate_if(std::uint64_t mask,
                                                       const P256Element<Arithmetic>& a) {
  return {choose(mask, (P256Element<Arithmetic>{} - a).words, a.words)};
}

}  // namespace handfast::crypto::native
