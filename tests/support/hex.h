// Bytes written as hexadecimal digits: "30 03 02 01 05"_hex.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace handfast::test {

/// The bytes of `text`: pairs of hexadecimal digits, white space between them as one likes.
/// Anything else ends the program, since it is a mistake in a test.
inline std::vector<std::uint8_t> from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  unsigned digits = 0;
  unsigned value = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n') {
      continue;
    }
    const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                           : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10
                                                  : 16;
    if (digit == 16) {
      std::abort();
    }
    value = value << 4 | digit;
    if (++digits % 2 == 0) {
      bytes.push_back(static_cast<std::uint8_t>(value));
      value = 0;
    }
  }
  if (digits % 2 != 0) {
    std::abort();
  }
  return bytes;
}

inline std::vector<std::uint8_t> operator""_hex(const char* text, std::size_t size) {
  return from_hex({text, size});
}

}  // namespace handfast::test
