// The extensions of what is issued, from an order. RFC 5280 §4.2.
#pragma once

#include "der/writer.h"
#include "handfast/issue.h"
#include "handfast/result.h"

namespace handfast::x509 {

/// What the extensions say beside the order.
struct Keys {
  Bytes subject_id;  ///< subjectKeyIdentifier
  Bytes issuer_id;   ///< authorityKeyIdentifier; empty: none
};

/// Whether the order names a subject; without one the alternative names are critical.
[[nodiscard]] bool has_subject(const CertificateOrder& order);

/// The extensions of a certificate, one after the other. Fails: server_name_invalid,
/// configuration_unsupported for policies and addresses that are none.
Result<> write_extensions(der::Writer& writer, const CertificateOrder& order, const Keys& keys);

/// Those that a request asks for: what the order says of names and use, and nothing by itself.
Result<> write_asked_extensions(der::Writer& writer, const CertificateOrder& order);

/// Whether `write_asked_extensions` writes any.
[[nodiscard]] bool asks_for_extensions(const CertificateOrder& order);

}  // namespace handfast::x509
