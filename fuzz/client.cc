// A client, and what an attacker without its keys sends to it.

#include "fuzz.h"
#include "handshakes.h"

namespace handfast::fuzz {

void feed(Bytes bytes) { feed(bytes, &test::Loopback::client); }

}  // namespace handfast::fuzz
