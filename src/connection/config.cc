#include "handfast/config.h"

#include "base/limits.h"
#include "compression/algorithm.h"
#include "crypto/key_exchange.h"
#include "crypto/parts_digest.h"
#include "crypto/signature.h"
#include "crypto/suites.h"
#include "der/reader.h"
#include "handshake/common_choice.h"
#include "handshake/legacy_mechanism.h"
#include "handshake/permitted.h"
#include "message/extension/max_fragment_length.h"
#include "x509/distinguished_name.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace handfast {
namespace {

/// RFC 9846 §4.3.7: a list of groups MUST NOT hold one twice; nor is there sense in it elsewhere.
template <class T>
Result<> check_distinct(std::span<const T> list) {
  for (auto one = list.begin(); one != list.end(); ++one) {
    if (std::find(std::next(one), list.end(), *one) != list.end()) {
      return fail(Reason::configuration_duplicate);
    }
  }
  return {};
}

Result<> check_suites(std::span<const CipherSuite> suites) {
  if (suites.empty()) {
    return fail(Reason::configuration_empty);
  }
  const bool known = std::ranges::all_of(
      suites, [](CipherSuite suite) { return crypto::find_suite(suite) != nullptr; });
  return known ? check_distinct(suites) : fail(Reason::configuration_unsupported);
}

bool speaks(std::span<const ProtocolVersion> versions, ProtocolVersion version) {
  return std::ranges::find(versions, version) != versions.end();
}

Result<> check_groups(std::span<const NamedGroup> groups,
                      std::span<const ProtocolVersion> versions) {
  const bool speaks_13 = speaks(versions, ProtocolVersion::tls13);
  const bool has_one = std::ranges::any_of(
      groups, [&](NamedGroup group) { return speaks_13 || !crypto::has_ml_kem(group); });
  if (!has_one) {
    return fail(Reason::configuration_empty);
  }
  return std::ranges::all_of(groups, crypto::is_supported)
             ? check_distinct(groups)
             : fail(Reason::configuration_unsupported);
}

/// RFC 9846 §4.3.8: "Each KeyShareEntry value MUST correspond to a group offered in the
/// "supported_groups" extension and MUST appear in the same order."
Result<> check_key_shares(std::span<const NamedGroup> shares, std::span<const NamedGroup> groups) {
  if (shares.size() > limits::key_shares) {
    return fail(Reason::configuration_key_shares);
  }
  if (const auto distinct = check_distinct(shares); !distinct) {
    return distinct;
  }
  auto place = groups.begin();
  for (const NamedGroup share : shares) {
    place = std::find(place, groups.end(), share);
    if (place == groups.end()) {
      return fail(Reason::configuration_key_shares);
    }
  }
  return {};
}

Result<> check_alpn(std::span<const std::string> names) {
  // RFC 7301 §3.1: "Empty strings MUST NOT be included and byte strings MUST NOT be truncated."
  const bool valid = std::ranges::all_of(
      names, [](const std::string& name) { return !name.empty() && name.size() <= 255; });
  std::size_t size = 0;
  for (const std::string& name : names) {
    size += 1 + name.size();
  }
  return valid && size <= limits::protocol_names ? Result<>() : fail(Reason::alpn_name_invalid);
}

/// Whether the schemes are known, and one of them signs handshakes of a version that is spoken.
Result<> check_schemes(std::span<const SignatureScheme> schemes,
                       std::span<const ProtocolVersion> versions) {
  const bool known = std::ranges::all_of(
      schemes, [](SignatureScheme id) { return crypto::find_scheme(id) != nullptr; });
  if (!known) {
    return fail(Reason::configuration_unsupported);
  }
  const bool speaks_12 = speaks(versions, ProtocolVersion::tls12);
  const bool speaks_13 = speaks(versions, ProtocolVersion::tls13);
  const bool usable = std::ranges::any_of(schemes, [&](SignatureScheme id) {
    const crypto::Scheme* scheme = crypto::find_scheme(id);
    return (speaks_12 && crypto::is_in_12(scheme->kind)) || (speaks_13 && scheme->in_handshake);
  });
  return usable ? check_distinct(schemes) : fail(Reason::configuration_empty);
}

Result<> check_compression(std::span<const CertificateCompressionAlgorithm> algorithms) {
  const bool known = std::ranges::all_of(algorithms, [](CertificateCompressionAlgorithm id) {
    return compression::find(id) != nullptr;
  });
  return known ? check_distinct(algorithms) : fail(Reason::configuration_unsupported);
}

Result<> check_types(std::span<const CertificateType> types) {
  const bool known = std::ranges::all_of(types, [](CertificateType type) {
    return type == CertificateType::x509 || type == CertificateType::raw_public_key;
  });
  return known ? check_distinct(types) : fail(Reason::configuration_unsupported);
}

/// Whether the versions are spoken here, and TLS 1.2 has suites if it is one of them.
Result<> check_versions(std::span<const ProtocolVersion> versions,
                        std::span<const CipherSuite> suites12, const Policy& policy) {
  const bool known = std::ranges::all_of(versions, [](ProtocolVersion version) {
    return version == ProtocolVersion::tls12 || version == ProtocolVersion::tls13;
  });
  const bool has_rows = std::ranges::all_of(
      suites12, [](CipherSuite id) { return crypto::find_suite12(id) != nullptr; });
  if (!known || !has_rows) {
    return fail(Reason::configuration_unsupported);
  }
  const bool are_permitted = std::ranges::all_of(suites12, [&](CipherSuite id) {
    return handshake::permits(policy, *crypto::find_suite12(id));
  });
  if (!are_permitted) {
    return fail(Reason::configuration_needs_policy);
  }
  const bool speaks_12 = speaks(versions, ProtocolVersion::tls12);
  if (versions.empty() || (speaks_12 && suites12.empty())) {
    return fail(Reason::configuration_empty);
  }
  const auto distinct = check_distinct(versions);
  return distinct ? check_distinct(suites12) : distinct;
}

/// Whether TLS 1.2 is spoken with a suite for external keys.
template <class Options>
bool has_psk_suite12(const Options& options) {
  return speaks(options.versions, ProtocolVersion::tls12) &&
         std::ranges::any_of(options.cipher_suites12, [](CipherSuite id) {
           return !crypto::shows_certificate(crypto::suite_of(id).key_exchange);
         });
}

bool is_for_12(const std::shared_ptr<const ExternalPsk>& psk) {
  return psk->version() == ProtocolVersion::tls12;
}

/// Whether the keys for TLS 1.2 can be used: of names that differ, with a suite of ours.
template <class Options>
Result<> check_psks12(const Options& options) {
  std::vector<Bytes> identities;
  for (const auto& psk : options.external_psks) {
    const Bytes identity = psk->identity();
    if (!is_for_12(psk)) {
      continue;
    }
    if (!has_psk_suite12(options)) {
      return fail(Reason::configuration_unsupported);
    }
    if (std::ranges::any_of(identities,
                            [&](Bytes other) { return std::ranges::equal(identity, other); })) {
      return fail(Reason::configuration_duplicate);
    }
    identities.push_back(identity);
  }
  return {};
}

/// Whether the list can be used: keys in the right role, of names that differ, for a suite of ours.
template <class Options>
Result<> check_psks(const Options& options, PskRole role) {
  const auto& psks = options.external_psks;
  const auto& suites = options.cipher_suites;
  if (std::ranges::count(psks, nullptr) != 0) {
    return fail(Reason::configuration_empty);
  }
  std::vector<Bytes> identities;
  for (const auto& psk : psks) {
    if (psk->role() != role) {
      return fail(Reason::psk_role_wrong);
    }
    bool is_usable = is_for_12(psk);
    for (const KdfIdentifier kdf : {KdfIdentifier::hkdf_sha256, KdfIdentifier::hkdf_sha384}) {
      const Bytes identity = psk->sent_identity(kdf);
      if (identity.empty()) {
        continue;
      }
      if (std::ranges::any_of(identities,
                              [&](Bytes other) { return std::ranges::equal(identity, other); })) {
        return fail(Reason::configuration_duplicate);
      }
      identities.push_back(identity);
      is_usable |= std::ranges::any_of(suites, [kdf](CipherSuite suite) {
        const bool is_256 = crypto::hash_of(suite) == crypto::HashId::sha256;
        return is_256 == (kdf == KdfIdentifier::hkdf_sha256);
      });
    }
    if (!is_usable) {
      return fail(Reason::configuration_unsupported);
    }
  }
  return check_psks12(options);
}

/// Whether the application's own extensions are nobody else's, and not too much.
template <class E>
Result<> check_extensions(std::span<const E> extensions) {
  std::vector<std::uint16_t> types;
  std::size_t size = 0;
  for (const E& own : extensions) {
    types.push_back(own.type);
    if constexpr (std::is_same_v<E, ExtensionAnswer>) {
      size += own.data ? own.data->size() : 0;
    } else {
      size += own.data.size();
    }
  }
  const bool are_own = std::ranges::none_of(types, [](std::uint16_t type) {
    return name(ExtensionType{type}) != "unassigned";  // known, or GREASE
  });
  if (!are_own || types.size() > limits::application_extensions ||
      size > limits::application_extension_bytes) {
    return fail(Reason::configuration_unsupported);
  }
  return check_distinct(std::span<const std::uint16_t>(types));
}

// RFC 9345 §4: schemes of CertificateVerify, and none with keys of rsaEncryption.
Result<> check_delegated_schemes(std::span<const SignatureScheme> schemes) {
  return std::ranges::all_of(schemes, crypto::is_delegable)
             ? check_distinct(schemes)
             : fail(Reason::configuration_unsupported);
}

/// What both kinds of options share.
template <class Options>
Result<> check_common(const Options& options) {
  for (const auto& checked :
       {check_suites(options.cipher_suites),
        check_versions(options.versions, options.cipher_suites12, options.policy),
        check_groups(options.groups, options.versions), check_alpn(options.alpn),
        check_compression(options.certificate_compression),
        check_types(options.peer_certificate_types),
        check_delegated_schemes(options.delegated_credential_schemes),
        check_extensions(std::span(std::as_const(options.extensions)))}) {
    if (!checked) {
      return checked;
    }
  }
  if (options.peer_certificate_types.empty()) {
    return fail(Reason::configuration_empty);
  }
  if (options.heartbeat && !handshake::is_mode(*options.heartbeat)) {
    return fail(Reason::configuration_unsupported);
  }
  // RFC 8449 §4: a limit MUST NOT be below 64, nor above the largest record there is.
  const std::size_t limit = options.record_size_limit;
  const bool is_limit = limit >= limits::record_inner_least && limit <= limits::record_inner;
  return limit == 0 || is_limit ? Result<>() : fail(Reason::configuration_unsupported);
}

void add(crypto::PartsDigest& digest, std::span<const CertificateType> types) {
  digest.number(types.size());
  for (const CertificateType type : types) {
    digest.number(static_cast<std::uint64_t>(type));
  }
}

void add(crypto::PartsDigest& digest, const RevocationPolicy& policy) {
  digest.number(static_cast<std::uint64_t>(policy.demand));
  digest.number(policy.must_staple ? 1 : 0);
  digest.number(policy.age_without_next_update);
  digest.number(policy.age);
}

std::array<std::uint8_t, 32> binding_of(const Trust* trust, bool takes_certificates,
                                        const ClientOptions& options) {
  crypto::PartsDigest digest;
  digest.add(trust != nullptr ? Bytes(trust->digest()) : Bytes());
  digest.number(takes_certificates ? 1 : 0);
  digest.number(options.external_psks.size());
  for (const auto& psk : options.external_psks) {
    digest.add(psk->fingerprint());
  }
  add(digest, options.evidence.revocation);
  digest.number(options.request_staples ? 1 : 0);
  digest.number(options.delegated_credential_schemes.empty() ? 0 : 1);
  digest.number(options.max_fragment_length);
  add(digest, options.peer_certificate_types);
  add(digest, options.own_certificate_types);
  for (const auto& credential : options.credentials) {
    digest.add(credential->leaf_digest());
  }
  return digest.finish();
}

/// Which clients are let in, and by whose word.
std::array<std::uint8_t, 32> digest_of_clients(const ServerOptions& options) {
  const ClientAuthentication& clients = options.client_authentication;
  crypto::PartsDigest digest;
  digest.number(static_cast<std::uint64_t>(clients.mode()));
  if (clients.trust() != nullptr) {
    digest.add(clients.trust()->digest());
    add(digest, options.peer_certificate_types);
    add(digest, options.evidence.revocation);
    digest.number(options.request_staples ? 1 : 0);
    digest.number(options.delegated_credential_schemes.size());
    for (const SignatureScheme scheme : options.delegated_credential_schemes) {
      digest.number(static_cast<std::uint64_t>(scheme));
    }
  }
  return digest.finish();
}

std::array<std::uint8_t, 32> digest_of(std::span<const std::string> protocols,
                                       const std::string& context) {
  crypto::PartsDigest digest;
  digest.add(std::vector<std::uint8_t>(context.begin(), context.end()));
  for (const std::string& protocol : protocols) {
    digest.add(std::vector<std::uint8_t>(protocol.begin(), protocol.end()));
  }
  return digest.finish();
}

Result<> check(const ClientOptions& options) {
  if (const auto checked = check_common(options); !checked) {
    return checked;
  }
  const std::uint16_t length = options.max_fragment_length;
  if (length != 0 && !message::MaxFragmentLength::has(length)) {
    return fail(Reason::configuration_unsupported);
  }
  if (options.key_shares) {
    if (const auto checked = check_key_shares(*options.key_shares, options.groups); !checked) {
      return checked;
    }
  }
  if (std::ranges::count(options.credentials, nullptr) != 0) {
    return fail(Reason::credential_missing);
  }
  if (!std::ranges::all_of(options.credentials, &Credential::may_sign)) {
    return fail(Reason::certificate_key_usage);
  }
  if (const auto checked = check_types(options.own_certificate_types); !checked) {
    return checked;
  }
  if (options.external_psks.size() > limits::psks_offered) {
    return fail(Reason::configuration_unsupported);
  }
  if (const auto checked = check_psks(options, PskRole::client); !checked) {
    return checked;
  }
  // What is for TLS 1.3 alone would leave nothing to offer, or be offered to nobody. RFC 9849 §6.1:
  // a hidden hello MUST NOT offer TLS 1.2 or below.
  const auto& types = options.peer_certificate_types;
  const bool takes_x509 = std::ranges::find(types, CertificateType::x509) != types.end();
  const auto keys_of_12 = std::ranges::count_if(options.external_psks, is_for_12);
  const bool has_keys_of_13 = std::cmp_less(keys_of_12, options.external_psks.size());
  if (keys_of_12 > 1) {
    return fail(Reason::configuration_unsupported);  // nobody says which one is to be named
  }
  const bool has_suite12 =
      keys_of_12 > 0 || std::ranges::any_of(options.cipher_suites12, [](CipherSuite id) {
        return crypto::shows_certificate(crypto::suite_of(id).key_exchange);
      });
  if (!speaks(options.versions, ProtocolVersion::tls13) && !has_suite12) {
    return fail(Reason::configuration_empty);  // suites for a key, and no key
  }
  const bool needs_13 =
      options.ech != nullptr || has_keys_of_13 || (!takes_x509 && keys_of_12 == 0);
  if (needs_13 && !speaks(options.versions, ProtocolVersion::tls13)) {
    return fail(Reason::configuration_unsupported);
  }
  return check_schemes(options.signature_schemes, options.versions);
}

Result<> check_ech_keys(std::span<const EchServerKey> keys) {
  const auto is_missing = [](const EchServerKey& own) { return own.key == nullptr; };
  if (std::ranges::any_of(keys, is_missing)) {
    return fail(Reason::credential_missing);
  }
  std::size_t size = 0;  // of what clients are given
  for (const EchServerKey& own : keys) {
    size += own.key == nullptr ? 0 : own.key->config().size();
  }
  if (keys.size() > limits::ech_keys || size > limits::ech_configs) {
    return fail(Reason::configuration_unsupported);
  }
  // RFC 9849 §7.1: a server that is configured with any MUST have one for clients to go on with.
  return keys.empty() || !std::ranges::all_of(keys, &EchServerKey::is_retired)
             ? Result<>()
             : fail(Reason::ech_config_unusable);
}

/// Whether these are Names, and no more than one message holds.
Result<> check_authorities(std::span<const std::vector<std::uint8_t>> names) {
  std::size_t size = 0;
  for (const std::vector<std::uint8_t>& name : names) {
    der::Reader reader(name);
    const Bytes read = x509::read_name(reader);
    size += 2 + name.size();
    if (!reader.complete() || x509::is_empty_name(read) || size > limits::authorities_sent) {
      return fail(Reason::authority_name_invalid);
    }
  }
  return {};
}

Result<> check(const ServerOptions& options) {
  if (const auto checked = check_common(options); !checked) {
    return checked;
  }
  const ClientAuthentication& clients = options.client_authentication;
  const bool is_wanted = clients.mode() != ClientAuthentication::Mode::none;
  if (is_wanted && clients.trust() == nullptr) {
    return fail(Reason::trust_empty);
  }
  if (clients.authorities()) {
    if (const auto checked = check_authorities(*clients.authorities()); !checked) {
      return checked;
    }
  }
  if (options.ticket_lifetime > limits::ticket_lifetime) {
    return fail(Reason::configuration_unsupported);  // RFC 9846 §4.7.1
  }
  for (const LegacyMechanism* mechanism : options.policy.mechanisms()) {
    const auto checked =
        mechanism->check_server != nullptr ? mechanism->check_server() : Result<>();
    if (!checked) {
      return checked;
    }
  }
  if (options.always_retry && options.cookie_keys == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  if (const auto checked = check_ech_keys(options.ech_keys); !checked) {
    return checked;
  }
  if (options.external_psks.size() > limits::psks_known) {
    return fail(Reason::configuration_unsupported);
  }
  if (const auto checked = check_psks(options, PskRole::server); !checked) {
    return checked;
  }
  const EarlyDataPolicy& early = options.early_data;
  static_assert(EarlyDataPolicy::largest == limits::early_data);
  const bool is_possible = early.replays() != nullptr && options.tickets != nullptr;
  if (early.most() > limits::early_data || (early.most() > 0 && !is_possible) ||
      (early.most() == 0 && early.replays() != nullptr)) {
    return fail(Reason::configuration_unsupported);
  }
  return check_schemes(options.signature_schemes, options.versions);
}

/// Whether each key may do what it is for: sign, or decrypt where there is a suite for that, which
/// is of TLS 1.2. RFC 9846 §4.5.1.2, RFC 5246 §7.4.2.
Result<> check_usage(std::span<const std::shared_ptr<const Credential>> credentials,
                     const ServerOptions& options) {
  const auto is_silent = [](const auto& credential) { return !credential->may_sign(); };
  const bool decrypts =
      speaks(options.versions, ProtocolVersion::tls12) &&
      std::ranges::any_of(options.cipher_suites12, [](CipherSuite id) {
        return crypto::suite_of(id).key_exchange == crypto::KeyExchangeMethod::rsa;
      });
  const bool needs_signature = speaks(options.versions, ProtocolVersion::tls13) &&
                               options.external_psks.empty() && !options.pulled.psk_choice &&
                               !options.pulled.credential_choice;
  const bool none_signs = !credentials.empty() && std::ranges::all_of(credentials, is_silent);
  return (std::ranges::any_of(credentials, is_silent) && !decrypts) ||
                 (none_signs && needs_signature)
             ? fail(Reason::certificate_key_usage)
             : Result<>();
}

}  // namespace

std::vector<SignatureScheme> usual_signature_schemes() {
  std::vector<SignatureScheme> usual = {SignatureScheme::ecdsa_secp256r1_sha256,
                                        SignatureScheme::ed25519,
                                        SignatureScheme::ecdsa_secp384r1_sha384,
                                        SignatureScheme::ecdsa_secp521r1_sha512,
                                        SignatureScheme::rsa_pss_rsae_sha256,
                                        SignatureScheme::rsa_pss_rsae_sha384,
                                        SignatureScheme::rsa_pss_rsae_sha512,
                                        SignatureScheme::rsa_pkcs1_sha256,
                                        SignatureScheme::rsa_pkcs1_sha384,
                                        SignatureScheme::rsa_pkcs1_sha512,
                                        SignatureScheme::mldsa44,
                                        SignatureScheme::mldsa65,
                                        SignatureScheme::mldsa87};
  std::erase_if(usual, [](SignatureScheme id) { return crypto::find_scheme(id) == nullptr; });
  return usual;
}

std::vector<CertificateCompressionAlgorithm> certificate_compressions() {
  std::vector<CertificateCompressionAlgorithm> ids;
  for (const compression::Algorithm& algorithm : compression::algorithms()) {
    ids.push_back(algorithm.id);
  }
  return ids;
}

ClientConfig::ClientConfig(std::shared_ptr<const Trust> trust, bool takes_certificates,
                           ClientOptions options)
    : trust_(std::move(trust)), takes_certificates_(takes_certificates),
      options_(std::move(options)),
      binding_(binding_of(trust_.get(), takes_certificates_, options_)) {}

ServerConfig::ServerConfig(std::vector<std::shared_ptr<const Credential>> credentials,
                           ServerOptions options)
    : credentials_(std::move(credentials)), options_(std::move(options)),
      clients_(digest_of_clients(options_)),
      service_(digest_of(options_.alpn, options_.session_context)) {}

Result<std::shared_ptr<const ClientConfig>> ClientConfig::make(std::shared_ptr<const Trust> trust,
                                                               ClientOptions options) {
  if (trust == nullptr) {
    return fail(Reason::trust_empty);
  }
  if (const auto checked = check(options); !checked) {
    return std::unexpected(checked.error());
  }
  return std::shared_ptr<const ClientConfig>(
      new ClientConfig(std::move(trust), true, std::move(options)));
}

Result<std::shared_ptr<const ClientConfig>> ClientConfig::make(danger::AcceptAnyCertificate,
                                                               ClientOptions options) {
  if (const auto checked = check(options); !checked) {
    return std::unexpected(checked.error());
  }
  return std::shared_ptr<const ClientConfig>(new ClientConfig(nullptr, true, std::move(options)));
}

Result<std::shared_ptr<const ClientConfig>> ClientConfig::make(OnlyPsk, ClientOptions options) {
  if (options.external_psks.empty()) {
    return fail(Reason::configuration_empty);
  }
  if (options.ech != nullptr) {
    return fail(Reason::configuration_unsupported);  // the public name could not be proved
  }
  if (const auto checked = check(options); !checked) {
    return std::unexpected(checked.error());
  }
  // A hello for TLS 1.3 without a key for it would have nothing to know the server by.
  if (speaks(options.versions, ProtocolVersion::tls13) &&
      std::ranges::all_of(options.external_psks, is_for_12)) {
    return fail(Reason::configuration_unsupported);
  }
  return std::shared_ptr<const ClientConfig>(new ClientConfig(nullptr, false, std::move(options)));
}

Result<std::shared_ptr<const ServerConfig>>
ServerConfig::make(std::vector<std::shared_ptr<const Credential>> credentials,
                   ServerOptions options) {
  const bool knows_keys = !options.external_psks.empty() || options.pulled.psk_choice;
  if ((credentials.empty() && !knows_keys) || std::ranges::count(credentials, nullptr) != 0) {
    return fail(Reason::credential_missing);
  }
  if (options.always_retry) {
    // TLS 1.2 has no cookies, so that whoever speaks it would get by.
    std::erase(options.versions, ProtocolVersion::tls12);
  }
  if (const auto checked = check(options); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto checked = check_usage(credentials, options); !checked) {
    return std::unexpected(checked.error());
  }
  return std::shared_ptr<const ServerConfig>(
      new ServerConfig(std::move(credentials), std::move(options)));
}

}  // namespace handfast
