#include "handfast/legacy.h"
#include "handshake/legacy_mechanism.h"
#include "legacy/cbc.h"
#include "legacy/dhe12.h"
#include "legacy/rsa.h"
#include "legacy/rsa12.h"

namespace handfast::legacy {
namespace {

constexpr CbcCiphers cbc_ciphers;

}  // namespace

constinit const LegacyMechanism cbc_suites = {.weakness = Weakness::block_cipher,
                                              .block_ciphers = &cbc_ciphers};

constinit const LegacyMechanism rsa_key_exchange = {.weakness = Weakness::rsa_key_exchange,
                                                    .key_exchange = &rsa12,
                                                    .check_server = check_rsa_decryption_here};

constinit const LegacyMechanism ffdhe_key_exchange = {.weakness = Weakness::ffdhe_key_exchange,
                                                      .key_exchange = &dhe12};

}  // namespace handfast::legacy
