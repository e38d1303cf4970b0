// The server's side of a full TLS 1.3 handshake. RFC 9846 §2, figure 1.
#pragma once

#include "handshake/task.h"

namespace handfast::handshake {

class Handshake;

/// Read it beside the figure: it is the figure.
Task<> server13(Handshake& hs);

}  // namespace handfast::handshake
