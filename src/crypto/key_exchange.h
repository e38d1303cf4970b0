// Key exchange in the shape of a KEM: generate, encapsulate, decapsulate. RFC 9846 §4.3.8, §7.4.
#pragma once

#include "base/secret.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

namespace handfast::crypto {

namespace openssl {
struct DiffieHellman;
}

/// The secret that both sides come to: 32 to 66 bytes with (EC)DHE.
using SharedSecret = Secret<72>;

/// A public value as it goes into a KeyShareEntry; held in place. 133 bytes hold a P-521 point.
class PublicShare {
 public:
  [[nodiscard]] Bytes bytes() const { return Bytes(bytes_).first(size_); }

  [[nodiscard]] MutBytes fill(std::size_t size) {
    size_ = size;
    return MutBytes(bytes_).first(size_);
  }

 private:
  std::array<std::uint8_t, 133> bytes_{};
  std::size_t size_ = 0;
};

/// A client's half of one exchange: the private key, and the share that is sent. Used once;
/// move-only.
///
/// Confined: one thread at a time.
class KeyExchange {
 public:
  /// A fresh key pair. Fails: configuration_unsupported for a group that this build does not have,
  /// random_failed, out_of_memory.
  static Result<KeyExchange> generate(NamedGroup group);

  /// The pair of a given private key (x25519, x448: the scalar as in RFC 7748; NIST curves: the
  /// integer, big endian); for published traces and vectors. Fails: key_malformed for a wrong
  /// length or an integer out of range.
  static Result<KeyExchange> from_private(NamedGroup group, Bytes private_key);

  [[nodiscard]] NamedGroup group() const { return group_; }

  [[nodiscard]] Bytes share() const { return share_.bytes(); }

  /// The secret shared with the owner of `peer_share`. Fails: key_share_invalid for a wrong length,
  /// a point that is not on the curve or not uncompressed, or an all-zero result (RFC 9846 §7.4.2).
  Result<SharedSecret> decapsulate(Bytes peer_share) const;

 private:
  using Pair = std::unique_ptr<void, void (*)(void*)>;

  KeyExchange(NamedGroup group, const openssl::DiffieHellman& method, Pair pair)
      : group_(group), method_(&method), pair_(std::move(pair)) {}

  static Result<KeyExchange> with_share(NamedGroup group, const openssl::DiffieHellman& method,
                                        Result<Pair> pair);

  NamedGroup group_;
  const openssl::DiffieHellman* method_;
  Pair pair_;  // libcrypto's, see openssl/ecdh.cc and openssl/xdh.cc
  PublicShare share_;
};

/// A server's answer: the share to send back, and the secret.
struct Encapsulation {
  PublicShare share;
  SharedSecret secret;
};

/// Answers a client's share with `mine`, a fresh pair of the same group; for (EC)DHE that is
/// generate and derive, for a KEM it will be encapsulate. Fails as `decapsulate`.
Result<Encapsulation> encapsulate(const KeyExchange& mine, Bytes client_share);

/// Whether this build has `group`.
[[nodiscard]] bool is_supported(NamedGroup group);

}  // namespace handfast::crypto
