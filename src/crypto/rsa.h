// RSA's public operation by arithmetic of our own: what openssl/public_key.cc asks of
// native/rsa_public.cc, and does by libcrypto where there is none.
#pragma once

#include "handfast/bytes.h"

#include <cstdint>

namespace handfast::crypto {

/// RSAVP1 (RFC 8017 §5.2.2): writes signature ^ exponent mod modulus into `message`, and returns
/// whether the signature is below the modulus, as it has to be. All numbers are big endian and
/// public; `modulus` is odd, of 2048 to 8192 bits, without leading zeros, and the two others have
/// its size; `exponent` is odd and at least 3.
using OwnRsaPublic = bool (*)(Bytes modulus, std::uint64_t exponent, Bytes signature,
                              MutBytes message);

/// Ours; nullptr where this build has none, or where this machine's processor lacks AVX-512 IFMA.
/// The answer never changes. Any thread.
[[nodiscard]] OwnRsaPublic own_rsa_public();

}  // namespace handfast::crypto
