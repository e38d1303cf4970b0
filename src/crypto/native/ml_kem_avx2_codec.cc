// ML-KEM's byte codecs and compression for AVX2. Eight numbers of d bits are d bytes, so that each
// half of a register packs and unpacks d bytes.
#include "crypto/native/twin.h"

#ifdef HANDFAST_HAS_AVX2

#include "base/secret.h"
#include "crypto/native/ml_kem_avx2.h"

#include <algorithm>
#include <array>

namespace handfast::crypto::native {
namespace {

constexpr std::size_t half =
    16;  // bytes; a store of half a register may go so far past its d bytes

HANDFAST_AVX2_INLINE __m256i canonical(__m256i values) {
  const __m256i near = barrett(values);
  const __m256i negative = _mm256_srai_epi16(near, 15);
  return _mm256_add_epi16(near, _mm256_and_si256(negative, _mm256_set1_epi16(ml_kem_q)));
}

// All bits of the lower half of each half.
HANDFAST_AVX2_INLINE __m256i lower_words() { return _mm256_set_epi64x(0, -1, 0, -1); }

// Packs by doubling: two numbers, four numbers, eight numbers.
template <int d>
HANDFAST_AVX2_INLINE __m256i pack(__m256i numbers) {
  const __m256i two = _mm256_madd_epi16(numbers, _mm256_set1_epi32(1 | 1 << (16 + d)));
  const __m256i lift = _mm256_set1_epi64x(32 - 2 * d);
  const __m256i four = _mm256_srli_epi64(_mm256_sllv_epi32(two, lift), 32 - 2 * d);
  const __m256i upper = _mm256_bsrli_epi128(four, 8);
  return _mm256_or_si256(
      _mm256_and_si256(four, lower_words()),
      _mm256_or_si256(_mm256_slli_epi64(upper, 4 * d),
                      _mm256_bslli_epi128(_mm256_srli_epi64(upper, 64 - 4 * d), 8)));
}

// The way back. Bits past the d bytes are ignored.
template <int d>
HANDFAST_AVX2_INLINE __m256i unpack(__m256i packed) {
  const __m256i upper =
      _mm256_or_si256(_mm256_bslli_epi128(_mm256_srli_epi64(packed, 4 * d), 8),
                      _mm256_andnot_si256(lower_words(), _mm256_slli_epi64(packed, 64 - 4 * d)));
  const __m256i four =
      _mm256_and_si256(_mm256_or_si256(_mm256_and_si256(packed, lower_words()), upper),
                       _mm256_set1_epi64x((1LL << (4 * d)) - 1));
  const __m256i two =
      _mm256_or_si256(_mm256_and_si256(four, _mm256_set1_epi64x((1LL << (2 * d)) - 1)),
                      _mm256_slli_epi64(_mm256_srli_epi64(four, 2 * d), 32));
  return _mm256_or_si256(_mm256_and_si256(two, _mm256_set1_epi32((1 << d) - 1)),
                         _mm256_slli_epi32(_mm256_srli_epi32(two, d), 16));
}

// Compress_d of residues from 0 to q - 1. A multiplication gives the quotient of c * 2^d and q, or
// one less; what remains, which is below 2 q, says that, and whether to round up.
template <int d>
HANDFAST_AVX2_INLINE __m256i compress(__m256i c) {
  constexpr int reciprocal = (1 << (16 + d)) / ml_kem_q;
  const __m256i quotient =
      _mm256_mulhi_epu16(c, _mm256_set1_epi16(static_cast<std::int16_t>(reciprocal)));
  const __m256i rest = _mm256_sub_epi16(_mm256_slli_epi16(c, d),
                                        _mm256_mullo_epi16(quotient, _mm256_set1_epi16(ml_kem_q)));
  const __m256i up = _mm256_cmpgt_epi16(rest, _mm256_set1_epi16(ml_kem_q / 2));
  const __m256i up_again = _mm256_cmpgt_epi16(rest, _mm256_set1_epi16(ml_kem_q / 2 + ml_kem_q));
  const __m256i rounded = _mm256_sub_epi16(_mm256_sub_epi16(quotient, up), up_again);
  return _mm256_and_si256(rounded, _mm256_set1_epi16((1 << d) - 1));
}

// Decompress_d: y * q / 2^d, rounded; the instruction multiplies and divides by 2^15.
template <int d>
HANDFAST_AVX2_INLINE __m256i decompress(__m256i y) {
  return _mm256_mulhrs_epi16(_mm256_slli_epi16(y, 15 - d), _mm256_set1_epi16(ml_kem_q));
}

// Compress_d and ByteEncode_d, or, with 12 bits, ByteEncode_12 alone.
template <int d>
HANDFAST_AVX2 void write(const Polynomial& f, MutBytes out) {
  constexpr std::size_t step = d;  // bytes that half a register packs
  constexpr std::size_t size = 32 * step;
  Secret<size + half> room;
  const MutBytes bytes = room.fill(size + half);
  for (std::size_t i = 0; i < ml_kem_n / ml_kem_lanes; ++i) {
    __m256i numbers = canonical(load(&f.at[ml_kem_lanes * i]));
    if constexpr (d != 12) {
      numbers = compress<d>(numbers);
    }
    const __m256i packed = pack<d>(numbers);
    store_half(bytes.subspan(2 * i * step).data(), _mm256_castsi256_si128(packed));
    store_half(bytes.subspan((2 * i + 1) * step).data(), _mm256_extracti128_si256(packed, 1));
  }
  std::ranges::copy(bytes.first(size), out.begin());
}

// ByteDecode_d and Decompress_d.
template <int d>
HANDFAST_AVX2 void read(Bytes bytes, Polynomial& out) {
  constexpr std::size_t step = d;
  constexpr std::size_t size = 32 * step;
  Secret<size + half> room;
  const MutBytes copy = room.fill(size + half);
  std::ranges::copy(bytes.first(size), copy.begin());
  for (std::size_t i = 0; i < ml_kem_n / ml_kem_lanes; ++i) {
    const __m256i packed = _mm256_inserti128_si256(
        _mm256_castsi128_si256(load_half(copy.subspan(2 * i * step).data())),
        load_half(copy.subspan((2 * i + 1) * step).data()), 1);
    store(&out.at[ml_kem_lanes * i], decompress<d>(unpack<d>(packed)));
  }
}

}  // namespace

void encode_avx2(const Polynomial& f, MutBytes out) { write<12>(f, out); }

HANDFAST_AVX2 void decode_avx2(Bytes bytes, Polynomial& out) {
  for (std::size_t i = 0; i < ml_kem_n / ml_kem_lanes; ++i) {
    store(&out.at[ml_kem_lanes * i], unpack_12(bytes.subspan(24 * i, 24)));
  }
}

void compress_avx2(unsigned d, const Polynomial& f, MutBytes out) {
  switch (d) {
    case 1: return write<1>(f, out);
    case 4: return write<4>(f, out);
    case 5: return write<5>(f, out);
    case 10: return write<10>(f, out);
    default: return write<11>(f, out);
  }
}

void decompress_avx2(unsigned d, Bytes bytes, Polynomial& out) {
  switch (d) {
    case 1: return read<1>(bytes, out);
    case 4: return read<4>(bytes, out);
    case 5: return read<5>(bytes, out);
    case 10: return read<10>(bytes, out);
    default: return read<11>(bytes, out);
  }
}

}  // namespace handfast::crypto::native

#endif
