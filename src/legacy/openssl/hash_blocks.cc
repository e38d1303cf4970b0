#include "legacy/hash_blocks.h"

// libcrypto 3 calls the SHA*_Transform functions deprecated but exports them in every 3.x; nothing
// else takes a single block.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace handfast::legacy {
namespace {

using crypto::MacId;
using Words = std::array<std::uint64_t, 8>;

void take(const SHA_CTX& state, Words& words) {
  words = {state.h0, state.h1, state.h2, state.h3, state.h4};
}

void put(const Words& words, SHA_CTX& state) {
  state.h0 = static_cast<SHA_LONG>(words[0]);
  state.h1 = static_cast<SHA_LONG>(words[1]);
  state.h2 = static_cast<SHA_LONG>(words[2]);
  state.h3 = static_cast<SHA_LONG>(words[3]);
  state.h4 = static_cast<SHA_LONG>(words[4]);
}

template <class State>
void take(const State& state, Words& words) {
  std::ranges::copy(state.h, words.begin());
}

template <class State>
void put(const Words& words, State& state) {
  std::ranges::transform(
      words, state.h, [](std::uint64_t word) { return static_cast<decltype(+state.h[0])>(word); });
}

/// Runs `transform` over each block, with the words as they stand in a libcrypto state.
template <class State, class Transform>
void run(Words& words, Bytes blocks, std::size_t size, Transform transform) {
  State state{};
  put(words, state);
  for (; !blocks.empty(); blocks = blocks.subspan(size)) {
    transform(&state, blocks.data());
  }
  take(state, words);
  OPENSSL_cleanse(&state, sizeof state);
}

template <class State, class Start>
void begin(Words& words, Start start) {
  State state{};
  start(&state);
  take(state, words);
}

}  // namespace

HashBlocks::HashBlocks(MacId id) : id_(id) {
  switch (id) {
    case MacId::hmac_sha1: begin<SHA_CTX>(words_, SHA1_Init); break;
    case MacId::hmac_sha256: begin<SHA256_CTX>(words_, SHA256_Init); break;
    case MacId::hmac_sha384: begin<SHA512_CTX>(words_, SHA384_Init); break;
  }
}

HashBlocks::~HashBlocks() { OPENSSL_cleanse(words_.data(), sizeof words_); }

void HashBlocks::add(Bytes blocks) {
  const std::size_t size = block_size(id_);
  switch (id_) {
    case MacId::hmac_sha1: run<SHA_CTX>(words_, blocks, size, SHA1_Transform); break;
    case MacId::hmac_sha256: run<SHA256_CTX>(words_, blocks, size, SHA256_Transform); break;
    case MacId::hmac_sha384: run<SHA512_CTX>(words_, blocks, size, SHA512_Transform); break;
  }
}

void HashBlocks::write(MutBytes out) const {
  const std::size_t width = id_ == MacId::hmac_sha384 ? 8 : 4;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t down = width - 1 - i % width;
    out[i] = static_cast<std::uint8_t>(words_[i / width] >> (8 * down));
  }
}

}  // namespace handfast::legacy
