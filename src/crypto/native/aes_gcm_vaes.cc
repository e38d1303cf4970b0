// Batches of AES-GCM with two blocks an instruction.
#include "crypto/native/aes_gcm.h"

#ifdef HANDFAST_AES_GCM

#include "crypto/native/aes_gcm_kernel.h"

#define HANDFAST_VAES [[gnu::target("avx2,vaes,vpclmulqdq,aes,pclmul,sse4.1")]]
#define HANDFAST_VAES_INLINE                                                                       \
  [[gnu::target("avx2,vaes,vpclmulqdq,aes,pclmul,sse4.1"), gnu::always_inline]] inline

namespace handfast::crypto::native {
namespace {

constexpr std::size_t lane_size = 2 * gcm_block;
constexpr std::size_t long_lanes = 2 * gcm_lanes / 2;  // of two batches, to keep the units busy

HANDFAST_VAES_INLINE __m256i load_pair(const std::uint8_t* from) {
  const void* const address = from;
  return _mm256_loadu_si256(static_cast<const __m256i*>(address));
}

HANDFAST_VAES_INLINE void store_pair(std::uint8_t* to, __m256i blocks) {
  void* const address = to;
  _mm256_storeu_si256(static_cast<__m256i*>(address), blocks);
}

HANDFAST_VAES_INLINE __m256i both_turned(__m256i blocks) {
  return _mm256_shuffle_epi8(blocks, _mm256_broadcastsi128_si256(reverse_order()));
}

HANDFAST_VAES_INLINE __m256i twice(const std::array<std::uint8_t, gcm_block>& round_key) {
  return _mm256_broadcastsi128_si256(load_block(round_key.data()));
}

/// As `ghash` for a whole batch.
HANDFAST_VAES_INLINE __m128i ghash_batch(const AesGcm::Key& key, __m128i hash,
                                         const std::uint8_t* blocks) {
  __m256i low = _mm256_setzero_si256();
  __m256i middle = low;
  __m256i high = low;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < gcm_lanes; i += 2) {
    __m256i two = both_turned(load_pair(blocks + i * gcm_block));
    if (i == 0) {
      two = _mm256_xor_si256(two, _mm256_zextsi128_si256(hash));
    }
    const __m256i power = load_pair(key.powers[i].data());
    low = _mm256_xor_si256(low, _mm256_clmulepi64_epi128(two, power, 0x00));
    high = _mm256_xor_si256(high, _mm256_clmulepi64_epi128(two, power, 0x11));
    middle = _mm256_xor_si256(middle, _mm256_xor_si256(_mm256_clmulepi64_epi128(two, power, 0x01),
                                                       _mm256_clmulepi64_epi128(two, power, 0x10)));
  }
  GcmProduct sum;
  sum.low = _mm_xor_si128(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
  sum.middle = _mm_xor_si128(_mm256_castsi256_si128(middle), _mm256_extracti128_si256(middle, 1));
  sum.high = _mm_xor_si128(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1));
  return reduced(sum);
}

/// The key stream of the next sixteen blocks.
struct LongStream {
  __m256i lanes[long_lanes];
};

HANDFAST_VAES_INLINE LongStream next_long_stream(const AesGcm::Key& key, unsigned last_round,
                                                 __m128i& counter) {
  LongStream stream;
  const __m256i two = _mm256_set_epi32(0, 0, 0, 2, 0, 0, 0, 2);
  const __m128i one = _mm_set_epi32(0, 0, 0, 1);
  const __m256i first = twice(key.rounds[0]);
  __m256i counters =
      _mm256_inserti128_si256(_mm256_castsi128_si256(counter), _mm_add_epi32(counter, one), 1);
#pragma GCC unroll 8
  for (__m256i& lane : stream.lanes) {
    lane = _mm256_xor_si256(both_turned(counters), first);
    counters = _mm256_add_epi32(counters, two);
  }
  counter = _mm256_castsi256_si128(counters);
  for (unsigned round = 1; round < last_round; ++round) {
    const __m256i round_key = twice(key.rounds[round]);
#pragma GCC unroll 8
    for (__m256i& lane : stream.lanes) {
      lane = _mm256_aesenc_epi128(lane, round_key);
    }
  }
  const __m256i round_key = twice(key.rounds[last_round]);
#pragma GCC unroll 8
  for (__m256i& lane : stream.lanes) {
    lane = _mm256_aesenclast_epi128(lane, round_key);
  }
  return stream;
}

HANDFAST_VAES_INLINE void add_long_stream(const LongStream& stream, const std::uint8_t* in,
                                          std::uint8_t* out) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < long_lanes; ++i) {
    store_pair(out + i * lane_size,
               _mm256_xor_si256(stream.lanes[i], load_pair(in + i * lane_size)));
  }
}

}  // namespace

HANDFAST_VAES void gcm_seal_vaes(const AesGcm::Key& key, unsigned last_round, GcmRun& run,
                                 const std::uint8_t* in, std::uint8_t* out, std::size_t batches) {
  GcmRun at = run;
  std::size_t done = 0;
  std::size_t hashed_batches = 0;
  for (; done + 2 <= batches; done += 2) {
    const LongStream stream = next_long_stream(key, last_round, at.counter);
    for (; hashed_batches < done; ++hashed_batches) {
      at.hash = ghash_batch(key, at.hash, out + hashed_batches * gcm_batch);
    }
    add_long_stream(stream, in + done * gcm_batch, out + done * gcm_batch);
  }
  if (done < batches) {
    add_stream(next_stream(key, last_round, at.counter), in + done * gcm_batch,
               out + done * gcm_batch);
  }
  for (; hashed_batches < batches; ++hashed_batches) {
    at.hash = ghash_batch(key, at.hash, out + hashed_batches * gcm_batch);
  }
  run = at;
}

HANDFAST_VAES void gcm_open_vaes(const AesGcm::Key& key, unsigned last_round, GcmRun& run,
                                 const std::uint8_t* in, std::uint8_t* out, std::size_t batches) {
  GcmRun at = run;
  std::size_t done = 0;
  for (; done + 2 <= batches; done += 2) {
    const LongStream stream = next_long_stream(key, last_round, at.counter);
    at.hash = ghash_batch(key, at.hash, in + done * gcm_batch);
    at.hash = ghash_batch(key, at.hash, in + (done + 1) * gcm_batch);
    add_long_stream(stream, in + done * gcm_batch, out + done * gcm_batch);
  }
  if (done < batches) {
    const GcmStream stream = next_stream(key, last_round, at.counter);
    at.hash = ghash_batch(key, at.hash, in + done * gcm_batch);
    add_stream(stream, in + done * gcm_batch, out + done * gcm_batch);
  }
  run = at;
}

}  // namespace handfast::crypto::native

#endif
