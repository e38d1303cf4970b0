// Delegation: leaves that may delegate, and delegated credentials of any kind, good ones and bad
// ones. RFC 9345.
#pragma once

#include "handfast/credential.h"
#include "handfast/delegated_credential.h"
#include "handfast/issue.h"
#include "support/loopback.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace handfast::test {

/// What a delegated credential says, whether it makes sense or not.
struct DelegationDraft {
  std::int64_t lasts = 3600;           ///< seconds from `handshake_time` on
  SignatureScheme scheme{};            ///< 0: that of its key
  SignatureScheme algorithm{};         ///< 0: that of the leaf's key
  std::vector<std::uint8_t> key = {};  ///< SubjectPublicKeyInfo; empty: of the fresh key
  Party owner = Party::server;
  bool is_forged = false;  ///< not signed by the leaf
};

/// A leaf under an authority of its own, and a fresh key that it delegates to.
class Delegator {
 public:
  /// `change` may alter what the leaf's certificate says.
  explicit Delegator(
      CertificateKey leaf = CertificateKey::ecdsa_p256,
      CertificateKey delegated = CertificateKey::ed25519,
      void (*change)(CertificateOrder&) = [](CertificateOrder&) {});

  /// A DelegatedCredential.
  [[nodiscard]] std::vector<std::uint8_t> write(const DelegationDraft& draft = {}) const;

  /// The leaf with the delegated key, to be shown.
  [[nodiscard]] std::shared_ptr<const Credential>
  credential(const DelegationDraft& draft = {}) const;

  /// The leaf with its own key.
  [[nodiscard]] std::shared_ptr<const Credential> plain() const;

  [[nodiscard]] const std::shared_ptr<const Trust>& trust() const { return trust_; }

  [[nodiscard]] const Certificate& leaf() const { return leaf_; }

  [[nodiscard]] const std::vector<std::uint8_t>& leaf_der() const { return der_; }

  [[nodiscard]] SigningKey leaf_key() const { return SigningKey::from_pem(leaf_pem_).value(); }

  [[nodiscard]] SigningKey key() const { return SigningKey::from_pem(key_pem_).value(); }

  /// A client that takes delegated credentials, and a server that shows `draft`.
  [[nodiscard]] Sides sides(const DelegationDraft& draft = {}) const;

 private:
  std::string leaf_pem_;
  std::string key_pem_;
  std::vector<std::uint8_t> der_;
  Certificate leaf_;
  std::shared_ptr<const Trust> trust_;
};

/// The scheme that a key of `kind` signs handshakes with.
SignatureScheme scheme_of(CertificateKey kind);

}  // namespace handfast::test
