// Several pieces of memory that are one content.
#pragma once

#include "handfast/bytes.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace handfast {

/// How many bytes the parts have together.
[[nodiscard]] inline std::size_t total_size(std::span<const Bytes> parts) {
  std::size_t size = 0;
  for (const Bytes part : parts) {
    size += part.size();
  }
  return size;
}

/// Copies the parts, one after another, to the front of `out` and returns what follows them. A part
/// may lie where it goes to.
inline MutBytes join(std::span<const Bytes> parts, MutBytes out) {
  for (const Bytes part : parts) {
    if (part.data() != out.data()) {
      std::ranges::copy(part, out.begin());
    }
    out = out.subspan(part.size());
  }
  return out;
}

/// Text of our own, seen as bytes.
[[nodiscard]] inline Bytes bytes_of(std::string_view text) {
  const void* const start = text.data();
  return {static_cast<const std::uint8_t*>(start), text.size()};
}

}  // namespace handfast
