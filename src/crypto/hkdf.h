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

  /// The codes of two texts, in less time than one after the other.
  void authenticate_both(std::span<const Bytes> parts, MutBytes out,
                         std::span<const Bytes> other_parts, MutBytes out_of_other) const;

  [[nodiscard]] HashId id() const { return id_; }

 private:
  /// Hashes that go on behind one of the padded blocks.
  [[nodiscard]] Hash behind(const Sha2State& padded) const { return {id_, *compression_, padded}; }

  HashId id_;
  const Sha2Compression* compression_;
  Sha2State inner_;
  Sha2State outer_;
};

/// HKDF-Extract (RFC 5869 §2.2). An empty `salt` stands for a string of zeros. For
/// SHA-256 and SHA-384, the hashes of the key schedule.
[[nodiscard]] HashSecret hkdf_extract(HashId id, Bytes salt, Bytes input);

/// HKDF-Expand (RFC 5869 §2.3) with the pseudorandom key in `prk`; `out` has at most 255 digests.
void hkdf_expand(const Hmac& prk, Bytes info, MutBytes out);

/// The same for two, of at most one digest each, in less time than one after the other.
void hkdf_expand_both(const Hmac& prk, Bytes info, MutBytes out, Bytes other_info,
                      MutBytes out_of_other);

}  // namespace handfast::crypto
