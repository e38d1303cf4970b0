// Aead: one keyed cipher for one direction of one epoch. RFC 9846 §5.2, RFC 5116.
#pragma once

#include "base/secret.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

// Whether this build has our own AES-GCM (native/aes_gcm.h).
#if defined(__x86_64__) && !defined(HANDFAST_NO_AES_GCM)
#define HANDFAST_AES_GCM
#endif

namespace handfast::crypto {

enum class AeadId : std::uint8_t {
  aes_128_gcm,
  aes_256_gcm,
  chacha20_poly1305,
  aes_128_ccm,
  aes_256_ccm,
  aes_128_ccm_8,
  aes_256_ccm_8,
};

/// The longest tag; all have it but those of CCM_8.
inline constexpr std::size_t aead_tag_size = 16;
inline constexpr std::size_t aead_nonce_size = 12;

/// One cipher: the size of its key and of its tag in bytes, and the name by which providers know
/// it.
struct AeadRow {
  AeadId id;
  std::size_t key_size;
  const char* name;
  std::size_t tag_size = aead_tag_size;
  bool is_ccm = false;  ///< it has to know the length before it begins
};

inline constexpr std::array aeads = {
    AeadRow{AeadId::aes_128_gcm, 16, "AES-128-GCM"},
    AeadRow{AeadId::aes_256_gcm, 32, "AES-256-GCM"},
    AeadRow{AeadId::chacha20_poly1305, 32, "ChaCha20-Poly1305"},
    AeadRow{AeadId::aes_128_ccm, 16, "AES-128-CCM", 16, true},
    AeadRow{AeadId::aes_256_ccm, 32, "AES-256-CCM", 16, true},
    AeadRow{AeadId::aes_128_ccm_8, 16, "AES-128-CCM", 8, true},
    AeadRow{AeadId::aes_256_ccm_8, 32, "AES-256-CCM", 8, true},
};

[[nodiscard]] constexpr const AeadRow& row_of(AeadId id) { return aeads[std::to_underlying(id)]; }

/// Key size in bytes.
[[nodiscard]] constexpr std::size_t key_size(AeadId id) { return row_of(id).key_size; }

/// Tag size in bytes.
[[nodiscard]] constexpr std::size_t tag_size(AeadId id) { return row_of(id).tag_size; }

using Nonce = std::array<std::uint8_t, aead_nonce_size>;

/// What the nonces of one key are made from; derived with it, and wiped like it.
using Iv = Secret<aead_nonce_size>;

/// The nonce of the message with this number: the number in network order, padded to the left,
/// XORed with `iv`. RFC 9846 §5.3, RFC 9180 §5.2.
[[nodiscard]] inline Nonce nonce_of(const Iv& iv, std::uint64_t number) {
  // In the words in which nonces are copied: processors wait where stores and loads differ.
  const auto in_network_order = [](auto word) {
    return std::endian::native == std::endian::little ? std::byteswap(word) : word;
  };
  std::array<std::uint8_t, 8> front;
  std::array<std::uint8_t, 4> back;
  const auto bytes = iv.expose().first<front.size() + back.size()>();
  std::ranges::copy(bytes.first<front.size()>(), front.begin());
  std::ranges::copy(bytes.last<back.size()>(), back.begin());
  front = std::bit_cast<decltype(front)>(std::bit_cast<std::uint64_t>(front) ^
                                         in_network_order(number >> 32));
  back = std::bit_cast<decltype(back)>(std::bit_cast<std::uint32_t>(back) ^
                                       in_network_order(static_cast<std::uint32_t>(number)));
  Nonce nonce;
  std::ranges::copy(back, std::ranges::copy(front, nonce.begin()).out);
  return nonce;
}

/// What is authenticated but not encrypted. A type of its own, so that it is not mixed up.
struct Aad {
  Bytes bytes;
};

enum class Direction : std::uint8_t { seal, open };

/// What can be done with a keyed cipher, whatever class it has.
struct AeadFunctions {
  // What has no register any more goes by reference: a view that is copied to the stack right after
  // it was made is waited for, as long as a short message takes.
  Result<> (*seal)(void* cipher, const Nonce& nonce, const Aad& aad, std::span<const Bytes> parts,
                   const MutBytes& out);
  Result<MutBytes> (*open)(void* cipher, const Nonce& nonce, const Aad& aad, MutBytes sealed);
  void (*move)(void* from, void* to) noexcept;  ///< nothing is left at `from`
  void (*end)(void* cipher) noexcept;
};

template <class Cipher>
inline constexpr AeadFunctions aead_functions = {
    .seal =
        [](void* cipher, const Nonce& nonce, const Aad& aad, std::span<const Bytes> parts,
           const MutBytes& out) {
          return static_cast<Cipher*>(cipher)->seal(nonce, aad, parts, out);
        },
    .open = [](void* cipher, const Nonce& nonce, const Aad& aad,
               MutBytes sealed) { return static_cast<Cipher*>(cipher)->open(nonce, aad, sealed); },
    .move =
        [](void* from, void* to) noexcept {
          new (to) Cipher(std::move(*static_cast<Cipher*>(from)));
          static_cast<Cipher*>(from)->~Cipher();
        },
    .end = [](void* cipher) noexcept { static_cast<Cipher*>(cipher)->~Cipher(); },
};

/// A cipher with its key set once. All have a 12-byte nonce, and the same one must never be used
/// twice to seal. Move-only; wiped when it goes.
///
/// Confined: one thread at a time.
class Aead {
 public:
  /// A cipher for `direction` under `key` of `key_size(id)` bytes. Fails: out_of_memory; internal
  /// for a key of another size, and where libcrypto does not have the cipher or does it wrongly.
  static Result<Aead> make(AeadId id, Direction direction, Bytes key);

  /// The same by libcrypto, also where we have our own.
  static Result<Aead> of_libcrypto(AeadId id, Direction direction, Bytes key);

  /// Of our own. Fails: configuration_unsupported where this build or this machine has none for
  /// `id`, and else as `make`.
  static Result<Aead> own(AeadId id, Bytes key);

  /// A keyed `cipher` of any class, which then lies in the Aead itself.
  template <class Cipher>
  static Aead of(Cipher cipher) {
    static_assert(sizeof(Cipher) <= room && alignof(Cipher) <= alignment);
    Aead aead(aead_functions<Cipher>);
    new (aead.place()) Cipher(std::move(cipher));
    return aead;
  }

  Aead(Aead&& other) noexcept { take(other); }

  Aead& operator=(Aead&& other) noexcept {
    if (this != &other) {
      end();
      take(other);
    }
    return *this;
  }

  ~Aead() { end(); }

  /// Encrypts `parts`, one after another, to `out`, which has the size of all parts and the tag.
  /// The first part may lie at the front of `out` (in place); else parts and `out` do not overlap.
  /// Fails: internal, and then `out` is wiped.
  Result<> seal(const Nonce& nonce, Aad aad, std::span<const Bytes> parts, MutBytes out) {
    return functions_->seal(place(), nonce, aad, parts, out);
  }

  /// Decrypts `sealed` (ciphertext and tag) where it lies and returns the plaintext inside it.
  /// Fails: record_unreadable when the tag is wrong or missing; then the bytes are wiped.
  Result<MutBytes> open(const Nonce& nonce, Aad aad, MutBytes sealed) {
    return functions_->open(place(), nonce, aad, sealed);
  }

 private:
#ifdef HANDFAST_AES_GCM
  static constexpr std::size_t room = 384;  // for the key of our own AES-GCM
#else
  static constexpr std::size_t room = 48;  // for a key; libcrypto has its contexts on the heap
#endif
  static constexpr std::size_t alignment = 16;

  explicit Aead(const AeadFunctions& functions) : functions_(&functions) {}

  void* place() { return cipher_.data(); }

  void take(Aead& other) noexcept {
    functions_ = std::exchange(other.functions_, nullptr);
    if (functions_ != nullptr) {
      functions_->move(other.place(), place());
    }
  }

  void end() noexcept {
    if (functions_ != nullptr) {
      functions_->end(place());
    }
  }

  const AeadFunctions* functions_;  // nullptr: moved from
  alignas(alignment) std::array<std::uint8_t, room> cipher_;
};

}  // namespace handfast::crypto
