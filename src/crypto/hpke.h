// HPKE: messages sealed to a public key. RFC 9180.
//
//   const auto keys = hpke::KeyPair::generate(hpke::Kem::dhkem_x25519_hkdf_sha256);
//   auto sender = hpke::Sender::make(suite, keys->public_key(), info);
//   sender->seal({aad}, plain, sealed);                       // and sender->enc() goes along
//   auto recipient = hpke::Recipient::make(suite, *keys, enc, info);
//   recipient->open({aad}, sealed);
#pragma once

#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/key_exchange.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace handfast::crypto::hpke {

/// "HPKE KEM Identifiers". RFC 9180 §7.1.
enum class Kem : std::uint16_t {
  dhkem_p256_hkdf_sha256 = 0x0010,
  dhkem_p384_hkdf_sha384 = 0x0011,
  dhkem_p521_hkdf_sha512 = 0x0012,
  dhkem_x25519_hkdf_sha256 = 0x0020,
  dhkem_x448_hkdf_sha512 = 0x0021,
};

/// "HPKE KDF Identifiers". RFC 9180 §7.2.
enum class Kdf : std::uint16_t { hkdf_sha256 = 1, hkdf_sha384 = 2, hkdf_sha512 = 3 };

/// "HPKE AEAD Identifiers". RFC 9180 §7.3.
enum class AeadCode : std::uint16_t {
  aes_128_gcm = 1,
  aes_256_gcm = 2,
  chacha20_poly1305 = 3,
  export_only = 0xffff,
};

/// The three algorithms of one use. Peers name them by number, so any value may stand here.
struct Suite {
  Kem kem{};
  Kdf kdf{};
  AeadCode aead{};
};

/// Whether this build has all three.
[[nodiscard]] bool is_supported(const Suite& suite);

/// A recipient's key pair, or that of a sender who proves who it is. Move-only.
///
/// Any thread may use it, one at a time.
class KeyPair {
 public:
  /// A fresh pair. Fails: configuration_unsupported for a KEM that this build does not have,
  /// random_failed, out_of_memory.
  static Result<KeyPair> generate(Kem kem);

  /// DeriveKeyPair, RFC 9180 §7.1.3: the pair that belongs to `material`, which has at least as
  /// much entropy as the private key has bytes. Fails: key_malformed if it has fewer bytes than
  /// that; as `generate`.
  static Result<KeyPair> derive(Kem kem, Bytes material);

  /// The pair of a private key in the form of RFC 9180 §7.1.2. Fails: key_malformed for a wrong
  /// length or an integer out of range; as `generate`.
  static Result<KeyPair> from_private(Kem kem, Bytes private_key);

  [[nodiscard]] Kem kem() const { return kem_; }

  /// In the form of RFC 9180 §7.1.1, which is that of a key share in TLS.
  [[nodiscard]] Bytes public_key() const { return exchange_.share(); }

  /// In the form that `from_private` takes.
  [[nodiscard]] Bytes expose_private_key() const { return private_key_.expose(); }

  // For hpke.cc.
  [[nodiscard]] const KeyExchange& exchange() const { return exchange_; }

 private:
  KeyPair(Kem kem, Bytes private_key, KeyExchange exchange)
      : kem_(kem), private_key_(private_key), exchange_(std::move(exchange)) {}

  Kem kem_;
  Secret<66> private_key_;
  KeyExchange exchange_;
};

/// What both sides know before. RFC 9180 §5: neither PSK nor key pair is mode_base.
struct Psk {
  Bytes psk;     ///< at least 32 bytes
  Bytes psk_id;  ///< not empty
};

/// The next sequence number of one direction, each once.
class Sequence {
 public:
  explicit Sequence(std::uint64_t first = 0) : next_(first) {}

  /// Fails: sequence_exhausted, before a number could come twice.
  [[nodiscard]] Result<std::uint64_t> peek() const;

  void advance() { ++next_; }

 private:
  std::uint64_t next_;
};

/// What is left of a set-up: keys, and the count of messages. RFC 9180 §5.2, §5.3.
///
/// Confined: one thread at a time.
class Context {
 public:
  /// KeySchedule, RFC 9180 §5.1.
  static Result<Context> make(const Suite& suite, Direction direction, std::uint8_t mode,
                              Bytes shared_secret, Bytes info, const Psk& psk);

  Result<> seal(Aad aad, Bytes plain, MutBytes out);
  Result<MutBytes> open(Aad aad, MutBytes sealed);
  [[nodiscard]] Result<> export_into(Bytes exporter_context, MutBytes out) const;

 private:
  explicit Context(const Suite& suite) : suite_(suite) {}

  Suite suite_;
  std::optional<Aead> aead_;  // nothing: export_only
  Iv base_nonce_;
  Secret<64> exporter_secret_;
  Sequence sequence_;
};

/// Seals messages to the owner of a public key.
///
/// Confined: one thread at a time.
class Sender {
 public:
  /// SetupBaseS, with a `psk` SetupPSKS; with `own`, which proves who the sender is, SetupAuthS and
  /// SetupAuthPSKS. RFC 9180 §5.1. Fails: configuration_unsupported for a suite that this build
  /// does not have, a PSK that is too short or without its id, and an `own` of another KEM;
  /// key_share_invalid for a public key that is none; random_failed, out_of_memory.
  static Result<Sender> make(const Suite& suite, Bytes recipient_key, Bytes info,
                             const Psk& psk = {}, const KeyPair* own = nullptr);

  /// The same with a given ephemeral key pair; for published vectors.
  static Result<Sender> make_from(const KeyPair& ephemeral, const Suite& suite, Bytes recipient_key,
                                  Bytes info, const Psk& psk = {}, const KeyPair* own = nullptr);

  /// The encapsulated key, which goes to the recipient with the first message.
  [[nodiscard]] Bytes enc() const { return enc_; }

  /// Encrypts `plain` to `out`, which has 16 bytes more. Fails: sequence_exhausted;
  /// configuration_unsupported with `export_only`.
  Result<> seal(Aad aad, Bytes plain, MutBytes out) { return context_.seal(aad, plain, out); }

  /// Keying material that both sides come to: up to 255 digests of the KDF. Fails:
  /// configuration_unsupported for more.
  [[nodiscard]] Result<> export_into(Bytes exporter_context, MutBytes out) const {
    return context_.export_into(exporter_context, out);
  }

 private:
  Sender(std::vector<std::uint8_t> enc, Context context)
      : enc_(std::move(enc)), context_(std::move(context)) {}

  std::vector<std::uint8_t> enc_;
  Context context_;
};

/// Opens what a sender sealed, in the same order.
///
/// Confined: one thread at a time.
class Recipient {
 public:
  /// The counterpart of Sender::make, for the same `suite`, `info` and `psk`; with `sender_key` the
  /// sender must be its owner. Fails: as Sender::make, and key_share_invalid for an `enc` that is
  /// no public key.
  static Result<Recipient> make(const Suite& suite, const KeyPair& own, Bytes enc, Bytes info,
                                const Psk& psk = {},
                                std::optional<Bytes> sender_key = std::nullopt);

  /// Decrypts `sealed` where it lies and returns the plaintext inside it. Fails:
  /// hpke_message_unreadable; then the bytes are wiped, and another message may be tried in the
  /// place of this one. sequence_exhausted; configuration_unsupported with `export_only`.
  Result<MutBytes> open(Aad aad, MutBytes sealed) { return context_.open(aad, sealed); }

  /// As Sender::export_into.
  [[nodiscard]] Result<> export_into(Bytes exporter_context, MutBytes out) const {
    return context_.export_into(exporter_context, out);
  }

 private:
  explicit Recipient(Context context) : context_(std::move(context)) {}

  Context context_;
};

}  // namespace handfast::crypto::hpke
