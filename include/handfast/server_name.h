// ServerName: whom a client means to reach. RFC 9525, RFC 6066 §3.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace handfast {

/// A reference identity: a DNS name in lower case without a trailing dot, or an IP address. What is
/// in it has been checked: it can be sent as SNI (DNS names only) and compared with a certificate's
/// names.
///
/// A value; immutable once made.
class ServerName {
 public:
  /// Reads "www.example.com" (LDH labels and A-labels; no wildcard), "192.0.2.1" or "2001:db8::1"
  /// (also in brackets). Fails: server_name_invalid.
  static Result<ServerName> parse(std::string_view text);

  [[nodiscard]] bool is_dns() const { return address_size_ == 0; }

  /// The name or address as text, in its normal form.
  [[nodiscard]] std::string_view text() const { return text_; }

  /// 4 or 16 bytes in network order; empty for DNS names.
  [[nodiscard]] Bytes address() const { return Bytes(address_).first(address_size_); }

 private:
  std::string text_;
  std::array<std::uint8_t, 16> address_{};
  std::uint8_t address_size_ = 0;
};

}  // namespace handfast
