#include "support/delegation.h"

#include "codec/layout.h"
#include "crypto/signature.h"
#include "message/extension/delegated_credential.h"
#include "support/vectors.h"
#include "x509/credential_key.h"

#include <string>
#include <utility>

namespace handfast::test {
namespace {

constexpr std::int64_t day = 86'400;

std::string fresh_key(CertificateKey kind) {
  if (kind == CertificateKey::rsa) {
    return load_text("keys/rsa-2048.pem");
  }
  const auto pem = SigningKey::generate(kind).value().to_pem().value();
  return {pem.begin(), pem.end()};
}

}  // namespace

SignatureScheme scheme_of(CertificateKey kind) {
  switch (kind) {
    case CertificateKey::rsa: return SignatureScheme::rsa_pss_rsae_sha256;
    case CertificateKey::ecdsa_p384: return SignatureScheme::ecdsa_secp384r1_sha384;
    case CertificateKey::ecdsa_p521: return SignatureScheme::ecdsa_secp521r1_sha512;
    case CertificateKey::ed25519: return SignatureScheme::ed25519;
    case CertificateKey::ml_dsa_44: return SignatureScheme::mldsa44;
    case CertificateKey::ml_dsa_65: return SignatureScheme::mldsa65;
    case CertificateKey::ml_dsa_87: return SignatureScheme::mldsa87;
    default: return SignatureScheme::ecdsa_secp256r1_sha256;
  }
}

Delegator::Delegator(CertificateKey leaf, CertificateKey delegated,
                     void (*change)(CertificateOrder&))
    : leaf_pem_(fresh_key(leaf)), key_pem_(fresh_key(delegated)) {
  CertificateOrder order;
  order.common_name = "Delegation test authority";
  order.not_before = {handshake_time.seconds - 20 * day};
  order.not_after = {handshake_time.seconds + 20 * day};
  order.is_authority = true;
  const SigningKey authority_key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
  const auto root = issue_self_signed(order, authority_key).value();
  const Certificate issuer = Certificate::parse(root).value();
  order.common_name = "Leaf";
  order.is_authority = false;
  order.names = {std::string(server_dns_name), std::string(client_dns_name)};
  order.server_auth = order.client_auth = true;
  order.delegation = true;
  change(order);
  der_ = issue(order, leaf_key().public_key_info(), {issuer, authority_key}).value();
  leaf_ = Certificate::parse(der_).value();
  trust_ = Trust::from_der({root}).value();
}

std::vector<std::uint8_t> Delegator::write(const DelegationDraft& draft) const {
  const SigningKey own = key();
  const SigningKey signer = draft.is_forged ? key() : leaf_key();
  const Bytes info = draft.key.empty() ? own.public_key_info() : Bytes(draft.key);
  const bool has_scheme = draft.scheme != SignatureScheme{};
  const bool has_algorithm = draft.algorithm != SignatureScheme{};
  const std::int64_t valid = handshake_time.seconds + draft.lasts - leaf_.not_before.seconds;
  message::DelegatedCredential delegated{
      .cred = {static_cast<std::uint32_t>(valid), has_scheme ? draft.scheme : scheme_of(own.kind()),
               info},
      .algorithm = has_algorithm ? draft.algorithm : scheme_of(leaf_key().kind()),
      .signature = {}};
  std::vector<std::uint8_t> bytes(8192);
  codec::Writer unsigned_part(bytes);
  codec::write(unsigned_part, delegated);
  const std::string_view context = draft.owner == Party::server
                                       ? "TLS, server delegated credentials"
                                       : "TLS, client delegated credentials";
  std::vector<std::uint8_t> content(64, 0x20);
  content.insert(content.end(), context.begin(), context.end());
  content.push_back(0);
  content.insert(content.end(), der_.begin(), der_.end());
  const Bytes written = unsigned_part.written();
  content.insert(content.end(), written.begin(), written.end() - 2);
  const crypto::Scheme* row = crypto::find_scheme(delegated.algorithm);
  const bool fits = row != nullptr && row->kind == x509::private_key(signer).kind();
  const SignatureScheme signed_with = fits ? delegated.algorithm : scheme_of(signer.kind());
  const auto signature = x509::private_key(signer).sign(signed_with, content).value();
  delegated.signature = signature.bytes();
  std::vector<std::uint8_t> whole(8192);
  codec::Writer out(whole);
  codec::write(out, delegated);
  whole.resize(out.size());
  return whole;
}

std::shared_ptr<const Credential> Delegator::credential(const DelegationDraft& draft) const {
  return delegated_to(key(), write(draft), {der_}).value();
}

std::shared_ptr<const Credential> Delegator::plain() const {
  return Credential::make({der_}, leaf_key()).value();
}

Sides Delegator::sides(const DelegationDraft& draft) const {
  Sides sides;
  sides.shown = credential(draft);
  sides.trust = trust_;
  sides.client.delegated_credential_schemes = {usual_delegated_schemes.begin(),
                                               usual_delegated_schemes.end()};
  return sides;
}

}  // namespace handfast::test
