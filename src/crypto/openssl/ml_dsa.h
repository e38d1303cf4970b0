// ML-DSA (FIPS 204), which libcrypto has from 3.5 on. It is found by its name while the program
// runs, so that what was built with the headers of 3.0 uses it wherever it is.
#pragma once

#include "crypto/openssl/provider.h"
#include "crypto/signature.h"

#include <optional>

#include <openssl/x509.h>

namespace handfast::crypto::openssl {

/// What libcrypto calls a kind of ML-DSA, and how long its public keys are in bytes. FIPS 204 §4.
struct MlDsa {
  KeyKind kind;
  const char* name;
  const char* oid;
  std::size_t public_key;
};

inline constexpr std::array ml_dsa_rows = {
    MlDsa{KeyKind::ml_dsa_44, "ML-DSA-44", "2.16.840.1.101.3.4.3.17", 1312},
    MlDsa{KeyKind::ml_dsa_65, "ML-DSA-65", "2.16.840.1.101.3.4.3.18", 1952},
    MlDsa{KeyKind::ml_dsa_87, "ML-DSA-87", "2.16.840.1.101.3.4.3.19", 2592},
};

/// The row of `kind`; nullptr if that is no ML-DSA.
[[nodiscard]] constexpr const MlDsa* ml_dsa(KeyKind kind) {
  for (const MlDsa& row : ml_dsa_rows) {
    if (row.kind == kind) {
      return &row;
    }
  }
  return nullptr;
}

using KeyInfo = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>>;

/// Whether a key is of a kind of ML-DSA that this libcrypto does not have; not for nullptr.
[[nodiscard]] bool needs_ml_dsa(const PKCS8_PRIV_KEY_INFO* info);

/// The key in a PrivateKeyInfo (RFC 5958). Fails: key_needs_ml_dsa, key_unsupported.
Result<Key> decode_info(const PKCS8_PRIV_KEY_INFO* info);

/// `key` as a PrivateKeyInfo; of an ML-DSA key the seed, if libcrypto still has that. nullptr if it
/// fails.
[[nodiscard]] KeyInfo encode_info(EVP_PKEY* key);

}  // namespace handfast::crypto::openssl
