// What the twins of AES-GCM share: blocks, GHASH's numbers, and what a twin does.
#pragma once

#include "crypto/native/aes_gcm.h"

#include <immintrin.h>

// Attributes of each function, and no flags for the file: see avx2.h.
#define HANDFAST_AESNI [[gnu::target("aes,pclmul,sse4.1")]]
#define HANDFAST_AESNI_INLINE [[gnu::target("aes,pclmul,sse4.1"), gnu::always_inline]] inline

namespace handfast::crypto::native {

inline constexpr std::size_t gcm_block = 16;
inline constexpr std::size_t gcm_chunk =
    AesGcm::Key::powers * gcm_block;  // of which a key has the powers of H

/// What `AesGcm` asks of a twin: see there.
using GcmSeal = void(const AesGcm::Key& key, std::span<const std::uint8_t, gcm_nonce_size> nonce,
                     Bytes aad, std::span<const Bytes> parts, const MutBytes& out);
using GcmOpen = bool(const AesGcm::Key& key, std::span<const std::uint8_t, gcm_nonce_size> nonce,
                     Bytes aad, MutBytes sealed);

namespace gcm_aesni {
GcmSeal seal_message;
GcmOpen open_message;
}  // namespace gcm_aesni

namespace gcm_vaes {
GcmSeal seal_message;
GcmOpen open_message;
}  // namespace gcm_vaes

namespace gcm_avx512 {
GcmSeal seal_message;
GcmOpen open_message;
}  // namespace gcm_avx512

HANDFAST_AESNI_INLINE __m128i load_block(const std::uint8_t* from) {
  const void* const address = from;
  return _mm_loadu_si128(static_cast<const __m128i*>(address));
}

HANDFAST_AESNI_INLINE void store_block(std::uint8_t* to, __m128i block) {
  void* const address = to;
  _mm_storeu_si128(static_cast<__m128i*>(address), block);
}

/// Eight bytes, the first one lowest.
HANDFAST_AESNI_INLINE std::uint64_t load_eight(const std::uint8_t* from) {
  const void* const address = from;
  return static_cast<std::uint64_t>(
      _mm_cvtsi128_si64(_mm_loadl_epi64(static_cast<const __m128i*>(address))));
}

/// Four.
HANDFAST_AESNI_INLINE std::uint64_t load_four(const std::uint8_t* from) {
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_loadu_si32(from)));
}

/// A block of `size` bytes, from 1 to 16, and zeros. Reads no others: two words that overlap where
/// they are equal.
HANDFAST_AESNI_INLINE __m128i load_padded(const std::uint8_t* from, std::size_t size) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (size > 8) {
    low = load_eight(from);
    high = load_eight(from + size - 8) >> (8 * (gcm_block - size));
  } else if (size >= 4) {
    low = load_four(from) | load_four(from + size - 4) << (8 * (size - 4));
  } else {
    low = std::uint64_t{*from} | std::uint64_t{from[size / 2]} << (8 * (size / 2)) |
          std::uint64_t{from[size - 1]} << (8 * (size - 1));
  }
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

/// The number of each byte in a block.
HANDFAST_AESNI_INLINE __m128i places() {
  return _mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/// As `join`, block by block, where behind the last part there is still memory to write to.
HANDFAST_AESNI_INLINE std::uint8_t* join_blocks(std::span<const Bytes> parts, std::uint8_t* out) {
  for (const Bytes part : parts) {
    if (part.data() != out && !part.empty()) {
      std::size_t done = 0;
      for (; done + gcm_block <= part.size(); done += gcm_block) {
        store_block(out + done, load_block(part.data() + done));
      }
      if (done < part.size()) {
        store_block(out + done, load_padded(part.data() + done, part.size() - done));
      }
    }
    out += part.size();
  }
  return out;
}

HANDFAST_AESNI_INLINE __m128i reverse_order() {
  return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// The bytes in reverse: GCM's bits and its counter count from the other end.
HANDFAST_AESNI_INLINE __m128i turned_block(__m128i block) {
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
HANDFAST_AESNI_INLINE __m128i reduced_block(const GcmProduct& sum) {
  const __m128i upper = _mm_srli_si128(gcm_polynomial(), 8);
  __m128i low = _mm_xor_si128(sum.low, _mm_slli_si128(sum.middle, 8));
  const __m128i high = _mm_xor_si128(sum.high, _mm_srli_si128(sum.middle, 8));
#pragma GCC unroll 2
  for (int word = 0; word < 2; ++word) {
    low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e), _mm_clmulepi64_si128(low, upper, 0x00));
  }
  return _mm_xor_si128(low, high);
}

/// One block by itself.
HANDFAST_AESNI_INLINE __m128i encrypted_block(const AesGcm::Key& key, __m128i block) {
  block = _mm_xor_si128(block, load_block(key.round(0)));
  for (unsigned round = 1; round < key.last_round; ++round) {
    block = _mm_aesenc_si128(block, load_block(key.round(round)));
  }
  return _mm_aesenclast_si128(block, load_block(key.round(key.last_round)));
}

/// GHASH of what is authenticated alone, filled up with zeros.
HANDFAST_AESNI_INLINE __m128i hash_of_aad(const AesGcm::Key& key, Bytes aad) {
  const __m128i power = load_block(key.power(1));
  __m128i hash = _mm_setzero_si128();
  for (std::size_t done = 0; done < aad.size(); done += gcm_block) {
    const std::size_t left = aad.size() - done;
    const __m128i block =
        left < gcm_block ? load_padded(aad.data() + done, left) : load_block(aad.data() + done);
    GcmProduct product;
    add_product(product, _mm_xor_si128(hash, turned_block(block)), power);
    hash = reduced_block(product);
  }
  return hash;
}

/// The first block of the stream, which encrypts the tag, before it is encrypted. SP 800-38D §7.1.
HANDFAST_AESNI_INLINE __m128i first_block(std::span<const std::uint8_t, gcm_nonce_size> nonce) {
  const std::uint64_t end = load_four(nonce.data() + 8);
  return _mm_set_epi64x(static_cast<long long>(end | std::uint64_t{1} << 56),
                        static_cast<long long>(load_eight(nonce.data())));
}

}  // namespace handfast::crypto::native
