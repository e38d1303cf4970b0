// Extensions of the application's own. RFC 9846 §4.3.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace handfast {

/// An extension whose content only the application knows.
struct ApplicationExtension {
  std::uint16_t type = 0;  ///< none that Handfast knows, nor one of GREASE's
  std::vector<std::uint8_t> data = {};

  bool operator==(const ApplicationExtension&) const = default;
};

/// What a server makes of such an extension in a ClientHello.
struct ExtensionAnswer {
  std::uint16_t type = 0;
  /// What EncryptedExtensions tell clients that sent it; nothing: they hear nothing of it.
  std::optional<std::vector<std::uint8_t>> data = std::nullopt;
};

}  // namespace handfast
