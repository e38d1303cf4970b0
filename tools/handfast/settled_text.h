// What is told of a handshake by both `connect` and `serve`.
#pragma once

#include "handfast/registry.h"
#include "handfast/settled.h"

namespace handfast::command {

/// How many round trips a handshake takes until the client may send data. RFC 9846 §2, figures 1
/// and 2; RFC 5246 §7.3, figures 1 and 2.
inline unsigned round_trips(const Settled& settled) {
  if (settled.version == ProtocolVersion::tls12) {
    return settled.session == SessionOutcome::resumed ? 1 : 2;
  }
  return settled.retried ? 2 : 1;
}

/// Whether keys were agreed upon: not where TLS 1.2 resumes a session, which goes on with its own,
/// nor with nothing but an external key.
inline bool has_exchange(const Settled& settled) { return settled.group != NamedGroup{}; }

}  // namespace handfast::command
