// RSA key exchange: the client encrypts the premaster secret to the key of the server's
// certificate. RFC 5246 §7.4.7.1.
#pragma once

#include "handshake/key_exchange12.h"

namespace handfast::legacy {

/// Without a ServerKeyExchange: the server has its key if it says the right Finished. Clients fail
/// by certificate_not_rsa, certificate_key_usage.
extern const handshake::KeyExchange12 rsa12;

}  // namespace handfast::legacy
