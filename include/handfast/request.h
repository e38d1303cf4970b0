// CertificateRequest: what a key's owner asks an authority for. PKCS#10, RFC 2986.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/issue.h"
#include "handfast/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handfast {

/// A request, parsed: views into the bytes given to `parse`, which must outlive it.
///
/// Immutable: share freely.
class CertificateRequest {
 public:
  /// Parses strict DER and checks the signature, which proves that whoever asks has the key. Fails:
  /// request_malformed; request_signature_invalid, also for signatures of kinds that are not known
  /// here or weak; certificate_key_unsupported, certificate_key_weak.
  static Result<CertificateRequest> parse(Bytes der);

  /// Subject, key and wished extensions (of an extensionRequest attribute, RFC 2985 §5.4.2), as in
  /// a certificate; the members that a request does not have are empty. Nothing of it is promised
  /// or checked: the authority decides.
  Certificate wanted;

  Bytes der;  ///< the whole request
  CertificateSignature signature_algorithm = CertificateSignature::unsupported;

  /// The subject's common name, if it is one plain line of UTF-8; else empty.
  [[nodiscard]] std::string common_name() const;
};

/// A request of `key` for what `order` says: subject, names, whether it is to be an authority, key
/// usages and purposes, must-staple. Dates and all else are the authority's to say. In DER. Fails
/// as `issue` does.
Result<std::vector<std::uint8_t>> issue_request(const CertificateOrder& order,
                                                const SigningKey& key);

/// The DER of the first "CERTIFICATE REQUEST" block of PEM text. Fails: pem_malformed.
Result<std::vector<std::uint8_t>> request_from_pem(std::string_view pem);

/// A request as a PEM block, with a line end after it.
[[nodiscard]] std::string request_to_pem(Bytes der);

}  // namespace handfast
