#include "crypto/native/aes_gcm.h"

#ifdef HANDFAST_AES_GCM

#include "base/gather.h"
#include "base/secret.h"
#include "crypto/native/aes_gcm_kernel.h"
#include "crypto/native/constant_time.h"

#include <algorithm>

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
  auto* round = out.rounds.data();
  store_block((round++)->data(), last);
  ((last = next_key<round_constants>(last, last), store_block((round++)->data(), last)), ...);
}

template <int... round_constants>
HANDFAST_AESNI_INLINE void expand_256(Bytes key, AesGcm::Key& out) {
  __m128i even = load_block(key.data());
  __m128i odd = load_block(key.data() + gcm_block);
  auto* round = out.rounds.data();
  store_block((round++)->data(), even);
  store_block((round++)->data(), odd);
  ((even = next_key<round_constants>(even, odd), store_block((round++)->data(), even),
    odd = next_half(odd, even), store_block((round++)->data(), odd)),
   ...);
  store_block(round->data(), next_key<0x40>(even, odd));
}

HANDFAST_AESNI_INLINE __m128i encrypted(const AesGcm::Key& key, unsigned last_round,
                                        __m128i block) {
  block = _mm_xor_si128(block, load_block(key.rounds[0].data()));
  for (unsigned round = 1; round < last_round; ++round) {
    block = _mm_aesenc_si128(block, load_block(key.rounds[round].data()));
  }
  return _mm_aesenclast_si128(block, load_block(key.rounds[last_round].data()));
}

/// `factor` times x, so that products come out shifted as `reduced` wants them.
HANDFAST_AESNI_INLINE __m128i times_x(__m128i factor) {
  const __m128i carried = _mm_slli_si128(_mm_srli_epi64(factor, 63), 8);
  const __m128i top = _mm_shuffle_epi32(_mm_srai_epi32(factor, 31), 0xff);
  const __m128i shifted = _mm_or_si128(_mm_slli_epi64(factor, 1), carried);
  return _mm_xor_si128(shifted, _mm_and_si128(top, gcm_polynomial()));
}

HANDFAST_AESNI void expand(Bytes key, unsigned last_round, AesGcm::Key& out) {
  if (key.size() == 16) {
    expand_128<0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36>(key, out);
  } else {
    expand_256<0x01, 0x02, 0x04, 0x08, 0x10, 0x20>(key, out);
  }
  __m128i power = turned(encrypted(out, last_round, _mm_setzero_si128()));
  const __m128i factor = times_x(power);
  for (std::size_t i = gcm_lanes; i-- > 0;) {
    store_block(out.powers[i].data(), times_x(power));
    GcmProduct product;
    add_product(product, power, factor);
    power = reduced(product);
  }
}

// ---- one message --------------------------------------------------------------------------------

/// GHASH goes on with bytes that are filled up with zeros to whole blocks.
HANDFAST_AESNI_INLINE __m128i ghash_padded(const AesGcm::Key& key, __m128i hash, Bytes bytes) {
  while (bytes.size() >= gcm_batch) {
    hash = ghash(key, hash, bytes.data(), gcm_lanes);
    bytes = bytes.subspan(gcm_batch);
  }
  if (!bytes.empty()) {
    alignas(16) std::array<std::uint8_t, gcm_batch> rest{};
    std::ranges::copy(bytes, rest.begin());
    hash = ghash(key, hash, rest.data(), (bytes.size() + gcm_block - 1) / gcm_block);
  }
  return hash;
}

struct Message {
  GcmRun run;
  __m128i tag_mask;  ///< what the tag is encrypted with: the first block of the stream
};

HANDFAST_AESNI_INLINE Message begin(const AesGcm::Key& key, unsigned last_round,
                                    std::span<const std::uint8_t, gcm_nonce_size> nonce,
                                    Bytes aad) {
  alignas(16) std::array<std::uint8_t, gcm_block> first{};
  std::ranges::copy(nonce, first.begin());
  first.back() = 1;
  const __m128i block = load_block(first.data());
  const __m128i counter = _mm_add_epi32(turned(block), _mm_set_epi32(0, 0, 0, 1));
  return {{ghash_padded(key, _mm_setzero_si128(), aad), counter},
          encrypted(key, last_round, block)};
}

HANDFAST_AESNI_INLINE __m128i tag_of(const AesGcm::Key& key, const Message& message,
                                     std::size_t aad_size, std::size_t text_size) {
  const __m128i sizes =
      _mm_set_epi64x(static_cast<long long>(aad_size) * 8, static_cast<long long>(text_size) * 8);
  GcmProduct product;
  add_product(product, _mm_xor_si128(message.run.hash, sizes),
              load_block(key.powers.back().data()));
  return _mm_xor_si128(turned(reduced(product)), message.tag_mask);
}

/// Less than a batch, where it lies.
HANDFAST_AESNI_INLINE void convert_rest(const AesGcm::Key& key, unsigned last_round, GcmRun& run,
                                        MutBytes text) {
  alignas(16) std::array<std::uint8_t, gcm_batch> memory;
  std::ranges::copy(text, memory.begin());
  add_stream(next_stream(key, last_round, run.counter), memory.data(), memory.data());
  std::ranges::copy(std::span(memory).first(text.size()), text.begin());
  wipe(memory);
}

HANDFAST_AESNI void seal_message(const AesGcm::Key& key, unsigned last_round, GcmBatches& batches,
                                 std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
                                 std::span<const Bytes> parts, MutBytes out) {
  Message message = begin(key, last_round, nonce, aad);
  const MutBytes text = out.first(out.size() - gcm_tag_size);
  // The first part is encrypted from where it lies, as far as it has whole batches; the rest, with
  // which it may share a block, where it goes to.
  const Bytes front = parts.empty() ? Bytes() : parts.front();
  const std::size_t direct = front.size() / gcm_batch;
  if (direct > 0) {
    batches(key, last_round, message.run, front.data(), text.data(), direct);
  }
  MutBytes rest = text.subspan(direct * gcm_batch);
  if (!rest.empty()) {
    const std::array head = {front.subspan(direct * gcm_batch)};
    join(parts.subspan(parts.empty() ? 0 : 1), join(head, rest));
    const std::size_t more = rest.size() / gcm_batch;
    if (more > 0) {
      batches(key, last_round, message.run, rest.data(), rest.data(), more);
      rest = rest.subspan(more * gcm_batch);
    }
    if (!rest.empty()) {
      convert_rest(key, last_round, message.run, rest);
      message.run.hash = ghash_padded(key, message.run.hash, rest);
    }
  }
  store_block(text.data() + text.size(), tag_of(key, message, aad.size(), text.size()));
}

HANDFAST_AESNI bool open_message(const AesGcm::Key& key, unsigned last_round, GcmBatches& batches,
                                 std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
                                 MutBytes text, Bytes tag) {
  Message message = begin(key, last_round, nonce, aad);
  const std::size_t whole = text.size() / gcm_batch;
  if (whole > 0) {
    batches(key, last_round, message.run, text.data(), text.data(), whole);
  }
  const MutBytes rest = text.subspan(whole * gcm_batch);
  if (!rest.empty()) {
    message.run.hash = ghash_padded(key, message.run.hash, rest);
    convert_rest(key, last_round, message.run, rest);
  }
  alignas(16) std::array<std::uint8_t, gcm_tag_size> expected;
  store_block(expected.data(), tag_of(key, message, aad.size(), text.size()));
  const std::array<std::uint8_t, 1> verdict = {
      static_cast<std::uint8_t>(equal_constant_time(expected, tag) ? 1 : 0)};
  wipe(expected);
  declassify(verdict);
  return verdict.front() != 0;
}

[[nodiscard]] GcmBatches& sealing(AesTwin twin) {
  return twin == AesTwin::vaes ? gcm_seal_vaes : gcm_seal_aesni;
}

[[nodiscard]] GcmBatches& opening(AesTwin twin) {
  return twin == AesTwin::vaes ? gcm_open_vaes : gcm_open_aesni;
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
  return has_aesni && (twin == AesTwin::aesni || has_vaes);
#endif
}

AesGcm::AesGcm(Bytes key, AesTwin twin) : last_round_(key.size() == 16 ? 10 : 14), twin_(twin) {
  expand(key, last_round_, key_);
}

AesGcm::AesGcm(AesGcm&& other) noexcept
    : key_(other.key_), last_round_(other.last_round_), twin_(other.twin_) {
  other.forget();
}

AesGcm& AesGcm::operator=(AesGcm&& other) noexcept {
  if (this != &other) {
    key_ = other.key_;
    last_round_ = other.last_round_;
    twin_ = other.twin_;
    other.forget();
  }
  return *this;
}

void AesGcm::forget() {
  for (auto& round : key_.rounds) {
    wipe(round);
  }
  for (auto& power : key_.powers) {
    wipe(power);
  }
}

void AesGcm::seal(std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
                  std::span<const Bytes> parts, MutBytes out) const {
  seal_message(key_, last_round_, sealing(twin_), nonce, aad, parts, out);
}

bool AesGcm::open(std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad, MutBytes text,
                  std::span<const std::uint8_t, gcm_tag_size> tag) const {
  return open_message(key_, last_round_, opening(twin_), nonce, aad, text, tag);
}

// ---- batches, a block an instruction ------------------------------------------------------------

// The hash of one batch and the stream of the next depend on nothing in common: the processor does
// both at once.

HANDFAST_AESNI void gcm_seal_aesni(const AesGcm::Key& key, unsigned last_round, GcmRun& run,
                                   const std::uint8_t* in, std::uint8_t* out, std::size_t batches) {
  GcmRun at = run;
  add_stream(next_stream(key, last_round, at.counter), in, out);
  for (std::size_t batch = 1; batch < batches; ++batch) {
    const GcmStream stream = next_stream(key, last_round, at.counter);
    at.hash = ghash(key, at.hash, out + (batch - 1) * gcm_batch, gcm_lanes);
    add_stream(stream, in + batch * gcm_batch, out + batch * gcm_batch);
  }
  at.hash = ghash(key, at.hash, out + (batches - 1) * gcm_batch, gcm_lanes);
  run = at;
}

HANDFAST_AESNI void gcm_open_aesni(const AesGcm::Key& key, unsigned last_round, GcmRun& run,
                                   const std::uint8_t* in, std::uint8_t* out, std::size_t batches) {
  GcmRun at = run;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const GcmStream stream = next_stream(key, last_round, at.counter);
    at.hash = ghash(key, at.hash, in + batch * gcm_batch, gcm_lanes);
    add_stream(stream, in + batch * gcm_batch, out + batch * gcm_batch);
  }
  run = at;
}

}  // namespace handfast::crypto::native

#endif
