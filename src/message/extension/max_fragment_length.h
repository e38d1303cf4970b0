// max_fragment_length. RFC 6066 §4.
#pragma once

#include "message/extension/extension.h"

#include <bit>

namespace handfast::message {

/// enum { 2^9(1), 2^10(2), 2^11(3), 2^12(4), (255) } MaxFragmentLength;
struct MaxFragmentLength {
  static constexpr auto type = ExtensionType::max_fragment_length;
  std::uint8_t max_fragment_length = 0;
  static constexpr auto layout =
      codec::fields(codec::field("max_fragment_length", &MaxFragmentLength::max_fragment_length));

  /// How many bytes a record's content has at most; 0: the code is none of the four.
  [[nodiscard]] constexpr std::uint16_t length() const {
    const bool is_code = max_fragment_length >= 1 && max_fragment_length <= 4;
    return is_code ? static_cast<std::uint16_t>(256U << max_fragment_length) : std::uint16_t{0};
  }

  /// That of `length`, which is 512, 1024, 2048 or 4096.
  [[nodiscard]] static constexpr MaxFragmentLength of(std::uint16_t length) {
    return {static_cast<std::uint8_t>(std::countr_zero(length) - 8)};
  }

  /// Whether there is a code for `length`.
  [[nodiscard]] static constexpr bool has(std::uint16_t length) {
    return length != 0 && of(length).length() == length;
  }
};

}  // namespace handfast::message
