// ImportedIdentity, the content of a PskIdentity of an imported key. RFC 9258 §5.1.
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"

namespace handfast::message {

/// struct { opaque external_identity<1...2^16-1>; opaque context<0..2^16-1>; uint16
/// target_protocol; uint16 target_kdf; } ImportedIdentity;
struct ImportedIdentity {
  Bytes external_identity;
  Bytes context;
  ProtocolVersion target_protocol{};
  KdfIdentifier target_kdf{};
  static constexpr auto layout = codec::fields(
      codec::opaque<1, 0xffff>("external_identity", &ImportedIdentity::external_identity),
      codec::opaque<0, 0xffff>("context", &ImportedIdentity::context),
      codec::field("target_protocol", &ImportedIdentity::target_protocol),
      codec::field("target_kdf", &ImportedIdentity::target_kdf));
};

}  // namespace handfast::message
