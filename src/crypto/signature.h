// Signatures: public keys that verify, private keys that sign, and the table of schemes.
#pragma once

#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace handfast::crypto {

enum class KeyKind : std::uint8_t {
  rsa,
  ecdsa_p256,
  ecdsa_p384,
  ecdsa_p521,
  ed25519,
  ml_dsa_44,
  ml_dsa_65,
  ml_dsa_87
};

/// Whether this process's libcrypto has keys of this kind: ML-DSA came with OpenSSL 3.5, all others
/// are in every 3.x. It is asked once, so that the answer never changes. Any thread.
[[nodiscard]] bool is_available(KeyKind kind);

/// How a signature is made, apart from the key.
enum class Padding : std::uint8_t { none, pkcs1, pss };  // none: ECDSA, EdDSA, ML-DSA

struct SignatureAlgorithm {
  KeyKind kind;  ///< for ECDSA the curve is the key's own; any of the three stands for "ECDSA"
  Padding padding = Padding::none;
  HashId hash = HashId::sha256;  ///< not used by Ed25519 and ML-DSA
};

/// One row of the table of TLS schemes: a scheme fits exactly one kind of key. RFC 9846 §4.3.3.
struct Scheme {
  SignatureScheme id;
  KeyKind kind;
  Padding padding;
  HashId hash;
  bool in_handshake;  ///< may sign CertificateVerify; else certificates only
};

// clang-format off
inline constexpr std::array schemes = {
  Scheme{SignatureScheme::rsa_pkcs1_sha256,       KeyKind::rsa,        Padding::pkcs1, HashId::sha256, false},
  Scheme{SignatureScheme::ecdsa_secp256r1_sha256, KeyKind::ecdsa_p256, Padding::none,  HashId::sha256, true},
  Scheme{SignatureScheme::rsa_pkcs1_sha384,       KeyKind::rsa,        Padding::pkcs1, HashId::sha384, false},
  Scheme{SignatureScheme::ecdsa_secp384r1_sha384, KeyKind::ecdsa_p384, Padding::none,  HashId::sha384, true},
  Scheme{SignatureScheme::rsa_pkcs1_sha512,       KeyKind::rsa,        Padding::pkcs1, HashId::sha512, false},
  Scheme{SignatureScheme::ecdsa_secp521r1_sha512, KeyKind::ecdsa_p521, Padding::none,  HashId::sha512, true},
  Scheme{SignatureScheme::rsa_pss_rsae_sha256,    KeyKind::rsa,        Padding::pss,   HashId::sha256, true},
  Scheme{SignatureScheme::rsa_pss_rsae_sha384,    KeyKind::rsa,        Padding::pss,   HashId::sha384, true},
  Scheme{SignatureScheme::rsa_pss_rsae_sha512,    KeyKind::rsa,        Padding::pss,   HashId::sha512, true},
  Scheme{SignatureScheme::ed25519,                KeyKind::ed25519,    Padding::none,  HashId::sha512, true},
  Scheme{SignatureScheme::mldsa44,                KeyKind::ml_dsa_44,  Padding::none,  HashId::sha512, true},
  Scheme{SignatureScheme::mldsa65,                KeyKind::ml_dsa_65,  Padding::none,  HashId::sha512, true},
  Scheme{SignatureScheme::mldsa87,                KeyKind::ml_dsa_87,  Padding::none,  HashId::sha512, true},
};
// clang-format on
static_assert(std::ranges::is_sorted(schemes, {}, &Scheme::id), "find_scheme searches by halves");

/// The row of `id`, or nullptr for a scheme that this build, or its libcrypto, does not have.
[[nodiscard]] inline const Scheme* find_scheme(SignatureScheme id) {
  const auto* row = std::ranges::lower_bound(schemes, id, {}, &Scheme::id);
  return row != schemes.end() && row->id == id && is_available(row->kind) ? row : nullptr;
}

/// Whether TLS 1.2 has signatures of such keys: ML-DSA is for TLS 1.3 alone.
[[nodiscard]] constexpr bool is_in_12(KeyKind kind) { return kind <= KeyKind::ed25519; }

/// The group of the curve that keys of this kind are on; nothing: on none that groups name.
[[nodiscard]] constexpr std::optional<NamedGroup> group_of_curve(KeyKind kind) {
  switch (kind) {
    case KeyKind::ecdsa_p256: return NamedGroup::secp256r1;
    case KeyKind::ecdsa_p384: return NamedGroup::secp384r1;
    case KeyKind::ecdsa_p521: return NamedGroup::secp521r1;
    default: return std::nullopt;
  }
}

/// Whether a delegated credential may be for this scheme: RFC 9345 §4 takes those of
/// CertificateVerify, but none whose keys are of rsaEncryption.
[[nodiscard]] inline bool is_delegable(SignatureScheme id) {
  const Scheme* scheme = find_scheme(id);
  return scheme != nullptr && scheme->in_handshake && scheme->kind != KeyKind::rsa;
}

/// What one verification costs, in microseconds on a small server; the unit of `Budget`. For RSA:
/// what the dearest key costs.
[[nodiscard]] std::uint32_t verify_cost_us(KeyKind kind);

/// The same for an RSA key of these parts, as `PublicKey::rsa` has them; within what it takes.
[[nodiscard]] std::uint32_t rsa_verify_cost_us(Bytes modulus, Bytes exponent);

/// A public key, made from raw parts (never by a general decoder: that is 30 to 300 times slower).
/// Move-only. Confined: one thread at a time.
class PublicKey {
 public:
  /// An uncompressed point (04 || X || Y) on the curve of `kind`. Fails:
  /// certificate_key_unsupported for another form, certificate_malformed for a point off the curve.
  static Result<PublicKey> ecdsa(KeyKind kind, Bytes point);

  /// Modulus and exponent, big endian, positive, without leading zeros. Fails: certificate_key_weak
  /// outside 2048 to 8192 bits or for an even exponent, one below 3, or one of more than 33 bits.
  static Result<PublicKey> rsa(Bytes modulus, Bytes exponent);

  /// 32 bytes. Fails: certificate_malformed.
  static Result<PublicKey> ed25519(Bytes key);

  /// The bytes that FIPS 204 §4 has for a key of `kind`: 1312, 1952 or 2592 of them. Fails:
  /// certificate_malformed, certificate_needs_ml_dsa where libcrypto has no ML-DSA.
  static Result<PublicKey> ml_dsa(KeyKind kind, Bytes key);

  [[nodiscard]] KeyKind kind() const { return kind_; }

  /// Size in bits: of the modulus for RSA, of the field for curves, of the key for ML-DSA.
  [[nodiscard]] std::size_t bits() const { return bits_; }

  /// Checks `signature` over the concatenation of `parts`. ECDSA signatures must be canonical DER;
  /// PSS salts have the size of the hash and MGF1 the same hash; ML-DSA is the pure one, with an
  /// empty context. Fails: signature_invalid, or signature_scheme_wrong_key when `algorithm` is of
  /// another kind.
  Result<> verify(const SignatureAlgorithm& algorithm, Bytes message, Bytes signature) const;

 private:
  struct Free {
    KeyKind kind;
    void operator()(void* key) const;
  };

  PublicKey(KeyKind kind, std::size_t bits, void* key)
      : kind_(kind), bits_(bits), key_(key, Free{kind}) {}

  [[nodiscard]] bool verify_ecdsa(const Digest& digest, Bytes signature) const;

  KeyKind kind_;
  std::size_t bits_;
  std::unique_ptr<void, Free> key_;  // EC_KEY, RSA or EVP_PKEY, see openssl/public_key.cc,
  OwnEcdsa::PublicKey own_{};        // or this
};

/// A signature, held in place: 4627 bytes hold one of ML-DSA-87, and 1024 would one of RSA-8192.
class Signature {
 public:
  [[nodiscard]] Bytes bytes() const { return Bytes(bytes_).first(size_); }

  [[nodiscard]] MutBytes room() { return bytes_; }

  void resize(std::size_t size) { size_ = size; }

 private:
  std::array<std::uint8_t, 4627> bytes_{};
  std::size_t size_ = 0;
};

/// A private key that signs. Immutable: share freely between threads.
class PrivateKey {
 public:
  /// Reads the first private key in PEM text: PKCS#8 ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), SEC1
  /// ("EC PRIVATE KEY", also after "EC PARAMETERS") or PKCS#1 ("RSA PRIVATE KEY"); `password` is
  /// used for encrypted ones alone. Fails: pem_malformed without such a block, key_malformed,
  /// key_unsupported for other kinds and sizes, key_needs_ml_dsa where libcrypto has no ML-DSA,
  /// password_missing, password_wrong, encryption_outdated, encryption_too_costly.
  static Result<PrivateKey> from_pem(std::string_view pem,
                                     std::optional<std::string_view> password = std::nullopt);

  /// A fresh key; `rsa_bits` is for RSA alone. Fails: key_unsupported for sizes outside 2048 to
  /// 8192 bits, key_needs_ml_dsa, random_failed.
  static Result<PrivateKey> generate(KeyKind kind, std::size_t rsa_bits = 2048);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  ~PrivateKey();

  [[nodiscard]] KeyKind kind() const;

  /// SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7), to compare with a certificate's and to build
  /// one.
  [[nodiscard]] Bytes public_key_info() const;

  /// Signs `message` (hashing it first, as the scheme says) with `scheme`. Fails:
  /// signature_scheme_wrong_key if the scheme is not for this kind of key, operation_refused if
  /// libcrypto fails, random_failed.
  Result<Signature> sign(SignatureScheme scheme, Bytes message) const;

  /// The key as PKCS#8 PEM text, for files of mode 0600; under AES-256 if there is a password. Of
  /// an ML-DSA key that is the seed, if it came from one (RFC 9881 §6).
  Result<std::vector<std::uint8_t>>
  to_pem(std::optional<std::string_view> password = std::nullopt) const;

  struct State;

  /// For openssl/ alone, where the state is known.
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  explicit PrivateKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;  // key, and one kept signing context; see openssl/private_key.h
};

}  // namespace handfast::crypto
