#include "configuration.h"

#include "handfast/delegated_credential.h"
#include "handfast/describe.h"
#include "handfast/legacy.h"
#include "handfast/net.h"

#include <algorithm>
#include <array>

namespace handfast::bogo {
namespace {

/// The versions that the runner lets us speak, as far as Handfast does.
std::vector<ProtocolVersion> versions_of(const Settings& settings) {
  std::vector<ProtocolVersion> versions;
  const auto add = [&](ProtocolVersion version, bool is_out) {
    const int number = std::to_underlying(version);
    const bool is_above = settings.max_version != 0 && number > settings.max_version;
    if (!is_out && !is_above && number >= settings.min_version) {
      versions.push_back(version);
    }
  };
  add(ProtocolVersion::tls13, settings.no_tls13);
  add(ProtocolVersion::tls12, settings.no_tls12);
  if (versions.empty()) {
    throw Unimplemented("versions before TLS 1.2");
  }
  return versions;
}

std::vector<std::shared_ptr<const Credential>>
plain(const std::vector<OwnCredential>& credentials) {
  std::vector<std::shared_ptr<const Credential>> list;
  for (const OwnCredential& own : credentials) {
    list.push_back(own.credential);
  }
  return list;
}

template <class Code>
std::vector<Code> codes(const Codes& numbers) {
  std::vector<Code> list;
  for (const std::uint16_t number : numbers) {
    list.push_back(static_cast<Code>(number));
  }
  return list;
}

/// Names with a length byte before each, as they stand on the wire.
std::vector<std::string> protocol_names(std::string_view wire) {
  std::vector<std::string> names;
  while (!wire.empty()) {
    const auto length = static_cast<unsigned char>(wire.front());
    names.emplace_back(wire.substr(1, length));
    wire.remove_prefix(std::min<std::size_t>(wire.size(), 1U + length));
  }
  return names;
}

constexpr std::array old_suites = {
    CipherSuite::tls_ecdhe_ecdsa_with_aes_128_cbc_sha,
    CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha,
    CipherSuite::tls_ecdhe_ecdsa_with_aes_256_cbc_sha,
    CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha,
    CipherSuite::tls_ecdhe_ecdsa_with_aes_128_cbc_sha256,
    CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha256,
    CipherSuite::tls_ecdhe_ecdsa_with_aes_256_cbc_sha384,
    CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha384,
    CipherSuite::tls_rsa_with_aes_128_gcm_sha256,
    CipherSuite::tls_rsa_with_aes_256_gcm_sha384,
    CipherSuite::tls_rsa_with_aes_128_cbc_sha,
    CipherSuite::tls_rsa_with_aes_256_cbc_sha,
    CipherSuite::tls_rsa_with_aes_128_cbc_sha256,
    CipherSuite::tls_rsa_with_aes_256_cbc_sha256,
};

template <class Options>
void set_common(const Settings& settings, Options& options) {
  options.versions = versions_of(settings);
  // The runner takes every suite for one that is there.
  options.policy = Policy::legacy(legacy::cbc_suites, legacy::rsa_key_exchange);
  options.cipher_suites12.insert(options.cipher_suites12.end(), old_suites.begin(),
                                 old_suites.end());
  if (!settings.curves.empty()) {
    options.groups = codes<NamedGroup>(settings.curves);
  }
  if (!settings.verify_preferences.empty()) {
    options.signature_schemes = codes<SignatureScheme>(settings.verify_preferences);
  }
  if (settings.install_compressions) {
    options.certificate_compression = certificate_compressions();
  } else if (settings.install_one_compression != 0) {
    options.certificate_compression = {
        static_cast<CertificateCompressionAlgorithm>(settings.install_one_compression)};
  }
  if (!settings.accepted_peer_types.empty()) {
    options.peer_certificate_types = codes<CertificateType>(settings.accepted_peer_types);
  }
  options.pulled.signing = settings.async || settings.expect_selected_credential.has_value();
  options.pulled.key_exchange = settings.async;
  // The runner's certificates are of today, its clock stands at the beginning of 1970: whoever has
  // both has to judge chains by itself.
  options.pulled.chain_verification = true;
}

bool is_post_quantum(NamedGroup group) {
  switch (group) {
    case NamedGroup::mlkem512:
    case NamedGroup::mlkem768:
    case NamedGroup::mlkem1024:
    case NamedGroup::secp256r1mlkem768:
    case NamedGroup::x25519mlkem768:
    case NamedGroup::secp384r1mlkem1024: return true;
    default: return false;
  }
}

/// The groups of which the runner expects shares where it names none: the first of all, and the
/// first of the other kind, post-quantum or classical.
std::vector<NamedGroup> usual_shares(const std::vector<NamedGroup>& groups) {
  std::vector<NamedGroup> shares = {groups.front()};
  const bool first_kind = is_post_quantum(groups.front());
  const auto other = std::ranges::find_if(
      groups, [&](NamedGroup group) { return is_post_quantum(group) != first_kind; });
  if (other != groups.end()) {
    shares.push_back(*other);
  }
  return shares;
}

std::vector<NamedGroup> key_shares(const Settings& settings,
                                   const std::vector<NamedGroup>& groups) {
  const bool is_told = settings.no_key_shares || !settings.key_shares.empty();
  return is_told ? codes<NamedGroup>(settings.key_shares) : usual_shares(groups);
}

bool takes_raw_keys(const Settings& settings) {
  return std::ranges::count(settings.accepted_peer_types,
                            std::to_underlying(CertificateType::raw_public_key)) != 0;
}

/// The keys among the runner's credentials.
std::vector<std::shared_ptr<const ExternalPsk>> load_psks(const Settings& settings, PskRole role) {
  std::vector<std::shared_ptr<const ExternalPsk>> psks;
  for (const CredentialSettings& wanted : settings.credentials) {
    if (wanted.is_psk) {
      const auto kdf = wanted.psk_sha384 ? KdfIdentifier::hkdf_sha384 : KdfIdentifier::hkdf_sha256;
      const ProvisionedPsk given = {wanted.psk_identity, SecretBytes(Bytes(wanted.psk_key)), kdf};
      const PskContext context = need(PskContext::agreed(wanted.psk_context));
      psks.push_back(need(ExternalPsk::import_key(given, context, role)));
    }
  }
  return psks;
}

/// Whether the runner wants the server's certificate to count. It says so or is silent; Handfast
/// checks where it is silent, but for a chain that is to be found bad and used all the same. A raw
/// key always counts.
bool wants_check(const Settings& settings) {
  return takes_raw_keys(settings) ||
         (!settings.trust_cert.empty() && (settings.verify_peer || !settings.verify_fail));
}

/// The authorities of a file, if there is one, and the raw key that the runner expects; where it
/// does not say which, nobody's.
std::shared_ptr<const Trust> load_trust(const Settings& settings, const std::string& file) {
  if (!takes_raw_keys(settings)) {
    return need(net::load_trust(file));
  }
  TrustSources sources;
  KeyPin& pin = sources.keys.emplace_back();
  std::ranges::copy(settings.expect_raw_key, pin.begin());
  if (!file.empty()) {
    for (std::vector<std::uint8_t>& der : need(certificates_from_pem(need(net::read_file(file))))) {
      sources.anchors.push_back({.certificate = std::move(der)});
    }
  }
  return need(Trust::make(std::move(sources)));
}

/// What a list of configurations is good for: nullptr if none of them can be used, unless the
/// runner wants that to be an error.
std::shared_ptr<const EchConfig> ech_config(const Settings& settings) {
  auto config = EchConfig::choose(settings.ech_config_list);
  const bool is_unusable = !config && config.error().reason == Reason::ech_config_unusable;
  if (is_unusable && !settings.reject_unusable_ech_config) {
    return nullptr;
  }
  return need(std::move(config));
}

std::vector<EchServerKey> ech_keys(const Settings& settings) {
  std::vector<EchServerKey> keys;
  for (std::size_t i = 0; i < settings.ech_server_configs.size(); ++i) {
    keys.push_back(
        {need(EchKey::make(settings.ech_server_configs[i], settings.ech_server_keys.at(i))),
         settings.ech_is_retry_config.at(i) == 0});
  }
  return keys;
}

Connection make_client(const Settings& settings, const Memory& memory,
                       const std::vector<OwnCredential>& credentials, UnixTime now) {
  if (settings.fail_cert_callback) {
    throw Unimplemented("-fail-cert-callback on a client");
  }
  if (settings.reverify_on_resume) {
    throw Unimplemented("-reverify-on-resume on a client");
  }
  ClientOptions options;
  set_common(settings, options);
  options.alpn = protocol_names(settings.advertise_alpn);
  options.key_shares = key_shares(settings, options.groups);
  options.credentials = plain(credentials);
  options.own_certificate_types = codes<CertificateType>(settings.available_client_types);
  options.send_server_name = !settings.host_name.empty();
  options.request_staples = settings.enable_ocsp_stapling;
  options.request_sct_lists = settings.enable_sct_lists;
  options.grease = settings.enable_grease;
  options.ech_grease = settings.enable_ech_grease;
  if (!settings.ech_config_list.empty()) {
    options.ech = ech_config(settings);
  }
  options.sessions = settings.no_ticket ? nullptr : memory.sessions;
  options.early_data = settings.enable_early_data;
  options.external_psks = load_psks(settings, PskRole::client);
  if (!options.external_psks.empty() && !settings.verify_peer) {
    const auto config = ClientConfig::make(OnlyPsk{}, std::move(options));
    return need(Connection::client(need(config), need(ServerName::parse(usual_name)), now));
  }
  const auto config =
      wants_check(settings)
          ? ClientConfig::make(load_trust(settings, settings.trust_cert), std::move(options))
          : ClientConfig::make(danger::AcceptAnyCertificate{}, std::move(options));
  const std::string_view name = settings.host_name.empty() ? usual_name : settings.host_name;
  return need(Connection::client(need(config), need(ServerName::parse(name)), now));
}

/// Nobody but whoever the runner names; where it names nobody, our own authority stands there, or
/// the system's, and no client of the runner's has a certificate of it.
std::shared_ptr<const Trust> trust_in_clients(const Settings& settings) {
  const std::string& own = settings.credentials.front().certificate_file;
  if (settings.trust_cert.empty() && own.empty()) {
    return need(net::system_trust());
  }
  return load_trust(settings, settings.trust_cert.empty() ? own : settings.trust_cert);
}

ClientAuthentication client_authentication(const Settings& settings) {
  ClientAuthentication clients;
  if (settings.verify_peer) {
    clients = ClientAuthentication::request(trust_in_clients(settings));
  } else if (settings.require_any_client_certificate) {
    clients = ClientAuthentication::require(trust_in_clients(settings));
  }
  const auto& names = settings.use_client_authorities;
  return names ? clients.naming(*names) : clients;
}

Connection make_server(const Settings& settings, const Memory& memory,
                       const std::vector<OwnCredential>& credentials, UnixTime now) {
  ServerOptions options;
  set_common(settings, options);
  if (settings.reject_alpn) {
    options.alpn = {"what no client offers"};
  } else if (!settings.select_alpn.empty() && !settings.decline_alpn) {
    options.alpn = {settings.select_alpn};
  }
  options.unknown_name = UnknownName::use_first;
  options.client_authentication = client_authentication(settings);
  options.pulled.credential_choice = true;
  options.pulled.tickets = settings.async || settings.skip_ticket;
  options.external_psks = load_psks(settings, PskRole::server);
  options.pulled.psk_choice = settings.async && !options.external_psks.empty();
  options.tickets = memory.tickets;
  if (settings.no_ticket) {
    options.tickets = memory.ids;
  }
  options.ech_keys = ech_keys(settings);
  if (settings.enable_early_data && !settings.no_ticket) {
    options.early_data = EarlyDataPolicy::accept(memory.replays);
    options.pulled.replay_register = settings.async;
  }
  // Delegated credentials are of today, as the runner's certificates are.
  const bool is_of_today = std::ranges::any_of(credentials, [](const OwnCredential& own) {
    return own.credential->delegation() != nullptr;
  });
  return need(Connection::server(need(ServerConfig::make(plain(credentials), std::move(options))),
                                 is_of_today ? net::now() : now));
}

std::shared_ptr<const Credential> load_raw_key(const std::string& file) {
  return need(Credential::of_raw_key(need(SigningKey::from_pem(need(net::read_file(file))))));
}

std::shared_ptr<const Credential> load_delegated(const CredentialSettings& wanted) {
  auto key = need(SigningKey::from_pem(need(net::read_file(wanted.key_file))));
  auto chain = need(certificates_from_pem(need(net::read_file(wanted.certificate_file))));
  return need(delegated_to(std::move(key), wanted.delegated_credential, std::move(chain)));
}

}  // namespace

std::vector<OwnCredential> load_credentials(const Settings& settings) {
  std::vector<OwnCredential> credentials;
  // The first is the default one, which stands behind the others.
  for (std::size_t i = 1; i <= settings.credentials.size(); ++i) {
    const std::size_t place = i % settings.credentials.size();
    const CredentialSettings& wanted = settings.credentials[place];
    if (wanted.certificate_file.empty() && !wanted.is_raw_key) {
      continue;
    }
    auto credential = wanted.is_raw_key ? load_raw_key(wanted.key_file)
                      : wanted.delegated_credential.empty()
                          ? need(net::load_credential(wanted.certificate_file, wanted.key_file))
                          : load_delegated(wanted);
    Stapled stapled{.sct_list = wanted.sct_list};
    if (!settings.decline_ocsp_callback) {
      stapled.ocsp_response = wanted.ocsp_response;
    }
    credential = need(credential->with(std::move(stapled)));
    if (!wanted.signing_preferences.empty()) {
      credential =
          need(credential->signing_with(codes<SignatureScheme>(wanted.signing_preferences)));
    }
    credentials.push_back(
        {std::move(credential), static_cast<int>(place) - 1, wanted.must_match_issuer});
  }
  return credentials;
}

Connection make_connection(const Settings& settings, const Memory& memory,
                           const std::vector<OwnCredential>& credentials, UnixTime now) {
  return settings.server ? make_server(settings, memory, credentials, now)
                         : make_client(settings, memory, credentials, now);
}

}  // namespace handfast::bogo
