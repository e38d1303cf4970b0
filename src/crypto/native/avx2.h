// What the twins for AVX2 share.
#pragma once

#include <immintrin.h>

// An attribute of each function, and no flag for the file: a flag would also compile what the
// standard library has inline for AVX2, and the linker may keep that copy for the whole program.
#define HANDFAST_AVX2 [[gnu::target("avx2")]]
#define HANDFAST_AVX2_INLINE [[gnu::target("avx2"), gnu::always_inline]] inline

namespace handfast::crypto::native {

/// The 32 bytes from `from` on; they need not be aligned.
HANDFAST_AVX2_INLINE __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

/// Writes 32 bytes.
HANDFAST_AVX2_INLINE void store(void* to, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), value);
}

/// The same for 16 bytes.
HANDFAST_AVX2_INLINE __m128i load_half(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

HANDFAST_AVX2_INLINE void store_half(void* to, __m128i value) {
  _mm_storeu_si128(static_cast<__m128i*>(to), value);
}

}  // namespace handfast::crypto::native
