// Crl: a certificate revocation list as views into its own DER. RFC 5280 §5.
#pragma once

#include "handfast/certificate.h"
#include "handfast/result.h"
#include "handfast/revocation.h"
#include "x509/distribution_point.h"

#include <cstdint>
#include <optional>

namespace handfast::x509 {

/// One of `revokedCertificates`. RFC 5280 §5.3.
struct CrlEntry {
  Bytes serial;  ///< big endian, as encoded
  UnixTime revoked_at;
  RevocationReason reason = RevocationReason::unspecified;
  std::optional<UnixTime> invalidity_date;
  Bytes certificate_issuer;  ///< GeneralNames; empty: as of the entry before, or the list's issuer
};

/// IssuingDistributionPoint: what a list speaks of. RFC 5280 §5.2.5.
struct IssuingDistributionPoint {
  DistributionPointName name;
  bool only_contains_user_certs = false;
  bool only_contains_ca_certs = false;
  bool only_contains_attribute_certs = false;
  bool indirect_crl = false;
  std::optional<std::uint16_t> only_some_reasons;  ///< bits of ReasonFlags; nothing: all reasons
  Bytes der;                                       ///< the extension's value
};

/// One list, parsed: every member that is a view lies in the bytes given to `parse`, which must
/// outlive it. Nothing is allocated; every entry was read once, so walking them does not fail.
///
/// Immutable: share freely.
class Crl {
 public:
  /// Parses strict DER of at most `limits::crl` bytes: versions 1 and 2, no empty sequences,
  /// nothing doubled, nothing left over. Signature, dates and scope are not judged here. Fails:
  /// crl_malformed.
  static Result<Crl> parse(Bytes der);

  Bytes signed_part;  ///< tbsCertList with its header
  bool is_version_1 = false;
  Bytes issuer;  ///< Name, DER with its header
  UnixTime this_update;
  std::optional<UnixTime> next_update;
  Bytes entries;  ///< content of revokedCertificates; empty: none
  CertificateSignature signature_algorithm = CertificateSignature::unsupported;
  Bytes signature;

  bool unknown_critical_extension = false;  ///< of the list or of any entry
  Bytes number;                             ///< cRLNumber, a magnitude; empty where absent
  std::optional<Bytes> base_number;         ///< BaseCRLNumber: this is a delta CRL
  Bytes authority_key_id;
  std::optional<IssuingDistributionPoint> distribution_point;

  [[nodiscard]] bool is_indirect() const {
    return distribution_point && distribution_point->indirect_crl;
  }
};

/// Walks over the entries of a list that `Crl::parse` let through.
class CrlEntries {
 public:
  explicit CrlEntries(const Crl& crl);

  /// From an entry on, of which `offset` tells how far it stands from the first.
  CrlEntries(const Crl& crl, std::size_t offset);

  std::optional<CrlEntry> next();

  /// How far the next entry stands from the first.
  [[nodiscard]] std::size_t offset() const { return size_ - reader_.rest().size(); }

 private:
  std::size_t size_;
  der::Reader reader_;
};

}  // namespace handfast::x509
