#include "crypto/hash.h"

#include "base/secret.h"

#include <algorithm>
#include <bit>

namespace handfast::crypto {
namespace {

template <class Word>
constexpr Word big_endian(Word word) {
  return std::endian::native == std::endian::little ? std::byteswap(word) : word;
}

template <class Word>
constexpr Sha2State state_of(std::array<Word, 8> words) {
  for (Word& word : words) {
    word = big_endian(word);
  }
  Sha2State state{};
  const auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof(words)>>(words);
  std::ranges::copy(bytes, state.words.begin());
  return state;
}

// FIPS 180-4 §5.3.3, §5.3.4, §5.3.5.
constexpr Sha2State initial_256 =
    state_of<std::uint32_t>({0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                             0x1f83d9ab, 0x5be0cd19});
constexpr Sha2State initial_384 = state_of<std::uint64_t>(
    {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
     0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4});
constexpr Sha2State initial_512 = state_of<std::uint64_t>(
    {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
     0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179});

Bytes digest_in(const Sha2State& state, HashId id) {
  return Bytes(state.words).first(digest_size(id));
}

}  // namespace

const Sha2State& initial_state(HashId id) {
  switch (id) {
    case HashId::sha256: return initial_256;
    case HashId::sha384: return initial_384;
    default: return initial_512;
  }
}

const Sha2Compression& compression_of(HashId id) {
  const Sha2Compression* const own = id == HashId::sha256 ? own_sha256() : nullptr;
  return own != nullptr ? *own : libcrypto_sha2(id);
}

Hash::Hash(HashId id)
    : id_(id), compression_(&compression_of(id)), size_(0), state_(initial_state(id)) {}

Hash::Hash(HashId id, const Sha2Compression& compression, const Sha2State& state)
    : id_(id), compression_(&compression), size_(block_size(id)), state_(state) {}

void Hash::update(Bytes bytes) {
  const std::size_t block = block_size(id_);
  const std::size_t before = waiting();
  size_ += bytes.size();
  if (before > 0) {
    const Bytes filling = bytes.first(std::min(bytes.size(), block - before));
    std::ranges::copy(filling, block_.begin() + static_cast<std::ptrdiff_t>(before));
    if (before + filling.size() < block) {
      return;
    }
    compression_->compress(state_, block_.data(), 1);
    bytes = bytes.subspan(filling.size());
  }
  if (const std::size_t whole = bytes.size() / block; whole > 0) {
    compression_->compress(state_, bytes.data(), whole);
    bytes = bytes.subspan(whole * block);
  }
  std::ranges::copy(bytes, block_.begin());
}

Digest Hash::digest() const {
  Digest digest(digest_size(id_));
  digest_into(digest.fill());
  return digest;
}

void Hash::digest_into(MutBytes out) const {
  Hash last = *this;
  last.finish_into(out);
}

void Hash::finish_into(MutBytes out) {
  pad();
  compression_->compress(state_, block_.data(), 1);
  std::ranges::copy(digest_in(state_, id_), out.begin());
  wipe_state();
}

void Hash::finish_both(Hash& one, MutBytes out, Hash& other, MutBytes out_of_other) {
  one.pad();
  other.pad();
  one.compression_->compress_both(one.state_, one.block_.data(), other.state_, other.block_.data());
  std::ranges::copy(digest_in(one.state_, one.id_), out.begin());
  std::ranges::copy(digest_in(other.state_, other.id_), out_of_other.begin());
  one.wipe_state();
  other.wipe_state();
}

/// Leaves the last block to be compressed. FIPS 180-4 §5.1: a bit that is set, zeros, and at the
/// end of a block the number of bits, of which those above 64 are zero.
void Hash::pad() {
  const MutBytes block = MutBytes(block_).first(block_size(id_));
  const std::size_t size_of_number = block.size() / 8;
  std::size_t used = waiting();
  block[used++] = 0x80;
  if (used > block.size() - size_of_number) {
    std::ranges::fill(block.subspan(used), 0);
    compression_->compress(state_, block.data(), 1);
    used = 0;
  }
  const auto bits = std::bit_cast<std::array<std::uint8_t, 8>>(big_endian(size_ * 8));
  std::ranges::fill(block.subspan(used, block.size() - bits.size() - used), 0);
  std::ranges::copy(bits, block.last<bits.size()>().begin());
}

void Hash::wipe_state() {
  wipe(state_.words);
  wipe(block_);
}

Digest hash(HashId id, Bytes bytes) {
  Hash running(id);
  running.update(bytes);
  Digest digest(digest_size(id));
  running.finish_into(digest.fill());
  return digest;
}

}  // namespace handfast::crypto
