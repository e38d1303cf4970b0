// Comparisons of secret numbers that give masks and no branches.
#pragma once

#include "crypto/native/constant_time.h"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace handfast::legacy {

using crypto::native::value_barrier;

/// All bits set, or none.
using Mask = std::size_t;

/// All bits as the highest one.
[[nodiscard]] inline Mask spread(std::size_t value) {
  return value_barrier(std::size_t{0} - (value >> (std::numeric_limits<std::size_t>::digits - 1)));
}

/// Whether a < b. Behind the barriers nothing of it is shared with a loop that counts one of them:
/// g++ would count their difference instead, which is secret.
[[nodiscard]] inline Mask is_less(std::size_t a, std::size_t b) {
  const std::size_t one = value_barrier(a);
  const std::size_t other = value_barrier(b);
  return spread(one ^ ((one ^ other) | ((one - other) ^ other)));
}

[[nodiscard]] inline Mask is_zero(std::size_t a) { return spread(~a & (a - 1)); }

/// Whether a = b.
[[nodiscard]] inline Mask is_equal(std::size_t a, std::size_t b) {
  return is_zero(value_barrier(a) ^ value_barrier(b));
}

/// `number`, though made from secrets, is public from here on.
[[nodiscard]] inline std::size_t public_now(std::size_t number) {
#ifdef HANDFAST_TRACK_SECRETS
  VALGRIND_MAKE_MEM_DEFINED(&number, sizeof number);
#endif
  return number;
}

/// `mask` of one byte.
[[nodiscard]] inline std::uint8_t byte_of(std::size_t mask) {
  return static_cast<std::uint8_t>(mask);
}

}  // namespace handfast::legacy
