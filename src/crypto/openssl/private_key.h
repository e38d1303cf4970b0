// The inside of a PrivateKey, for the files of this folder that read and write keys in containers.
#pragma once

#include "crypto/ecdsa.h"
#include "crypto/openssl/provider.h"
#include "crypto/signature.h"

#include <memory>
#include <vector>

namespace handfast::crypto {

namespace openssl {

// A context that is ready to sign with one scheme.
struct Signer {
  SignatureScheme scheme;
  KeyContext context;
};

inline void free_signer(Signer* signer) { delete signer; }

using KeptSigner = Kept<Signer, free_signer>;

/// Takes `key` over if it is of a kind that signs here and its halves belong together. Fails:
/// key_unsupported, key_malformed (also for nullptr), out_of_memory.
Result<PrivateKey> adopt(Key key);

}  // namespace openssl

struct PrivateKey::State {
  openssl::Key key;
  KeyKind kind;
  std::vector<std::uint8_t> public_key_info;
  OwnEcdsa::PrivateKey own;  // signs in place of libcrypto's, if it is there
  openssl::KeptSigner signer;

  static Result<PrivateKey> make(openssl::Key key, KeyKind kind);
};

}  // namespace handfast::crypto
