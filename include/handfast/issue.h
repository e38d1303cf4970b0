// Issuing certificates: for development authorities, private ones, and tests. RFC 5280 §4.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/credential.h"
#include "handfast/result.h"
#include "handfast/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace handfast {

/// What a certificate is to say. The times are inclusive.
struct CertificateOrder {
  std::string common_name;  ///< the whole subject, at most 64 bytes of UTF-8; may be empty
  std::vector<std::string>
      names;  ///< subjectAltName: "shop.test", "*.shop.test", "127.0.0.1", "::1"
  UnixTime not_before;
  UnixTime not_after;

  bool is_authority = false;
  std::optional<std::uint8_t>
      path_length;  ///< of an authority: how many may stand between it and a leaf

  /// Bits of `KeyUsage`. Without a value what fits: keyCertSign and cRLSign for an authority, else
  /// digitalSignature; 0 leaves the extension out.
  std::optional<std::uint16_t> key_usage;

  bool server_auth =
      false;  ///< extendedKeyUsage; with neither of the two the extension is left out
  bool client_auth = false;

  /// What an authority may sign: "shop.test" with everything below it, "127.0.0.0/8", "::1". If
  /// there are any, then the kind of which there is none, DNS names or addresses, is forbidden
  /// altogether, since RFC 5280 §4.2.1.10 alone would leave it free.
  std::vector<std::string> permitted_names;
};

/// Whoever signs.
struct Issuer {
  const Certificate& certificate;
  const SigningKey& key;  ///< the key of `certificate`
};

/// A certificate for the key in `public_key_info` (SubjectPublicKeyInfo, see
/// `SigningKey::public_key_info`), in DER: version 3, a random serial number of 16 bytes, key
/// identifiers by RFC 7093 §2 (1), signed with the hash that fits the issuer's key. Whether the
/// issuer may sign this is not judged here: `verify` does.
///
/// Fails: server_name_invalid for a name that is none, configuration_unsupported for dates or a
/// common name that cannot be, configuration_empty without common name and names, key_malformed,
/// key_does_not_fit, random_failed, operation_refused.
Result<std::vector<std::uint8_t>> issue(const CertificateOrder& order, Bytes public_key_info,
                                        const Issuer& issuer);

/// A certificate that `key` signs for itself: a root, or a leaf to be pinned. Fails as `issue`
/// does; the common name must not be empty.
Result<std::vector<std::uint8_t>> issue_self_signed(const CertificateOrder& order,
                                                    const SigningKey& key);

}  // namespace handfast
