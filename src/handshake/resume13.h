// Resumption: sessions that a client offers and a server takes up, and the tickets between them.
// RFC 9846 §2.2, §4.3.11, §4.7.1.
#pragma once

#include "handshake/claim.h"
#include "handshake/handshake.h"
#include "handshake/negotiate13.h"
#include "handshake/offer13.h"
#include "handshake/remember.h"
#include "handshake/task.h"
#include "message/post_handshake.h"

#include <cstdint>
#include <optional>

namespace handfast::handshake {

/// The start of the key schedule, for `hash`: with the key of the session if it is resumed.
[[nodiscard]] schedule::EarlyStage early_stage(const Handshake& hs, crypto::HashId hash);

// ---- a client -----------------------------------------------------------------------------------

/// Offers a session that the server has given, if the cache has one that came from a configuration
/// like this one.
void offer_session(Handshake& hs, Offer& offer);

/// Withdraws what does not fit the suite of a HelloRetryRequest. RFC 9846 §4.2.2. Fails:
/// psk_not_chosen where nothing is left.
Result<> reconsider_psks(Offer& offer, const Retry& retry);

/// Writes the binders at the end of `hello`, the whole ClientHello message. RFC 9846 §4.3.11.2.
void write_binders(const Handshake& hs, const Offer& offer, MutBytes hello);

/// Puts the session of `ticket` into the cache. RFC 9846 §4.7.1. Fails: out_of_memory.
Result<> keep_ticket(const SessionSource& source, const message::NewSessionTicket& ticket,
                     const message::NewSessionTicketExtensions& extensions);

// ---- a server -----------------------------------------------------------------------------------

/// A session that is resumed.
struct Resumed {
  bool is_resumed = false;
  std::uint16_t selected_identity = 0;
  std::optional<Claim> claim;  ///< of a client that had proved who it is
};

/// Whether the client offers sessions that this server may take up.
[[nodiscard]] bool may_resume(const Handshake& hs, const message::ClientHello& hello);

/// Finds a session among those that the client offers which is good for this very connection, as
/// `credential` is what it would be shown; nullptr: only one that began with an external key is.
/// What does not fit is passed over, for a handshake with certificates; only a wrong binder ends it
/// (psk_binder_invalid). RFC 9846 §4.3.11.
Task<Resumed> resume_session(Handshake& hs, const Received<message::ClientHello>* hello,
                             const Choice* choice, const Credential* credential);

/// How many tickets this client is to have. RFC 9149 §3.
[[nodiscard]] unsigned tickets_due(const Handshake& hs, const message::ClientHello& hello);

/// Sends `count` tickets; `credential` is what was shown, nullptr: nothing was. The handshake is
/// over, and the transcript reaches to the client's Finished. RFC 9846 §4.7.1.
Task<> issue_tickets(Handshake& hs, unsigned count, const Credential* credential,
                     const HashSecret* resumption_secret);

/// Compares the binder of a PSK, in constant time. RFC 9846 §4.3.11. Fails: psk_binder_invalid.
Result<Possession> check_binder(const crypto::Digest& expected, Bytes binder);

/// The ClientHello up to its binders, which are the end of it.
[[nodiscard]] Bytes without_binders(const Received<message::ClientHello>& hello);

}  // namespace handfast::handshake
