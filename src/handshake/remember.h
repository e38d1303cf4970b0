// What either version remembers of a connection, so that another can go on from it: a client's
// session, and what a server puts into a ticket.
#pragma once

#include "base/arena.h"
#include "base/limits.h"
#include "crypto/suites.h"
#include "handfast/settled.h"
#include "handshake/claim.h"
#include "handshake/handshake.h"
#include "handshake/session_state.h"
#include "schedule/schedule12.h"

#include <cstdint>
#include <memory>

namespace handfast::handshake {

// ---- a client -----------------------------------------------------------------------------------

/// Whether a session that the cache had is one for this handshake.
[[nodiscard]] bool can_resume(const Handshake& hs, const SessionState& session);

/// What sessions are made of when tickets come, if the client keeps any; `secret` is the resumption
/// secret, or the main secret of TLS 1.2. The handshake is over.
[[nodiscard]] std::unique_ptr<SessionSource>
session_source(const Handshake& hs, const crypto::Suite& suite, HashSecret secret);

/// The sessions of `standing` are forgotten should the connection end by a fatal alert.
void be_ready_to_forget(Handshake& hs, std::shared_ptr<SessionStanding> standing);

/// Puts a session of `source` into the cache, for `lifetime` seconds at most. What a ticket says
/// stands in `fields` already: secret, ticket, and what goes with them. One that could never be
/// used is dropped; so is one that is too large. Fails: out_of_memory.
Result<> keep_session(const SessionSource& source, SessionFields fields, std::int64_t lifetime);

// ---- a server -----------------------------------------------------------------------------------

/// Whether a session that was found may go on in this connection, where `credential` is what the
/// client would be shown, or both sides have `psk`, and `suite` was chosen. The session's client is
/// looked at later.
[[nodiscard]] SessionOutcome judge_session(const Handshake& hs, const SessionFields& session,
                                           const Credential* credential, const ExternalPsk* psk,
                                           const crypto::Suite& suite);

/// The certificates of a session's client, to be judged anew. Fails: out_of_memory.
Result<const PeerCertificates*> certificates_of(MessageStore& store, const SessionFields& session);

/// The session of TLS 1.2 that has this main secret is forgotten should the connection end by a
/// fatal alert, if the tickets of the configuration can.
void be_ready_to_forget(Handshake& hs, const schedule::MainSecret& secret);

/// The session that is under way, for one more ticket.
struct SessionDraft {
  std::uint32_t lifetime = 0;
  Bytes session;  ///< in the handshake's store; empty: it could not be resumed

  [[nodiscard]] bool is_of_use() const {
    return !session.empty() && session.size() <= limits::ticket;
  }
};

/// Writes it; what is special to the ticket, the secret above all, stands in `fields` already;
/// `credential` is what was shown, nullptr: nothing was.
[[nodiscard]] SessionDraft draft_session(Handshake& hs, SessionFields fields,
                                         const Credential* credential);

}  // namespace handfast::handshake
