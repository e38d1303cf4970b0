// External keys in TLS 1.2: RFC 4279, RFC 5489. A suite says that there is one; the client names it
// in ClientKeyExchange, and whether the server knows it shows in Finished alone.
#pragma once

#include "handshake/handshake.h"
#include "handshake/key_exchange12.h"
#include "message/client_hello.h"

#include <memory>

namespace handfast::handshake {

/// The client's key for TLS 1.2, of which a configuration has at most one; nullptr: it has none.
[[nodiscard]] const std::shared_ptr<const ExternalPsk>* own_psk12(const ClientOptions& options);

/// Whether a server may know keys for TLS 1.2.
[[nodiscard]] bool knows_psks12(const ServerOptions& options);

extern const KeyExchange12 psk12;
extern const KeyExchange12 ecdhe_psk12;

}  // namespace handfast::handshake
