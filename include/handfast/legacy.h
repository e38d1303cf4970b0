// The old mechanisms of TLS 1.2, each for those who cannot do without: the library
// handfast::legacy. Who does not link it has none of them.
#pragma once

#include "handfast/credential.h"
#include "handfast/policy.h"
#include "handfast/result.h"

#include <memory>
#include <string_view>

namespace handfast::legacy {

/// The suites with AES-CBC and HMAC of SHA-1, SHA-256 and SHA-384 (RFC 5246 §A.5, RFC 5289). Where
/// the peer knows it, the MAC is that of the ciphertext (encrypt_then_mac, RFC 7366); else it is
/// checked in a time that tells nothing of the padding.
extern const LegacyMechanism cbc_suites;

/// The suites with RSA key exchange (RFC 5246 §7.4.7.1), with AES-GCM and, where `cbc_suites` are
/// let in too, with CBC. There is no forward secrecy: whoever gets the certificate's key, even
/// years later, reads all that was recorded. What a client sends that is not right is answered like
/// all else, and as late. A server needs a `Credential` with an RSA key, whose certificate
/// has keyEncipherment; one with digitalSignature too serves the other suites as well. The key
/// decrypts inside `next`: `Pulled::signing` hands out signatures alone. A ServerConfig with it
/// needs a libcrypto of 3.0.8 or later, as older ones tell by their time what they decrypt.
extern const LegacyMechanism rsa_key_exchange;

/// A credential for RSA key exchange, from PEM text: its leaf has an RSA key that may decrypt, and
/// need not let it sign, as every other leaf here must (RFC 5246 §7.4.2). A ServerConfig takes one
/// that may not sign only with a suite of RSA key exchange, and shows it in such alone; a
/// ClientConfig takes none. Fails: as `Credential::from_pem`, with certificate_key_usage where the
/// key may not decrypt; certificate_not_rsa.
Result<std::shared_ptr<const Credential>> decrypting_credential(std::string_view chain_pem,
                                                                std::string_view key_pem);

/// The suites with key exchange in a finite field and an RSA signature (RFC 5246, RFC 5288, RFC
/// 7905), with AEAD and, where `cbc_suites` are let in too, with CBC. It has forward secrecy, but
/// is slow and of large messages. The groups are ffdhe2048, ffdhe3072 and ffdhe4096 (RFC 7919), and
/// no others: a server whose prime is another is refused, as nobody can say what that is worth.
extern const LegacyMechanism ffdhe_key_exchange;

}  // namespace handfast::legacy
