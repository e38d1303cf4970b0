// Key exchange in the shape of a KEM: generate, encapsulate, decapsulate. RFC 9846 §4.3.8, §7.4.
#pragma once

#include "base/secret.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

namespace handfast::crypto {

/// The secret that both sides come to: 32 to 80 bytes.
using SharedSecret = Secret<80>;

/// A public value as it goes into a KeyShareEntry: 32 to 1,665 bytes. A short one, as X25519 and
/// P-256 have, takes nothing from the heap.
class PublicShare {
 public:
  PublicShare() = default;

  /// A large one lies in `room`, if it fits, which must then outlive it.
  explicit PublicShare(MutBytes room) : room_(room) {}

  [[nodiscard]] Bytes bytes() const {
    return size_ <= small_.size() ? Bytes(small_).first(size_)
           : large_.empty()       ? Bytes(room_).first(size_)
                                  : Bytes(large_);
  }

  /// Room for `size` bytes that the caller fills, once.
  [[nodiscard]] MutBytes fill(std::size_t size) {
    size_ = size;
    if (size <= small_.size()) {
      return MutBytes(small_).first(size);
    }
    if (size <= room_.size()) {
      return room_.first(size);
    }
    large_.resize(size);
    return large_;
  }

 private:
  std::array<std::uint8_t, 65> small_{};
  std::size_t size_ = 0;
  MutBytes room_;
  std::vector<std::uint8_t> large_;
};

/// A key pair of whatever class its maker has: a small one, as X25519 has, lies in this object, of
/// others it holds a pointer. Move-only.
class KeptPair {
 public:
  KeptPair() = default;

  /// `pair`, which `release` frees; nullptr: none.
  KeptPair(void* pair, void (*release)(void*)) : pointer_(pair), end_(release) {}

  /// A `pair` that lies here.
  template <class Pair>
  static KeptPair of(Pair pair) {
    static_assert(sizeof(Pair) <= room && alignof(Pair) <= alignment);
    KeptPair kept;
    new (kept.place_.data()) Pair(std::move(pair));
    kept.end_ = [](void* held) { static_cast<Pair*>(held)->~Pair(); };
    kept.move_ = [](void* from, void* to) {
      new (to) Pair(std::move(*static_cast<Pair*>(from)));
      static_cast<Pair*>(from)->~Pair();
    };
    return kept;
  }

  KeptPair(KeptPair&& other) noexcept { take(other); }

  KeptPair& operator=(KeptPair&& other) noexcept {
    if (this != &other) {
      end();
      take(other);
    }
    return *this;
  }

  ~KeptPair() { end(); }

  /// The pair, as a pointer would show it, or nullptr.
  [[nodiscard]] void* get() const { return move_ != nullptr ? place_.data() : pointer_; }

  bool operator==(std::nullptr_t /*none*/) const { return get() == nullptr; }

 private:
  static constexpr std::size_t room = 80;
  static constexpr std::size_t alignment = 8;

  void take(KeptPair& other) noexcept {
    pointer_ = std::exchange(other.pointer_, nullptr);
    end_ = std::exchange(other.end_, nullptr);
    move_ = std::exchange(other.move_, nullptr);
    if (move_ != nullptr) {
      move_(other.place_.data(), place_.data());
    }
  }

  void end() noexcept {
    if (*this != nullptr) {
      end_(get());
    }
  }

  void* pointer_ = nullptr;
  void (*end_)(void* pair) = nullptr;
  void (*move_)(void* from, void* to) = nullptr;  // nullptr: it does not lie here
  alignas(alignment) mutable std::array<std::uint8_t, room> place_;
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
  explicit KeyExchange(const Group& group) : group_(&group) {}

  static Result<KeyExchange> make(const Group& group, Bytes private_key);

  const Group* group_;
  std::array<KeptPair, 2> pairs_;  // in the order of the shares
  PublicShare share_;
};

/// A server's answer: the share to send back, and the secret.
struct Encapsulation {
  PublicShare share;
  SharedSecret secret;
};

/// Answers a client's share of `group` with fresh randomness: for (EC)DHE with a key pair of its
/// own, for ML-KEM with a ciphertext. Fails: key_share_invalid, as KeyExchange::decapsulate and for
/// an encapsulation key of ML-KEM that is not reduced; else as KeyExchange::generate. `room` is
/// that of the share.
Result<Encapsulation> encapsulate(NamedGroup group, Bytes client_share, MutBytes room = {});

/// The same with given randomness: a private key of (EC)DHE, or the message m of ML-KEM; for
/// hybrids one after the other. For published traces and vectors. Fails: key_malformed too.
Result<Encapsulation> encapsulate_from(NamedGroup group, Bytes client_share, Bytes randomness,
                                       MutBytes room = {});

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
