// What is told of a handshake by both `connect` and `serve`.
#pragma once

#include "handfast/registry.h"
#include "handfast/settled.h"

#include <string_view>
#include <vector>

namespace handfast::command {

/// How many round trips a handshake takes until the client may send data. RFC 9846 §2, figures 1
/// and 2; RFC 5246 §7.3, figures 1 and 2.
inline unsigned round_trips(const Settled& settled) {
  if (settled.version == ProtocolVersion::tls12) {
    return settled.session == SessionOutcome::resumed ? 1 : 2;
  }
  return settled.retried ? 2 : 1;
}

/// Whether keys were agreed upon in a group: not where TLS 1.2 resumes a session, which goes on
/// with its own, nor in suites that do without.
inline bool has_exchange(const Settled& settled) { return settled.group != NamedGroup{}; }

/// Whether the server has signed the handshake.
inline bool is_signed(const Settled& settled) { return settled.scheme != SignatureScheme{}; }

/// What only a policy lets in, as it is told to people.
inline std::vector<std::string_view> weakness_names(const Settled& settled) {
  std::vector<std::string_view> names;
  names.reserve(settled.weaknesses.size());
  for (const Weakness weakness : settled.weaknesses) {
    names.push_back(name(weakness));
  }
  return names;
}

}  // namespace handfast::command
