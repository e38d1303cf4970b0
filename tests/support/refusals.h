// Refusals: what one side must answer when the other, or somebody between, breaks a rule.
#pragma once

#include "support/middle.h"

#include <map>
#include <span>
#include <string_view>

namespace handfast::test {

/// Who must notice.
enum class By : std::uint8_t { client, server };

inline constexpr By by_client = By::client;
inline constexpr By by_server = By::server;

/// One row of a table: who refuses what, and why. A script reads the tables to see which reasons
/// are provoked, so the reason stands right behind `by_client` or `by_server`.
struct Refusal {
  std::string_view what;
  By by;
  Reason reason;
  std::map<unsigned, Edit> edits;  ///< by the number of the flight, 0 the (first) ClientHello
  Sides sides = {};
};

/// Runs a handshake for each row. The side that must notice ends with the reason, sends the alert
/// of the table of reasons and nothing after it, and the other side meets that very alert.
void expect_refusals(std::span<const Refusal> rows);

/// Whether the peer is told of `reason`. RFC 9846 §6.2: an alert is answered by none; nor is there
/// anybody after a hang-up.
[[nodiscard]] bool is_told(Reason reason);

/// The same for a pair in which it has just happened.
void expect_refusal(Loopback& pair, By by, Reason reason);

}  // namespace handfast::test
