// What a Policy lets in, and how it is told when it is used.
#pragma once

#include "crypto/suites.h"
#include "handfast/policy.h"
#include "handshake/handshake.h"

namespace handfast::handshake {

/// Whether `policy` lets in whatever makes `suite` worse than the usual ones.
[[nodiscard]] bool permits(const Policy& policy, const crypto::Suite& suite);

/// TLS 1.2 has settled on `suite`: whatever makes it worse than the usual ones is told.
void report_weaknesses(Handshake& hs, const crypto::Suite& suite);

}  // namespace handfast::handshake
