// Sessions of TLS 1.2, by tickets and by ids, on both sides. RFC 5246 §7.3 (figure 2), RFC 5077.
#pragma once

#include "handshake/claim.h"
#include "handshake/handshake.h"
#include "handshake/hello12.h"
#include "handshake/offer13.h"
#include "handshake/remember.h"
#include "handshake/task.h"
#include "message/finished.h"
#include "message/session_ticket12.h"
#include "schedule/schedule12.h"

#include <optional>

namespace handfast::handshake {

// ---- a client -----------------------------------------------------------------------------------

/// Offers the session that is held, which is one of TLS 1.2 and has these fields.
void offer_session12(Handshake& hs, Offer& offer, const SessionFields& session);

/// Puts what this connection leaves into the cache: with the ticket that came, with the id that the
/// server gave, or as it was before. The handshake is over. Fails: out_of_memory.
Result<> keep_session12(Handshake& hs, const ServerChoice12& choice,
                        const schedule::MainSecret& secret,
                        const std::optional<Received<message::NewSessionTicket12>>& ticket);

// ---- a server -----------------------------------------------------------------------------------

/// A session that goes on.
struct Resumed12 {
  const SessionFields* session = nullptr;   ///< lives as long as it is held
  const crypto::Suite* suite = nullptr;     ///< its own; nullptr: none goes on
  const PeerCertificates* shown = nullptr;  ///< by its client, trusted anew; nullptr: nothing
};

/// Finds the session that the client offers, by a ticket or by an id, if it is good for this very
/// connection, as `credential` is what it would be shown. What does not fit is passed over, for a
/// full handshake.
Task<Resumed12> resume_session12(Handshake& hs, const message::ClientHello* hello,
                                 const Credential* credential);

/// How the server answers what the client said of sessions: the id, and whether a ticket follows.
/// Fails: random_failed.
Result<SessionAnswer12> answer_session12(Handshake& hs, const message::ClientHello& hello,
                                         const Resumed12& resumed);

/// Sends a NewSessionTicket, an empty one if there is none after all. RFC 5077 §3.3.
Task<> give_ticket12(Handshake& hs, const Credential* credential,
                     const schedule::MainSecret* secret);

/// Keeps the session under its id.
Task<> keep_by_id12(Handshake& hs, const Credential* credential, const schedule::MainSecret* secret,
                    Bytes id);

/// The client has shown by its Finished that it holds the session's secret. Fails: as
/// `check_finished12`.
Result<Possession> check_possession12(const Received<message::Finished>& finished,
                                      const schedule::VerifyData& expected);

}  // namespace handfast::handshake
