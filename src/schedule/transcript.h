// Transcript: the hash over all handshake messages. RFC 9846 §4.1.
#pragma once

#include "crypto/hash.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"

#include <array>

namespace handfast::schedule {

/// Transcript-Hash(M1, M2, ... Mn) as it grows. A value.
class Transcript {
 public:
  explicit Transcript(crypto::HashId id) : hash_(id) {}

  /// Adds a whole message, header included.
  void add(Bytes message) { hash_.update(message); }

  /// The hash over everything so far; the transcript goes on.
  [[nodiscard]] crypto::Digest digest() const { return hash_.digest(); }

  /// Overwrites the state, for one that began with a secret. It is not to be used again.
  void wipe() { hash_.wipe_state(); }

  /// RFC 9846 §4.1: after a HelloRetryRequest, ClientHello1 counts as a message_hash message that
  /// holds its hash.
  void fold_first_hello() {
    const crypto::Digest first = hash_.digest();
    hash_ = crypto::Hash(hash_.id());
    add_first_hello(first);
  }

  /// The same at the very beginning, for one of which only the hash is known.
  void add_first_hello(const crypto::Digest& first) {
    const std::array<std::uint8_t, 4> header = {
        static_cast<std::uint8_t>(HandshakeType::message_hash), 0, 0,
        static_cast<std::uint8_t>(first.size())};
    hash_.update(header);
    hash_.update(first.bytes());
  }

 private:
  crypto::Hash hash_;
};

}  // namespace handfast::schedule
