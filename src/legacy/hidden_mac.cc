#include "legacy/hidden_mac.h"

#include <algorithm>

namespace handfast::legacy {
namespace {

using crypto::MacId;
using Block = std::array<std::uint8_t, largest_block>;

/// Of the number that ends a hash's last block.
constexpr std::size_t length_size(MacId id) { return id == MacId::hmac_sha384 ? 16 : 8; }

HashBlocks keyed(MacId id, Bytes key, std::uint8_t pad) {
  Block block{};
  const MutBytes used = MutBytes(block).first(block_size(id));
  std::ranges::fill(used, pad);
  for (std::size_t i = 0; i < key.size(); ++i) {
    used[i] ^= key[i];
  }
  HashBlocks hash(id);
  hash.add(used);
  wipe(block);
  return hash;
}

/// Writes the number of bits of `size` bytes to the end of `block`, if `mask` says so.
void write_length(MutBytes block, std::uint64_t size, Mask mask) {
  const std::uint64_t bits = 8 * size;
  for (std::size_t i = 0; i < sizeof bits; ++i) {
    std::uint8_t& byte = block[block.size() - 1 - i];
    byte = static_cast<std::uint8_t>(byte | ((bits >> (8 * i)) & byte_of(mask)));
  }
}

}  // namespace

HiddenMac::HiddenMac(MacId id, Bytes key)
    : inner_(keyed(id, key, 0x36)), outer_(keyed(id, key, 0x5c)) {}

// The hash's blocks are computed as if the text had all of `bytes`. Where it may end, each byte is
// masked to what it is if the text ends there, and of the digests after each such block the one
// after the true last block is kept.
void HiddenMac::authenticate(const HiddenText& text, MutBytes out) const {
  const MacId id = inner_.id();
  const std::size_t block_bytes = block_size(id);
  const std::size_t head = text.head.size();
  const std::size_t most = head + text.bytes.size();
  const std::size_t end = head + text.size;  // secret
  // A text of n bytes, 0x80 and its length end in this block.
  const auto last_block = [&](std::size_t n) { return (n + length_size(id)) / block_bytes; };

  HashBlocks hash = inner_;
  Block memory{};
  const MutBytes block = MutBytes(memory).first(block_bytes);
  std::size_t index = 0;
  const std::size_t certain = (head + text.least) / block_bytes;
  if (certain > 0) {
    const std::size_t taken = block_bytes - head;
    std::ranges::copy(text.bytes.first(taken), std::ranges::copy(text.head, block.begin()).out);
    hash.add(block);
    hash.add(text.bytes.subspan(taken, (certain - 1) * block_bytes));
    index = certain;
  }

  Secret<48> digest;
  const MutBytes kept = digest.fill(size());
  std::ranges::fill(kept, std::uint8_t{0});
  // Secret, so that it is not divided by what the compiler does not know.
  const std::size_t last = (end + length_size(id)) >> (block_bytes == 128 ? 7 : 6);
  for (; index <= last_block(most); ++index) {
    const Mask is_last = is_equal(index, last);
    for (std::size_t i = 0; i < block_bytes; ++i) {
      const std::size_t at = index * block_bytes + i;
      const std::uint8_t byte = at >= most ? 0 : at < head ? text.head[at] : text.bytes[at - head];
      block[i] = static_cast<std::uint8_t>((byte & byte_of(is_less(at, end))) |
                                           (0x80 & byte_of(is_equal(at, end))));
    }
    write_length(block, block_bytes + end, is_last);
    hash.add(block);
    Secret<48> so_far;
    hash.write(so_far.fill(size()));
    for (std::size_t i = 0; i < kept.size(); ++i) {
      kept[i] = static_cast<std::uint8_t>(kept[i] | (so_far.expose()[i] & byte_of(is_last)));
    }
  }
  wipe(memory);
  finish(digest.expose(), out);
}

void HiddenMac::finish(Bytes inner_digest, MutBytes out) const {
  Block memory{};
  const MutBytes block = MutBytes(memory).first(block_size(outer_.id()));
  *std::ranges::copy(inner_digest, block.begin()).out = 0x80;
  write_length(block, block.size() + inner_digest.size(), ~Mask{0});
  HashBlocks hash = outer_;
  hash.add(block);
  hash.write(out);
  wipe(memory);
}

}  // namespace handfast::legacy
