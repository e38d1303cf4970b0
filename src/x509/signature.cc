#include "x509/signature.h"

#include "x509/algorithm.h"
#include "x509/verify.h"

#include <span>

namespace handfast::x509 {

namespace {

std::uint32_t cost_us(const Certificate& signer, crypto::KeyKind kind) {
  const std::optional<RsaParts> parts =
      kind == crypto::KeyKind::rsa ? rsa_parts(signer.public_key) : std::nullopt;
  return parts ? crypto::rsa_verify_cost_us(parts->modulus, parts->exponent)
               : crypto::verify_cost_us(kind);
}

}  // namespace

Result<> check_signature(const Certificate& child, const Certificate& issuer, Budget& budget) {
  return check_signed({child.signed_part, child.signature_algorithm, child.signature}, issuer,
                      budget);
}

Result<> check_signature(const Certificate& certificate, const Certificate& issuer) {
  Budget budget;
  return check_signature(certificate, issuer, budget);
}

Result<> check_signed(const Signed& by_signer, const Certificate& signer, Budget& budget) {
  const Result<crypto::SignatureAlgorithm> algorithm = usable(by_signer.algorithm);
  if (!algorithm) {
    return std::unexpected(algorithm.error());
  }
  const Result<crypto::KeyKind> kind = usable(signer.key_kind);
  if (!kind) {
    return std::unexpected(kind.error());
  }
  if (!budget.spend_signature(cost_us(signer, *kind))) {
    return fail(Reason::budget_spent);
  }
  const Result<crypto::PublicKey> key = public_key(signer);
  if (!key) {
    return std::unexpected(key.error());
  }
  if (!key->verify(*algorithm, by_signer.part, by_signer.signature)) {
    return fail(Reason::certificate_signature_invalid);
  }
  return {};
}

Result<> SignatureMemo::check(const Pool& pool, Place child, Place issuer, Budget& budget) {
  if (const Edge* edge = find(child, issuer)) {
    return edge->flaw ? Result<>(fail(*edge->flaw)) : Result<>();
  }
  Edge edge{child, issuer};
  bool is_known = false;
  if (known_ != nullptr) {
    edge.key = KnownSignatures::key_of(pool.at(child), pool.at(issuer));
    is_known = known_->holds(edge.key);
  }
  const Result<> checked =
      is_known ? Result<>() : check_signature(pool.at(child), pool.at(issuer), budget);
  if (size_ < edges_.size()) {
    edge.flaw = checked ? std::nullopt : std::optional(checked.error().reason);
    edges_[size_++] = edge;
  }
  return checked;
}

void SignatureMemo::keep_known() const {
  if (known_ == nullptr) {
    return;
  }
  for (const Edge& edge : std::span(edges_).first(size_)) {
    if (!edge.flaw) {
      known_->note(edge.key);
    }
  }
}

bool SignatureMemo::rules_out(Place child, Place issuer) const {
  const Edge* edge = find(child, issuer);
  return edge != nullptr && edge->flaw.has_value();
}

const SignatureMemo::Edge* SignatureMemo::find(Place child, Place issuer) const {
  for (const Edge& edge : std::span(edges_).first(size_)) {
    if (edge.child == child && edge.issuer == issuer) {
      return &edge;
    }
  }
  return nullptr;
}

Result<crypto::PublicKey> public_key(const Certificate& certificate) {
  const std::optional<crypto::KeyKind> kind = provider_kind(certificate.key_kind);
  if (!kind) {
    return fail(Reason::certificate_key_unsupported);
  }
  switch (*kind) {
    case crypto::KeyKind::ecdsa_p256:
    case crypto::KeyKind::ecdsa_p384:
    case crypto::KeyKind::ecdsa_p521:
      return crypto::PublicKey::ecdsa(*kind, certificate.public_key);
    case crypto::KeyKind::ed25519: return crypto::PublicKey::ed25519(certificate.public_key);
    case crypto::KeyKind::ml_dsa_44:
    case crypto::KeyKind::ml_dsa_65:
    case crypto::KeyKind::ml_dsa_87:
      return crypto::PublicKey::ml_dsa(*kind, certificate.public_key);
    case crypto::KeyKind::rsa: break;
  }
  const std::optional<RsaParts> parts = rsa_parts(certificate.public_key);
  if (!parts) {
    return fail(Reason::certificate_malformed);
  }
  return crypto::PublicKey::rsa(parts->modulus, parts->exponent);
}

}  // namespace handfast::x509
