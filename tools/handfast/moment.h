// Moment: a time as people write it.
#pragma once

#include "handfast/time.h"

#include <optional>
#include <string>

namespace handfast::command {

/// Reads "2026-11-21", "2026-11-21 08:30", "2026-11-21T08:30:00Z" (RFC 3339 in UTC), or seconds
/// since 1970 behind an at sign, "@1795000000". A day alone means its beginning.
[[nodiscard]] std::optional<UnixTime> parse_moment(const std::string& text);

}  // namespace handfast::command
