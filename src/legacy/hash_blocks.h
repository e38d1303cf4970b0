// The hashes of HMAC block by block, for whoever must not show where a text ends.
#pragma once

#include "base/secret.h"
#include "crypto/suites.h"
#include "handfast/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::legacy {

/// Bytes of one input block: 64, of SHA-384 128.
[[nodiscard]] constexpr std::size_t block_size(crypto::MacId id) {
  return id == crypto::MacId::hmac_sha384 ? 128 : 64;
}

inline constexpr std::size_t largest_block = 128;

/// What a hash is between two of its blocks. Holds what came of secrets, and wipes it.
///
/// Confined: one thread at a time.
class HashBlocks {
 public:
  /// As before the first block.
  explicit HashBlocks(crypto::MacId id);
  HashBlocks(const HashBlocks&) = default;
  HashBlocks& operator=(const HashBlocks&) = default;
  ~HashBlocks();

  /// Takes in blocks, of `block_size` bytes each; in a time that depends on their number alone.
  void add(Bytes blocks);

  /// The digest, if the blocks so far were padded as the hash has it, to `out` of `mac_size` bytes.
  void write(MutBytes out) const;

  [[nodiscard]] crypto::MacId id() const { return id_; }

 private:
  crypto::MacId id_;
  std::array<std::uint64_t, 8> words_{};
};

}  // namespace handfast::legacy
