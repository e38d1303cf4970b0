// Issuing certificate revocation lists, and reading one to go on with it. RFC 5280 §5.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/issue.h"
#include "handfast/result.h"
#include "handfast/revocation.h"
#include "handfast/time.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace handfast {

/// One entry of a list.
struct RevokedCertificate {
  std::vector<std::uint8_t> serial;  ///< big endian, as `Certificate::serial`
  UnixTime revoked_at;
  RevocationReason reason = RevocationReason::unspecified;  ///< written unless it is `unspecified`
  std::optional<UnixTime> invalid_since = {};               ///< invalidityDate
};

/// What a list says.
struct CrlOrder {
  std::vector<std::uint8_t> number;  ///< cRLNumber, big endian, at most 20 bytes
  std::optional<std::vector<std::uint8_t>>
      base_number;  ///< of a delta CRL: the number of the list that it adds to
  UnixTime this_update;
  UnixTime next_update;
  std::vector<RevokedCertificate> revoked;
};

/// A list of version 2 in DER, with cRLNumber and authorityKeyIdentifier, signed by the issuer.
/// Fails: configuration_unsupported for dates, numbers or serial numbers that cannot be,
/// key_does_not_fit, operation_refused.
Result<std::vector<std::uint8_t>> issue_crl(const CrlOrder& order, const Issuer& issuer);

/// A list, read. What `order` has no place for (other extensions) is passed over.
struct RevocationList {
  CrlOrder order;                    ///< `next_update` is zero where there is none
  std::vector<std::uint8_t> issuer;  ///< Name in DER
  CertificateSignature signature_algorithm = CertificateSignature::unsupported;
};

/// Reads a list whoever signed it, for showing it. Fails: crl_malformed.
Result<RevocationList> read_crl(Bytes der);

/// Reads a list that `issuer` signed, to answer from it or go on with it. Fails: crl_malformed,
/// crl_signature_invalid, crl_out_of_scope if it is another's, or not complete, or not about all of
/// the issuer's certificates and reasons.
Result<RevocationList> read_crl(Bytes der, const Certificate& issuer);

/// The number after `number`.
[[nodiscard]] std::vector<std::uint8_t> next_crl_number(Bytes number);

}  // namespace handfast
