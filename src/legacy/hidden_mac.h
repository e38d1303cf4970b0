// HMAC over a text whose end is not shown. RFC 2104; RFC 5246 §6.2.3.2 on why.
#pragma once

#include "legacy/hash_blocks.h"
#include "legacy/masks.h"

#include <array>
#include <cstddef>

namespace handfast::legacy {

/// A text of which only the bounds of its size are known: `head`, and the first `size` bytes of
/// `bytes`, at least `least` of them. Everybody may know the sizes of the spans and `least`.
struct HiddenText {
  Bytes head;  ///< shorter than a block
  Bytes bytes;
  std::size_t least = 0;
  std::size_t size = 0;
};

/// HMAC under one key, which is hashed once.
///
/// Confined: one thread at a time.
class HiddenMac {
 public:
  /// `key` has `mac_size` bytes.
  HiddenMac(crypto::MacId id, Bytes key);

  /// The code of `text` to `out` of `mac_size` bytes; in a time that depends on what everybody may
  /// know.
  void authenticate(const HiddenText& text, MutBytes out) const;

  /// The same of a text without secrets in its size.
  void authenticate(Bytes head, Bytes bytes, MutBytes out) const {
    authenticate({head, bytes, bytes.size(), bytes.size()}, out);
  }

  [[nodiscard]] std::size_t size() const { return crypto::mac_size(inner_.id()); }

 private:
  void finish(Bytes inner_digest, MutBytes out) const;

  HashBlocks inner_;
  HashBlocks outer_;
};

}  // namespace handfast::legacy
