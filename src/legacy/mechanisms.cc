#include "handfast/legacy.h"
#include "handshake/legacy_mechanism.h"
#include "legacy/cbc.h"

namespace handfast::legacy {
namespace {

constexpr CbcCiphers cbc_ciphers;

}  // namespace

constinit const LegacyMechanism cbc_suites = {.weakness = Weakness::block_cipher,
                                              .block_ciphers = &cbc_ciphers};

}  // namespace handfast::legacy
