// A server, and what an attacker without its keys sends to it.

#include "fuzz.h"
#include "handshakes.h"

namespace handfast::fuzz {

void feed(Bytes bytes) { feed(bytes, &test::Loopback::server); }

}  // namespace handfast::fuzz
