// What sealing and opening share: the record header, and the nonce of a record. RFC 9846 §5.1 to
// §5.3.
#pragma once

#include "base/limits.h"
#include "crypto/aead.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"

#include <algorithm>
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

/// RFC 9846 §5.3: the sequence number in network order, padded to the left, XORed with the IV.
[[nodiscard]] inline crypto::Nonce nonce(const crypto::Iv& iv, std::uint64_t sequence) {
  crypto::Nonce nonce{};
  std::ranges::copy(iv.expose(), nonce.begin());
  for (std::size_t i = 0; i < sizeof(sequence); ++i) {
    nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(sequence >> (8 * i));
  }
  return nonce;
}

}  // namespace handfast::record
