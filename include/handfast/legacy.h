// The old mechanisms of TLS 1.2, each for those who cannot do without: the library
// handfast::legacy. Who does not link it has none of them.
#pragma once

#include "handfast/policy.h"

namespace handfast::legacy {

/// The suites with AES-CBC and HMAC of SHA-1, SHA-256 and SHA-384 (RFC 5246 §A.5, RFC 5289). Where
/// the peer knows it, the MAC is that of the ciphertext (encrypt_then_mac, RFC 7366); else it is
/// checked in a time that tells nothing of the padding.
extern const LegacyMechanism cbc_suites;

}  // namespace handfast::legacy
