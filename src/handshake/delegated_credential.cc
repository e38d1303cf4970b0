#include "handfast/delegated_credential.h"

#include "base/limits.h"
#include "codec/layout.h"
#include "crypto/signature.h"
#include "der/pem.h"
#include "der/reader.h"
#include "message/extension/delegated_credential.h"
#include "x509/credential_key.h"
#include "x509/verify.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace handfast {
namespace {

constexpr std::string_view delegated_label = "DELEGATED CREDENTIAL";

/// RFC 9345 §4: what the leaf's key signs: 64 spaces, the context string, a zero, the leaf, and all
/// of the credential that stands before the signature.
std::vector<std::uint8_t> delegated_content(Bytes leaf, Bytes signed_part, Party owner) {
  const std::string_view context = owner == Party::server ? "TLS, server delegated credentials"
                                                          : "TLS, client delegated credentials";
  std::vector<std::uint8_t> content(64 + context.size() + 1 + leaf.size() + signed_part.size());
  auto end = std::fill_n(content.begin(), 64, std::uint8_t{' '});
  end = std::ranges::copy(context, end).out;
  *end++ = 0;
  end = std::ranges::copy(leaf, end).out;
  std::ranges::copy(signed_part, end);
  return content;
}

/// Its key, which fits its scheme.
Result<Certificate> read_delegated_key(const DelegatedCredential& delegated) {
  const crypto::Scheme* scheme = crypto::find_scheme(delegated.dc_cert_verify_algorithm);
  const auto holder = Certificate::of_raw_key(delegated.public_key_info);
  const auto key = holder ? x509::public_key(*holder) : std::unexpected(holder.error());
  return scheme != nullptr && key && key->kind() == scheme->kind
             ? holder
             : fail(Reason::delegated_credential_key);
}

/// Both schemes, apart from what anybody offered.
Result<> check_delegated_schemes(const DelegatedCredential& delegated) {
  // RFC 9345 §4: "Only signature algorithms allowed for use in CertificateVerify messages are
  // allowed", and "When using RSA, the public key MUST NOT use the rsaEncryption OID."
  if (!crypto::is_delegable(delegated.dc_cert_verify_algorithm)) {
    return fail(Reason::delegated_credential_algorithm);
  }
  // RFC 9846 §4.3.3: RSASSA-PKCS1-v1_5 is for certificates only, and this is none.
  const crypto::Scheme* scheme = crypto::find_scheme(delegated.algorithm);
  return scheme != nullptr && scheme->in_handshake ? Result<>()
                                                   : fail(Reason::delegated_credential_algorithm);
}

Result<> check_delegated_time(UnixTime expires, const Certificate& leaf, UnixTime now) {
  // RFC 9345 §4.1.3: "asserting that the current time does not exceed the expiry time".
  if (now > expires) {
    return fail(Reason::delegated_credential_expired);
  }
  // RFC 9345 §4.1.3: "asserting that the expiry time does not exceed the current time plus the
  // maximum validity period (7 days by default)". §3: nor may one be issued that is good for longer
  // than the certificate.
  return expires <= leaf.not_after && expires.seconds - now.seconds <= delegated_credential_lifetime
             ? Result<>()
             : fail(Reason::delegated_credential_too_long);
}

// RFC 9345 §4.2: "An endpoint MUST NOT accept a delegated credential unless the peer's end-entity
// certificate satisfies the following criteria: It has the DelegationUsage extension. It has the
// digitalSignature KeyUsage".
bool may_delegate(const Certificate& leaf) {
  const unsigned bit = std::to_underlying(KeyUsage::digital_signature);
  return leaf.delegation_usage && leaf.key_usage && (*leaf.key_usage & bit) != 0 &&
         leaf.der.size() <= limits::delegating_leaf;
}

/// What the leaf's key can sign it with.
std::optional<SignatureScheme> usual_scheme(CertificateKey kind) {
  switch (kind) {
    case CertificateKey::rsa: return SignatureScheme::rsa_pss_rsae_sha256;
    case CertificateKey::ecdsa_p256: return SignatureScheme::ecdsa_secp256r1_sha256;
    case CertificateKey::ecdsa_p384: return SignatureScheme::ecdsa_secp384r1_sha384;
    case CertificateKey::ecdsa_p521: return SignatureScheme::ecdsa_secp521r1_sha512;
    case CertificateKey::ed25519: return SignatureScheme::ed25519;
    case CertificateKey::ml_dsa_44: return SignatureScheme::mldsa44;
    case CertificateKey::ml_dsa_65: return SignatureScheme::mldsa65;
    case CertificateKey::ml_dsa_87: return SignatureScheme::mldsa87;
    case CertificateKey::unsupported: break;
  }
  return std::nullopt;
}

template <class M>
std::vector<std::uint8_t> delegated_bytes(const M& value, std::size_t room) {
  std::vector<std::uint8_t> bytes(room);
  codec::Writer out(bytes);
  codec::write(out, value);
  bytes.resize(out.size());
  return bytes;
}

}  // namespace

Result<DelegatedCredential> DelegatedCredential::parse(Bytes wire) {
  const auto read = codec::read<message::DelegatedCredential>(wire);
  if (!read) {
    return std::unexpected(read.error());
  }
  DelegatedCredential delegated;
  delegated.wire = wire;
  delegated.signed_part = wire.first(wire.size() - 2 - read->signature.size());
  delegated.valid_time = read->cred.valid_time;
  delegated.dc_cert_verify_algorithm = read->cred.dc_cert_verify_algorithm;
  delegated.public_key_info = read->cred.subject_public_key_info;
  delegated.algorithm = read->algorithm;
  delegated.signature = read->signature;
  return delegated;
}

UnixTime DelegatedCredential::expires(const Certificate& leaf) const {
  return {leaf.not_before.seconds + valid_time};
}

Result<> check_delegated_credential(const DelegatedCredential& delegated, const Certificate& leaf,
                                    UnixTime now, Party owner) {
  if (const auto checked = check_delegated_schemes(delegated); !checked) {
    return checked;
  }
  if (const auto checked = check_delegated_time(delegated.expires(leaf), leaf, now); !checked) {
    return checked;
  }
  if (!may_delegate(leaf)) {
    return fail(Reason::delegation_not_permitted);
  }
  if (const auto key = read_delegated_key(delegated); !key) {
    return std::unexpected(key.error());
  }
  const crypto::Scheme& scheme = *crypto::find_scheme(delegated.algorithm);
  const auto signer = x509::public_key(leaf);
  if (!signer) {
    return std::unexpected(signer.error());
  }
  if (signer->kind() != scheme.kind) {
    return fail(Reason::delegated_credential_algorithm);
  }
  const auto content = delegated_content(leaf.der, delegated.signed_part, owner);
  return signer->verify({scheme.kind, scheme.padding, scheme.hash}, content, delegated.signature)
             ? Result<>()
             : fail(Reason::delegated_credential_signature);
}

Result<std::vector<std::uint8_t>> issue_delegated_credential(const DelegationOrder& order,
                                                             Bytes public_key_info,
                                                             const Certificate& leaf,
                                                             const SigningKey& leaf_key) {
  if (!der::equal(leaf.public_key_info, leaf_key.public_key_info())) {
    return fail(Reason::key_does_not_fit);
  }
  if (!may_delegate(leaf)) {  // nor has a raw key dates to reckon with
    return fail(Reason::delegation_not_permitted);
  }
  // RFC 9345 §3: "Peers MUST NOT issue credentials with a validity period longer than the maximum
  // validity period or that extends beyond the validity period of the delegation certificate."
  const std::int64_t valid_time = order.expires.seconds - leaf.not_before.seconds;
  if (order.expires > leaf.not_after || valid_time > 0xffffffff) {
    return fail(Reason::delegated_credential_too_long);
  }
  if (valid_time < 0) {
    return fail(Reason::delegated_credential_expired);
  }
  const auto holder = Certificate::of_raw_key(public_key_info);
  const auto own = holder ? usual_scheme(holder->key_kind) : std::nullopt;
  const auto fitting = usual_scheme(leaf_key.kind());
  if (!own || !fitting) {
    return fail(Reason::delegated_credential_key);
  }
  const bool is_free = order.algorithm == SignatureScheme{};
  message::DelegatedCredential draft{
      .cred = {static_cast<std::uint32_t>(valid_time), *own, public_key_info},
      .algorithm = is_free ? *fitting : order.algorithm,
      .signature = {}};
  const std::size_t room = 16 + public_key_info.size();
  const std::vector<std::uint8_t> unsigned_bytes = delegated_bytes(draft, room);
  const Bytes signed_part = Bytes(unsigned_bytes).first(unsigned_bytes.size() - 2);
  const auto signature = x509::private_key(leaf_key).sign(
      draft.algorithm, delegated_content(leaf.der, signed_part, order.owner));
  if (!signature) {
    return fail(signature.error().reason == Reason::signature_scheme_wrong_key
                    ? Reason::delegated_credential_algorithm
                    : signature.error().reason);
  }
  draft.signature = signature->bytes();
  std::vector<std::uint8_t> wire = delegated_bytes(draft, room + draft.signature.size());
  const auto made = DelegatedCredential::parse(wire);
  if (!made) {
    return std::unexpected(made.error());
  }
  const auto checked = check_delegated_credential(*made, leaf, order.now, order.owner);
  return checked ? Result<std::vector<std::uint8_t>>(std::move(wire))
                 : std::unexpected(checked.error());
}

Result<std::shared_ptr<const Credential>>
delegated_to(SigningKey key, Bytes wire, std::vector<std::vector<std::uint8_t>> certificates) {
  const auto delegated = DelegatedCredential::parse(wire);
  if (!delegated) {
    return std::unexpected(delegated.error());
  }
  if (const auto checked = check_delegated_schemes(*delegated); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto own = read_delegated_key(*delegated); !own) {
    return std::unexpected(own.error());
  }
  if (!der::equal(delegated->public_key_info, key.public_key_info())) {
    return fail(Reason::key_does_not_fit);
  }
  const auto leaf =
      certificates.empty() ? fail(Reason::pem_malformed) : Certificate::parse(certificates.front());
  if (!leaf) {
    return std::unexpected(leaf.error());
  }
  Delegation delegation{.credential = {wire.begin(), wire.end()},
                        .expires = delegated->expires(*leaf),
                        .scheme = delegated->dc_cert_verify_algorithm,
                        .algorithm = delegated->algorithm};
  return Credential::make_delegated(std::move(certificates), std::move(delegation), std::move(key));
}

std::string delegated_credential_to_pem(Bytes wire) {
  return der::encode_pem(delegated_label, wire);
}

Result<std::vector<std::uint8_t>> delegated_credential_from_pem(std::string_view pem) {
  der::PemScanner scanner(pem);
  while (const auto block = scanner.next()) {
    if (block->label == delegated_label) {
      return der::decode_pem(*block);
    }
  }
  return fail(Reason::pem_malformed);
}

}  // namespace handfast
