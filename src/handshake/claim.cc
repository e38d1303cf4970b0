#include "handshake/claim.h"

#include "base/limits.h"
#include "crypto/signature.h"
#include "crypto/suites.h"
#include "der/reader.h"
#include "handfast/describe.h"
#include "x509/verify.h"

#include <algorithm>
#include <utility>

namespace handfast {

struct Identity::State {
  std::vector<std::uint8_t> bytes;  // of the whole path
  std::array<Bytes, limits::certificates_in_path> path{};
  std::size_t path_size = 0;
  Certificate certificate;  // of path[0]
  std::array<std::uint8_t, 32> public_key_hash;
};

Identity::Identity(std::shared_ptr<const State> state) : state_(std::move(state)) {}

const Certificate& Identity::certificate() const { return state_->certificate; }

std::span<const Bytes> Identity::path() const {
  return std::span(state_->path).first(state_->path_size);
}

const std::array<std::uint8_t, 32>& Identity::public_key_hash() const {
  return state_->public_key_hash;
}

std::vector<AltName> Identity::names() const { return alt_names(certificate()); }

namespace handshake {
namespace {

/// The key in the first certificate, or the raw one; an error says that it is about that one.
Result<crypto::PublicKey> key_of_leaf(CertificateType type, Bytes leaf) {
  const auto certificate = Certificate::of_type(type, leaf);
  auto key = certificate ? x509::public_key(*certificate) : std::unexpected(certificate.error());
  if (!key) {
    Error error = key.error();
    error.certificate = 0;
    return std::unexpected(error);
  }
  return key;
}

/// The schemes from which that of the signature must be.
Result<> check_scheme(SignatureScheme scheme, const SignatureDemand& demand) {
  if (demand.delegated) {
    // RFC 9345 §4.1.3: "Verify that dc_cert_verify_algorithm matches the scheme indicated in the
    // peer's CertificateVerify message", else illegal_parameter.
    return scheme == demand.delegated->scheme ? Result<>()
                                              : fail(Reason::delegated_credential_other_scheme);
  }
  // RFC 9846 §4.5.2: the scheme MUST be one of the receiver's signature_algorithms (we offer only
  // what we can check), and RSASSA-PKCS1-v1_5 is for certificates only.
  const crypto::Scheme* row = crypto::find_scheme(scheme);
  if (row == nullptr || !row->in_handshake ||
      std::ranges::find(demand.schemes, scheme) == demand.schemes.end()) {
    Facts facts{.kind = Facts::Kind::schemes};
    facts.add_theirs(static_cast<std::uint16_t>(scheme));
    return fail(Reason::signature_scheme_not_offered, facts);
  }
  return {};
}

}  // namespace

Result<> check_signature(const message::CertificateVerify& verify, const SignatureDemand& demand) {
  if (const auto checked = check_scheme(verify.algorithm, demand); !checked) {
    return checked;
  }
  const auto key = demand.delegated ? key_of_leaf(CertificateType::raw_public_key,
                                                  demand.delegated->public_key_info)
                                    : key_of_leaf(demand.type, demand.leaf);
  if (!key) {
    return std::unexpected(key.error());
  }
  const crypto::Scheme* const scheme = crypto::find_scheme(verify.algorithm);
  // RFC 9846 §4.3.3: a scheme of ECDSA names its curve, so scheme and key fit or they do not.
  if (scheme == nullptr || key->kind() != scheme->kind) {
    return fail(Reason::signature_scheme_wrong_key);
  }
  return key->verify({scheme->kind, scheme->padding, scheme->hash}, demand.content,
                     verify.signature);
}

namespace {

/// Whether a key of this kind may sign with `scheme` in TLS 1.2: any curve goes with any hash.
bool fits12(const crypto::Scheme& scheme, crypto::KeyKind key) {
  const auto is_ecdsa = [](crypto::KeyKind kind) {
    return kind == crypto::KeyKind::ecdsa_p256 || kind == crypto::KeyKind::ecdsa_p384 ||
           kind == crypto::KeyKind::ecdsa_p521;
  };
  return is_ecdsa(scheme.kind) ? is_ecdsa(key) : scheme.kind == key;
}

}  // namespace

Result<> check_signature12(const message::CertificateVerify& verify,
                           const SignatureDemand12& demand) {
  // RFC 5246 §7.4.3: the algorithm MUST be one of the client's signature_algorithms.
  const crypto::Scheme* const scheme = crypto::find_scheme(verify.algorithm);
  if (scheme == nullptr ||
      std::ranges::find(demand.schemes, verify.algorithm) == demand.schemes.end()) {
    Facts facts{.kind = Facts::Kind::schemes};
    facts.add_theirs(static_cast<std::uint16_t>(verify.algorithm));
    return fail(Reason::signature_scheme_not_offered, facts);
  }
  const auto key = key_of_leaf(CertificateType::x509, demand.leaf);
  if (!key) {
    return std::unexpected(key.error());
  }
  // RFC 5246 §7.4.3: it "MUST be compatible with the key in the server's end-entity certificate",
  // and that with the suite.
  const auto signer =
      key->kind() == crypto::KeyKind::rsa ? crypto::SuiteSigner::rsa : crypto::SuiteSigner::ecdsa;
  const bool fits_suite = demand.signer == crypto::SuiteSigner::any || demand.signer == signer;
  if (!fits12(*scheme, key->kind()) || !crypto::is_in_12(scheme->kind) || !fits_suite) {
    return fail(Reason::signature_scheme_wrong_key);
  }
  // RFC 8422 §5.1: the groups that a client offers are those of certificates, too.
  const auto curve = crypto::group_of_curve(key->kind());
  if (curve && !demand.groups.empty() &&
      std::ranges::find(demand.groups, *curve) == demand.groups.end()) {
    return fail(Reason::certificate_curve_not_offered);
  }
  return key->verify({key->kind(), scheme->padding, scheme->hash}, demand.content,
                     verify.signature);
}

Result<> check_verdict(const Verdict& verdict) {
  if (verdict.is_trusted()) {
    return {};
  }
  return std::unexpected(verdict.error() ? *verdict.error() : Error{.reason = Reason::internal});
}

namespace {

/// Whether `verdict` trusts, and this very certificate: whoever answers the operation may hand in
/// one on anything.
Result<> check_trusts(const Verdict& verdict, Bytes leaf) {
  if (const auto trusted = check_verdict(verdict); !trusted) {
    return trusted;
  }
  const bool is_on_leaf = !verdict.path().empty() && der::equal(verdict.path().front().der, leaf);
  return is_on_leaf ? Result<>() : fail(Reason::internal);
}

}  // namespace

Result<Claim> Claim::check(const Verdict& verdict, const message::CertificateVerify& verify,
                           const SignatureDemand& demand) {
  if (const auto trusted = check_trusts(verdict, demand.leaf); !trusted) {
    return std::unexpected(trusted.error());
  }
  if (const auto signed_by_leaf = check_signature(verify, demand); !signed_by_leaf) {
    return std::unexpected(signed_by_leaf.error());
  }
  return Claim(verdict);
}

Result<Claim> Claim::check12(const Verdict& verdict, const message::CertificateVerify& verify,
                             const SignatureDemand12& demand) {
  if (const auto trusted = check_trusts(verdict, demand.leaf); !trusted) {
    return std::unexpected(trusted.error());
  }
  if (const auto signed_by_leaf = check_signature12(verify, demand); !signed_by_leaf) {
    return std::unexpected(signed_by_leaf.error());
  }
  return Claim(verdict);
}

Result<Claim> Claim::resume(const Verdict& verdict, Bytes leaf, const Possession& /*possession*/) {
  const auto trusted = check_trusts(verdict, leaf);
  return trusted ? Result<Claim>(Claim(verdict)) : std::unexpected(trusted.error());
}

Identity Claim::confirm(const Confirmation& /*confirmation*/) const {
  auto state = std::make_shared<Identity::State>();
  std::size_t size = 0;
  for (const Certificate& certificate : verdict_->path()) {
    size += certificate.der.size();
  }
  state->bytes.reserve(size);  // so that it stays where it is
  for (const Certificate& certificate : verdict_->path()) {
    const std::size_t begin = state->bytes.size();
    state->bytes.insert(state->bytes.end(), certificate.der.begin(), certificate.der.end());
    state->path[state->path_size++] = Bytes(state->bytes).subspan(begin);
  }
  // It was parsed before, from the same bytes.
  const auto type =
      verdict_->path().front().is_raw_key ? CertificateType::raw_public_key : CertificateType::x509;
  state->certificate = *Certificate::of_type(type, state->path.front());
  state->public_key_hash = fingerprint(state->certificate.public_key_info);
  return Identity(std::move(state));
}

}  // namespace handshake

}  // namespace handfast
