// What a certificate says, in words: for people, for programs that show it, and for PEM files.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handfast {

/// SHA-256 of `der`: of a whole certificate its fingerprint, of its `public_key_info` the pin of
/// RFC 7469 §2.4.
[[nodiscard]] std::array<std::uint8_t, 32> fingerprint(Bytes der);

/// A subjectAltName (RFC 5280 §4.2.1.6) that a decision may rest on: its kind, and its value in the
/// one form that it has. Two of one kind are the same name if their values are equal.
struct AltName {
  enum class Kind : std::uint8_t {
    dns_name,     ///< in lower case, with "*." if it is a wildcard: "shop.test"
    ip_address,   ///< "192.0.2.1", "2001:db8::1" (RFC 5952)
    rfc822_name,  ///< the local part as it stands, the host in lower case: "Ann@shop.test"
    uniform_resource_identifier,  ///< as it stands
  };

  Kind kind;
  std::string value;

  bool operator==(const AltName&) const = default;
};

/// As RFC 5280 §4.2.1.6 calls it: "dNSName".
[[nodiscard]] std::string_view name(AltName::Kind kind);

/// The alternative names of those kinds. Left out is what is not in the form of its kind (a dNSName
/// "ann@shop.test", a URI with a space in it), so that none can be taken for another.
[[nodiscard]] std::vector<AltName> alt_names(const Certificate& certificate);

/// All alternative names, for people to read: DNS names and addresses as they are, other kinds with
/// their name in front ("email:", "URI:", "name:"), and "DNS:" before what is no DNS name. Escaped
/// and cut as `Certificate::label` is: never compare these, see `alt_names`.
[[nodiscard]] std::vector<std::string> alt_name_texts(const Certificate& certificate);

/// NameConstraints, RFC 5280 §4.2.1.10: "shop.test", "127.0.0.0/8", other kinds as above.
struct NameConstraintTexts {
  std::vector<std::string> permitted;
  std::vector<std::string> excluded;
};

/// What an authority is limited to; both lists are empty where it has no limits.
[[nodiscard]] NameConstraintTexts name_constraint_texts(const Certificate& certificate);

/// "digitalSignature", "keyCertSign", ... in the order of the bits.
[[nodiscard]] std::vector<std::string> key_usage_texts(const Certificate& certificate);

/// "serverAuth", "clientAuth", ...; numbers ("1.2.3") for purposes without a name here.
[[nodiscard]] std::vector<std::string> extended_key_usage_texts(const Certificate& certificate);

/// "3 days", "5 hours", "12 minutes": the largest unit of which there is one, rounded.
[[nodiscard]] std::string duration_text(std::int64_t seconds);

/// The DER of every CERTIFICATE block of PEM text; what stands between is passed over. Fails:
/// pem_malformed if a block does not decode, or if there is none.
Result<std::vector<std::vector<std::uint8_t>>> certificates_from_pem(std::string_view pem);

/// One certificate as a PEM block, with a line end after it.
[[nodiscard]] std::string certificate_to_pem(Bytes der);

}  // namespace handfast
