// Base64 of RFC 4648 §4.
#pragma once

#include "handfast/bytes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::command {

/// With its padding, in one line.
[[nodiscard]] std::string to_base64(Bytes bytes);

/// The padding may be missing; nothing for any other character.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

}  // namespace handfast::command
