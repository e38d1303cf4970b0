// RSA encryption, which nothing but the key exchange of old suites uses. RFC 8017 §7.2, §5.1.2.
#pragma once

#include "crypto/signature.h"
#include "handfast/result.h"

#include <cstdint>
#include <vector>

namespace handfast::legacy {

/// RSAES-PKCS1-v1_5: `message` for whoever has the private half of this key (big endian, as
/// `crypto::PublicKey::rsa` takes them). Fails: internal for what does not fit.
[[nodiscard]] Result<std::vector<std::uint8_t>> rsa_encrypt(Bytes modulus, Bytes exponent,
                                                            Bytes message);

/// The bytes of an RSA key's modulus; 0 for keys of other kinds.
[[nodiscard]] std::size_t modulus_size(const crypto::PrivateKey& key);

/// Whether a libcrypto of this version (OpenSSL_version_num(3)) decrypts in a time that tells
/// nothing of what comes out: before 3.0.8 it did not (CVE-2022-4304). Builds that have the mend of
/// it under an older number are not known from others. Fails: configuration_needs_libcrypto.
Result<> check_rsa_decryption(unsigned long libcrypto);

/// The same of the libcrypto that runs. Who encrypts to others is not concerned.
Result<> check_rsa_decryption_here();

/// RSADP: the private operation and nothing behind it, in a time that tells nothing of what comes
/// out; to `out` of `modulus_size` bytes. False, and zeros, for what is no ciphertext: of another
/// size, or a number that is not below the modulus, as everybody can see.
[[nodiscard]] bool rsa_decrypt_raw(const crypto::PrivateKey& key, Bytes ciphertext, MutBytes out);

}  // namespace handfast::legacy
