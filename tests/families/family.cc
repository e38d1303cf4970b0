#include "families/family.h"

#include <span>
#include <utility>

namespace handfast::test::families {
namespace {

/// `sides` after a handshake that left the client with a session.
Sides acquainted(const Sides& strangers) {
  Sides sides = strangers.server.tickets != nullptr ? strangers : resuming(strangers);
  Loopback(sides).connect();
  sides.now.seconds += 1;
  ++sides.seed;
  return sides;
}

}  // namespace

Sides plain() { return {}; }

Sides after_retry() { return retried(); }

Sides with_client() { return authenticated(); }

Sides with_client_after_retry() { return retried(authenticated()); }

Sides asking_client() {
  Sides sides = authenticated();
  sides.server.client_authentication = ClientAuthentication::request(client_authorities());
  return sides;
}

Sides resumption() { return acquainted({}); }

Sides resumption_after_retry() { return acquainted(retried()); }

Sides early_data() { return acquainted(with_early_data()); }

Sides resumption_of_client() { return acquainted(authenticated()); }

void expect_refused(const Case& one) {
  Loopback pair(one.sides());
  Middle middle(pair);
  middle.run(one.edits);
  expect_refusal(pair, one.by, one.reason);
  const End& refuses = one.by == By::client ? pair.client : pair.server;
  EXPECT_FALSE(refuses.connected);
  EXPECT_EQ(refuses.identity(), nullptr);
}

Edit both(Edit first, Edit second) {
  return [first = std::move(first), second = std::move(second)](Flight& flight) {
    first(flight);
    second(flight);
  };
}

Edit advance(HandshakeType later, HandshakeType earlier) {
  return [=](Flight& flight) { std::swap(find(flight, later), find(flight, earlier)); };
}

Edit duplicate(HandshakeType message) {
  return [=](Flight& flight) {
    const Piece copy = find(flight, message);
    const auto at = &find(flight, message) - flight.data();
    flight.insert(flight.begin() + at, copy);
  };
}

}  // namespace handfast::test::families
