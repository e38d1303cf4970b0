// server_name. RFC 6066 §3.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// RFC 6066 §3: struct { NameType name_type; select (name_type) { case host_name: HostName; } name;
/// } ServerName; host_name(0) is the only NameType there is, and HostName is opaque<1..2^16-1>.
struct HostName {
  std::uint8_t name_type = 0;
  Bytes host_name;
  static constexpr auto layout =
      codec::fields(codec::field("name_type", &HostName::name_type),
                    codec::opaque<1, 0xffff>("host_name", &HostName::host_name));
};

/// RFC 6066 §3: struct { ServerName server_name_list<1..2^16-1> } ServerNameList;
struct ServerNameList {
  static constexpr auto type = ExtensionType::server_name;
  codec::List<HostName> server_name_list;
  static constexpr auto layout = codec::fields(
      codec::vector<1, 0xffff>("server_name_list", &ServerNameList::server_name_list));
};

/// The server's answer: an extension without content.
struct ServerNameAck {
  static constexpr auto type = ExtensionType::server_name;
  static constexpr auto layout = codec::fields();
};

}  // namespace handfast::message
