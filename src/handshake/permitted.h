// What a Policy lets in, and how it is told when it is used.
#pragma once

#include "crypto/suites.h"
#include "handfast/policy.h"
#include "handshake/handshake.h"

namespace handfast::handshake {

/// Whether `policy` lets in whatever makes `suite` worse than the usual ones.
[[nodiscard]] bool permits(const Policy& policy, const crypto::Suite& suite);

/// Whether something makes `suite` worse than the usual ones.
[[nodiscard]] bool is_weak(const crypto::Suite& suite);

/// The mechanism for `weakness` that `policy` names; nullptr: none.
[[nodiscard]] const LegacyMechanism* mechanism_of(const Policy& policy, Weakness weakness);

/// TLS 1.2 has settled on `suite`: whatever makes it worse than the usual ones is told, and the
/// wire hears how `policy` protects its records if it has a block cipher.
void settle_suite12(Handshake& hs, const crypto::Suite& suite, const Policy& policy,
                    bool encrypt_then_mac);

}  // namespace handfast::handshake
