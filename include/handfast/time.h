// Time as the core sees it: a number that the caller hands in. The core has no clock.
#pragma once

#include <compare>
#include <cstdint>

namespace handfast {

/// Seconds since 1970-01-01 00:00:00 UTC, without leap seconds; may be negative.
struct UnixTime {
  std::int64_t seconds = 0;
  auto operator<=>(const UnixTime&) const = default;
};

}  // namespace handfast
