// What the targets about handshakes share: kinds of client and server that meet, with the clock and
// the randomness of tests.
#pragma once

#include "support/loopback.h"

#include <cstdint>

namespace handfast::fuzz {

/// One of the kinds, chosen by `number`: with and without a retry, certificates of clients, a
/// session of an earlier handshake, early data, compressed certificates, delegated credentials,
/// clients that may be asked later.
[[nodiscard]] test::Sides sides_of(std::uint8_t number);

/// Ends the program where a test's expectation fails.
void make_expectations_fatal();

/// One end of a pair, and what an attacker without its keys sends to it: a byte of `bytes` says
/// what kind of pair it is, another in what pieces the rest comes.
void feed(Bytes bytes, test::End test::Loopback::* end);

/// What must hold of `end` whatever was said to it.
void check(test::End& end);

}  // namespace handfast::fuzz
