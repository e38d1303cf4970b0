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
#include <string_view>
#include <vector>

namespace handfast {

/// One attribute of a subject.
struct NameAttribute {
  std::string
      type;  ///< "CN", "O", "OU", "C", "ST", "L", "STREET", "DC", "UID", "serialNumber", ...
  std::string value;  ///< UTF-8, not empty, within the attribute's upper bound (RFC 5280 §A.1)
};

/// Reads "CN=Shop,O=Shop Ltd,C=DE" as RFC 4514 has it; the attributes come in the order in which
/// they are encoded, which is the reverse of the text. Fails: subject_invalid.
Result<std::vector<NameAttribute>> parse_subject(std::string_view text);

/// What a certificate, or a request for one, is to say. The times are inclusive.
struct CertificateOrder {
  std::string common_name;  ///< the subject's last attribute, at most 64 bytes; may be empty
  std::vector<NameAttribute> subject;  ///< what stands before it, in the order of encoding
  Bytes whole_subject;  ///< instead of both: a Name in DER, such as that of a request; must live on

  /// subjectAltName: "shop.test", "*.shop.test", "127.0.0.1", "::1", "ann@shop.test",
  /// "https://shop.test/id".
  std::vector<std::string> names;
  UnixTime not_before;
  UnixTime not_after;

  bool is_authority = false;
  std::optional<std::uint8_t>
      path_length;  ///< of an authority: how many may stand between it and a leaf

  /// Bits of `KeyUsage`. Without a value what fits: keyCertSign and cRLSign for an authority, else
  /// digitalSignature; 0 leaves the extension out.
  std::optional<std::uint16_t> key_usage;

  bool server_auth = false;  ///< extendedKeyUsage; with none of the three it is left out
  bool client_auth = false;
  bool ocsp_signing = false;  ///< also says that it need not be checked itself, RFC 6960 §4.2.2.2.1
  bool must_staple = false;   ///< TLS feature status_request, RFC 7633
  bool delegation = false;    ///< DelegationUsage: may sign delegated credentials, RFC 9345 §4.2

  std::vector<std::string> policies;        ///< certificatePolicies: "2.23.140.1.2.1"
  std::vector<std::string> crl_urls;        ///< cRLDistributionPoints, one point for all
  std::vector<std::string> ocsp_urls;       ///< authorityInfoAccess, id-ad-ocsp
  std::vector<std::string> authority_urls;  ///< authorityInfoAccess, id-ad-caIssuers

  /// What an authority may sign: "shop.test" with everything below it, "127.0.0.0/8", "::1",
  /// "email:shop.test", "URI:.shop.test". If there are any, then the kind of which there is none,
  /// DNS names or addresses, is forbidden altogether, since RFC 5280 §4.2.1.10 alone would leave it
  /// free.
  std::vector<std::string> permitted_names;
  std::vector<std::string> excluded_names;  ///< and what it may not
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
/// Fails: server_name_invalid for a name that is none, subject_invalid, configuration_unsupported
/// for dates, policies or addresses that cannot be, configuration_empty without subject and names,
/// key_malformed, key_does_not_fit, random_failed, operation_refused.
Result<std::vector<std::uint8_t>> issue(const CertificateOrder& order, Bytes public_key_info,
                                        const Issuer& issuer);

/// A certificate that `key` signs for itself: a root, or a leaf to be pinned. Fails as `issue`
/// does; the subject must not be empty.
Result<std::vector<std::uint8_t>> issue_self_signed(const CertificateOrder& order,
                                                    const SigningKey& key);

}  // namespace handfast
