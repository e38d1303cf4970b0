// A client, and what an attacker without its keys sends to it: a byte says what kind of client it
// is, another in what pieces the rest comes.

#include "choices.h"
#include "fuzz.h"
#include "handshakes.h"

namespace handfast::fuzz {

void feed(Bytes bytes) {
  make_expectations_fatal();
  Choices input(bytes);
  test::Loopback pair(sides_of(input.byte()));
  const std::size_t piece = input.byte() + std::size_t{1};
  test::End& client = pair.client;
  client.run();
  while (!input.empty() && !client.is_over()) {
    client.receive(input.bytes(piece * piece));
  }
  check(client);
  must(!client.connected && !client.identity());
}

}  // namespace handfast::fuzz
