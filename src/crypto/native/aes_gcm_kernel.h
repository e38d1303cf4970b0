// What the twins of AES-GCM share: AES in counter mode and GHASH on registers of 128 bits.
#pragma once

#include "crypto/native/aes_gcm.h"

#include <immintrin.h>

// Attributes of each function, and no flags for the file: see avx2.h.
#define HANDFAST_AESNI [[gnu::target("aes,pclmul,sse4.1")]]
#define HANDFAST_AESNI_INLINE [[gnu::target("aes,pclmul,sse4.1"), gnu::always_inline]] inline

namespace handfast::crypto::native {

inline constexpr std::size_t gcm_block = 16;
inline constexpr std::size_t gcm_lanes = 8;  // blocks that are under way at a time
inline constexpr std::size_t gcm_batch = gcm_lanes * gcm_block;

/// How far a message has come.
struct GcmRun {
  __m128i hash;     ///< GHASH so far, with the bytes turned round
  __m128i counter;  ///< of the next block, with the bytes turned round
};

/// What a twin does with whole batches. `out` may be `in`.
using GcmBatches = void(const AesGcm::Key& key, unsigned last_round, GcmRun& run,
                        const std::uint8_t* in, std::uint8_t* out, std::size_t batches);

GcmBatches gcm_seal_aesni;
GcmBatches gcm_open_aesni;
GcmBatches gcm_seal_vaes;
GcmBatches gcm_open_vaes;

HANDFAST_AESNI_INLINE __m128i load_block(const std::uint8_t* from) {
  const void* const address = from;
  return _mm_loadu_si128(static_cast<const __m128i*>(address));
}

HANDFAST_AESNI_INLINE void store_block(std::uint8_t* to, __m128i block) {
  void* const address = to;
  _mm_storeu_si128(static_cast<__m128i*>(address), block);
}

HANDFAST_AESNI_INLINE __m128i reverse_order() {
  return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// The bytes in reverse: GCM's bits and its counter count from the other end.
HANDFAST_AESNI_INLINE __m128i turned(__m128i block) {
  return _mm_shuffle_epi8(block, reverse_order());
}

/// GCM's polynomial with its bits in reverse, x^128 + x^127 + x^126 + x^121 + 1, without its x^128.
HANDFAST_AESNI_INLINE __m128i gcm_polynomial() {
  return _mm_set_epi32(static_cast<int>(0xc2000000), 0, 0, 1);
}

/// Products that are still to be reduced, summed up.
struct GcmProduct {
  __m128i low = _mm_setzero_si128();
  __m128i middle = _mm_setzero_si128();
  __m128i high = _mm_setzero_si128();
};

HANDFAST_AESNI_INLINE void add_product(GcmProduct& sum, __m128i a, __m128i b) {
  sum.low = _mm_xor_si128(sum.low, _mm_clmulepi64_si128(a, b, 0x00));
  sum.high = _mm_xor_si128(sum.high, _mm_clmulepi64_si128(a, b, 0x11));
  sum.middle = _mm_xor_si128(sum.middle, _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01),
                                                       _mm_clmulepi64_si128(a, b, 0x10)));
}

/// The sum divided by x^128 (Gueron, Kounavis 2010, with Montgomery's trick): a polynomial whose
/// lowest half is 1 is taken away word by word.
HANDFAST_AESNI_INLINE __m128i reduced(const GcmProduct& sum) {
  const __m128i upper = _mm_srli_si128(gcm_polynomial(), 8);
  __m128i low = _mm_xor_si128(sum.low, _mm_slli_si128(sum.middle, 8));
  const __m128i high = _mm_xor_si128(sum.high, _mm_srli_si128(sum.middle, 8));
#pragma GCC unroll 2
  for (int word = 0; word < 2; ++word) {
    low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e), _mm_clmulepi64_si128(low, upper, 0x00));
  }
  return _mm_xor_si128(low, high);
}

/// GHASH goes on with `count` blocks, at most eight.
HANDFAST_AESNI_INLINE __m128i ghash(const AesGcm::Key& key, __m128i hash,
                                    const std::uint8_t* blocks, std::size_t count) {
  const auto* const powers = key.powers.data() + (gcm_lanes - count);
  GcmProduct sum;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < count; ++i) {
    __m128i block = turned(load_block(blocks + i * gcm_block));
    if (i == 0) {
      block = _mm_xor_si128(block, hash);
    }
    add_product(sum, block, load_block(powers[i].data()));
  }
  return reduced(sum);
}

/// The key stream of the next eight blocks.
struct GcmStream {
  __m128i lanes[gcm_lanes];
};

HANDFAST_AESNI_INLINE GcmStream next_stream(const AesGcm::Key& key, unsigned last_round,
                                            __m128i& counter) {
  GcmStream stream;
  const __m128i one = _mm_set_epi32(0, 0, 0, 1);
  const __m128i first = load_block(key.rounds[0].data());
#pragma GCC unroll 8
  for (__m128i& lane : stream.lanes) {
    lane = _mm_xor_si128(turned(counter), first);
    counter = _mm_add_epi32(counter, one);
  }
  for (unsigned round = 1; round < last_round; ++round) {
    const __m128i round_key = load_block(key.rounds[round].data());
#pragma GCC unroll 8
    for (__m128i& lane : stream.lanes) {
      lane = _mm_aesenc_si128(lane, round_key);
    }
  }
  const __m128i round_key = load_block(key.rounds[last_round].data());
#pragma GCC unroll 8
  for (__m128i& lane : stream.lanes) {
    lane = _mm_aesenclast_si128(lane, round_key);
  }
  return stream;
}

/// Adds the stream to a batch.
HANDFAST_AESNI_INLINE void add_stream(const GcmStream& stream, const std::uint8_t* in,
                                      std::uint8_t* out) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < gcm_lanes; ++i) {
    store_block(out + i * gcm_block,
                _mm_xor_si128(stream.lanes[i], load_block(in + i * gcm_block)));
  }
}

}  // namespace handfast::crypto::native
