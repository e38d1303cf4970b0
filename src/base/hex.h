// Hexadecimal text.
#pragma once

#include "handfast/bytes.h"

#include <string>

namespace handfast {

/// Two lower-case digits a byte.
[[nodiscard]] inline std::string hex(Bytes bytes) {
  constexpr char digits[] = "0123456789abcdef";  // NOLINT(modernize-avoid-c-arrays)
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace handfast
