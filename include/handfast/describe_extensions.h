// The rest of what a certificate says, in words: where to ask, what is stapled, every extension by
// name. RFC 5280 §4.2.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"

#include <cstddef>
#include <string>
#include <vector>

namespace handfast {

/// The extensions by name, in their order: "basicConstraints (critical)", "1.2.3" where there is no
/// name here.
[[nodiscard]] std::vector<std::string> extension_texts(const Certificate& certificate);

/// certificatePolicies: "any", "domain-validated (2.23.140.1.2.1)", "1.2.3".
[[nodiscard]] std::vector<std::string> policy_texts(const Certificate& certificate);

/// Where the revocation lists lie: the URLs of cRLDistributionPoints as they stand there, which is
/// as the authority pleased. Views into the certificate's bytes.
[[nodiscard]] std::vector<Bytes> crl_urls(const Certificate& certificate);

/// Those of authorityInfoAccess, likewise.
struct AccessUrls {
  std::vector<Bytes> ocsp;
  std::vector<Bytes> issuers;
};

[[nodiscard]] AccessUrls access_urls(const Certificate& certificate);

/// A URL for people: escaped, and cut where it is longer than a line or three.
[[nodiscard]] std::string url_text(Bytes url);

/// `crl_urls` for people.
[[nodiscard]] std::vector<std::string> crl_url_texts(const Certificate& certificate);

/// `access_urls` for people.
struct AccessTexts {
  std::vector<std::string> ocsp;
  std::vector<std::string> issuers;
};

[[nodiscard]] AccessTexts access_texts(const Certificate& certificate);

/// How many signed certificate timestamps are embedded. RFC 6962 §3.3.
[[nodiscard]] std::size_t timestamp_count(const Certificate& certificate);

/// "ECDSA P-256", "RSA 2048", "Ed25519" of a SubjectPublicKeyInfo; "unknown" for others.
[[nodiscard]] std::string public_key_text(Bytes public_key_info);

}  // namespace handfast
