// key_share. RFC 9846 §4.3.8.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { NamedGroup group; opaque key_exchange<1..2^16-1>; } KeyShareEntry;
struct KeyShareEntry {
  NamedGroup group{};
  Bytes key_exchange;
  static constexpr auto layout =
      codec::fields(codec::field("group", &KeyShareEntry::group),
                    codec::opaque<1, 0xffff>("key_exchange", &KeyShareEntry::key_exchange));
};

/// In a ClientHello: struct { KeyShareEntry client_shares<0..2^16-1>; } KeyShareClientHello;
struct KeyShareClientHello {
  static constexpr auto type = ExtensionType::key_share;
  codec::List<KeyShareEntry> client_shares;
  static constexpr auto layout =
      codec::fields(codec::vector<0, 0xffff>("client_shares", &KeyShareClientHello::client_shares));
};

/// In a HelloRetryRequest: struct { NamedGroup selected_group; } KeyShareHelloRetryRequest;
struct KeyShareHelloRetryRequest {
  static constexpr auto type = ExtensionType::key_share;
  NamedGroup selected_group{};
  static constexpr auto layout =
      codec::fields(codec::field("selected_group", &KeyShareHelloRetryRequest::selected_group));
};

/// In a ServerHello: struct { KeyShareEntry server_share; } KeyShareServerHello;
struct KeyShareServerHello {
  static constexpr auto type = ExtensionType::key_share;
  KeyShareEntry server_share;
  static constexpr auto layout =
      codec::fields(codec::field("server_share", &KeyShareServerHello::server_share));
};

}  // namespace handfast::message
