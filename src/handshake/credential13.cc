#include "handshake/credential13.h"

#include "base/limits.h"
#include "crypto/signature.h"
#include "handfast/delegated_credential.h"
#include "handshake/certificate_type13.h"
#include "handshake/check13.h"
#include "x509/credential_key.h"
#include "x509/distinguished_name.h"
#include "x509/oid_filter.h"
#include "x509/path_check.h"

namespace handfast::handshake {
namespace {

using message::ClientHello;
using Schemes = std::span<const SignatureScheme>;

/// What TLS calls the signature of a certificate; nothing for what it has no name for. A
/// certificate does not tell the curve of its issuer, so for ECDSA the hash alone counts.
std::optional<SignatureScheme> scheme_named(CertificateSignature signature) {
  switch (signature) {
    case CertificateSignature::rsa_pkcs1_sha256: return SignatureScheme::rsa_pkcs1_sha256;
    case CertificateSignature::rsa_pkcs1_sha384: return SignatureScheme::rsa_pkcs1_sha384;
    case CertificateSignature::rsa_pkcs1_sha512: return SignatureScheme::rsa_pkcs1_sha512;
    case CertificateSignature::rsa_pss_sha256: return SignatureScheme::rsa_pss_rsae_sha256;
    case CertificateSignature::rsa_pss_sha384: return SignatureScheme::rsa_pss_rsae_sha384;
    case CertificateSignature::rsa_pss_sha512: return SignatureScheme::rsa_pss_rsae_sha512;
    case CertificateSignature::ecdsa_sha256: return SignatureScheme::ecdsa_secp256r1_sha256;
    case CertificateSignature::ecdsa_sha384: return SignatureScheme::ecdsa_secp384r1_sha384;
    case CertificateSignature::ecdsa_sha512: return SignatureScheme::ecdsa_secp521r1_sha512;
    case CertificateSignature::ed25519: return SignatureScheme::ed25519;
    case CertificateSignature::ml_dsa_44: return SignatureScheme::mldsa44;
    case CertificateSignature::ml_dsa_65: return SignatureScheme::mldsa65;
    case CertificateSignature::ml_dsa_87: return SignatureScheme::mldsa87;
    case CertificateSignature::unsupported: break;
  }
  return std::nullopt;
}

bool is_signed_with(const Credential& credential, Schemes schemes) {
  return std::ranges::all_of(credential.signatures(), [&](CertificateSignature signature) {
    const auto scheme = scheme_named(signature);
    return scheme && std::ranges::find(schemes, *scheme) != schemes.end();
  });
}

/// An authority that a peer named, read once: there may be many credentials to compare it with.
struct Authority {
  Bytes name;
  std::uint64_t hash = 0;  // of `x509::hash_name`

  /// Nothing for what is no Name, or longer than any that people have: it issued nothing. Spaces do
  /// not count in a comparison, so what is padded with them would be walked for each credential.
  static std::optional<Authority> read(Bytes name) {
    if (name.size() > limits::authority_name) {
      return std::nullopt;
    }
    der::Reader reader(name);
    x509::read_name(reader);
    return reader.complete() ? std::optional(Authority{name, x509::hash_name(name)}) : std::nullopt;
  }

  /// Whether it issued one of the certificates. Peers choose how long a name is and how late it
  /// differs, so hashes are compared first.
  [[nodiscard]] bool issued(const Credential& credential) const {
    const auto issuers = credential.issuers();
    const auto hashes = credential.issuer_hashes();
    for (std::size_t i = 0; i < issuers.size(); ++i) {
      if (hashes[i] == hash && x509::same_name(issuers[i], name)) {
        return true;
      }
    }
    return false;
  }
};

/// Those of `names` that are Names.
class Authorities {
 public:
  explicit Authorities(std::span<const Bytes> names) {
    for (const Bytes name : names) {
      const std::optional<Authority> authority = Authority::read(name);
      if (authority && size_ < read_.size()) {
        read_[size_++] = *authority;
      }
    }
  }

  [[nodiscard]] bool issued(const Credential& credential) const {
    return std::ranges::any_of(std::span(read_).first(size_), [&](const Authority& authority) {
      return authority.issued(credential);
    });
  }

 private:
  std::array<Authority, limits::authorities_looked_at> read_;
  std::size_t size_ = 0;
};

SchemeList known_schemes(const codec::List<SignatureScheme>& listed) {
  SchemeList known;
  for (const SignatureScheme id : listed) {
    if (crypto::find_scheme(id) != nullptr) {
      known.add(id);
    }
  }
  return known;
}

SchemeList handshake_schemes(const codec::List<SignatureScheme>& listed) {
  SchemeList usable;
  for (const SignatureScheme id : listed) {
    const crypto::Scheme* scheme = crypto::find_scheme(id);
    if (scheme != nullptr && scheme->in_handshake) {
      usable.add(id);
    }
  }
  return usable;
}

/// Whether a server that names authorities would take a certificate of this chain for issued by one
/// of them. RFC 9846 §4.3.4.
bool fits_authorities(const Credential& credential,
                      const message::CertificateRequestExtensions& request) {
  if (!request.certificate_authorities) {
    return true;
  }
  for (const message::DistinguishedName& authority : request.certificate_authorities->authorities) {
    const std::optional<Authority> read = Authority::read(authority.name);
    if (read && read->issued(credential)) {
      return true;
    }
  }
  return false;
}

// RFC 9846 §4.5.1.2: with a non-empty oid_filters "the end-entity certificate MUST match the
// extension OIDs that are recognized by the client".
bool fits_filters(const Credential& credential,
                  const message::CertificateRequestExtensions& request) {
  if (!request.oid_filters) {
    return true;
  }
  for (const message::OidFilter& filter : request.oid_filters->filters) {
    if (!x509::passes_filter(credential.leaf(), filter.certificate_extension_oid,
                             filter.certificate_extension_values)) {
      return false;
    }
  }
  return true;
}

/// The first of our algorithms that the peer takes; nullptr: there is none.
const compression::Algorithm*
choose_compression(std::span<const CertificateCompressionAlgorithm> ours,
                   const std::optional<message::CertificateCompressionAlgorithms>& theirs) {
  for (const CertificateCompressionAlgorithm id : ours) {
    if (theirs && theirs->algorithms.contains(id)) {
      return compression::find(id);
    }
  }
  return nullptr;
}

SchemeList delegable_schemes(const std::optional<message::DelegatedCredentialWish>& wish) {
  SchemeList usable;
  if (wish) {
    for (const SignatureScheme id : wish->supported_signature_algorithms) {
      if (crypto::is_delegable(id)) {
        usable.add(id);
      }
    }
  }
  return usable;
}

bool is_among(Schemes list, SignatureScheme id) {
  return std::ranges::find(list, id) != list.end();
}

/// The scheme of a delegated credential, if it can be shown. RFC 9345 §4.1.1: "if the extension is
/// not present, the server MUST NOT send a delegated credential"; and peers refuse one that has
/// ended, or lives too long.
std::optional<SignatureScheme> delegated_scheme(const Credential& credential,
                                                const Delegation& delegation,
                                                const TakenSchemes& taken) {
  const std::int64_t left = delegation.expires.seconds - taken.now.seconds;
  const bool is_good = left >= 0 && left <= delegated_credential_lifetime;
  const bool is_own =
      credential.schemes().empty() || is_among(credential.schemes(), delegation.scheme);
  return is_good && is_own && is_among(taken.delegated, delegation.scheme) &&
                 is_among(taken.handshake, delegation.algorithm)
             ? std::optional(delegation.scheme)
             : std::nullopt;
}

}  // namespace

SchemeList delegated_schemes(const ClientHello& hello) {
  return delegable_schemes(hello.typed.delegated_credential);
}

SchemeList usable_schemes(const ClientHello& hello) {
  return handshake_schemes(hello.typed.signature_algorithms->supported_signature_algorithms);
}

SchemeList certificate_schemes(const ClientHello& hello) {
  const auto& special = hello.typed.signature_algorithms_cert;
  const auto& both = hello.typed.signature_algorithms;
  if (special) {
    return known_schemes(special->supported_signature_algorithms);
  }
  return both ? known_schemes(both->supported_signature_algorithms) : SchemeList();
}

Result<std::span<const Bytes>>
authorities_of(MessageStore& store, const std::optional<message::CertificateAuthorities>& named) {
  if (!named) {
    return std::span<const Bytes>();
  }
  using Names = std::array<Bytes, limits::authorities_looked_at>;
  auto* const names = store.make<Names>();
  if (names == nullptr) {
    return fail(Reason::out_of_memory);
  }
  std::size_t count = 0;
  for (const message::DistinguishedName& authority : named->authorities) {
    if (count == names->size()) {
      break;
    }
    (*names)[count++] = authority.name;
  }
  return std::span<const Bytes>(*names).first(count);
}

Result<std::shared_ptr<const Credential>> choose_credential(const ChooseCredential& wanted) {
  const ServerConfig& config = *wanted.config;
  const std::string_view name = wanted.server_name;
  const auto is_taken = [&wanted](const auto& credential) {
    return std::ranges::find(wanted.types, credential->type()) != wanted.types.end();
  };
  if (std::ranges::none_of(config.credentials(), is_taken)) {
    return fail(Reason::certificate_type_none_common);
  }
  const auto is_meant = [&](const auto& credential) {
    return is_taken(credential) && credential->matches(name);
  };
  const bool name_known = !name.empty() && std::ranges::any_of(config.credentials(), is_meant);
  if (!name_known && !name.empty() && config.options().unknown_name == UnknownName::refuse) {
    return fail(Reason::server_name_unknown);
  }
  // RFC 9846 §4.5.1.2: "All certificates provided by the sender MUST be signed by a signature
  // algorithm advertised by the peer, if it is able to provide such a chain"; and if the peer sent
  // certificate_authorities, one of the certificates SHOULD be issued by one of those. Neither is a
  // reason to send nothing.
  const Authorities authorities(wanted.authorities);
  const TakenSchemes taken{wanted.schemes, wanted.delegated_schemes, wanted.now};
  const auto rank = [&](const Credential& credential) {  // what signs comes before what decrypts
    const bool is_issued = wanted.authorities.empty() || authorities.issued(credential);
    return 4 * (scheme_for(credential, taken) ? 1 : 0) +
           2 * (is_signed_with(credential, wanted.certificate_schemes) ? 1 : 0) +
           (is_issued ? 1 : 0);
  };
  constexpr int highest = 7;
  std::shared_ptr<const Credential> best;
  int best_rank = -1;
  for (const auto& credential : config.credentials()) {
    const bool decrypts = wanted.takes_decryption && credential->may_decrypt();
    if (!is_taken(credential) || (name_known && !is_meant(credential)) ||
        (!scheme_for(*credential, taken) && !decrypts)) {
      continue;
    }
    if (const int its_rank = rank(*credential); its_rank > best_rank) {
      best = credential;
      best_rank = its_rank;
    }
    if (best_rank == highest) {
      break;
    }
  }
  return best ? Result<std::shared_ptr<const Credential>>(std::move(best))
              : fail(Reason::signature_none_common);
}

Result<Shown> show_to_client(const ServerOptions& options,
                             const std::shared_ptr<const Credential>& credential,
                             const ClientHello& hello, UnixTime now) {
  if (credential == nullptr) {
    return fail(Reason::server_name_unknown);
  }
  if (!server_types(hello).has(credential->type())) {
    return fail(Reason::certificate_type_none_common);
  }
  const SchemeList own = usable_schemes(hello);
  const SchemeList delegated = delegated_schemes(hello);
  const auto scheme = scheme_for(*credential, {own.view(), delegated.view(), now});
  if (!scheme) {
    return fail(Reason::signature_none_common);
  }
  const auto& status = hello.typed.status_request;
  return Shown{
      &credential,
      *scheme,
      status && status->status_type == message::CertificateStatusType::ocsp,
      hello.typed.signed_certificate_timestamp.has_value(),
      choose_compression(options.certificate_compression, hello.typed.compress_certificate),
      {}};
}

namespace {

/// The best of the client's credentials for what is `asked`.
Shown best_of(const ClientOptions& options, const message::CertificateRequestExtensions& asked,
              const RequestedSchemes& schemes, UnixTime now, CertificateType type) {
  Shown best;
  int best_rank = -1;
  for (const auto& credential : options.credentials) {
    const auto scheme =
        scheme_for(*credential, {schemes.own.view(), schemes.delegated.view(), now});
    // Nobody issues raw keys: authorities have no say in them.
    const bool is_fit = type == CertificateType::raw_public_key ||
                        (fits_authorities(*credential, asked) && fits_filters(*credential, asked));
    if (credential->type() != type || !scheme || !is_fit) {
      continue;
    }
    // RFC 9846 §4.5.1.2: a client without a chain that is signed so MAY send another one. One that
    // is for something else is refused by most, but is all that there is.
    const int rank =
        2 * (x509::serves(credential->leaf(), x509::Purpose::client_auth, true) ? 1 : 0) +
        (is_signed_with(*credential, schemes.in_chain.view()) ? 1 : 0);
    if (rank > best_rank) {
      best = {&credential,
              *scheme,
              asked.status_request.has_value(),
              asked.signed_certificate_timestamp.has_value(),
              choose_compression(options.certificate_compression, asked.compress_certificate),
              {}};
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace

Result<Shown> show_to_server(const ClientOptions& options,
                             const message::CertificateRequest& request, UnixTime now,
                             CertificateType type) {
  const auto asked = check_certificate_request(request);
  if (!asked) {
    return std::unexpected(asked.error());
  }
  Shown best = best_of(options, *asked, RequestedSchemes(*asked), now, type);
  best.context = request.certificate_request_context;
  return best;
}

Shown show_to_server12(const ClientOptions& options, const message::CertificateRequest12& request,
                       UnixTime now) {
  message::CertificateRequestExtensions asked;
  asked.signature_algorithms = {request.supported_signature_algorithms};
  // RFC 5246 §7.4.4: "If the certificate_authorities list is empty, then the client MAY send any
  // certificate".
  if (!request.certificate_authorities.empty()) {
    asked.certificate_authorities = {request.certificate_authorities};
  }
  RequestedSchemes schemes(asked);
  schemes.own = {};
  const auto& types = options.own_certificate_types;
  if (!types.empty() && std::ranges::find(types, CertificateType::x509) == types.end()) {
    return {};  // raw keys are for TLS 1.3
  }
  for (const SignatureScheme id : schemes.in_chain.view()) {
    const crypto::Scheme* const scheme = crypto::find_scheme(id);
    if (scheme == nullptr || !crypto::is_in_12(scheme->kind)) {
      continue;
    }
    // RFC 5246 §7.4.4: certificate_types is a list of the types of certificates that the client may
    // offer.
    const auto type = scheme->kind == crypto::KeyKind::rsa ? ClientCertificateKind::rsa_sign
                                                           : ClientCertificateKind::ecdsa_sign;
    if (request.certificate_types.contains(type)) {
      schemes.own.add(id);
    }
  }
  return best_of(options, asked, schemes, now, CertificateType::x509);
}

RequestedSchemes::RequestedSchemes(const message::CertificateRequestExtensions& asked)
    : own(handshake_schemes(asked.signature_algorithms->supported_signature_algorithms)),
      delegated(delegable_schemes(asked.delegated_credential)),
      in_chain(known_schemes(asked.signature_algorithms_cert
                                 ? asked.signature_algorithms_cert->supported_signature_algorithms
                                 : asked.signature_algorithms->supported_signature_algorithms)) {}

Result<Shown> show_as_asked(const std::shared_ptr<const Credential>& credential,
                            const message::CertificateRequest& request, UnixTime now) {
  const auto asked = check_certificate_request(request);
  if (!asked) {
    return std::unexpected(asked.error());
  }
  if (credential->type() != CertificateType::x509) {
    return fail(Reason::certificate_type_none_common);
  }
  if (!fits_filters(*credential, *asked)) {
    return Shown{.context = request.certificate_request_context};
  }
  const RequestedSchemes schemes(*asked);
  const auto scheme = scheme_for(*credential, {schemes.own.view(), schemes.delegated.view(), now});
  if (!scheme) {
    return fail(Reason::signature_none_common);
  }
  return Shown{&credential,
               *scheme,
               asked->status_request.has_value(),
               asked->signed_certificate_timestamp.has_value(),
               nullptr,
               request.certificate_request_context};
}

std::optional<SignatureScheme> scheme_for(const Credential& credential, const TakenSchemes& taken) {
  if (!credential.may_sign()) {
    return std::nullopt;
  }
  if (const Delegation* delegation = credential.delegation()) {
    return delegated_scheme(credential, *delegation, taken);
  }
  const crypto::KeyKind kind = x509::private_key(credential.key()).kind();
  const auto fits = [kind](SignatureScheme id) {
    const crypto::Scheme* scheme = crypto::find_scheme(id);
    return scheme != nullptr && scheme->kind == kind;
  };
  const bool is_free = credential.schemes().empty();
  for (const SignatureScheme id : is_free ? taken.handshake : credential.schemes()) {
    if (fits(id) && (is_free || is_among(taken.handshake, id))) {
      return id;
    }
  }
  return std::nullopt;
}

}  // namespace handfast::handshake
