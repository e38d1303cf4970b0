// Address: an IP address as bytes, from text and back. RFC 4291 §2.2, RFC 5952.
#pragma once

#include "handfast/bytes.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace handfast::x509 {

/// 4 or 16 bytes in network order. A value.
class Address {
 public:
  /// "192.0.2.1", four decimal numbers without zeros in front; or "2001:db8::1", without a zone.
  static std::optional<Address> parse(std::string_view text);

  /// 4 or 16 bytes, else nothing.
  static std::optional<Address> from_bytes(Bytes bytes);

  [[nodiscard]] Bytes bytes() const { return Bytes(bytes_).first(size_); }

  /// The one normal form, for version 6 that of RFC 5952 §4.
  [[nodiscard]] std::string text() const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint8_t size_ = 0;
};

}  // namespace handfast::x509
