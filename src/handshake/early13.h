// Early data: whether a client sends it and a server takes it, and the keys of it. RFC 9846 §2.3,
// §4.3.10, §8. The bytes themselves never pass through here.
#pragma once

#include "handshake/check13.h"
#include "handshake/handshake.h"
#include "handshake/negotiate13.h"
#include "handshake/offer13.h"
#include "handshake/resume13.h"
#include "handshake/task.h"

namespace handfast::handshake {

// ---- a client -----------------------------------------------------------------------------------

/// Offers early data beside the session that `offer` has, if the caller wants to send some, the
/// server's ticket allows it, and its terms are among those of the configuration.
void offer_early_data(Handshake& hs, Offer& offer);

/// The ClientHello is said: if it offers early data, what is sent from now on is that. Fails:
/// output_full, out_of_memory.
Result<> begin_early_data(Handshake& hs, const Offer& offer);

/// A HelloRetryRequest came: the offer is taken back. RFC 9846 §4.3.10.
void withdraw_early_data(Handshake& hs, Offer& offer);

/// The server has said whether it takes the early data; `Settled::early_data` keeps it. Fails:
/// early_data_not_resumed, early_data_suite_changed, early_data_alpn_changed.
Result<> settle_early_data(Handshake& hs, const ServerChoice& choice, const ServerTerms& terms);

/// Says that all early data is sent. Fails: as Handshake::send.
Result<> end_early_data(Handshake& hs);

// ---- a server -----------------------------------------------------------------------------------

/// A HelloRetryRequest is sent, so the early data that follows the ClientHello is passed over.
void refuse_early_data(Handshake& hs);

/// Decides whether to take the early data that follows `hello`: if so its keys are installed, if
/// not it is passed over. `Settled::early_data` says which, and why.
Task<> take_early_data(Handshake& hs, const Received<message::ClientHello>* hello,
                       const Choice* choice, const Resumed* resumed);

}  // namespace handfast::handshake
