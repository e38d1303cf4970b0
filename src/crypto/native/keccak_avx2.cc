// KECCAK-f[1600] on four states at once: a register holds one word of each.
#include "crypto/native/twin.h"

#ifdef HANDFAST_HAS_AVX2

#include "crypto/native/avx2.h"
#include "crypto/native/keccak.h"
#include "crypto/native/keccak_round.h"

namespace handfast::crypto::native {
namespace {

template <int count>
HANDFAST_AVX2_INLINE __m256i turn(__m256i word) {
  if constexpr (count == 0) {
    return word;
  } else if constexpr (count % 8 == 0) {
    constexpr char n = count / 8;
    constexpr auto from = [](int i) { return static_cast<char>(i - i % 8 + (i % 8 + 8 - n) % 8); };
    const __m128i half =
        _mm_setr_epi8(from(0), from(1), from(2), from(3), from(4), from(5), from(6), from(7),
                      from(8), from(9), from(10), from(11), from(12), from(13), from(14), from(15));
    return _mm256_shuffle_epi8(word, _mm256_broadcastsi128_si256(half));
  } else {
    return _mm256_or_si256(_mm256_slli_epi64(word, count), _mm256_srli_epi64(word, 64 - count));
  }
}

// θ: what is added to each word of a column.
HANDFAST_AVX2_INLINE void column_parities(const __m256i* in, __m256i* parity) {
  __m256i sum[5];
  for (int x = 0; x < 5; ++x) {
    sum[x] =
        _mm256_xor_si256(_mm256_xor_si256(in[x], in[x + 5]),
                         _mm256_xor_si256(_mm256_xor_si256(in[x + 10], in[x + 15]), in[x + 20]));
  }
  for (int x = 0; x < 5; ++x) {
    parity[x] = _mm256_xor_si256(sum[(x + 4) % 5], turn<1>(sum[(x + 1) % 5]));
  }
}

// Word `x` of row `y` after ρ and π.
template <std::size_t y, std::size_t x>
HANDFAST_AVX2_INLINE __m256i turned(const __m256i* in, const __m256i* parity) {
  constexpr std::size_t from = keccak_row[y].from[x];
  return turn<keccak_row[y].turn[x]>(_mm256_xor_si256(in[from], parity[from % 5]));
}

// Row `y` after ρ, π and χ.
template <std::size_t y>
HANDFAST_AVX2_INLINE void fill_row(const __m256i* in, const __m256i* parity, __m256i* out) {
  const __m256i a = turned<y, 0>(in, parity);
  const __m256i b = turned<y, 1>(in, parity);
  const __m256i c = turned<y, 2>(in, parity);
  const __m256i d = turned<y, 3>(in, parity);
  const __m256i e = turned<y, 4>(in, parity);
  out[5 * y] = _mm256_xor_si256(a, _mm256_andnot_si256(b, c));
  out[5 * y + 1] = _mm256_xor_si256(b, _mm256_andnot_si256(c, d));
  out[5 * y + 2] = _mm256_xor_si256(c, _mm256_andnot_si256(d, e));
  out[5 * y + 3] = _mm256_xor_si256(d, _mm256_andnot_si256(e, a));
  out[5 * y + 4] = _mm256_xor_si256(e, _mm256_andnot_si256(a, b));
}

HANDFAST_AVX2_INLINE void one_round(const __m256i* in, std::uint64_t constant, __m256i* out) {
  __m256i parity[5];
  column_parities(in, parity);
  fill_row<0>(in, parity, out);
  fill_row<1>(in, parity, out);
  fill_row<2>(in, parity, out);
  fill_row<3>(in, parity, out);
  fill_row<4>(in, parity, out);
  out[0] = _mm256_xor_si256(out[0], _mm256_set1_epi64x(static_cast<long long>(constant)));
}

}  // namespace

HANDFAST_AVX2 void permute_four_avx2(KeccakStates& states, std::size_t /*used*/) {
  __m256i one[25];
  __m256i other[25];
  for (std::size_t i = 0; i < 25; ++i) {
    one[i] = load(&states.words[i]);
  }
  for (std::size_t round = 0; round < keccak_constant.size(); round += 2) {
    one_round(one, keccak_constant[round], other);
    one_round(other, keccak_constant[round + 1], one);
  }
  for (std::size_t i = 0; i < 25; ++i) {
    store(&states.words[i], one[i]);
  }
  const __m256i zero = _mm256_setzero_si256();
  for (std::size_t i = 0; i < 25; ++i) {
    one[i] = zero;
    other[i] = zero;
  }
  asm volatile("" : : "r"(&one), "r"(&other) : "memory");
}

}  // namespace handfast::crypto::native

#endif
