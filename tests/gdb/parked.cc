// A handshake that waits two coroutines deep, for the debugger to look at.
#include "support/loopback.h"

namespace {

using handfast::Connection;
using handfast::handshake::Handshake;

/// Where gdb stops.
[[gnu::noinline]] int look(const Handshake* handshake, const Connection& connection) {
  return handshake != nullptr && connection.is_connected() ? 1 : 0;
}

}  // namespace

int main() {
  handfast::test::Sides sides;
  sides.client.pulled.chain_verification = true;
  handfast::test::Loopback pair(sides);
  pair.client.answering = [](const handfast::Operation&) { return std::nullopt; };
  pair.relay();
  return look(pair.client.handshake(), pair.client.connection);
}
