// ML-KEM's arithmetic for AVX2: sixteen coefficients at once, in the same order as everywhere. What
// is proven about sizes in ml_kem_portable.cc holds here too; the formulas are the same.
#include "crypto/native/twin.h"

#ifdef HANDFAST_HAS_AVX2

#include "crypto/native/ml_kem_avx2.h"
#include "crypto/native/ml_kem_numbers.h"

#include <algorithm>
#include <bit>

namespace handfast::crypto::native {
namespace {

constexpr std::size_t lanes = ml_kem_lanes;

// Scaled factors, and each times 1 / q modulo 2^16: the half of Montgomery's reduction that can be
// done before.
template <std::size_t count>
struct alignas(32) Factors {
  std::array<std::int16_t, count> factor;
  std::array<std::int16_t, count> low;
};

consteval std::int16_t low_of(int factor) {
  return static_cast<std::int16_t>(factor * ml_kem_q_inverse);
}

// What the layers of 8, 4 and 2 multiply with: each ζ stands for `length` neighbours.
template <std::size_t length, bool inverse>
consteval Factors<128> small_layer() {
  constexpr std::size_t blocks = 128 / length;
  Factors<128> factors{};
  for (std::size_t i = 0; i < 128; ++i) {
    const std::size_t block = i / length;
    const std::int16_t zeta = ml_kem_zetas[inverse ? 2 * blocks - 1 - block : blocks + block];
    factors.factor[i] = zeta;
    factors.low[i] = low_of(zeta);
  }
  return factors;
}

consteval Factors<256> twisting() {
  Factors<256> factors{};
  for (std::size_t i = 0; i < 256; ++i) {
    factors.factor[i] = i % 2 == 0 ? ml_kem_scale : ml_kem_gammas[i / 2];
    factors.low[i] = low_of(factors.factor[i]);
  }
  return factors;
}

constexpr Factors<128> forward_8 = small_layer<8, false>();
constexpr Factors<128> forward_4 = small_layer<4, false>();
constexpr Factors<128> forward_2 = small_layer<2, false>();
constexpr Factors<128> inverse_8 = small_layer<8, true>();
constexpr Factors<128> inverse_4 = small_layer<4, true>();
constexpr Factors<128> inverse_2 = small_layer<2, true>();
constexpr Factors<256> twisted = twisting();

struct Factor {
  __m256i factor;
  __m256i low;
};

HANDFAST_AVX2_INLINE Factor same(std::int16_t factor) {
  return {_mm256_set1_epi16(factor),
          _mm256_set1_epi16(static_cast<std::int16_t>(factor * ml_kem_q_inverse))};
}

template <std::size_t count>
HANDFAST_AVX2_INLINE Factor from(const Factors<count>& factors, std::size_t i) {
  return {load(&factors.factor[i]), load(&factors.low[i])};
}

// Montgomery's product. The low halves cancel, so that only high halves are needed.
HANDFAST_AVX2_INLINE __m256i multiply(__m256i value, const Factor& by) {
  const __m256i multiple = _mm256_mullo_epi16(value, by.low);
  return _mm256_sub_epi16(_mm256_mulhi_epi16(value, by.factor),
                          _mm256_mulhi_epi16(multiple, _mm256_set1_epi16(ml_kem_q)));
}

struct Pair {
  __m256i low;
  __m256i high;
};

HANDFAST_AVX2_INLINE Pair butterfly(const Pair& in, const Factor& zeta) {
  const __m256i t = multiply(in.high, zeta);
  return {_mm256_add_epi16(in.low, t), _mm256_sub_epi16(in.low, t)};
}

HANDFAST_AVX2_INLINE Pair inverse_butterfly(const Pair& in, const Factor& zeta) {
  return {_mm256_add_epi16(in.low, in.high), multiply(_mm256_sub_epi16(in.high, in.low), zeta)};
}

// Swaps the high part of one register with the low part of the other, parts being 8, 4 or 2
// coefficients: neighbours that a layer combines come to stand in two registers. Done twice it
// undoes itself.
HANDFAST_AVX2_INLINE Pair swap_8(const Pair& in) {
  return {_mm256_permute2x128_si256(in.low, in.high, 0x20),
          _mm256_permute2x128_si256(in.low, in.high, 0x31)};
}

HANDFAST_AVX2_INLINE Pair swap_4(const Pair& in) {
  return {_mm256_unpacklo_epi64(in.low, in.high), _mm256_unpackhi_epi64(in.low, in.high)};
}

HANDFAST_AVX2_INLINE Pair swap_2(const Pair& in) {
  return {_mm256_blend_epi32(in.low, _mm256_slli_epi64(in.high, 32), 0xaa),
          _mm256_blend_epi32(_mm256_srli_epi64(in.low, 32), in.high, 0xaa)};
}

HANDFAST_AVX2_INLINE Pair load_pair(const Polynomial& f, std::size_t low, std::size_t high) {
  return {load(&f.at[low]), load(&f.at[high])};
}

HANDFAST_AVX2_INLINE void store_pair(Polynomial& f, std::size_t low, std::size_t high,
                                     const Pair& pair) {
  store(&f.at[low], pair.low);
  store(&f.at[high], pair.high);
}

HANDFAST_AVX2 void ntt(Polynomial& f) {
  std::size_t i = 1;
  for (std::size_t length = 128; length >= lanes; length /= 2) {
    for (std::size_t start = 0; start < ml_kem_n; start += 2 * length) {
      const Factor zeta = same(ml_kem_zetas[i++]);
      for (std::size_t j = start; j < start + length; j += lanes) {
        store_pair(f, j, j + length, butterfly(load_pair(f, j, j + length), zeta));
      }
    }
  }
  for (std::size_t j = 0; j < ml_kem_n; j += 2 * lanes) {
    Pair pair = load_pair(f, j, j + lanes);
    pair = butterfly(swap_8(pair), from(forward_8, j / 2));
    pair = butterfly(swap_4(pair), from(forward_4, j / 2));
    pair = butterfly(swap_2(pair), from(forward_2, j / 2));
    pair = swap_8(swap_4(swap_2(pair)));
    store_pair(f, j, j + lanes, {barrett(pair.low), barrett(pair.high)});
  }
}

HANDFAST_AVX2 void inverse_ntt(Polynomial& f) {
  for (std::size_t j = 0; j < ml_kem_n; j += 2 * lanes) {
    Pair pair = swap_2(swap_4(swap_8(load_pair(f, j, j + lanes))));
    // A layer doubles what is added up: 8 q after three, still below 2^15.
    pair = inverse_butterfly(pair, from(inverse_2, j / 2));
    pair = inverse_butterfly(swap_2(pair), from(inverse_4, j / 2));
    pair = inverse_butterfly(swap_4(pair), from(inverse_8, j / 2));
    pair = swap_8(pair);
    store_pair(f, j, j + lanes, {barrett(pair.low), barrett(pair.high)});
  }
  std::size_t i = 15;
  for (std::size_t length = lanes; length <= 128; length *= 2) {
    for (std::size_t start = 0; start < ml_kem_n; start += 2 * length) {
      const Factor zeta = same(ml_kem_zetas[i--]);
      for (std::size_t j = start; j < start + length; j += lanes) {
        const Pair pair = inverse_butterfly(load_pair(f, j, j + length), zeta);
        store_pair(f, j, j + length, {barrett(pair.low), pair.high});
      }
    }
  }
  const Factor last = same(ml_kem_last_factor);
  for (std::size_t j = 0; j < ml_kem_n; j += lanes) {
    store(&f.at[j], multiply(load(&f.at[j]), last));
  }
}

HANDFAST_AVX2 void prepare(const Polynomial& b, Multiplier& out) {
  const Factor scale = same(ml_kem_scale);
  for (std::size_t i = 0; i < ml_kem_n; i += lanes) {
    const __m256i value = load(&b.at[i]);
    store(&out.straight.at[i], multiply(value, scale));
    store(&out.twisted.at[i], multiply(value, from(twisted, i)));
  }
}

// Montgomery's reduction of eight sums of 32 bits; the result is in the upper halves.
HANDFAST_AVX2_INLINE __m256i reduce_sums(__m256i sums) {
  const __m256i low_q_inverse = _mm256_set1_epi32(ml_kem_q_inverse & 0xffff);
  const __m256i multiple = _mm256_mullo_epi16(sums, low_q_inverse);
  return _mm256_sub_epi32(sums, _mm256_madd_epi16(multiple, _mm256_set1_epi32(ml_kem_q)));
}

HANDFAST_AVX2 void inner_product(std::span<const Polynomial> a, std::span<const Multiplier> b,
                                 Polynomial& out) {
  for (std::size_t i = 0; i < ml_kem_n; i += lanes) {
    __m256i even = _mm256_setzero_si256();
    __m256i odd = _mm256_setzero_si256();
    for (std::size_t j = 0; j < a.size(); ++j) {
      const __m256i value = load(&a[j].at[i]);
      const __m256i straight = load(&b[j].straight.at[i]);
      const __m256i swapped =
          _mm256_or_si256(_mm256_slli_epi32(straight, 16), _mm256_srli_epi32(straight, 16));
      even = _mm256_add_epi32(even, _mm256_madd_epi16(value, load(&b[j].twisted.at[i])));
      odd = _mm256_add_epi32(odd, _mm256_madd_epi16(value, swapped));
    }
    even = _mm256_srli_epi32(reduce_sums(even), 16);
    store(&out.at[i], _mm256_blend_epi16(even, reduce_sums(odd), 0xaa));
  }
}

// For each set of eight lanes, which bytes to take so that the lanes in it stand first.
constexpr std::array<std::array<std::uint8_t, 16>, 256> lanes_of = [] consteval {
  std::array<std::array<std::uint8_t, 16>, 256> table{};
  for (unsigned set = 0; set < 256; ++set) {
    std::size_t next = 0;
    for (unsigned lane = 0; lane < 8; ++lane) {
      if ((set >> lane & 1) != 0) {
        table[set][next++] = static_cast<std::uint8_t>(2 * lane);
        table[set][next++] = static_cast<std::uint8_t>(2 * lane + 1);
      }
    }
  }
  return table;
}();

// All in this function is public: branches and indices are made of the matrix.
HANDFAST_AVX2 std::size_t sample_uniform(Bytes block, Polynomial& out, std::size_t have) {
  std::array<std::int16_t, ml_kem_n + lanes> found;  // room for whole stores past the last one
  const std::size_t wanted = ml_kem_n - have;
  std::size_t count = 0;
  for (std::size_t i = 0; i < block.size() && count < wanted; i += 24) {
    const __m256i candidates = unpack_12(block.subspan(i, 24));
    const __m256i good = _mm256_cmpgt_epi16(_mm256_set1_epi16(ml_kem_q), candidates);
    // A bit for each candidate; there is a gap between the first eight and the others.
    const auto sets = static_cast<unsigned>(
        _mm256_movemask_epi8(_mm256_packs_epi16(good, _mm256_setzero_si256())));
    const unsigned first = sets & 0xff;
    const unsigned second = sets >> 16;
    store_half(&found[count],
               _mm_shuffle_epi8(_mm256_castsi256_si128(candidates), load_half(&lanes_of[first])));
    count += static_cast<std::size_t>(std::popcount(first));
    store_half(&found[count], _mm_shuffle_epi8(_mm256_extracti128_si256(candidates, 1),
                                               load_half(&lanes_of[second])));
    count += static_cast<std::size_t>(std::popcount(second));
  }
  count = std::min(count, wanted);
  std::ranges::copy(std::span(found).first(count), std::span(out.at).subspan(have).begin());
  return have + count;
}

HANDFAST_AVX2 void sample_noise(std::span<const std::uint8_t, ml_kem_noise_size> bytes,
                                Polynomial& out) {
  const __m256i ones = _mm256_set1_epi8(0x55);
  const __m256i threes = _mm256_set1_epi8(0x33);
  const __m256i nibble = _mm256_set1_epi8(0x0f);
  const __m256i three = _mm256_set1_epi8(3);
  for (std::size_t i = 0; i < bytes.size(); i += 32) {
    const __m256i bits = load(&bytes[i]);
    const __m256i sums = _mm256_add_epi8(_mm256_and_si256(bits, ones),
                                         _mm256_and_si256(_mm256_srli_epi16(bits, 1), ones));
    // Two differences in each byte, 3 too large, so that neither borrows.
    const __m256i differences =
        _mm256_sub_epi8(_mm256_add_epi8(_mm256_and_si256(sums, threes), threes),
                        _mm256_and_si256(_mm256_srli_epi16(sums, 2), threes));
    const __m256i even = _mm256_sub_epi8(_mm256_and_si256(differences, nibble), three);
    const __m256i odd =
        _mm256_sub_epi8(_mm256_and_si256(_mm256_srli_epi16(differences, 4), nibble), three);
    const __m256i first = _mm256_unpacklo_epi8(even, odd);
    const __m256i second = _mm256_unpackhi_epi8(even, odd);
    store(&out.at[2 * i], _mm256_cvtepi8_epi16(_mm256_castsi256_si128(first)));
    store(&out.at[2 * i + 16], _mm256_cvtepi8_epi16(_mm256_castsi256_si128(second)));
    store(&out.at[2 * i + 32], _mm256_cvtepi8_epi16(_mm256_extracti128_si256(first, 1)));
    store(&out.at[2 * i + 48], _mm256_cvtepi8_epi16(_mm256_extracti128_si256(second, 1)));
  }
}

}  // namespace

constexpr MlKemRing ml_kem_avx2{.ntt = ntt,
                                .inverse_ntt = inverse_ntt,
                                .prepare = prepare,
                                .inner_product = inner_product,
                                .sample_uniform = sample_uniform,
                                .sample_noise = sample_noise,
                                .encode = encode_avx2,
                                .decode = decode_avx2,
                                .compress = compress_avx2,
                                .decompress = decompress_avx2,
                                .permute_four = permute_four_avx2};

}  // namespace handfast::crypto::native

#endif
