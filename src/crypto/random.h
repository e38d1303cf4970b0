// Random bytes, from the system through libcrypto.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

namespace handfast::crypto {

/// Fills `out` with random bytes fit for keys. A process that forks and its child do not get the
/// same. Fails: random_failed. Any thread.
Result<> fill_random(MutBytes out);

}  // namespace handfast::crypto
