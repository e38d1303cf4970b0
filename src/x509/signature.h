// The signature of one certificate by another's key. RFC 5280 §6.1.3 (a) (1).
#pragma once

#include "base/budget.h"
#include "base/limits.h"
#include "handfast/result.h"
#include "x509/known_signatures.h"
#include "x509/pool.h"

#include <array>
#include <optional>

namespace handfast::x509 {

/// What somebody signed: a certificate, a revocation list, a response.
struct Signed {
  Bytes part;  ///< what the signature covers
  CertificateSignature algorithm = CertificateSignature::unsupported;
  Bytes signature;
};

/// Checks a signature with the key of `signer`; pays for it first. Fails as below.
Result<> check_signed(const Signed& by_signer, const Certificate& signer, Budget& budget);

/// Checks the signature of `child` with the key of `issuer`; pays for it first. Fails:
/// certificate_signature_invalid, certificate_algorithm_weak, certificate_needs_ml_dsa,
/// budget_spent, and what `public_key` of the issuer fails with.
Result<> check_signature(const Certificate& child, const Certificate& issuer, Budget& budget);

/// The signatures checked so far. Paths share certificates, and no signature is paid for twice.
class SignatureMemo {
 public:
  /// `known` is what others found out before; nullptr: nothing.
  explicit SignatureMemo(KnownSignatures* known) : known_(known) {}

  /// `check_signature`, or what it said the first time.
  Result<> check(const Pool& pool, Place child, Place issuer, Budget& budget);

  /// Whether the signature was checked and found wrong.
  [[nodiscard]] bool rules_out(Place child, Place issuer) const;

  /// A path is trusted: the signatures that were right are to be known from now on. Not earlier,
  /// lest strangers fill the memory with chains of their own.
  void keep_known() const;

 private:
  struct Edge {
    Place child = 0;
    Place issuer = 0;
    std::optional<Reason> flaw = {};
    KnownSignatures::Key key{};  // if there is somebody to keep it
  };

  [[nodiscard]] const Edge* find(Place child, Place issuer) const;

  KnownSignatures* known_;
  std::array<Edge, limits::path_signatures> edges_;
  std::size_t size_ = 0;
};

/// Whether a signature that failed so says nothing against whoever signed: it was not looked at.
[[nodiscard]] constexpr bool is_unchecked(Reason flaw) {
  return flaw == Reason::budget_spent || flaw == Reason::certificate_needs_ml_dsa;
}

}  // namespace handfast::x509
