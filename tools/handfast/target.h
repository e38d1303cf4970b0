// Target: what people write to name a server, read.
#pragma once

#include "handfast/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace handfast::command {

struct Target {
  std::string host = {};  ///< a DNS name in ASCII, or an address without brackets
  std::uint16_t port = 443;
  std::string shown = {};  ///< "example.com:443", "[::1]:8443"
};

/// Reads "example.com", "example.com:8443", "https://example.com:8443/x", "192.0.2.1", "[::1]:443"
/// and
/// "::1"; without a port it is `usual`. Names outside ASCII become A-labels (RFC 5891). Fails:
/// address_invalid.
Result<Target> parse_target(std::string_view text, std::uint16_t usual = 443);

}  // namespace handfast::command
