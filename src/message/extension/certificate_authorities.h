// certificate_authorities. RFC 9846 §4.3.4.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// opaque DistinguishedName<1..2^16-1>; a Name in DER.
struct DistinguishedName {
  Bytes name;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffff>("distinguished_name", &DistinguishedName::name));
};

/// struct { DistinguishedName authorities<3..2^16-1>; } CertificateAuthoritiesExtension;
struct CertificateAuthorities {
  static constexpr auto type = ExtensionType::certificate_authorities;
  codec::List<DistinguishedName> authorities;
  static constexpr auto layout =
      codec::fields(codec::vector<3, 0xffff>("authorities", &CertificateAuthorities::authorities));
};

}  // namespace handfast::message
