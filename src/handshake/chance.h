// Chance: where a handshake's random bytes and fresh keys come from. Tests and published traces put
// their own here.
#pragma once

#include "crypto/key_exchange.h"
#include "crypto/random.h"
#include "handfast/result.h"

namespace handfast::handshake {

class Chance {
 public:
  Chance() = default;
  Chance(const Chance&) = delete;
  Chance& operator=(const Chance&) = delete;
  virtual ~Chance() = default;

  /// Fails: random_failed.
  virtual Result<> fill(MutBytes out) { return crypto::fill_random(out); }

  /// Fails: as KeyExchange::generate.
  virtual Result<crypto::KeyExchange> key_exchange(NamedGroup group) {
    return crypto::KeyExchange::generate(group);
  }

  /// Fails: as crypto::encapsulate. A large share lies in `room`.
  virtual Result<crypto::Encapsulation> encapsulate(NamedGroup group, Bytes client_share,
                                                    MutBytes room) {
    return crypto::encapsulate(group, client_share, room);
  }
};

}  // namespace handfast::handshake
