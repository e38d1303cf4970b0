// Messages of AES-GCM with one block an instruction.
#include "crypto/native/aes_gcm.h"

#ifdef HANDFAST_AES_GCM

#include "crypto/native/aes_gcm_kernel.h"
#include "crypto/native/constant_time.h"

#include <algorithm>

#define HANDFAST_GCM HANDFAST_AESNI
#define HANDFAST_GCM_INLINE HANDFAST_AESNI_INLINE

namespace handfast::crypto::native::gcm_aesni {

namespace {

using Blocks = __m128i;
constexpr std::size_t width = 1;

HANDFAST_GCM_INLINE Blocks load(const std::uint8_t* from) { return load_block(from); }

HANDFAST_GCM_INLINE void store(std::uint8_t* to, Blocks blocks) { store_block(to, blocks); }

HANDFAST_GCM_INLINE Blocks first_bytes(Blocks blocks, std::size_t size) {
  const Blocks sizes = _mm_set1_epi8(static_cast<char>(size));
  return size < gcm_block ? blocks & _mm_cmpgt_epi8(sizes, places()) : blocks;
}

HANDFAST_GCM_INLINE Blocks with_byte(Blocks blocks, std::size_t place, std::uint8_t byte) {
  const Blocks is_there = _mm_cmpeq_epi8(_mm_set1_epi8(static_cast<char>(place)), places());
  return place < gcm_block ? blocks | (is_there & _mm_set1_epi8(static_cast<char>(byte))) : blocks;
}

HANDFAST_GCM_INLINE Blocks load_some(const std::uint8_t* from, std::size_t size) {
  if (size >= gcm_block) {
    return load_block(from);
  }
  return size > 0 ? load_padded(from, size) : Blocks{};
}

HANDFAST_GCM_INLINE void store_some(std::uint8_t* to, Blocks blocks, std::size_t /*size*/) {
  store_block(to, blocks);
}

HANDFAST_GCM_INLINE Blocks turned(Blocks blocks) { return turned_block(blocks); }

HANDFAST_GCM_INLINE Blocks all(__m128i block) { return block; }

HANDFAST_GCM_INLINE Blocks low(__m128i block) { return block; }

HANDFAST_GCM_INLINE __m128i folded(Blocks blocks) { return blocks; }

HANDFAST_GCM_INLINE Blocks after(__m128i counter) { return counter; }

HANDFAST_GCM_INLINE Blocks plus_width(Blocks counters) {
  return _mm_add_epi32(counters, _mm_set_epi32(0, 0, 0, 1));
}

HANDFAST_GCM_INLINE Blocks aes_round(Blocks blocks, Blocks key) {
  return _mm_aesenc_si128(blocks, key);
}

HANDFAST_GCM_INLINE Blocks last_aes_round(Blocks blocks, Blocks key) {
  return _mm_aesenclast_si128(blocks, key);
}

template <int halves>
HANDFAST_GCM_INLINE Blocks product(Blocks a, Blocks b) {
  return _mm_clmulepi64_si128(a, b, halves);
}

HANDFAST_GCM_INLINE Blocks moved_up(Blocks blocks) { return _mm_slli_si128(blocks, 8); }

HANDFAST_GCM_INLINE Blocks moved_down(Blocks blocks) { return _mm_srli_si128(blocks, 8); }

HANDFAST_GCM_INLINE Blocks halves_swapped(Blocks blocks) { return _mm_shuffle_epi32(blocks, 0x4e); }

}  // namespace

#include "crypto/native/aes_gcm_twin.h"

}  // namespace handfast::crypto::native::gcm_aesni

#undef HANDFAST_GCM
#undef HANDFAST_GCM_INLINE

#endif
