// What sealing and opening share of TLS 1.2. RFC 5246 §6.2.3.3, RFC 5288 §3, RFC 6655
// §3, RFC 7905 §2.
#pragma once

#include "crypto/suites.h"
#include "handfast/registry.h"
#include "record/record.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::record {

using SequenceNumber = std::array<std::uint8_t, 8>;

/// In network order.
[[nodiscard]] constexpr SequenceNumber sequence_number(std::uint64_t number) {
  SequenceNumber bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return bytes;
}

/// How many bytes of the nonce stand before the ciphertext: nonce_explicit of AES-GCM
/// and AES-CCM.
[[nodiscard]] constexpr std::size_t sent_nonce_size(const crypto::Suite& suite) {
  return crypto::aead_nonce_size - crypto::derived_iv_size(suite);
}

/// The nonce of a record: the IV and what is `sent`, or where nothing is sent, that of TLS 1.3.
[[nodiscard]] inline crypto::Nonce nonce12(const crypto::Iv& iv, std::uint64_t number, Bytes sent) {
  if (sent.empty()) {
    return crypto::nonce_of(iv, number);
  }
  crypto::Nonce nonce{};
  std::ranges::copy(sent, std::ranges::copy(iv.expose(), nonce.begin()).out);
  return nonce;
}

/// seq_num + type + version + length, of the content.
using AdditionalData12 = std::array<std::uint8_t, sizeof(SequenceNumber) + header_size>;

[[nodiscard]] constexpr AdditionalData12
additional_data12(std::uint64_t number, ContentType type, std::size_t content,
                  ProtocolVersion version = ProtocolVersion::tls12) {
  const SequenceNumber place = sequence_number(number);
  const Header head = header(type, content, version);
  AdditionalData12 data{};
  std::ranges::copy(head, std::ranges::copy(place, data.begin()).out);
  return data;
}

}  // namespace handfast::record
