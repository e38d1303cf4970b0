// Claim and Confirmation: the two proofs that an Identity is made of. RFC 9846 §4.5.2, §4.5.3.
#pragma once

#include "crypto/suites.h"
#include "handfast/identity.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/verdict.h"
#include "handshake/delegated13.h"
#include "message/certificate.h"

#include <optional>
#include <span>

namespace handfast::schedule {
class FinishedKey;
using VerifyData = std::array<std::uint8_t, 12>;
}  // namespace handfast::schedule

namespace handfast::crypto {
class Digest;
}  // namespace handfast::crypto

namespace handfast::message {
struct Finished;
}  // namespace handfast::message

namespace handfast::handshake {

template <class M>
struct Received;

/// The peer's Finished was right: both sides saw the same handshake. Made by `check_finished` only.
class Confirmation {
 private:
  friend Result<Confirmation> check_finished(const Received<message::Finished>& finished,
                                             const schedule::FinishedKey& key);
  friend Result<Confirmation> check_finished12(const Received<message::Finished>& finished,
                                               const schedule::VerifyData& expected);

  Confirmation() = default;
};

/// The client has the key of the session that it offers. Made by `check_binder` only, and in TLS
/// 1.2 by `check_possession12`.
class Possession {
 private:
  friend Result<Possession> check_possession12(const Received<message::Finished>& finished,
                                               const schedule::VerifyData& expected);
  friend Result<Possession> check_binder(const crypto::Digest& expected, Bytes binder);

  Possession() = default;
};

/// What a peer's CertificateVerify is held against.
struct SignatureDemand {
  Bytes leaf;                                    ///< the certificate that the peer sent first, DER
  Bytes content;                                 ///< what had to be signed, RFC 9846 §4.5.2
  std::span<const SignatureScheme> schemes;      ///< those that were offered to it
  CertificateType type = CertificateType::x509;  ///< of `leaf`
  std::optional<Delegated> delegated = std::nullopt;  ///< whose key signs, if it is not the leaf's
};

/// Checks the peer's signature over the handshake with the key of its leaf, or with the one that
/// this was delegated to. RFC 9846 §4.5.2. Fails:
/// signature_scheme_not_offered, signature_scheme_wrong_key, signature_invalid,
/// delegated_credential_other_scheme, and what `x509::public_key` fails with.
Result<> check_signature(const message::CertificateVerify& verify, const SignatureDemand& demand);

/// What a signature of TLS 1.2 is held against.
struct SignatureDemand12 {
  Bytes leaf;                                ///< the certificate that the peer sent first, DER
  Bytes content;                             ///< what had to be signed
  std::span<const SignatureScheme> schemes;  ///< those that were offered to it
  crypto::SuiteSigner signer;                ///< what the suite says of the key; a client: any
  std::span<const NamedGroup> groups = {};   ///< the curves that keys may be on; empty: any
};

/// The same in TLS 1.2, where a scheme of ECDSA does not name the curve, and RSASSA-PKCS1-v1_5
/// signs handshakes too. RFC 5246 §7.4.3. Fails: signature_scheme_not_offered,
/// signature_scheme_wrong_key, signature_invalid, and what `x509::public_key` fails with.
Result<> check_signature12(const message::CertificateVerify& verify,
                           const SignatureDemand12& demand);

/// A client that signed this handshake with the key of a leaf that is trusted, or either side that
/// did so in an exported authenticator. Not an Identity yet: its Finished is still to come.
class Claim {
 public:
  /// Fails: as `check_signature`; with the verdict's own reason if it trusts nobody; internal for a
  /// verdict on another leaf. The verdict must outlive the claim.
  static Result<Claim> check(const Verdict& verdict, const message::CertificateVerify& verify,
                             const SignatureDemand& demand);

  /// The same in TLS 1.2. Fails: as `check`, and as `check_signature12`.
  static Result<Claim> check12(const Verdict& verdict, const message::CertificateVerify& verify,
                               const SignatureDemand12& demand);

  /// The same for a client that resumes a session which began with such a signature, and has shown
  /// by its binder that it holds the session's key; `leaf` is what it showed then. Fails: with the
  /// verdict's own reason if it trusts nobody now; internal for a verdict on another leaf.
  static Result<Claim> resume(const Verdict& verdict, Bytes leaf, const Possession& possession);

  /// Both proofs are there: who the client is.
  [[nodiscard]] Identity confirm(const Confirmation& confirmation) const;

 private:
  explicit Claim(const Verdict& verdict) : verdict_(&verdict) {}

  const Verdict* verdict_;
};

/// Whether certificates may be gone on with. Fails: with the verdict's reason; internal if nobody
/// reached one.
Result<> check_verdict(const Verdict& verdict);

}  // namespace handfast::handshake
