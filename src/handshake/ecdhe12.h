// What the methods with an ephemeral elliptic curve have in common. RFC 8422 §5.4.
#pragma once

#include "crypto/key_exchange.h"
#include "handfast/config.h"
#include "handfast/result.h"
#include "message/key_exchange12.h"

namespace handfast::handshake {

/// Client: the curve is one that was offered. Fails: group_not_offered.
Result<> check_group12(const message::ServerEcdhParams& params, const ClientOptions& options);

/// Server: what it sends of its half.
[[nodiscard]] message::ServerEcdhParams params_with(const crypto::KeyExchange& mine);

}  // namespace handfast::handshake
