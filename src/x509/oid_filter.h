// OID filters: what a server wants to see in a client's certificate. RFC 9846 §4.3.5.
#pragma once

#include "handfast/certificate.h"

namespace handfast::x509 {

/// Whether `leaf` has what one filter asks for; `oid` and `values` are DER. Matching rules exist
/// for key usage and extended key usage; filters for other extensions, and those whose OID cannot
/// be read, are let through.
[[nodiscard]] bool passes_filter(const Certificate& leaf, Bytes oid, Bytes values);

/// Whether a filter asks for anyExtendedKeyUsage, which none may.
[[nodiscard]] bool asks_for_any_purpose(Bytes oid, Bytes values);

}  // namespace handfast::x509
