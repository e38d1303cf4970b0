// supported_versions. RFC 9846 §4.3.1.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// In a ClientHello: ProtocolVersion versions<2..254>;
struct SupportedVersions {
  static constexpr auto type = ExtensionType::supported_versions;
  codec::List<ProtocolVersion> versions;
  static constexpr auto layout =
      codec::fields(codec::vector<2, 254>("versions", &SupportedVersions::versions));
};

/// In a ServerHello or HelloRetryRequest: ProtocolVersion selected_version;
struct SelectedVersion {
  static constexpr auto type = ExtensionType::supported_versions;
  ProtocolVersion selected_version{};
  static constexpr auto layout =
      codec::fields(codec::field("selected_version", &SelectedVersion::selected_version));
};

}  // namespace handfast::message
