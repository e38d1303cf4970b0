// max_fragment_length. RFC 6066 §4.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// enum { 2^9(1), 2^10(2), 2^11(3), 2^12(4), (255) } MaxFragmentLength;
struct MaxFragmentLength {
  static constexpr auto type = ExtensionType::max_fragment_length;
  std::uint8_t code = 0;
  static constexpr auto layout =
      codec::fields(codec::field("max_fragment_length", &MaxFragmentLength::code));

  /// Bytes; nothing for a code that stands for none.
  [[nodiscard]] constexpr std::size_t size() const {
    return code >= 1 && code <= 4 ? std::size_t{1} << (8 + code) : 0;
  }
};

}  // namespace handfast::message
