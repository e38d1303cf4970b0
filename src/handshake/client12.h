// The client's handshake in TLS 1.2, from the ServerHello on. RFC 5246 §7.3, figure 1.
#pragma once

#include "handshake/check13.h"
#include "handshake/handshake.h"
#include "handshake/offer13.h"
#include "handshake/task.h"

namespace handfast::handshake {

/// Goes on where `client13` found that the server has chosen TLS 1.2.
Task<> client12(Handshake& hs, const Asked* asked, Received<message::ServerHello> hello);

}  // namespace handfast::handshake
