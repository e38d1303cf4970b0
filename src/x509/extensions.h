// The extensions of a certificate. RFC 5280 §4.2.1.
#pragma once

#include "der/reader.h"
#include "handfast/certificate.h"

namespace handfast::x509 {

/// Reads `Extensions` from `field` into `certificate`. Fails the reader for a form that RFC 5280
/// does not allow, for an extension that stands twice, and for more than
/// `limits::extensions_in_certificate` of them. What is critical and not known here is only noted:
/// the path check refuses it.
void read_extensions(der::Reader& field, Certificate& certificate);

/// The kinds of GeneralName, by tag number. RFC 5280 §4.2.1.6.
enum class NameKind : std::uint8_t {
  other_name = 0,
  rfc822_name = 1,
  dns_name = 2,
  x400_address = 3,
  directory_name = 4,
  edi_party_name = 5,
  uniform_resource_identifier = 6,
  ip_address = 7,
  registered_id = 8,
};

/// One GeneralName: its kind and its content.
struct GeneralName {
  NameKind kind{};
  Bytes value;
};

/// Reads one GeneralName; fails the reader for a kind or form that there is not.
GeneralName read_general_name(der::Reader& reader);

}  // namespace handfast::x509
