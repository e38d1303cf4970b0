// Distribution points: which CRL speaks for a certificate. RFC 5280 §4.2.1.13, §5.2.5.
#pragma once

#include "der/reader.h"
#include "handfast/bytes.h"

#include <cstdint>
#include <optional>

namespace handfast::x509 {

/// DistributionPointName: where a CRL lies, and by what it is told from others of its issuer.
struct DistributionPointName {
  enum class Kind : std::uint8_t { absent, full_name, relative_name };

  Kind kind = Kind::absent;
  Bytes value;  ///< full_name: content of GeneralNames; relative_name: content of the RDN's SET
};

/// One DistributionPoint.
struct DistributionPoint {
  DistributionPointName name;
  std::optional<std::uint16_t> reasons;  ///< bits of ReasonFlags; nothing: all reasons
  Bytes crl_issuer;  ///< content of GeneralNames; empty: the certificate's issuer
};

/// Reads a DistributionPointName behind its explicit tag; fails the reader for a form that it
/// cannot have.
DistributionPointName read_distribution_point_name(der::Reader& reader);

/// Reads a DistributionPoint; fails the reader for a form that it cannot have.
DistributionPoint read_distribution_point(der::Reader& reader);

}  // namespace handfast::x509
