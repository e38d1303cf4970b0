// Messages of AES-GCM with two blocks an instruction.
#include "crypto/native/aes_gcm.h"

#ifdef HANDFAST_AES_GCM

#include "crypto/native/aes_gcm_kernel.h"
#include "crypto/native/constant_time.h"

#include <algorithm>

#define HANDFAST_GCM [[gnu::target("avx2,vaes,vpclmulqdq,aes,pclmul,sse4.1")]]
#define HANDFAST_GCM_INLINE                                                                        \
  [[gnu::target("avx2,vaes,vpclmulqdq,aes,pclmul,sse4.1"), gnu::always_inline]] inline

namespace handfast::crypto::native::gcm_vaes {

namespace {

using Blocks = __m256i;
constexpr std::size_t width = 2;

HANDFAST_GCM_INLINE Blocks load(const std::uint8_t* from) {
  const void* const address = from;
  return _mm256_loadu_si256(static_cast<const __m256i*>(address));
}

HANDFAST_GCM_INLINE void store(std::uint8_t* to, Blocks blocks) {
  void* const address = to;
  _mm256_storeu_si256(static_cast<__m256i*>(address), blocks);
}

HANDFAST_GCM_INLINE Blocks all_places() {
  return _mm256_set_m128i(_mm_add_epi8(places(), _mm_set1_epi8(gcm_block)), places());
}

HANDFAST_GCM_INLINE Blocks first_bytes(Blocks blocks, std::size_t size) {
  const Blocks sizes = _mm256_set1_epi8(static_cast<char>(size));
  return size < 2 * gcm_block ? blocks & _mm256_cmpgt_epi8(sizes, all_places()) : blocks;
}

HANDFAST_GCM_INLINE Blocks with_byte(Blocks blocks, std::size_t place, std::uint8_t byte) {
  const Blocks is_there =
      _mm256_cmpeq_epi8(_mm256_set1_epi8(static_cast<char>(place)), all_places());
  const Blocks bytes = _mm256_set1_epi8(static_cast<char>(byte));
  return place < 2 * gcm_block ? blocks | (is_there & bytes) : blocks;
}

HANDFAST_GCM_INLINE Blocks load_some(const std::uint8_t* from, std::size_t size) {
  if (size >= 2 * gcm_block) {
    return load(from);
  }
  if (size > gcm_block) {
    return _mm256_set_m128i(load_padded(from + gcm_block, size - gcm_block), load_block(from));
  }
  return size > 0 ? _mm256_zextsi128_si256(load_padded(from, size)) : Blocks{};
}

HANDFAST_GCM_INLINE void store_some(std::uint8_t* to, Blocks blocks, std::size_t size) {
  if (size > gcm_block) {
    store(to, blocks);
  } else {
    store_block(to, _mm256_castsi256_si128(blocks));
  }
}

HANDFAST_GCM_INLINE Blocks all(__m128i block) { return _mm256_broadcastsi128_si256(block); }

HANDFAST_GCM_INLINE Blocks turned(Blocks blocks) {
  return _mm256_shuffle_epi8(blocks, all(reverse_order()));
}

HANDFAST_GCM_INLINE Blocks low(__m128i block) { return _mm256_zextsi128_si256(block); }

HANDFAST_GCM_INLINE __m128i folded(Blocks blocks) {
  return _mm256_castsi256_si128(blocks) ^ _mm256_extracti128_si256(blocks, 1);
}

HANDFAST_GCM_INLINE Blocks after(__m128i counter) {
  return _mm256_add_epi32(all(counter), _mm256_set_epi32(0, 0, 0, 1, 0, 0, 0, 0));
}

HANDFAST_GCM_INLINE Blocks plus_width(Blocks counters) {
  return _mm256_add_epi32(counters, _mm256_set_epi32(0, 0, 0, 2, 0, 0, 0, 2));
}

HANDFAST_GCM_INLINE Blocks aes_round(Blocks blocks, Blocks key) {
  return _mm256_aesenc_epi128(blocks, key);
}

HANDFAST_GCM_INLINE Blocks last_aes_round(Blocks blocks, Blocks key) {
  return _mm256_aesenclast_epi128(blocks, key);
}

template <int halves>
HANDFAST_GCM_INLINE Blocks product(Blocks a, Blocks b) {
  return _mm256_clmulepi64_epi128(a, b, halves);
}

HANDFAST_GCM_INLINE Blocks moved_up(Blocks blocks) { return _mm256_slli_si256(blocks, 8); }

HANDFAST_GCM_INLINE Blocks moved_down(Blocks blocks) { return _mm256_srli_si256(blocks, 8); }

HANDFAST_GCM_INLINE Blocks halves_swapped(Blocks blocks) {
  return _mm256_shuffle_epi32(blocks, 0x4e);
}

}  // namespace

#include "crypto/native/aes_gcm_twin.h"

}  // namespace handfast::crypto::native::gcm_vaes

#undef HANDFAST_GCM
#undef HANDFAST_GCM_INLINE

#endif
