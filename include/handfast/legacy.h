// The old mechanisms of TLS 1.2, each for those who cannot do without: the library
// handfast::legacy. Who does not link it has none of them.
#pragma once

#include "handfast/policy.h"

namespace handfast::legacy {

/// The suites with AES-CBC and HMAC of SHA-1, SHA-256 and SHA-384 (RFC 5246 §A.5, RFC 5289). Where
/// the peer knows it, the MAC is that of the ciphertext (encrypt_then_mac, RFC 7366); else it is
/// checked in a time that tells nothing of the padding.
extern const LegacyMechanism cbc_suites;

/// The suites with RSA key exchange (RFC 5246 §7.4.7.1), with AES-GCM and, where `cbc_suites` are
/// let in too, with CBC. There is no forward secrecy: whoever gets the certificate's key, even
/// years later, reads all that was recorded. What a client sends that is not right is answered like
/// all else, and as late. A server needs a `Credential` with an RSA key, whose certificate
/// has keyEncipherment and, as every leaf here, digitalSignature. The key decrypts inside `next`:
/// `Pulled::signing` hands out signatures alone.
extern const LegacyMechanism rsa_key_exchange;

/// The suites with key exchange in a finite field and an RSA signature (RFC 5246, RFC 5288, RFC
/// 7905), with AEAD and, where `cbc_suites` are let in too, with CBC. It has forward secrecy, but
/// is slow and of large messages. The groups are ffdhe2048, ffdhe3072 and ffdhe4096 (RFC 7919), and
/// no others: a server whose prime is another is refused, as nobody can say what that is worth.
extern const LegacyMechanism ffdhe_key_exchange;

}  // namespace handfast::legacy
