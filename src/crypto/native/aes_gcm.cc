#include "crypto/native/aes_gcm.h"

#ifdef HANDFAST_AES_GCM

#include "crypto/native/aes_gcm_kernel.h"
#include "handfast/secret_bytes.h"

namespace handfast::crypto::native {
namespace {

// ---- the key ------------------------------------------------------------------------------------

/// The words of a round key, each with those before it added: what FIPS 197 §5.2 does word by word.
HANDFAST_AESNI_INLINE __m128i summed(__m128i key) {
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  return _mm_xor_si128(key, _mm_slli_si128(key, 8));
}

/// The round key after `before`, where `last` is the one that stands right before it.
template <int round_constant>
HANDFAST_AESNI_INLINE __m128i next_key(__m128i before, __m128i last) {
  const __m128i word = _mm_aeskeygenassist_si128(last, round_constant);
  return _mm_xor_si128(summed(before), _mm_shuffle_epi32(word, 0xff));
}

/// In a key of 256 bits, every other: the substitution without rotation and constant.
HANDFAST_AESNI_INLINE __m128i next_half(__m128i before, __m128i last) {
  const __m128i word = _mm_aeskeygenassist_si128(last, 0);
  return _mm_xor_si128(summed(before), _mm_shuffle_epi32(word, 0xaa));
}

template <int... round_constants>
HANDFAST_AESNI_INLINE void expand_128(Bytes key, AesGcm::Key& out) {
  __m128i last = load_block(key.data());
  std::size_t round = 0;
  store_block(out.round(round), last);
  ((last = next_key<round_constants>(last, last), store_block(out.round(++round), last)), ...);
}

template <int... round_constants>
HANDFAST_AESNI_INLINE void expand_256(Bytes key, AesGcm::Key& out) {
  __m128i even = load_block(key.data());
  __m128i odd = load_block(key.data() + gcm_block);
  std::size_t round = 0;
  store_block(out.round(round++), even);
  store_block(out.round(round++), odd);
  ((even = next_key<round_constants>(even, odd), store_block(out.round(round++), even),
    odd = next_half(odd, even), store_block(out.round(round++), odd)),
   ...);
  store_block(out.round(round), next_key<0x40>(even, odd));
}

/// `factor` times x, so that products come out shifted as `reduced` wants them.
HANDFAST_AESNI_INLINE __m128i times_x(__m128i factor) {
  const __m128i carried = _mm_slli_si128(_mm_srli_epi64(factor, 63), 8);
  const __m128i top = _mm_shuffle_epi32(_mm_srai_epi32(factor, 31), 0xff);
  const __m128i shifted = _mm_or_si128(_mm_slli_epi64(factor, 1), carried);
  return _mm_xor_si128(shifted, _mm_and_si128(top, gcm_polynomial()));
}

HANDFAST_AESNI void expand(Bytes key, AesGcm::Key& out) {
  if (key.size() == 16) {
    expand_128<0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36>(key, out);
  } else {
    expand_256<0x01, 0x02, 0x04, 0x08, 0x10, 0x20>(key, out);
  }
  __m128i power = turned_block(encrypted_block(out, _mm_setzero_si128()));
  const __m128i factor = times_x(power);
  for (std::size_t exponent = 1; exponent <= AesGcm::Key::powers; ++exponent) {
    store_block(out.power(exponent), times_x(power));
    GcmProduct product;
    add_product(product, power, factor);
    power = reduced_block(product);
  }
}

GcmSeal& sealing(AesTwin twin) {
  switch (twin) {
    case AesTwin::avx512: return gcm_avx512::seal_message;
    case AesTwin::vaes: return gcm_vaes::seal_message;
    default: return gcm_aesni::seal_message;
  }
}

GcmOpen& opening(AesTwin twin) {
  switch (twin) {
    case AesTwin::avx512: return gcm_avx512::open_message;
    case AesTwin::vaes: return gcm_vaes::open_message;
    default: return gcm_aesni::open_message;
  }
}

}  // namespace

bool is_available(AesTwin twin) {
  const bool has_aesni = __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
                         __builtin_cpu_supports("sse4.1");
#ifdef HANDFAST_NO_AVX2
  return has_aesni && twin == AesTwin::aesni;
#else
  const bool has_vaes = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vaes") &&
                        __builtin_cpu_supports("vpclmulqdq");
  const bool its_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  switch (twin) {
    case AesTwin::avx512:
      // The processors whose clock slows down for vectors of 512 bits are older than VAES.
      return has_aesni && has_vaes && its_avx512;
    case AesTwin::vaes: return has_aesni && has_vaes;
    default: return has_aesni;
  }
#endif
}

AesGcm::AesGcm(Bytes key, AesTwin twin) {
  key_.last_round = key.size() == 16 ? 10 : 14;
  key_.twin = twin;
  expand(key, key_);
}

AesGcm::AesGcm(AesGcm&& other) noexcept : key_(other.key_) { other.forget(); }

AesGcm& AesGcm::operator=(AesGcm&& other) noexcept {
  if (this != &other) {
    key_ = other.key_;
    other.forget();
  }
  return *this;
}

void AesGcm::forget() { wipe(key_.blocks); }

void AesGcm::seal(std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
                  std::span<const Bytes> parts, const MutBytes& out) const {
  sealing(key_.twin)(key_, nonce, aad, parts, out);
}

bool AesGcm::open(std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
                  MutBytes sealed) const {
  return opening(key_.twin)(key_, nonce, aad, sealed);
}

}  // namespace handfast::crypto::native

#endif
