// AVX-512 with IFMA, which multiplies numbers of 52 bits, for ChaCha20-Poly1305, X25519 and RSA's
// public operation. (AES-GCM needs other parts of AVX-512.)
//
// Where there are secrets, vectors are those of the compiler, not of an instruction set: functions
// that have this attribute make its instructions of them. Valgrind, which does not know these, sees
// the same text lowered to older ones (HANDFAST_TRACK_SECRETS), with other words for what has to be
// an intrinsic.
#pragma once

#include "crypto/native/words.h"

#include <cstddef>
#include <cstdint>

#include <immintrin.h>

#ifdef HANDFAST_TRACK_SECRETS
#define HANDFAST_AVX512
#else
#define HANDFAST_AVX512 [[gnu::target("avx512f,avx512bw,avx512vl,avx512ifma,bmi2")]]
#endif
#define HANDFAST_AVX512_INLINE HANDFAST_AVX512 [[gnu::always_inline]] inline

namespace handfast::crypto::native {

/// Whether this machine has it.
[[nodiscard]] inline bool has_avx512() {
#ifdef HANDFAST_TRACK_SECRETS
  return true;
#else
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma") &&
         __builtin_cpu_supports("bmi2");
#endif
}

/// In each of four or eight lanes sum + the lower 52 bits of a * b, whose own lower 52 bits alone
/// are multiplied.
template <class Lanes>
HANDFAST_AVX512_INLINE Lanes add_low(Lanes sum, Lanes a, Lanes b) {
#ifdef HANDFAST_TRACK_SECRETS
  constexpr std::uint64_t mask = (std::uint64_t{1} << 52) - 1;
  for (std::size_t i = 0; i < sizeof(Lanes) / sizeof(std::uint64_t); ++i) {
    sum[i] += (a[i] & mask) * (b[i] & mask) & mask;
  }
  return sum;
#else
  if constexpr (sizeof(Lanes) == sizeof(__m512i)) {
    return __builtin_bit_cast(Lanes, _mm512_madd52lo_epu64(__builtin_bit_cast(__m512i, sum),
                                                           __builtin_bit_cast(__m512i, a),
                                                           __builtin_bit_cast(__m512i, b)));
  } else {
    return __builtin_bit_cast(Lanes, _mm256_madd52lo_epu64(__builtin_bit_cast(__m256i, sum),
                                                           __builtin_bit_cast(__m256i, a),
                                                           __builtin_bit_cast(__m256i, b)));
  }
#endif
}

/// The same with the bits of a * b above those.
template <class Lanes>
HANDFAST_AVX512_INLINE Lanes add_high(Lanes sum, Lanes a, Lanes b) {
#ifdef HANDFAST_TRACK_SECRETS
  constexpr std::uint64_t mask = (std::uint64_t{1} << 52) - 1;
  for (std::size_t i = 0; i < sizeof(Lanes) / sizeof(std::uint64_t); ++i) {
    sum[i] += static_cast<std::uint64_t>(Wide{a[i] & mask} * (b[i] & mask) >> 52);
  }
  return sum;
#else
  if constexpr (sizeof(Lanes) == sizeof(__m512i)) {
    return __builtin_bit_cast(Lanes, _mm512_madd52hi_epu64(__builtin_bit_cast(__m512i, sum),
                                                           __builtin_bit_cast(__m512i, a),
                                                           __builtin_bit_cast(__m512i, b)));
  } else {
    return __builtin_bit_cast(Lanes, _mm256_madd52hi_epu64(__builtin_bit_cast(__m256i, sum),
                                                           __builtin_bit_cast(__m256i, a),
                                                           __builtin_bit_cast(__m256i, b)));
  }
#endif
}

}  // namespace handfast::crypto::native
