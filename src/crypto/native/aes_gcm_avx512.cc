// Messages of AES-GCM with four blocks an instruction.
#include "crypto/native/aes_gcm.h"

#ifdef HANDFAST_AES_GCM

#include "crypto/native/aes_gcm_kernel.h"
#include "crypto/native/constant_time.h"

#include <algorithm>

#define HANDFAST_GCM                                                                               \
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,avx2,vaes,vpclmulqdq,aes,pclmul,sse4.1")]]
#define HANDFAST_GCM_INLINE HANDFAST_GCM [[gnu::always_inline]] inline

namespace handfast::crypto::native::gcm_avx512 {

namespace {

// The forms with a mask of all lanes: of the others g++ 12 says that its own header does not
// initialise something.

using Blocks = __m512i;
constexpr std::size_t width = 4;

HANDFAST_GCM_INLINE Blocks load(const std::uint8_t* from) { return _mm512_loadu_si512(from); }

HANDFAST_GCM_INLINE void store(std::uint8_t* to, Blocks blocks) { _mm512_storeu_si512(to, blocks); }

HANDFAST_GCM_INLINE __mmask64 first(std::size_t size) {
  return size < 64 ? (__mmask64{1} << size) - 1 : ~__mmask64{0};
}

HANDFAST_GCM_INLINE Blocks first_bytes(Blocks blocks, std::size_t size) {
  return _mm512_maskz_mov_epi8(first(size), blocks);
}

HANDFAST_GCM_INLINE Blocks with_byte(Blocks blocks, std::size_t place, std::uint8_t byte) {
  return _mm512_mask_mov_epi8(blocks, first(place + 1) ^ first(place),
                              _mm512_set1_epi8(static_cast<char>(byte)));
}

HANDFAST_GCM_INLINE Blocks load_some(const std::uint8_t* from, std::size_t size) {
  return _mm512_maskz_loadu_epi8(first(size), from);
}

HANDFAST_GCM_INLINE void store_some(std::uint8_t* to, Blocks blocks, std::size_t size) {
  _mm512_mask_storeu_epi8(to, first(size), blocks);
}

HANDFAST_GCM_INLINE Blocks all(__m128i block) {
  return _mm512_maskz_broadcast_i32x4(0xffff, block);
}

HANDFAST_GCM_INLINE Blocks turned(Blocks blocks) {
  return _mm512_shuffle_epi8(blocks, all(reverse_order()));
}

HANDFAST_GCM_INLINE Blocks low(__m128i block) { return _mm512_zextsi128_si512(block); }

HANDFAST_GCM_INLINE __m128i folded(Blocks blocks) {
  const __m256i two = _mm512_maskz_extracti64x4_epi64(0xf, blocks, 0) ^
                      _mm512_maskz_extracti64x4_epi64(0xf, blocks, 1);
  return _mm256_castsi256_si128(two) ^ _mm256_extracti128_si256(two, 1);
}

HANDFAST_GCM_INLINE Blocks after(__m128i counter) {
  return _mm512_add_epi32(all(counter),
                          _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0));
}

HANDFAST_GCM_INLINE Blocks plus_width(Blocks counters) {
  return _mm512_add_epi32(counters, all(_mm_set_epi32(0, 0, 0, 4)));
}

HANDFAST_GCM_INLINE Blocks aes_round(Blocks blocks, Blocks key) {
  return _mm512_aesenc_epi128(blocks, key);
}

HANDFAST_GCM_INLINE Blocks last_aes_round(Blocks blocks, Blocks key) {
  return _mm512_aesenclast_epi128(blocks, key);
}

template <int halves>
HANDFAST_GCM_INLINE Blocks product(Blocks a, Blocks b) {
  return _mm512_clmulepi64_epi128(a, b, halves);
}

HANDFAST_GCM_INLINE Blocks moved_up(Blocks blocks) { return _mm512_bslli_epi128(blocks, 8); }

HANDFAST_GCM_INLINE Blocks moved_down(Blocks blocks) { return _mm512_bsrli_epi128(blocks, 8); }

HANDFAST_GCM_INLINE Blocks halves_swapped(Blocks blocks) {
  return _mm512_maskz_shuffle_epi32(0xffff, blocks, _MM_PERM_BADC);
}

}  // namespace

#include "crypto/native/aes_gcm_twin.h"

}  // namespace handfast::crypto::native::gcm_avx512

#undef HANDFAST_GCM
#undef HANDFAST_GCM_INLINE

#endif
