// OCSP: what a responder says of one certificate. RFC 6960.
#pragma once

#include "base/budget.h"
#include "handfast/certificate.h"
#include "handfast/result.h"
#include "handfast/revocation.h"
#include "x509/signature.h"

#include <optional>

namespace handfast::x509 {

/// What a response is judged by.
struct OcspTerms {
  UnixTime now;
  RevocationPolicy policy = {};
  Bytes nonce = {};  ///< that was asked with, which the response then has to repeat; empty: none

  // For suites whose data is older than what is believed today.
  Result<> (*check_signed)(const Signed&, const Certificate&, Budget&) = x509::check_signed;
};

/// What a responder says of one certificate, as far as it is to be believed: there is no other way
/// to one than `check`. Holds views into the response and into the certificates.
class OcspStatement {
 public:
  enum class Status : std::uint8_t { good, revoked };

  /// Reads `response`, an OCSPResponse in DER, and judges it: that it speaks of exactly this
  /// `certificate` of this `issuer`, is fresh, and was signed by the issuer's key or by somebody
  /// whom that key authorized for it. Where it says several things of the certificate the worst
  /// counts. Fails: ocsp_malformed, ocsp_not_successful, ocsp_other_certificate,
  /// ocsp_extension_unknown, ocsp_not_yet_valid, ocsp_expired, ocsp_responder_unknown,
  /// ocsp_signature_invalid, ocsp_nonce_mismatch, ocsp_status_unknown, budget_spent.
  static Result<OcspStatement> check(Bytes response, const Certificate& certificate,
                                     const Certificate& issuer, const OcspTerms& terms,
                                     Budget& budget);

  [[nodiscard]] Status status() const { return status_; }

  /// For the verdict.
  [[nodiscard]] const RevocationFinding& finding() const { return finding_; }

  /// Who signed, if it was not the issuer itself: with `ocsp_no_check`, or else worth looking up.
  [[nodiscard]] const std::optional<Certificate>& delegate() const { return delegate_; }

 private:
  OcspStatement() = default;

  Status status_ = Status::revoked;
  RevocationFinding finding_;
  std::optional<Certificate> delegate_;
};

}  // namespace handfast::x509
