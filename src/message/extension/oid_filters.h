// oid_filters. RFC 9846 §4.3.5.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { opaque certificate_extension_oid<1..2^8-1>;
///          opaque certificate_extension_values<0..2^16-1>; } OIDFilter; both in DER.
struct OidFilter {
  Bytes certificate_extension_oid;
  Bytes certificate_extension_values;
  static constexpr auto layout = codec::fields(
      codec::opaque<1, 0xff>("certificate_extension_oid", &OidFilter::certificate_extension_oid),
      codec::opaque<0, 0xffff>("certificate_extension_values",
                               &OidFilter::certificate_extension_values));
};

/// struct { OIDFilter filters<0..2^16-1>; } OIDFilterExtension;
struct OidFilters {
  static constexpr auto type = ExtensionType::oid_filters;
  codec::List<OidFilter> filters;
  static constexpr auto layout =
      codec::fields(codec::vector<0, 0xffff>("filters", &OidFilters::filters));
};

}  // namespace handfast::message
