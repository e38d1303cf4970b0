// LegacyMechanism: what the core asks of a mechanism that it does not have itself.
#pragma once

#include "handfast/policy.h"
#include "handfast/result.h"
#include "record/block.h"

namespace handfast {

namespace handshake {
struct KeyExchange12;
}

class LegacyMechanism {
 public:
  Weakness weakness{};

  /// For Weakness::block_cipher; else nullptr.
  const record::BlockCiphers* block_ciphers = nullptr;

  /// For a way of key exchange; else nullptr.
  const handshake::KeyExchange12* key_exchange = nullptr;

  /// Whether a server may use it on this machine; nullptr: on any.
  Result<> (*check_server)() = nullptr;
};

}  // namespace handfast
