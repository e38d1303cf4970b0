// Encrypted Client Hello, the client's side. RFC 9849 §6.
#pragma once

#include "handshake/handshake.h"
#include "handshake/offer13.h"

namespace handfast::handshake {

/// Puts bytes into the offer that look like a hidden ClientHello, if the configuration wants them.
/// The session to resume is chosen by then: what would be hidden decides how long they are. RFC
/// 9849 §6.2.1. Fails: random_failed, out_of_memory.
Result<> offer_ech(Handshake& hs, Offer& offer);

}  // namespace handfast::handshake
