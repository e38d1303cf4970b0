// supported_groups. RFC 9846 §4.3.7.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { NamedGroup named_group_list<2..2^16-1>; } NamedGroupList;
struct SupportedGroups {
  static constexpr auto type = ExtensionType::supported_groups;
  codec::List<NamedGroup> named_group_list;
  static constexpr auto layout = codec::fields(
      codec::vector<2, 0xffff>("named_group_list", &SupportedGroups::named_group_list));
};

}  // namespace handfast::message
