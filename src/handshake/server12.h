// The server's handshake in TLS 1.2, from the ClientHello on. RFC 5246 §7.3, figure 1.
#pragma once

#include "handshake/handshake.h"
#include "handshake/task.h"

namespace handfast::handshake {

/// Goes on where `server13` found that TLS 1.2 is the newest version in common.
Task<> server12(Handshake& hs, const Received<message::ClientHello>* hello);

}  // namespace handfast::handshake
