#include "crypto/sha2.h"

// libcrypto 3 calls the SHA256_* functions deprecated but exports them in every 3.x. Only they take
// a state as a plain value, and a block in two thirds of the time that EVP takes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/secret.h"
#include "crypto/hash.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <openssl/sha.h>

namespace handfast::crypto {
namespace {

// Words one by one: an array between would have to be wiped, as they may be secret.

template <class Word>
void read_words(const Sha2State& state, Word (&words)[8]) {
  auto next = state.words.begin();
  for (Word& word : words) {
    word = 0;
    for (std::size_t i = 0; i < sizeof(Word); ++i) {
      word = static_cast<Word>(word << 8 | *next++);
    }
  }
}

template <class Word>
void write_words(const Word (&words)[8], Sha2State& state) {
  auto next = state.words.begin();
  for (const Word word : words) {
    for (std::size_t i = sizeof(Word); i-- > 0;) {
      *next++ = static_cast<std::uint8_t>(word >> (8 * i));
    }
  }
}

template <class Context, auto update, std::size_t block_size>
void compress(Sha2State& state, const std::uint8_t* blocks, std::size_t count) {
  Context context{};  // in which nothing waits: whole blocks go straight into `h`
  read_words(state, context.h);
  update(&context, blocks, count * block_size);
  write_words(context.h, state);
  std::memset(context.h, 0, sizeof(context.h));
  asm volatile("" : : "r"(context.h) : "memory");  // not to be left out
}

template <class Context, auto update, std::size_t block_size>
constexpr Sha2Compression compression_by = {
    .compress = compress<Context, update, block_size>,
    .compress_both = [](Sha2State& one, const std::uint8_t* block, Sha2State& other,
                        const std::uint8_t* block_of_other) {
      compress<Context, update, block_size>(one, block, 1);
      compress<Context, update, block_size>(other, block_of_other, 1);
    }};

}  // namespace

const Sha2Compression& libcrypto_sha2(HashId id) {
  return id == HashId::sha256 ? compression_by<SHA256_CTX, SHA256_Update, SHA256_CBLOCK>
                              : compression_by<SHA512_CTX, SHA512_Update, SHA512_CBLOCK>;
}

}  // namespace handfast::crypto
