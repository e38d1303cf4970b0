#include "crypto/sha1.h"

// As in hash.cc: deprecated, but there in every libcrypto 3, and without an allocation.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/sha.h>

namespace handfast::crypto {

Sha1Digest sha1(Bytes bytes) {
  Sha1Digest digest{};
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &state);
  return digest;
}

}  // namespace handfast::crypto
