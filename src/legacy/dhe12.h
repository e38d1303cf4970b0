// Key exchange in a finite field, with the server's signature. RFC 5246 §7.4.3, §7.4.7.2, RFC 7919.
#pragma once

#include "handshake/key_exchange12.h"

namespace handfast::legacy {

extern const handshake::KeyExchange12 dhe12;

}  // namespace handfast::legacy
