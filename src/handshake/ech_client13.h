// Encrypted Client Hello, the client's side. RFC 9849 §6.
#pragma once

#include "handshake/check13.h"
#include "handshake/credential13.h"
#include "handshake/handshake.h"
#include "handshake/offer13.h"

namespace handfast::handshake {

/// Makes the offer one that is hidden, if there is a configuration for it; if there is none, puts
/// bytes into it that look like it (RFC 9849 §6.2.1). The session to resume is chosen by then: what
/// would be hidden decides how long they are. Fails: key_share_invalid, random_failed,
/// out_of_memory.
Result<> offer_ech(Handshake& hs, Offer& offer);

/// Writes the ClientHello of `offer` and sends it inside another one, for the server's public name.
/// Returns the hidden one: it counts until the server says otherwise. RFC 9849 §6.1. Fails:
/// out_of_memory, internal, random_failed.
Result<Asked> send_hidden_hello(Handshake& hs, Offer& offer);

/// Finds out from a ServerHello or HelloRetryRequest which of the two the server goes on with. If
/// it is the one in clear, that is all that the client has said, and the server is expected to be
/// the public name. RFC 9849 §6.1.4 to §6.1.6. Fails: ech_confirmation_missing.
Result<> judge_ech(Handshake& hs, Offer& offer, Asked& asked,
                   const Received<message::ServerHello>& answer);

/// Shows nothing of the client to a server that rejected what was hidden. RFC 9849 §6.1.7.
void stay_anonymous_if_rejected(const Handshake& hs, Shown& shown);

/// The end of a connection to the public name, which has proved itself and is told so: it is good
/// for nothing but to learn its configurations. RFC 9849 §6.1.6. Fails: ech_rejected.
Result<> end_if_rejected(Handshake& hs, const ServerTerms& terms);

}  // namespace handfast::handshake
