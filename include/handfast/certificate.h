// Certificate: an X.509 certificate as views into its own DER, or a raw public key in the place of
// one. RFC 5280 §4, RFC 7250.
#pragma once

#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace handfast {

/// What a certificate's key is. `unsupported` parses, and fails only where the key would be used.
enum class CertificateKey : std::uint8_t {
  rsa,
  ecdsa_p256,
  ecdsa_p384,
  ecdsa_p521,
  ed25519,
  ml_dsa_44,  ///< this and the next two: RFC 9881; where libcrypto has them, from OpenSSL 3.5 on
  ml_dsa_65,
  ml_dsa_87,
  unsupported
};

/// What a certificate is signed with; `unsupported` (SHA-1, MD5, DSA, ...) never verifies.
enum class CertificateSignature : std::uint8_t {
  rsa_pkcs1_sha256,
  rsa_pkcs1_sha384,
  rsa_pkcs1_sha512,
  rsa_pss_sha256,
  rsa_pss_sha384,
  rsa_pss_sha512,
  ecdsa_sha256,
  ecdsa_sha384,
  ecdsa_sha512,
  ed25519,
  ml_dsa_44,
  ml_dsa_65,
  ml_dsa_87,
  unsupported,
};

/// KeyUsage, RFC 5280 §4.2.1.3: bit n of the BIT STRING is 1 << n.
enum class KeyUsage : std::uint16_t {
  digital_signature = 1 << 0,
  non_repudiation = 1 << 1,
  key_encipherment = 1 << 2,
  data_encipherment = 1 << 3,
  key_agreement = 1 << 4,
  key_cert_sign = 1 << 5,
  crl_sign = 1 << 6,
  encipher_only = 1 << 7,
  decipher_only = 1 << 8,
};

/// BasicConstraints, RFC 5280 §4.2.1.9.
struct BasicConstraints {
  bool is_authority = false;
  std::optional<std::uint8_t> path_length;  ///< values above 255 read as 255, which no path reaches
};

/// PolicyConstraints and InhibitAnyPolicy, RFC 5280 §4.2.1.11, §4.2.1.14: after how many further
/// certificates each begins to bind; values above 255 read as 255, which no path reaches.
struct PolicyConstraints {
  std::optional<std::uint8_t> require_explicit_policy;
  std::optional<std::uint8_t> inhibit_policy_mapping;
  std::optional<std::uint8_t> inhibit_any_policy;
};

/// One certificate, parsed: every member that is a view lies in the bytes given to `parse`, which
/// must outlive it. Copying is cheap; nothing is allocated.
///
/// Immutable: share freely.
class Certificate {
 public:
  /// Parses strict DER; leftover bytes, doubled extensions, bad dates and versions other than 3 are
  /// errors. Signatures and dates are not judged here. Fails: certificate_malformed,
  /// certificate_version_invalid, certificate_algorithm_mismatch.
  static Result<Certificate> parse(Bytes der);

  /// A key that stands where TLS else has a certificate (RFC 7250 §3): strict DER of one
  /// SubjectPublicKeyInfo. It has no name, no issuer and no dates; `der` and the members about the
  /// key are all that it says, and its dates never end. Fails: raw_key_malformed, also for more
  /// than 4,096 bytes.
  static Result<Certificate> of_raw_key(Bytes public_key_info);

  /// `parse` or `of_raw_key`.
  static Result<Certificate> of_type(CertificateType type, Bytes der);

  bool is_raw_key = false;
  Bytes der;              ///< the whole certificate
  Bytes signed_part;      ///< tbsCertificate with its header: what the signature covers
  Bytes serial;           ///< big endian, as encoded
  Bytes issuer;           ///< Name, DER with its header
  Bytes subject;          ///< Name, DER with its header; may be an empty sequence
  UnixTime not_before;    ///< inclusive
  UnixTime not_after;     ///< inclusive
  Bytes public_key_info;  ///< SubjectPublicKeyInfo, DER with its header
  Bytes public_key;       ///< the BIT STRING's content
  CertificateKey key_kind = CertificateKey::unsupported;
  CertificateSignature signature_algorithm = CertificateSignature::unsupported;
  Bytes signature;

  std::optional<BasicConstraints> basic_constraints;
  std::optional<std::uint16_t> key_usage;  ///< bits of KeyUsage
  PolicyConstraints policy_constraints;
  bool unknown_critical_extension = false;

  /// Those known here that are marked critical: bit n is that of id-ce n (2.5.29.n), n below 64.
  std::uint64_t critical_extensions = 0;

  bool has_subject_alt_name = false;
  bool has_authority_key_id = false;  ///< the extension, with or without a key identifier in it
  bool name_constraints_present = false;
  bool must_staple = false;       ///< TLS feature status_request, RFC 7633
  bool no_revocation = false;     ///< noRevAvail, RFC 9608
  bool delegation_usage = false;  ///< may sign delegated credentials, RFC 9345 §4.2
  bool ocsp_no_check = false;     ///< id-pkix-ocsp-nocheck, RFC 6960 §4.2.2.2.1

  // Each the content of the extension's one SEQUENCE, its form checked; empty where absent.
  Bytes extended_key_usage;       ///< OIDs
  Bytes subject_alt_name;         ///< GeneralNames
  Bytes issuer_alt_name;          ///< GeneralNames
  Bytes name_constraints;         ///< NameConstraints
  Bytes certificate_policies;     ///< PolicyInformations
  Bytes policy_mappings;          ///< pairs of OIDs
  Bytes crl_distribution_points;  ///< DistributionPoints
  Bytes freshest_crl;             ///< DistributionPoints
  Bytes authority_info_access;    ///< AccessDescriptions
  Bytes authority_cert_issuer;    ///< of the authority key identifier: GeneralNames

  Bytes subject_key_id;
  Bytes authority_key_id;
  Bytes authority_cert_serial;
  Bytes signed_certificate_timestamps;  ///< the list of RFC 6962 §3.3, as TLS writes it

  /// Whether issuer and subject are the same name.
  [[nodiscard]] bool is_self_issued() const;

  /// The distinguished name for people: "CN=..., O=..." in the certificate's order reversed as RFC
  /// 4514 has it, with everything outside printable characters escaped. `name` is `issuer` or
  /// `subject`.
  static std::string name_text(Bytes name);

  /// The common name of the subject, escaped, else its whole text, else the first SAN: a label for
  /// people, never an identity. Of a raw key: both ends of its SHA-256.
  [[nodiscard]] std::string label() const;

  /// Calls `visit(kind, value)` for each subjectAltName; kind is the GeneralName's tag number (2
  /// DNS, 7 IP,
  /// ...), value its content.
  template <class Visit>
  void each_alt_name(Visit&& visit) const {
    Bytes rest = subject_alt_name;
    for (std::optional<AltName> alt = next_alt_name(rest); alt; alt = next_alt_name(rest)) {
      visit(alt->kind, alt->value);
    }
  }

 private:
  struct AltName {
    std::uint8_t kind;
    Bytes value;
  };

  static std::optional<AltName> next_alt_name(Bytes& rest);
};

/// "ECDSA P-256", "RSA 2048" (with the modulus's size), "Ed25519", "ML-DSA-65".
[[nodiscard]] std::string key_text(const Certificate& certificate);

/// "ECDSA, SHA-256", ...
[[nodiscard]] std::string_view name(CertificateSignature algorithm);

/// "2027-01-21 23:59 UTC".
[[nodiscard]] std::string date_text(UnixTime time);

}  // namespace handfast
