// Numbers of several words, in constant time: no branch and no address depends on a number.
#pragma once

#include "crypto/native/constant_time.h"

#include <array>
#include <cstddef>
#include <cstdint>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace handfast::crypto::native {

__extension__ using Wide = unsigned __int128;

/// Little-endian words of 64 bits.
template <std::size_t size>
using Words = std::array<std::uint64_t, size>;

using Words256 = Words<4>;
using Words384 = Words<6>;

/// a + b + carry, where `carry` is 1 or 0, as it is again then. (Of the portable form g++ 12 makes
/// three times as many instructions.)
[[nodiscard]] inline std::uint64_t add_carry(std::uint64_t a, std::uint64_t b,
                                             std::uint64_t& carry) {
#ifdef __x86_64__
  unsigned long long sum = 0;
  carry = _addcarry_u64(static_cast<unsigned char>(carry), a, b, &sum);
  return sum;
#else
  const Wide sum = Wide{a} + b + carry;
  carry = static_cast<std::uint64_t>(sum >> 64);
  return static_cast<std::uint64_t>(sum);
#endif
}

/// a - b - borrow, where `borrow` is 1 or 0, and becomes 1 if that is below zero.
[[nodiscard]] inline std::uint64_t sub_borrow(std::uint64_t a, std::uint64_t b,
                                              std::uint64_t& borrow) {
#ifdef __x86_64__
  unsigned long long difference = 0;
  borrow = _subborrow_u64(static_cast<unsigned char>(borrow), a, b, &difference);
  return difference;
#else
  const Wide difference = Wide{a} - b - borrow;
  borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
  return static_cast<std::uint64_t>(difference);
#endif
}

/// a * b + c + carry, which always fits; `carry` becomes what is above 64 bits.
[[nodiscard]] constexpr std::uint64_t multiply_add(std::uint64_t a, std::uint64_t b,
                                                   std::uint64_t c, std::uint64_t& carry) {
  const Wide sum = Wide{a} * b + c + carry;
  carry = static_cast<std::uint64_t>(sum >> 64);
  return static_cast<std::uint64_t>(sum);
}

/// a + b modulo 2^(64 size), and what is above that: 1 or 0.
template <std::size_t size>
std::uint64_t add(const Words<size>& a, const Words<size>& b, Words<size>& out) {
  std::uint64_t carry = 0;
#pragma GCC unroll 6
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = add_carry(a[i], b[i], carry);
  }
  return carry;
}

/// a - b modulo 2^(64 size), and whether that was below zero: 1 or 0.
template <std::size_t size>
std::uint64_t subtract(const Words<size>& a, const Words<size>& b, Words<size>& out) {
  std::uint64_t borrow = 0;
#pragma GCC unroll 6
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = sub_borrow(a[i], b[i], borrow);
  }
  return borrow;
}

/// `a` where `mask` has all bits set, `b` where it has none.
template <std::size_t size>
[[nodiscard]] Words<size> choose(std::uint64_t mask, const Words<size>& a, const Words<size>& b) {
  const std::uint64_t take = value_barrier(mask);
  Words<size> out;
#pragma GCC unroll 6
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = (a[i] & take) | (b[i] & ~take);
  }
  return out;
}

/// All bits set if `bit` is 1, none if it is 0.
[[nodiscard]] inline std::uint64_t mask_of(std::uint64_t bit) { return 0 - value_barrier(bit); }

/// All bits set if `word` is zero; else none.
[[nodiscard]] inline std::uint64_t mask_if_zero(std::uint64_t word) {
  return mask_of(((word | (0 - word)) >> 63) ^ 1);
}

/// All bits set if `words` are all zero; else none.
template <std::size_t size>
[[nodiscard]] std::uint64_t mask_if_zero(const Words<size>& words) {
  std::uint64_t any = 0;
  for (const std::uint64_t word : words) {
    any |= word;
  }
  return mask_if_zero(any);
}

/// An odd number k below 2^(64 size), written with digits 1 and -1: k is the sum of (2 b_i - 1) 2^i
/// for the bits b_i of (k + 2^digits - 1) / 2. None is zero, so that sums never begin with nothing.
template <std::size_t size, std::size_t digits>
class SignedBits {
 public:
  static constexpr std::size_t count = digits;
  static_assert(digits > 64 * size && digits <= 64 * (size + 1));

  explicit SignedBits(const Words<size>& odd) {
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t above = i + 1 < size ? odd[i + 1] << 63 : 0;
      bits_[i] = (odd[i] >> 1) | above;
    }
    bits_[size] = std::uint64_t{1} << (digits - 1 - 64 * size);
  }

  ~SignedBits() { wipe_words(bits_); }

  SignedBits(const SignedBits&) = delete;
  SignedBits& operator=(const SignedBits&) = delete;

  [[nodiscard]] std::uint64_t operator[](std::size_t i) const {
    return (bits_[i / 64] >> (i % 64)) & 1;
  }

 private:
  Words<size + 1> bits_{};
};

}  // namespace handfast::crypto::native
