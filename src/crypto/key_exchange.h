// Key exchange in the shape of a KEM: generate, encapsulate, decapsulate. RFC 9846 §4.3.8, §7.4.
#pragma once

#include "base/secret.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace handfast::crypto {

/// The secret that both sides come to: 32 to 80 bytes.
using SharedSecret = Secret<80>;

/// A public value as it goes into a KeyShareEntry: 32 to 1,665 bytes. A short one, as X25519 and
/// P-256 have, takes nothing from the heap.
class PublicShare {
 public:
  [[nodiscard]] Bytes bytes() const {
    return large_.empty() ? Bytes(small_).first(small_size_) : Bytes(large_);
  }

  /// Room for `size` bytes that the caller fills, once.
  [[nodiscard]] MutBytes fill(std::size_t size) {
    if (size > small_.size()) {
      large_.resize(size);
      return large_;
    }
    small_size_ = size;
    return MutBytes(small_).first(size);
  }

 private:
  std::array<std::uint8_t, 65> small_{};
  std::size_t small_size_ = 0;
  std::vector<std::uint8_t> large_;
};

/// A client's half of one exchange: the private key, and the share that is sent. Used once;
/// move-only.
///
/// Confined: one thread at a time.
class KeyExchange {
 public:
  struct Group;  // a row of the table of groups, see openssl/key_exchange.cc

  /// A fresh key pair. Fails: configuration_unsupported for a group that this build does not have,
  /// random_failed, out_of_memory.
  static Result<KeyExchange> generate(NamedGroup group);

  /// The pair of a given private key (x25519, x448: the scalar as in RFC 7748; NIST curves: the
  /// integer, big endian; ML-KEM: the seeds d and z; hybrids: one after the other, in the order of
  /// the shares and in full length); for HPKE, published traces and vectors. Fails: key_malformed
  /// for a wrong length or an integer out of range.
  static Result<KeyExchange> from_private(NamedGroup group, Bytes private_key);

  [[nodiscard]] NamedGroup group() const;

  [[nodiscard]] Bytes share() const { return share_.bytes(); }

  /// The secret shared with the server that sent `server_share`. Fails: key_share_invalid for a
  /// wrong length, a point that is not on the curve or not uncompressed, or an all-zero result of
  /// X25519 or X448 (RFC 9846 §7.4.2). A ciphertext of ML-KEM that is not ours gives a secret that
  /// the peer does not have.
  Result<SharedSecret> decapsulate(Bytes server_share) const;

 private:
  using Pair = std::unique_ptr<void, void (*)(void*)>;

  explicit KeyExchange(const Group& group) : group_(&group) {}

  static Result<KeyExchange> make(const Group& group, Bytes private_key);

  static void leave(void* /*nothing*/) {}

  const Group* group_;
  std::array<Pair, 2> pairs_ = {Pair(nullptr, leave), Pair(nullptr, leave)};  // in the order of
                                                                              // the shares
  PublicShare share_;
};

/// A server's answer: the share to send back, and the secret.
struct Encapsulation {
  PublicShare share;
  SharedSecret secret;
};

/// Answers a client's share of `group` with fresh randomness: for (EC)DHE with a key pair of its
/// own, for ML-KEM with a ciphertext. Fails: key_share_invalid, as KeyExchange::decapsulate and for
/// an encapsulation key of ML-KEM that is not reduced; else as KeyExchange::generate.
Result<Encapsulation> encapsulate(NamedGroup group, Bytes client_share);

/// The same with given randomness: a private key of (EC)DHE, or the message m of ML-KEM; for
/// hybrids one after the other. For published traces and vectors. Fails: key_malformed too.
Result<Encapsulation> encapsulate_from(NamedGroup group, Bytes client_share, Bytes randomness);

/// How many bytes `from_private` and `encapsulate_from` take; zeros for a group that this build
/// does not have.
struct SecretSizes {
  std::size_t private_key = 0;
  std::size_t randomness = 0;
};

[[nodiscard]] SecretSizes secret_sizes(NamedGroup group);

/// How many bytes an `Encapsulation` has; zeros for a group that this build does not have.
struct AgreedSizes {
  std::size_t share = 0;
  std::size_t secret = 0;
};

[[nodiscard]] AgreedSizes agreed_sizes(NamedGroup group);

/// Whether `group` withstands quantum computers, as far as one knows.
[[nodiscard]] bool has_ml_kem(NamedGroup group);

/// Whether this build has `group`.
[[nodiscard]] bool is_supported(NamedGroup group);

}  // namespace handfast::crypto
