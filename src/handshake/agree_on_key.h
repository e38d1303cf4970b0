// Key agreement: what the coroutines come to a secret by, here or by an operation. RFC 9846 §7.4,
// RFC 8422 §5.11.
#pragma once

#include "crypto/key_exchange.h"
#include "handshake/handshake.h"
#include "handshake/task.h"

namespace handfast::handshake {

/// A share to send back to whoever sent `peer_share`, and the secret. Made here, its chance is the
/// handshake's. Fails: as crypto::encapsulate; by an operation, as that is answered, or
/// answer_unusable.
Task<crypto::Encapsulation> encapsulate(Handshake& hs, NamedGroup group, Bytes peer_share);

/// The secret that `own`, which outlives this, comes to with `peer_share`. Fails: as
/// KeyExchange::decapsulate; by an operation, as `encapsulate`.
Task<crypto::SharedSecret> decapsulate(Handshake& hs, const crypto::KeyExchange* own,
                                       Bytes peer_share);

}  // namespace handfast::handshake
