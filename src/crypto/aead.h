// Aead: one keyed cipher for one direction of one epoch. RFC 9846 §5.2, RFC 5116.
#pragma once

#include "base/secret.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

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
  Nonce nonce{};
  std::ranges::copy(iv.expose(), nonce.begin());
  for (std::size_t i = 0; i < sizeof(number); ++i) {
    nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(number >> (8 * i));
  }
  return nonce;
}

/// What is authenticated but not encrypted. A type of its own, so that it is not mixed up.
struct Aad {
  Bytes bytes;
};

enum class Direction : std::uint8_t { seal, open };

/// How a keyed cipher works: a row of libcrypto's, or of our own.
struct AeadFunctions {
  Result<> (*seal)(const AeadFunctions& row, void* context, const Nonce& nonce, Aad aad,
                   std::span<const Bytes> parts, MutBytes out);
  Result<MutBytes> (*open)(const AeadFunctions& row, void* context, const Nonce& nonce, Aad aad,
                           MutBytes sealed);
  void (*release)(const AeadFunctions& row, void* context);
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

  /// Of our own AES-GCM. Fails: configuration_unsupported where this build or this machine has
  /// none, and else as `make`.
  static Result<Aead> own(AeadId id, Bytes key);

  /// Takes a keyed `context` over; `row` lives as long as the program.
  Aead(const AeadFunctions& row, void* context) : context_(context, Free{&row}) {}

  /// Encrypts `parts`, one after another, to `out`, which has the size of all parts and the tag.
  /// The first part may lie at the front of `out` (in place); else parts and `out` do not overlap.
  /// Fails: internal, and then `out` is wiped.
  Result<> seal(const Nonce& nonce, Aad aad, std::span<const Bytes> parts, MutBytes out) {
    return row().seal(row(), context_.get(), nonce, aad, parts, out);
  }

  /// Decrypts `sealed` (ciphertext and tag) where it lies and returns the plaintext inside it.
  /// Fails: record_unreadable when the tag is wrong or missing; then the bytes are wiped.
  Result<MutBytes> open(const Nonce& nonce, Aad aad, MutBytes sealed) {
    return row().open(row(), context_.get(), nonce, aad, sealed);
  }

 private:
  struct Free {
    const AeadFunctions* row;

    void operator()(void* context) const { row->release(*row, context); }
  };

  [[nodiscard]] const AeadFunctions& row() const { return *context_.get_deleter().row; }

  std::unique_ptr<void, Free> context_;
};

}  // namespace handfast::crypto
