#include "x509/algorithm.h"
#include "x509/verify.h"

namespace handfast::x509 {

Result<crypto::PublicKey> public_key(const Certificate& certificate) {
  switch (certificate.key_kind) {
  case CertificateKey::rsa: {
    const std::optional<RsaParts> parts = rsa_parts(certificate.public_key);
    if (!parts) {
      return fail(Reason::certificate_malformed);
    }
    return crypto::PublicKey::rsa(parts->modulus, parts->exponent);
  }
  case CertificateKey::ecdsa_p256:
    return crypto::PublicKey::ecdsa(crypto::KeyKind::ecdsa_p256, certificate.public_key);
  case CertificateKey::ecdsa_p384:
    return crypto::PublicKey::ecdsa(crypto::KeyKind::ecdsa_p384, certificate.public_key);
  case CertificateKey::ecdsa_p521:
    return crypto::PublicKey::ecdsa(crypto::KeyKind::ecdsa_p521, certificate.public_key);
  case CertificateKey::ed25519:
    return crypto::PublicKey::ed25519(certificate.public_key);
  case CertificateKey::unsupported:
    return fail(Reason::certificate_key_unsupported);
  }
  return fail(Reason::certificate_key_unsupported);
}

} // namespace handfast::x509
