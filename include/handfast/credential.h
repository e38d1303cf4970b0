// Credential: the certificates that a side shows, or the raw public key in their place, and the key
// that proves they are its own.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace handfast {

namespace compression {
class CompressedForms;
}

/// A private key that signs. Move-only; immutable: share freely between threads.
class SigningKey {
 public:
  /// Reads the first private key in PEM text: PKCS#8, SEC1 or PKCS#1; with `password` encrypted
  /// ones too. Fails: pem_malformed without one, key_malformed, key_unsupported for kinds and sizes
  /// that this build does not sign with, key_needs_ml_dsa where libcrypto is older than 3.5;
  /// password_missing, password_wrong, encryption_outdated,
  /// encryption_too_costly.
  static Result<SigningKey> from_pem(std::string_view pem,
                                     std::optional<std::string_view> password = std::nullopt);

  /// A fresh key; `rsa_bits`, 2048 to 8192, is for RSA alone. Fails: key_unsupported,
  /// key_needs_ml_dsa, random_failed.
  static Result<SigningKey> generate(CertificateKey kind, std::size_t rsa_bits = 2048);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  /// The key as PKCS#8 PEM text, under AES-256 if there is a password; a secret, for files of mode
  /// 0600. Of an ML-DSA key the seed, if it came from one.
  Result<std::vector<std::uint8_t>>
  to_pem(std::optional<std::string_view> password = std::nullopt) const;

  [[nodiscard]] CertificateKey kind() const;

  /// SubjectPublicKeyInfo in DER, RFC 5280 §4.1.2.7. Valid as long as this object.
  [[nodiscard]] Bytes public_key_info() const;

  struct State;  ///< the library's inside, see src/x509/credential_key.h

  /// For the library itself.
  [[nodiscard]] const State& state() const { return *state_; }

  /// For the library itself.
  explicit SigningKey(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

/// What is sent along with a certificate, to peers that ask for it. RFC 9846 §4.5.1.1.
struct Stapled {
  std::vector<std::uint8_t> ocsp_response = {};  ///< OCSPResponse in DER, RFC 6960 §4.2.1
  std::vector<std::uint8_t> sct_list = {};       ///< SignedCertificateTimestampList, RFC 6962 §3.3
};

/// What lets a key sign in the place of a leaf's: a DelegatedCredential, and what it says. See
/// handfast/delegated_credential.h. RFC 9345 §4.
struct Delegation {
  std::vector<std::uint8_t> credential;  ///< as it is sent
  UnixTime expires;                      ///< inclusive
  SignatureScheme scheme{};     ///< dc_cert_verify_algorithm: what the key signs handshakes with
  SignatureScheme algorithm{};  ///< what the leaf's key has signed it with
};

/// A chain of certificates, the leaf first, the leaf's key or one that it was delegated to, and
/// what is stapled to the certificates. What a server has one or more of, and a client may have.
///
/// Immutable: share freely. What is renewed while a server runs, as staples are, is renewed by
/// making another: see `with`.
class Credential {
 public:
  /// Reads every CERTIFICATE block of `chain_pem`, the leaf first, and the first private key of
  /// `key_pem`. Fails: pem_malformed where there is no certificate, what `SigningKey::from_pem` and
  /// `Certificate::parse` fail with, certificate_list_too_long, key_does_not_fit if the leaf's key
  /// is another one, certificate_key_usage if the leaf's key may not sign.
  static Result<std::shared_ptr<const Credential>> from_pem(std::string_view chain_pem,
                                                            std::string_view key_pem);

  /// The same from certificates in DER.
  static Result<std::shared_ptr<const Credential>>
  make(std::vector<std::vector<std::uint8_t>> certificates, SigningKey key);

  /// A raw public key (RFC 7250): the public half of `key` is shown, and no certificate. Only for
  /// peers that take such keys and know this one. A server shows it to clients that ask for one of
  /// `dns_names`, or where there are none, whatever name is asked for: with names, nobody can lead
  /// a client of another server here. Fails: server_name_invalid.
  static Result<std::shared_ptr<const Credential>>
  of_raw_key(SigningKey key, std::span<const std::string> dns_names = {});

  // For `delegated_to` (handfast/delegated_credential.h): certificates in DER whose leaf lets
  // `key` sign by `delegation`, which has been looked at. Fails: as `make`.
  static Result<std::shared_ptr<const Credential>>
  make_delegated(std::vector<std::vector<std::uint8_t>> certificates, Delegation delegation,
                 SigningKey key);

  // For `legacy::decrypting_credential` (handfast/legacy.h): certificates in DER whose leaf lets
  // `key`, of RSA, decrypt. Fails: as `make`, but certificate_key_usage if it may not do that;
  // certificate_not_rsa.
  static Result<std::shared_ptr<const Credential>>
  make_decrypting(std::vector<std::vector<std::uint8_t>> certificates, SigningKey key);

  /// The same certificates and key, shared and not copied, with `stapled` in the place of what was
  /// stapled before. A server puts the new credential into a new ServerConfig and gives that to the
  /// connections that come from then on: those under way go on with what they began with. Whether
  /// the response is about this leaf, and good, is not looked at: a server hands out what it is
  /// given. Fails: staple_malformed for what is no DER, no list, or longer than 16 KiB, and for
  /// anything at all beside a raw key, which nobody issued.
  [[nodiscard]] Result<std::shared_ptr<const Credential>> with(Stapled stapled) const;

  /// The same for the whole chain: the n-th goes along with the n-th certificate; what is missing
  /// or empty is not sent. Fails: staple_malformed as above, for more of them than certificates,
  /// and for more than 32 KiB altogether.
  [[nodiscard]] Result<std::shared_ptr<const Credential>>
  with_each(std::vector<Stapled> stapled) const;

  /// The same certificates, key and staples, shared and not copied, for handshakes that are signed
  /// with these schemes alone: the first of them that the peer takes and that fits the key (RFC
  /// 9846 §4.3.3). So one list may serve for credentials with several kinds of key; one of whose
  /// key none of it fits is never shown. Fails: configuration_empty, configuration_duplicate,
  /// configuration_unsupported for a scheme that this build does not have.
  [[nodiscard]] Result<std::shared_ptr<const Credential>>
  signing_with(std::vector<SignatureScheme> schemes) const;

  Credential(const Credential&) = delete;
  Credential& operator=(const Credential&) = delete;
  ~Credential();

  [[nodiscard]] CertificateType type() const {
    return held_->leaf.is_raw_key ? CertificateType::raw_public_key : CertificateType::x509;
  }

  /// The certificates in DER, in the order in which they are sent; or the one raw key.
  [[nodiscard]] std::span<const std::vector<std::uint8_t>> certificates() const {
    return held_->certificates;
  }

  /// The first of them. Valid as long as this object.
  [[nodiscard]] const Certificate& leaf() const { return held_->leaf; }

  /// The key that signs handshakes: the leaf's, or that of `delegation`.
  [[nodiscard]] const SigningKey& key() const { return held_->key; }

  /// nullptr: the leaf's own key signs.
  [[nodiscard]] const Delegation* delegation() const {
    return held_->delegation ? &*held_->delegation : nullptr;
  }

  /// SHA-256 of the first certificate, by which the sessions of its servers are told apart.
  [[nodiscard]] const std::array<std::uint8_t, 32>& leaf_digest() const {
    return held_->leaf_digest;
  }

  /// What is sent along with the leaf.
  [[nodiscard]] const Stapled& stapled() const { return stapled_.front(); }

  /// What is sent along with each certificate, in their order.
  [[nodiscard]] std::span<const Stapled> all_stapled() const { return stapled_; }

  /// Those of `signing_with`; empty: whatever fits the key, as the peer prefers.
  [[nodiscard]] std::span<const SignatureScheme> schemes() const { return schemes_; }

  /// Who issued the certificates: a Name in DER for each of them, in their order.
  [[nodiscard]] std::span<const Bytes> issuers() const { return held_->issuers; }

  // For handshake/: `x509::hash_name` of each of them.
  [[nodiscard]] std::span<const std::uint64_t> issuer_hashes() const {
    return held_->issuer_hashes;
  }

  /// What the certificates are signed with, without those that sign themselves: nobody checks their
  /// signatures. RFC 9846 §4.3.3.
  [[nodiscard]] std::span<const CertificateSignature> signatures() const {
    return held_->signatures;
  }

  // For handshake/: the messages that show it, as they are compressed. Threads may share it.
  [[nodiscard]] compression::CompressedForms& compressed() const { return *compressed_; }

  /// Whether the key may sign: that of each but those of `legacy::decrypting_credential`, which are
  /// for servers with RSA key exchange, and shown by nothing else. RFC 9846 §4.5.1.2.
  [[nodiscard]] bool may_sign() const;

  /// Whether a client of TLS 1.2 may encrypt to the key (RSA key exchange): it is the leaf's own,
  /// of RSA, and allowed to decrypt. RFC 5246 §7.4.2.
  [[nodiscard]] bool may_decrypt() const;

  /// Whether the leaf is for `dns_name` (RFC 9525 §6.3, wildcards included): how a server chooses
  /// by SNI. Case and a trailing dot do not count. A raw key's own names take the leaf's place.
  [[nodiscard]] bool matches(std::string_view dns_name) const;

 private:
  /// What a credential and those made from it have in common.
  struct Held {
    std::vector<std::vector<std::uint8_t>> certificates;
    std::vector<CertificateSignature> signatures;
    std::vector<Bytes> issuers;  // views into the certificates
    std::vector<std::uint64_t> issuer_hashes;
    Certificate leaf;  // views into the first
    std::array<std::uint8_t, 32> leaf_digest;
    SigningKey key;
    std::vector<std::string> names;  // of a raw key, in lower case
    std::optional<Delegation> delegation;
  };

  static Result<Held> hold(std::vector<std::vector<std::uint8_t>> certificates, SigningKey key,
                           std::optional<Delegation> delegation);
  static Result<std::shared_ptr<const Credential>>
  make_signing(std::vector<std::vector<std::uint8_t>> certificates, SigningKey key,
               std::optional<Delegation> delegation);

  Credential(std::shared_ptr<const Held> held, std::vector<Stapled> stapled,
             std::vector<SignatureScheme> schemes);

  std::shared_ptr<const Held> held_;
  std::vector<Stapled> stapled_;  // as many as certificates
  std::vector<SignatureScheme> schemes_;
  std::unique_ptr<compression::CompressedForms> compressed_;
};

}  // namespace handfast
