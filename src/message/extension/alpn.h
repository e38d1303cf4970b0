// application_layer_protocol_negotiation. RFC 7301 §3.1.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// opaque ProtocolName<1..2^8-1>;
struct ProtocolName {
  Bytes name;
  static constexpr auto layout = codec::fields(codec::opaque<1, 0xff>("name", &ProtocolName::name));
};

/// struct { ProtocolName protocol_name_list<2..2^16-1> } ProtocolNameList;
struct ProtocolNameList {
  static constexpr auto type = ExtensionType::application_layer_protocol_negotiation;
  codec::List<ProtocolName> protocol_name_list;
  static constexpr auto layout = codec::fields(
      codec::vector<2, 0xffff>("protocol_name_list", &ProtocolNameList::protocol_name_list));
};

}  // namespace handfast::message
