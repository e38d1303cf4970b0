// What keeps secrets out of branches, and tells a checker where they end.
#pragma once

#include "handfast/bytes.h"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#ifdef HANDFAST_TRACK_SECRETS
#include <valgrind/memcheck.h>
#endif

namespace handfast::crypto::native {

/// `value`, of which the optimiser no longer knows anything: a mask made of it stays arithmetic,
/// and is not turned back into the branch that it stands for.
template <std::integral T>
[[nodiscard]] inline T value_barrier(T value) {
  asm volatile("" : "+r"(value));
  return value;
}

/// All bits set if `a` and `b`, of one length, differ anywhere; else none. Looks at every byte.
[[nodiscard]] inline std::uint8_t mask_if_different(Bytes a, Bytes b) {
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  // A byte that is not zero borrows from the bits above it when 1 is subtracted from zero minus it.
  const unsigned borrowed = (0U - unsigned{value_barrier(difference)}) >> 8;
  return static_cast<std::uint8_t>(value_barrier(borrowed));
}

/// Overwrites `out` with `other` where `mask` has all bits set, and keeps it where it has none.
inline void replace_if(std::uint8_t mask, Bytes other, MutBytes out) {
  const std::uint8_t take = value_barrier(mask);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(out[i] ^ (take & (out[i] ^ other[i])));
  }
}

/// Overwrites what was secret.
inline void wipe_words(std::span<std::uint64_t> words) {
  std::ranges::fill(words, 0);
  asm volatile("" : : "r"(words.data()) : "memory");
}

/// Says that `bytes`, though made from secrets, are public from here on. Does nothing, but in the
/// build that runs under Valgrind with secrets marked as undefined.
inline void declassify([[maybe_unused]] Bytes bytes) {
#ifdef HANDFAST_TRACK_SECRETS
  VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size());
#endif
}

}  // namespace handfast::crypto::native
