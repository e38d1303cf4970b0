// RSA's public operation with AVX-512 IFMA, which multiplies eight pairs of 52 bits at once.
//
// Everything here is public, what comes out of it too: its time and its memory accesses depend on
// the numbers, and no private key may come near it.
#include "crypto/native/twin.h"
#include "crypto/native/words.h"
#include "crypto/rsa.h"

#if defined(HANDFAST_RSA_PUBLIC) && defined(HANDFAST_HAS_AVX512)
#include "crypto/native/avx512.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>

#include <immintrin.h>

namespace handfast::crypto {
namespace {

constexpr std::size_t limb_bits = 52;
constexpr std::uint64_t limb_mask = (std::uint64_t{1} << limb_bits) - 1;
constexpr std::size_t lanes = 8;
constexpr std::size_t words_most = 8192 / 64;

/// A number by words of 64 bits, the lowest first; as many as the modulus has.
using Number = std::span<std::uint64_t>;
using ConstNumber = std::span<const std::uint64_t>;

// --- Numbers by words ----------------------------------------------------------------------------

/// The highest word first, and the first may be short.
void read_words(Bytes big_endian, Number words) {
  std::ranges::fill(words, 0);
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    const std::size_t place = big_endian.size() - 1 - i;
    words[place / 8] |= std::uint64_t{big_endian[i]} << (8 * (place % 8));
  }
}

void write_words(ConstNumber words, MutBytes big_endian) {
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    const std::size_t place = big_endian.size() - 1 - i;
    big_endian[i] = static_cast<std::uint8_t>(words[place / 8] >> (8 * (place % 8)));
  }
}

bool is_below(ConstNumber a, ConstNumber b) {
  return std::ranges::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

/// x -= times * n; returns what has to be taken from the next word.
std::uint64_t subtract(Number x, std::uint64_t times, ConstNumber n) {
  std::uint64_t carry = 0;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < n.size(); ++i) {
    const std::uint64_t low = native::multiply_add(times, n[i], 0, carry);
    x[i] = native::sub_borrow(x[i], low, borrow);
  }
  return carry + borrow;
}

/// x = x * 2^bits, of which it returns what the words do not hold; bits is 1 to 32.
std::uint64_t shift_left(Number x, std::size_t bits) {
  std::uint64_t carry = 0;
  for (std::uint64_t& word : x) {
    const std::uint64_t high = word >> (64 - bits);
    word = word << bits | carry;
    carry = high;
  }
  return carry;
}

void shift_right(Number x, std::size_t bits) {
  for (std::size_t i = 0; bits > 0 && i < x.size(); ++i) {
    const std::uint64_t above = i + 1 < x.size() ? x[i + 1] : 0;
    x[i] = x[i] >> bits | above << (64 - bits);
  }
}

/// x = x * 2^bits mod n, for x < n, where the highest bit of n is set; bits is 1 to 32. The
/// quotient is guessed from the highest words (Knuth's algorithm D does so too), never too large.
void shift_modulo(Number x, std::size_t bits, ConstNumber n) {
  const std::uint64_t guess = (x.back() >> (32 - bits)) / ((n.back() >> 32) + 1);
  std::uint64_t above = shift_left(x, bits);
  above -= subtract(x, guess, n);
  while (above > 0 || !is_below(x, n)) {
    above -= subtract(x, 1, n);
  }
}

/// x = 2^exponent mod n, for exponents of no less than the bits that the words of n have.
void power_of_two(Number x, std::size_t exponent, ConstNumber n) {
  // With the modulus times 2^s its highest bit is set; that of 2^(exponent + s) is x times 2^s.
  const auto s = static_cast<std::size_t>(std::countl_zero(n.back()));
  std::array<std::uint64_t, words_most> room;
  const Number high = Number(room).first(n.size());
  std::ranges::copy(n, high.begin());
  if (s > 32) {
    shift_left(high, 32);
    shift_left(high, s - 32);
  } else if (s > 0) {
    shift_left(high, s);
  }
  std::ranges::fill(x, 0);
  subtract(x, 1, high);  // 2^(64 words) less it
  for (std::size_t done = 64 * n.size(); done < exponent + s;) {
    const std::size_t bits = std::min<std::size_t>(exponent + s - done, 32);
    shift_modulo(x, bits, high);
    done += bits;
  }
  shift_right(x, s);
}

// --- Numbers by limbs ----------------------------------------------------------------------------

/// Of 52 bits, the lowest first, as many as fill N vectors.
template <std::size_t N>
struct alignas(64) Limbs {
  std::array<std::uint64_t, N * lanes> at;
};

template <std::size_t N>
void read_limbs(ConstNumber words, Limbs<N>& limbs) {
  for (std::size_t i = 0; i < limbs.at.size(); ++i) {
    const std::size_t word = i * limb_bits / 64;
    const std::size_t bit = i * limb_bits % 64;
    const std::uint64_t low = word < words.size() ? words[word] >> bit : 0;
    const std::uint64_t high =
        bit > 64 - limb_bits && word + 1 < words.size() ? words[word + 1] << (64 - bit) : 0;
    limbs.at[i] = (low | high) & limb_mask;
  }
}

template <std::size_t N>
void write_limbs(const Limbs<N>& limbs, Number words) {
  std::ranges::fill(words, 0);
  for (std::size_t i = 0; i < limbs.at.size(); ++i) {
    const std::size_t word = i * limb_bits / 64;
    const std::size_t bit = i * limb_bits % 64;
    if (word < words.size()) {
      words[word] |= limbs.at[i] << bit;
    }
    if (bit > 64 - limb_bits && word + 1 < words.size()) {
      words[word + 1] |= limbs.at[i] >> (64 - bit);
    }
  }
}

/// What Montgomery's products need of a modulus n. R is 2^(52 * 8 N), more than 4 n.
template <std::size_t N>
struct Modulus {
  Limbs<N> n;
  std::uint64_t negative_inverse;  // of n, modulo 2^52
};

/// -1/n modulo 2^52, for odd n: each step of Newton's doubles the bits that are right, of which n
/// itself has three.
std::uint64_t negative_inverse(std::uint64_t n) {
  std::uint64_t inverse = n;
  for (int right = 3; right < 52; right *= 2) {
    inverse *= 2 - n * inverse;
  }
  return (0 - inverse) & limb_mask;
}

/// (g++ 12 warns of an array of vectors, not of one of these.)
struct Lanes {
  __m512i at;
};

template <std::size_t N>
HANDFAST_AVX512_INLINE __m512i part(const Limbs<N>& of, std::size_t i) {
  return _mm512_load_si512(&of.at[i * lanes]);
}

HANDFAST_AVX512_INLINE __m512i in_all_lanes(std::uint64_t limb) {
  return _mm512_maskz_set1_epi64(0xff, static_cast<std::int64_t>(limb));
}

HANDFAST_AVX512_INLINE std::uint64_t lowest(__m512i of) {
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm512_maskz_extracti32x4_epi32(0xf, of, 0)));
}

/// Brings every limb to 52 bits.
template <std::size_t N>
void carry_on(Limbs<N>& x) {
  std::uint64_t carry = 0;
  for (std::uint64_t& limb : x.at) {
    limb += carry;
    carry = limb >> limb_bits;
    limb &= limb_mask;
  }
}

/// out = a b / R mod n, below 2 n, as a and b are: (4 n n + R n) / R is less than that.
///
/// Each round adds the product of a with a limb of b and as many n as bring the lowest limb to
/// zero, and moves down by one limb. From one quotient to the next goes the longest way, so all
/// that does not need it is added beside it: the high halves of this round's product, the low ones
/// of the next. A lane grows by less than 2^54 a round, and is there for 8 N rounds: it never
/// overflows.
template <std::size_t N>
HANDFAST_AVX512 void multiply(const Limbs<N>& a, const Limbs<N>& b, const Modulus<N>& modulus,
                              Limbs<N>& out) {
  const __m512i zero = _mm512_setzero_si512();
  std::array<Lanes, N> sum;
  std::array<Lanes, N> beside;
  __m512i digit = in_all_lanes(b.at[0]);
  for (std::size_t j = 0; j < N; ++j) {
    sum[j].at = _mm512_madd52lo_epu64(zero, part(a, j), digit);
  }
  for (std::size_t i = 0; i < N * lanes; ++i) {
    const __m512i next_digit = in_all_lanes(i + 1 < N * lanes ? b.at[i + 1] : 0);
    for (std::size_t j = 0; j < N; ++j) {
      beside[j].at = _mm512_madd52hi_epu64(zero, part(a, j), digit);
      beside[j].at = _mm512_madd52lo_epu64(beside[j].at, part(a, j), next_digit);
    }
    digit = next_digit;
    const __m512i quotient = in_all_lanes(lowest(sum[0].at) * modulus.negative_inverse & limb_mask);
    for (std::size_t j = 0; j < N; ++j) {
      sum[j].at = _mm512_madd52lo_epu64(sum[j].at, part(modulus.n, j), quotient);
      beside[j].at = _mm512_madd52hi_epu64(beside[j].at, part(modulus.n, j), quotient);
    }
    const __m512i carry = _mm512_maskz_srli_epi64(1, sum[0].at, limb_bits);
    for (std::size_t j = 0; j < N; ++j) {
      const __m512i above = j + 1 < N ? sum[j + 1].at : zero;
      sum[j].at =
          _mm512_add_epi64(_mm512_maskz_alignr_epi64(0xff, above, sum[j].at, 1), beside[j].at);
    }
    sum[0].at = _mm512_add_epi64(sum[0].at, carry);
  }
  for (std::size_t j = 0; j < N; ++j) {
    _mm512_store_si512(&out.at[j * lanes], sum[j].at);
  }
  carry_on(out);
}

/// x = x mod n, for x below 2 n.
template <std::size_t N>
void reduce(Limbs<N>& x, const Limbs<N>& n) {
  if (std::ranges::lexicographical_compare(x.at.rbegin(), x.at.rend(), n.at.rbegin(),
                                           n.at.rend())) {
    return;
  }
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < x.at.size(); ++i) {
    const std::uint64_t difference = x.at[i] - n.at[i] - borrow;
    x.at[i] = difference & limb_mask;
    borrow = difference >> 63;
  }
}

/// x = x ^ exponent mod n, for x < n.
template <std::size_t N>
void raise(Number x, std::uint64_t exponent, ConstNumber n) {
  Modulus<N> modulus;
  read_limbs(n, modulus.n);
  modulus.negative_inverse = negative_inverse(modulus.n.at[0]);
  Limbs<N> base;
  read_limbs(ConstNumber(x), base);
  std::array<std::uint64_t, words_most> room;
  // R^2: R is 2^(32 k), and from R 2^k the power of two doubles with each of five squares.
  constexpr std::size_t k = limb_bits * lanes * N / 32;
  const Number start = Number(room).first(n.size());
  power_of_two(start, 33 * k, n);
  Limbs<N> times_r;
  read_limbs(ConstNumber(start), times_r);
  for (int i = 0; i < 5; ++i) {
    multiply(times_r, times_r, modulus, times_r);
  }
  multiply(base, times_r, modulus, times_r);
  // The exponent but for its lowest bit, which is one: that factor also takes R off the product.
  Limbs<N> power = times_r;
  for (auto bit = static_cast<std::size_t>(std::bit_width(exponent)) - 1; bit-- > 0;) {
    multiply(power, power, modulus, power);
    if (bit > 0 && (exponent >> bit & 1) != 0) {
      multiply(power, times_r, modulus, power);
    }
  }
  multiply(power, base, modulus, power);
  reduce(power, modulus.n);
  write_limbs(power, x);
}

/// The same with as few vectors as do.
void raise_any(Number x, std::uint64_t exponent, ConstNumber n) {
  // Two more bits than the modulus has, for R > 4 n.
  const std::size_t bits = 64 * n.size() - static_cast<std::size_t>(std::countl_zero(n.back())) + 2;
  constexpr auto holds = [](std::size_t vectors) { return vectors * lanes * limb_bits; };
  if (bits <= holds(5)) {
    raise<5>(x, exponent, n);  // 2048
  } else if (bits <= holds(8)) {
    raise<8>(x, exponent, n);  // 3072
  } else if (bits <= holds(10)) {
    raise<10>(x, exponent, n);  // 4096
  } else {
    raise<20>(x, exponent, n);  // 8192
  }
  static_assert(holds(20) >= 8192 + 2);
}

bool rsa_public(Bytes modulus, std::uint64_t exponent, Bytes signature, MutBytes message) {
  std::array<std::uint64_t, words_most> modulus_room;
  std::array<std::uint64_t, words_most> room;
  const std::size_t size = (modulus.size() + 7) / 8;
  const Number n = Number(modulus_room).first(size);
  const Number x = Number(room).first(size);
  read_words(modulus, n);
  read_words(signature, x);
  // RFC 8017 §5.2.2: "If the signature representative s is not between 0 and n - 1, output
  // 'signature representative out of range' and stop."
  if (!is_below(x, n)) {
    return false;
  }
  raise_any(x, exponent, n);
  write_words(x, message);
  return true;
}

}  // namespace

OwnRsaPublic own_rsa_public() { return native::has_avx512() ? rsa_public : nullptr; }

}  // namespace handfast::crypto

#else

namespace handfast::crypto {

OwnRsaPublic own_rsa_public() { return nullptr; }

}  // namespace handfast::crypto

#endif
