// What verifying needs inside the library. RFC 5280 §6.
#pragma once

#include "crypto/signature.h"
#include "handfast/verify.h"

namespace handfast::x509 {

/// The public key of a certificate, imported raw. Fails: certificate_key_unsupported,
/// certificate_needs_ml_dsa, certificate_key_weak, certificate_malformed.
Result<crypto::PublicKey> public_key(const Certificate& certificate);

}  // namespace handfast::x509
