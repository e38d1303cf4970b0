// HMAC and HKDF on kept midstates: the key is hashed once, however often it is used.
#pragma once

#include "base/secret.h"
#include "crypto/hash.h"

#include <initializer_list>
#include <span>

namespace handfast::crypto {

/// HMAC (RFC 2104) under one key, whose two padded blocks are hashed when it is made.
///
/// Holds key material and wipes it. Confined: one thread at a time.
class Hmac {
 public:
  Hmac(HashId id, Bytes key);
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;
  ~Hmac();

  /// The authentication code of the parts, one after another, into `out` of `digest_size(id())`
  /// bytes.
  void authenticate(std::span<const Bytes> parts, MutBytes out) const;

  void authenticate(std::initializer_list<Bytes> parts, MutBytes out) const {
    authenticate(std::span(parts.begin(), parts.size()), out);
  }

  [[nodiscard]] HashId id() const { return inner_.id(); }

 private:
  Hash inner_;
  Hash outer_;
};

/// HKDF-Extract (RFC 5869 §2.2). An empty `salt` stands for a string of zeros. For
/// SHA-256 and SHA-384, the hashes of the key schedule.
[[nodiscard]] HashSecret hkdf_extract(HashId id, Bytes salt, Bytes input);

/// HKDF-Expand (RFC 5869 §2.3) with the pseudorandom key in `prk`; `out` has at most 255 digests.
void hkdf_expand(const Hmac& prk, Bytes info, MutBytes out);

}  // namespace handfast::crypto
