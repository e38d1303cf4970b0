// The provider's key inside a SigningKey, for the handshake and for issuing. The public header
// hides it.
#pragma once

#include "crypto/signature.h"
#include "handfast/credential.h"

namespace handfast {

struct SigningKey::State {
  crypto::PrivateKey key;
};

namespace x509 {

/// The key that signs. Valid as long as `key`.
[[nodiscard]] inline const crypto::PrivateKey& private_key(const SigningKey& key) {
  return key.state().key;
}

}  // namespace x509

}  // namespace handfast
