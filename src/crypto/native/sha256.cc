// SHA-256 (FIPS 180-4 §6.2) by the SHA extensions of x86. Two rounds are one instruction there,
// which waits for that before it: a processor has time for a second state meanwhile.
#include "crypto/sha2.h"

#if defined(HANDFAST_SHA256) && defined(__x86_64__)

#include <immintrin.h>

#define HANDFAST_SHA [[gnu::target("sha,sse4.1,ssse3")]]
#define HANDFAST_SHA_INLINE [[gnu::target("sha,sse4.1,ssse3"), gnu::always_inline]] inline

namespace handfast::crypto {
namespace {

constexpr std::size_t sha256_block = 64;

/// FIPS 180-4 §4.2.2.
alignas(16) constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

HANDFAST_SHA_INLINE __m128i load_words(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

/// Four words with their bytes turned around: from big endian, or to it.
HANDFAST_SHA_INLINE __m128i turned(__m128i words) {
  return _mm_shuffle_epi8(words,
                          _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}

HANDFAST_SHA_INLINE __m128i load_big_endian(const std::uint8_t* from) {
  return turned(load_words(from));
}

HANDFAST_SHA_INLINE void store_big_endian(std::uint8_t* to, __m128i words) {
  _mm_storeu_si128(static_cast<__m128i*>(static_cast<void*>(to)), turned(words));
}

/// The working variables a to h, as the instructions want them.
struct Variables {
  __m128i abef;
  __m128i cdgh;
};

HANDFAST_SHA_INLINE Variables read_state(const Sha2State& state) {
  const __m128i badc = _mm_shuffle_epi32(load_big_endian(&state.words[0]), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(load_big_endian(&state.words[16]), 0x1b);
  return {.abef = _mm_alignr_epi8(badc, hgfe, 8), .cdgh = _mm_blend_epi16(hgfe, badc, 0xf0)};
}

HANDFAST_SHA_INLINE void write_state(const Variables& variables, Sha2State& state) {
  const __m128i feba = _mm_shuffle_epi32(variables.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(variables.cdgh, 0xb1);
  store_big_endian(&state.words[0], _mm_blend_epi16(feba, dchg, 0xf0));
  store_big_endian(&state.words[16], _mm_alignr_epi8(dchg, feba, 8));
}

/// Four words of the message schedule from the sixteen before them, which they take the place of:
/// W(t - 16) to W(t - 1) lie in `words` from `oldest` on, and around.
HANDFAST_SHA_INLINE void schedule(__m128i (&words)[4], std::size_t oldest) {
  const __m128i last = words[(oldest + 3) % 4];
  const __m128i seven_back = _mm_alignr_epi8(last, words[(oldest + 2) % 4], 4);
  const __m128i sum =
      _mm_add_epi32(_mm_sha256msg1_epu32(words[oldest], words[(oldest + 1) % 4]), seven_back);
  words[oldest] = _mm_sha256msg2_epu32(sum, last);
}

HANDFAST_SHA_INLINE void four_rounds(Variables& variables, __m128i words, std::size_t step) {
  const __m128i inputs = _mm_add_epi32(words, load_words(&round_constants[4 * step]));
  variables.cdgh = _mm_sha256rnds2_epu32(variables.cdgh, variables.abef, inputs);
  variables.abef =
      _mm_sha256rnds2_epu32(variables.abef, variables.cdgh, _mm_shuffle_epi32(inputs, 0x0e));
}

/// A block into each of as many states.
template <std::size_t lanes>
HANDFAST_SHA_INLINE void compress_lanes(Variables (&states)[lanes],
                                        const std::uint8_t* const (&blocks)[lanes]) {
  Variables now[lanes];
  __m128i words[lanes][4];
#pragma GCC unroll 2
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    now[lane] = states[lane];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      words[lane][i] = load_big_endian(blocks[lane] + 16 * i);
    }
  }
#pragma GCC unroll 16
  for (std::size_t step = 0; step < 16; ++step) {
#pragma GCC unroll 2
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      four_rounds(now[lane], words[lane][step % 4], step);
      if (step < 12) {
        schedule(words[lane], step % 4);
      }
    }
  }
#pragma GCC unroll 2
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    states[lane].abef = _mm_add_epi32(states[lane].abef, now[lane].abef);
    states[lane].cdgh = _mm_add_epi32(states[lane].cdgh, now[lane].cdgh);
  }
}

HANDFAST_SHA void compress(Sha2State& state, const std::uint8_t* blocks, std::size_t count) {
  Variables states[] = {read_state(state)};
  for (; count > 0; --count, blocks += sha256_block) {
    compress_lanes(states, {blocks});
  }
  write_state(states[0], state);
}

HANDFAST_SHA void compress_both(Sha2State& one, const std::uint8_t* block, Sha2State& other,
                                const std::uint8_t* block_of_other) {
  Variables states[] = {read_state(one), read_state(other)};
  compress_lanes(states, {block, block_of_other});
  write_state(states[0], one);
  write_state(states[1], other);
}

constexpr Sha2Compression by_sha_extensions = {.compress = compress,
                                               .compress_both = compress_both};

}  // namespace

const Sha2Compression* own_sha256() {
  const bool is_there = __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1") &&
                        __builtin_cpu_supports("ssse3");
  return is_there ? &by_sha_extensions : nullptr;
}

}  // namespace handfast::crypto

#else

namespace handfast::crypto {

const Sha2Compression* own_sha256() { return nullptr; }

}  // namespace handfast::crypto

#endif
