// AlgorithmIdentifiers: which key, which signature; and what the provider calls them. RFC 5280
// §4.1.1.2, §4.1.2.7.
#pragma once

#include "crypto/signature.h"
#include "der/reader.h"
#include "handfast/bytes.h"
#include "handfast/certificate.h"

#include <optional>

namespace handfast::x509 {

/// What `algorithm`, the content of an AlgorithmIdentifier, means as a signature's algorithm;
/// `unsupported` if its parameters are not exactly as they must be.
[[nodiscard]] CertificateSignature signature_algorithm(Bytes algorithm);

/// The same for a key's algorithm. EC keys with explicit curves are `unsupported`.
[[nodiscard]] CertificateKey key_kind(Bytes algorithm);

/// Reads a SubjectPublicKeyInfo into the members of `certificate` that are about its key; fails the
/// reader for a form that it cannot have. RFC 5280 §4.1.2.7.
void read_public_key_info(der::Reader& reader, Certificate& certificate);

/// RSAPublicKey of RFC 8017 §A.1.1: magnitudes, big endian, without zeros in front.
struct RsaParts {
  Bytes modulus;
  Bytes exponent;
};

/// The parts of an RSA key's BIT STRING, if they are what they should be.
[[nodiscard]] std::optional<RsaParts> rsa_parts(Bytes public_key);

/// Size of a magnitude in bits.
[[nodiscard]] std::size_t bit_size(Bytes magnitude);

/// The provider's name for a signature; nothing for `unsupported`.
[[nodiscard]] std::optional<crypto::SignatureAlgorithm>
provider_algorithm(CertificateSignature algorithm);

/// The provider's name for a key; nothing for `unsupported`.
[[nodiscard]] std::optional<crypto::KeyKind> provider_kind(CertificateKey kind);

/// The provider's name for a signature that can be verified here. Fails:
/// certificate_algorithm_weak, certificate_needs_ml_dsa.
Result<crypto::SignatureAlgorithm> usable(CertificateSignature algorithm);

/// The same for a key. Fails: certificate_key_unsupported, certificate_needs_ml_dsa.
Result<crypto::KeyKind> usable(CertificateKey kind);

}  // namespace handfast::x509
