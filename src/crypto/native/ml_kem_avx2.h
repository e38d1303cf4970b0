// The parts of ML-KEM's arithmetic for AVX2: see ml_kem_avx2.cc and ml_kem_avx2_codec.cc.
#pragma once

#include "crypto/native/avx2.h"
#include "crypto/native/ml_kem_ring.h"

#include <cstddef>

namespace handfast::crypto::native {

/// Coefficients in a register.
inline constexpr std::size_t ml_kem_lanes = 16;

/// The residues that are below two thirds of q, either way.
HANDFAST_AVX2_INLINE __m256i barrett(__m256i values) {
  const __m256i quotients = _mm256_mulhrs_epi16(values, _mm256_set1_epi16(10));
  return _mm256_sub_epi16(values, _mm256_mullo_epi16(quotients, _mm256_set1_epi16(ml_kem_q)));
}

/// Sixteen numbers of 12 bits out of 24 bytes.
HANDFAST_AVX2_INLINE __m256i unpack_12(Bytes bytes) {
  const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(load_half(bytes.data())),
                                               load_half(bytes.subspan(8).data()), 1);
  const __m256i pairs = _mm256_shuffle_epi8(
      both, _mm256_setr_epi8(0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11,  //
                             4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11, 12, 13, 14, 14, 15));
  const __m256i even = _mm256_and_si256(pairs, _mm256_set1_epi16(0xfff));
  return _mm256_blend_epi16(even, _mm256_srli_epi16(pairs, 4), 0xaa);
}

/// What `ml_kem_avx2` says it does.
void encode_avx2(const Polynomial& f, MutBytes out);
void decode_avx2(Bytes bytes, Polynomial& out);
void compress_avx2(unsigned d, const Polynomial& f, MutBytes out);
void decompress_avx2(unsigned d, Bytes bytes, Polynomial& out);

}  // namespace handfast::crypto::native
