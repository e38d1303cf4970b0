// What sealing and opening share: the record header. RFC 9846 §5.1, §5.2.
#pragma once

#include "base/limits.h"
#include "handfast/registry.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::record {

inline constexpr std::size_t header_size = limits::record_header;

/// ContentType type; ProtocolVersion legacy_record_version = 0x0303; uint16 length;
using Header = std::array<std::uint8_t, header_size>;

[[nodiscard]] constexpr Header header(ContentType type, std::size_t length,
                                      ProtocolVersion version = ProtocolVersion::tls12) {
  const auto legacy = static_cast<std::uint16_t>(version);
  return {static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(legacy >> 8),
          static_cast<std::uint8_t>(legacy), static_cast<std::uint8_t>(length >> 8),
          static_cast<std::uint8_t>(length)};
}

}  // namespace handfast::record
