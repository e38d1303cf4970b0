#include "support/refusals.h"

#include "support/expect.h"

#include <string>

namespace handfast::test {

bool is_told(Reason reason) {
  return reason != Reason::alert_received && reason != Reason::truncated &&
         reason != Reason::closed_in_handshake;
}

void expect_refusals(std::span<const Refusal> rows) {
  for (const Refusal& row : rows) {
    SCOPED_TRACE(std::string(row.what));
    Loopback pair(row.sides);
    Middle middle(pair);
    middle.run(row.edits);
    expect_refusal(pair, row.by, row.reason);
  }
}

void expect_refusal(Loopback& pair, By by, Reason reason) {
  const bool client = by == By::client;
  const End& one = client ? pair.client : pair.server;
  const End& other = client ? pair.server : pair.client;
  EXPECT_FAILS(one.outcome(), reason);
  if (!one.error || !is_told(reason)) {
    return;
  }
  ASSERT_FALSE(one.sent_alerts.empty());
  EXPECT_EQ(one.sent_alerts.back(), fault_of(reason).alert);
  EXPECT_EQ(one.sent_alerts.size(), 1U);
  EXPECT_FAILS(other.outcome(), Reason::alert_received);
  EXPECT_EQ(other.received_alerts, one.sent_alerts);
}

}  // namespace handfast::test
