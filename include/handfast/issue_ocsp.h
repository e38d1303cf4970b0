// OCSP from the responder's side, and the questions that are put to one. RFC 6960, RFC 9654.
//
// What a client makes of a response is told by `verify`, not here.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/credential.h"
#include "handfast/result.h"
#include "handfast/revocation.h"
#include "handfast/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace handfast {

/// CertID: which certificate is asked for, RFC 6960 §4.1.1. Views into the request.
struct OcspCertificateId {
  Bytes der;             ///< whole: a response repeats it as it stood
  Bytes hash_algorithm;  ///< an OBJECT IDENTIFIER
  Bytes issuer_name_hash;
  Bytes issuer_key_hash;
  Bytes serial;  ///< big endian, as `Certificate::serial`

  /// Whether it is one of `issuer`'s certificates: SHA-1, SHA-256, SHA-384 and SHA-512 are known.
  [[nodiscard]] bool is_issued_by(const Certificate& issuer) const;
};

/// Requests for more certificates at once are refused.
inline constexpr std::size_t most_asked = 16;

/// A question, parsed: views into the bytes given to `parse`, which must outlive it.
struct OcspRequest {
  std::vector<OcspCertificateId> asked;  ///< one at least
  Bytes nonce;                           ///< 1 to 128 bytes; empty: none

  /// Parses strict DER with at most `most_asked` certificates. Signatures of requests are
  /// not looked at. Fails: ocsp_malformed, also for unknown critical extensions.
  static Result<OcspRequest> parse(Bytes der);
};

/// A question about one certificate, by SHA-1, which every responder knows; in DER. A nonce has 1
/// to 128 bytes (RFC 9654 §2.1), and 32 are best; empty: none. Fails: key_malformed,
/// configuration_unsupported for a longer nonce.
Result<std::vector<std::uint8_t>> write_ocsp_request(const Certificate& certificate,
                                                     const Certificate& issuer, Bytes nonce);

/// What is said of one certificate.
struct OcspAnswer {
  enum class Status : std::uint8_t { good, revoked, unknown };

  Bytes id;  ///< CertID in DER
  Status status = Status::unknown;
  UnixTime revoked_at;                                      ///< where it was revoked
  RevocationReason reason = RevocationReason::unspecified;  ///< the same; left out if unspecified
  UnixTime this_update;
  std::optional<UnixTime> next_update;
};

/// Who answers: the authority itself, or somebody whom it gave a certificate for that purpose
/// (`CertificateOrder::ocsp_signing`).
struct OcspResponder {
  const Certificate& certificate;
  const SigningKey& key;
  bool is_delegated = false;  ///< the certificate is sent along
};

/// A response with status successful, signed; the responder is named by its key. In DER. Fails:
/// key_does_not_fit, key_malformed, configuration_unsupported for dates that cannot be,
/// configuration_empty without answers, operation_refused.
Result<std::vector<std::uint8_t>> issue_ocsp_response(std::span<const OcspAnswer> answers,
                                                      Bytes nonce, UnixTime produced_at,
                                                      const OcspResponder& responder);

/// A response, read for showing it: nothing in it is checked. Views into the bytes given to
/// `parse`, which must outlive it.
struct OcspResponse {
  struct Statement {
    Bytes serial;  ///< big endian, as `Certificate::serial`
    OcspAnswer answer;
  };

  std::uint8_t status = 0;  ///< OCSPResponseStatus; all else is empty unless it is 0, successful
  Bytes responder_name;     ///< a Name in DER, or else
  Bytes responder_key_hash;
  UnixTime produced_at;
  std::vector<Statement> statements;
  Bytes nonce;
  CertificateSignature signature_algorithm = CertificateSignature::unsupported;
  std::vector<Bytes> certificates;  ///< that came along, in DER

  /// Fails: ocsp_malformed.
  static Result<OcspResponse> parse(Bytes der);
};

/// OCSPResponseStatus, but `successful`. RFC 6960 §4.2.1.
enum class OcspRefusal : std::uint8_t {
  malformed_request = 1,
  internal_error = 2,
  try_later = 3,
  sig_required = 5,
  unauthorized = 6,
};

/// A response that says no more than that, which nobody signs.
[[nodiscard]] std::vector<std::uint8_t> ocsp_refusal(OcspRefusal status);

/// The CertID of `certificate` by SHA-1, in DER. Fails: key_malformed.
Result<std::vector<std::uint8_t>> ocsp_certificate_id(const Certificate& certificate,
                                                      const Certificate& issuer);

}  // namespace handfast
