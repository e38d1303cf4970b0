// ClientConfig and ServerConfig: what a side offers and accepts. Checked once, then immutable and
// shared.
#pragma once

#include "handfast/certificate_set.h"
#include "handfast/credential.h"
#include "handfast/early_data.h"
#include "handfast/ech.h"
#include "handfast/extension.h"
#include "handfast/external_psk.h"
#include "handfast/policy.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/revocation.h"
#include "handfast/trust.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace handfast {

class SessionCache;  // handfast/resumption.h
class TicketKeys;    // handfast/tickets.h
class Tickets;       // handfast/tickets.h

/// The signature schemes that a side takes, in the order of preference, where nobody says
/// otherwise: those of ECDSA, Ed25519 and RSA, and then of ML-DSA, if the libcrypto here has it.
[[nodiscard]] std::vector<SignatureScheme> usual_signature_schemes();

/// The schemes of delegated credentials (RFC 9345) that a side takes which wants to take any, in
/// the order of preference. RSA keys cannot be delegated to.
inline constexpr std::array usual_delegated_schemes = {
    SignatureScheme::ecdsa_secp256r1_sha256, SignatureScheme::ed25519,
    SignatureScheme::ecdsa_secp384r1_sha384, SignatureScheme::ecdsa_secp521r1_sha512};

namespace danger {

/// Stands in the place of a `Trust` and switches the check of the server's certificate off. Anybody
/// who can reach the connection can then read and change it: for looking at broken servers, never
/// for secrets.
struct AcceptAnyCertificate {};

}  // namespace danger

/// Which operations `next` hands out as NeedAnswer. What is not pulled is done inline, inside
/// `next`.
struct Pulled {
  bool signing = false;
  bool chain_verification = false;
  bool credential_choice = false;
  bool tickets = false;  ///< those of a server: issued, redeemed, and sessions forgotten
  bool replay_register = false;
  bool psk_choice = false;  ///< of a server: which external key a client means

  /// What makes the secret of a group, of either side and version. Making a share to begin with
  /// stays inside `next`: it takes the lesser part of the time, and a ClientHello or a
  /// ServerKeyExchange cannot be begun without it. So does the exchange in finite fields
  /// (`legacy::ffdhe_key_exchange`).
  bool key_exchange = false;
};

/// How many tickets a client is given: after a handshake with certificates, and after one that
/// resumed.
struct TicketCounts {
  std::uint8_t full = 2;
  std::uint8_t resumed = 1;
};

/// What is known of certificates besides whom to trust, and how much of it has to be known.
struct Evidence {
  RevocationPolicy revocation = {};
  std::shared_ptr<const RevocationLists> lists = nullptr;         ///< nullptr: none
  std::shared_ptr<const CertificateSet> intermediates = nullptr;  ///< for peers that forget theirs
};

/// The versions of both sides where nobody says otherwise. Those before TLS 1.2 are not spoken.
inline constexpr std::array usual_versions = {ProtocolVersion::tls13, ProtocolVersion::tls12};

/// The groups of both sides, in the order of preference, where nobody says otherwise.
inline constexpr std::array usual_groups = {NamedGroup::x25519mlkem768, NamedGroup::x25519,
                                            NamedGroup::secp256r1, NamedGroup::secp384r1};

/// The algorithms that certificates are compressed with in this build, those that make them
/// smallest first.
[[nodiscard]] std::vector<CertificateCompressionAlgorithm> certificate_compressions();

/// The suites of TLS 1.2 of both sides, in the order of preference, where nobody says otherwise:
/// all with forward secrecy and authenticated encryption.
inline constexpr std::array usual_suites12 = {
    CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256,
    CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256,
    CipherSuite::tls_ecdhe_ecdsa_with_aes_256_gcm_sha384,
    CipherSuite::tls_ecdhe_rsa_with_aes_256_gcm_sha384,
    CipherSuite::tls_ecdhe_ecdsa_with_chacha20_poly1305_sha256,
    CipherSuite::tls_ecdhe_rsa_with_chacha20_poly1305_sha256};

/// The suites of TLS 1.2 for external keys (`ExternalPsk::for_tls12`) that have what the usual ones
/// have, to be named before or in the place of those.
inline constexpr std::array psk_suites12 = {
    CipherSuite::tls_ecdhe_psk_with_aes_128_gcm_sha256,
    CipherSuite::tls_ecdhe_psk_with_aes_256_gcm_sha384,
    CipherSuite::tls_ecdhe_psk_with_chacha20_poly1305_sha256};

/// What a client offers, in the order of preference; the defaults are secure and need no change.
struct ClientOptions {
  std::vector<std::string> alpn = {};  ///< names of RFC 7301's registry; empty: ALPN is not used
  std::vector<CipherSuite> cipher_suites = {CipherSuite::tls_aes_128_gcm_sha256,
                                            CipherSuite::tls_aes_256_gcm_sha384,
                                            CipherSuite::tls_chacha20_poly1305_sha256};
  /// The versions that are spoken: TLS 1.3, TLS 1.2 or both, in any order; the newest in common
  /// is used. TLS 1.2 has none of the groups with ML-KEM, and no early data, ECH, imported keys,
  /// raw keys, delegated credentials, compression, key updates, exported authenticators or
  /// authentication after the handshake.
  std::vector<ProtocolVersion> versions{usual_versions.begin(), usual_versions.end()};
  /// Those of TLS 1.2, used only where `versions` has it; then at least one. Others than the usual
  /// ones only as far as `policy` lets them in.
  std::vector<CipherSuite> cipher_suites12{usual_suites12.begin(), usual_suites12.end()};
  Policy policy = {};  ///< what of TLS 1.2 is let in besides what is secure for everybody
  std::vector<NamedGroup> groups{usual_groups.begin(), usual_groups.end()};
  /// The groups of which the ClientHello holds a share: some of `groups`, in their order, at most 6
  /// (RFC 9846 §4.3.8). A share of a group that the server takes saves a round trip; each costs a
  /// key pair, and up to 1,665 bytes. An empty list: none, so the server has to ask for one by a
  /// HelloRetryRequest. Nothing: the first two.
  std::optional<std::vector<NamedGroup>> key_shares = std::nullopt;
  std::vector<SignatureScheme> signature_schemes = usual_signature_schemes();

  /// The schemes of those delegated credentials that the client takes of a server (RFC 9345), such
  /// as `usual_delegated_schemes`: the server then signs with a key that the certificate's owner
  /// has lent it for at most seven days. Such a key cannot be revoked but with its certificate.
  /// Empty: none are taken.
  std::vector<SignatureScheme> delegated_credential_schemes = {};

  /// What the client may show to a server that asks who it is: the first that fits the server's
  /// schemes, authorities and filters (RFC 9846 §4.4.2). If none does, the client stays anonymous,
  /// and the server decides.
  std::vector<std::shared_ptr<const Credential>> credentials = {};
  /// Lets the server ask after the handshake too, whenever it likes (RFC 9846 §4.7.2): `next` then
  /// answers as above, each request once, and at most 64 on a connection. Has no effect where
  /// HTTP/2 is spoken, which forbids it (RFC 9113 §9.2.3).
  bool post_handshake_auth = false;
  /// Lets either side prove more about itself later, inside the application's own data (RFC 9261):
  /// `ClientAuthenticators` does it with these options.
  bool exported_authenticators = false;
  /// The types of certificate that the client offers to show (RFC 7250); empty: those of its
  /// credentials, in their order.
  std::vector<CertificateType> own_certificate_types = {};
  /// What the client takes of a server, in the order of preference: certificates, or raw public
  /// keys that its `Trust` pins (`TrustSources::keys`), or either.
  std::vector<CertificateType> peer_certificate_types = {CertificateType::x509};
  bool send_server_name = true;
  /// OCSP responses beside certificates (status_request). Not to ask is to do without the proof
  /// that some certificates promise (RFC 7633).
  bool request_staples = true;
  bool request_sct_lists = true;  ///< SCTs beside certificates (RFC 6962)

  /// How the server may compress its certificates, and how the client compresses its own for
  /// servers that take one of these (RFC 8879), in the order of preference. Handshakes get smaller
  /// by a third; a decompressor then reads what nobody has vouched for yet. Empty: not at all.
  std::vector<CertificateCompressionAlgorithm> certificate_compression = {};

  /// Keys that the server may have too, at most 8, in the order of preference, in the role of the
  /// client. A server that knows one shows no certificate; one that knows none does, unless the
  /// configuration is made for `OnlyPsk`. Of those for TLS 1.2 there may be one, and the server
  /// that has chosen a suite for it has to know it.
  std::vector<std::shared_ptr<const ExternalPsk>> external_psks = {};

  /// Extensions of the application's own, sent in clear in each ClientHello; at most 16, of 8 KiB
  /// in all. What the server answers is in `Settled::peer_extensions`.
  std::vector<ApplicationExtension> extensions = {};

  /// Where the sessions of servers go and come from. nullptr: none is kept, every handshake shows
  /// certificates.
  std::shared_ptr<SessionCache> sessions = nullptr;
  /// Offers early data where a session allows it (`Connection::seal_early`): no round trip, but
  /// less protection (`Replayable`). Only for protocols that say what may be sent so.
  bool early_data = false;
  /// Asks for so many tickets (RFC 9149); nothing: as many as the server likes.
  std::optional<TicketCounts> request_tickets = std::nullopt;

  /// Hides the server's name, sessions and external keys, and no more (RFC 9849), by a
  /// configuration that this very server, or whoever stands before it, has published. If the server
  /// cannot find it, the connection ends with ech_rejected, and nothing that was hidden is ever
  /// sent in clear. nullptr: there is none.
  std::shared_ptr<const EchConfig> ech = nullptr;
  /// Where there is no configuration, sends bytes that look like a hidden ClientHello, so that
  /// those which are real do not stand out (RFC 9849 §6.2).
  bool ech_grease = true;
  bool grease = true;                ///< RFC 8701; also permutes the order of the extensions
  std::uint16_t record_padding = 0;  ///< pads each record to a multiple of so many bytes; 0: none
  /// The largest record that this side takes, 64 to 16,385 bytes of content, type and padding, of
  /// servers that know the wish (RFC 8449); 0: nothing is said of it.
  std::uint16_t record_size_limit = 16'385;
  /// Speaks of heartbeats (RFC 6520), a keep-alive that costs neither side an answer of the
  /// application: peer_allowed_to_send answers those of the peer, and either value lets
  /// `Connection::send_heartbeat` ask, if the peer allows that. Who answers has to tell what time
  /// it is (`Connection::set_time`): after the first 16, one a second is answered. Nothing: off.
  std::optional<HeartbeatMode> heartbeat = std::nullopt;
  /// Asks that no record of either side has more than 512, 1024, 2048 or 4096 bytes of content (RFC
  /// 6066): the older wish, which other servers know; 0: nothing is asked. Servers that know
  /// `record_size_limit` are told this length there, if that is not smaller, and send no larger
  /// records either; the client's own may then be larger.
  std::uint16_t max_fragment_length = 0;
  std::uint64_t records_before_key_update = 0;  ///< 0: the safe default; never above it
  Evidence evidence = {};                       ///< on servers
  Pulled pulled = {};
};

/// What a client may do. Immutable: share freely, between threads and connections.
class ClientConfig {
 public:
  /// Checks `options`. Fails: trust_empty, configuration_empty, configuration_unsupported,
  /// configuration_duplicate, configuration_key_shares, alpn_name_invalid, psk_role_wrong,
  /// configuration_needs_policy for a suite that `policy` does not let in, credential_missing for a
  /// nullptr among the credentials, certificate_key_usage for one that may not sign.
  static Result<std::shared_ptr<const ClientConfig>> make(std::shared_ptr<const Trust> trust,
                                                          ClientOptions options = {});

  /// The same without any check of the server's certificate.
  static Result<std::shared_ptr<const ClientConfig>> make(danger::AcceptAnyCertificate,
                                                          ClientOptions options = {});

  /// The same for servers that know one of the `external_psks`, and no others. Fails:
  /// configuration_empty if there is none; configuration_unsupported with `ech`, whose public name
  /// nobody could prove.
  static Result<std::shared_ptr<const ClientConfig>> make(OnlyPsk, ClientOptions options);

  [[nodiscard]] const ClientOptions& options() const { return options_; }

  /// nullptr: certificates are not checked (danger::AcceptAnyCertificate), or not taken.
  [[nodiscard]] const std::shared_ptr<const Trust>& trust() const { return trust_; }

  /// Whether a server may show a certificate instead of knowing a key.
  [[nodiscard]] bool takes_certificates() const { return takes_certificates_; }

  // For handshake/: what a session must have in common with a connection that resumes it. Whom the
  // client trusts, what it demands of them, and who it says that it is.
  [[nodiscard]] const std::array<std::uint8_t, 32>& session_binding() const { return binding_; }

 private:
  ClientConfig(std::shared_ptr<const Trust> trust, bool takes_certificates, ClientOptions options);

  std::shared_ptr<const Trust> trust_;
  bool takes_certificates_;
  ClientOptions options_;
  std::array<std::uint8_t, 32> binding_;
};

/// What a server answers to a name that none of its certificates has.
enum class UnknownName : std::uint8_t {
  refuse,     ///< unrecognized_name: the client learns that it is at the wrong place
  use_first,  ///< the first credential, as if no name had been sent
};

/// Whether a server asks its clients for certificates, and whom it then believes. A wish without a
/// `Trust` cannot be said, nor a `Trust` without a wish.
class ClientAuthentication {
 public:
  enum class Mode : std::uint8_t { none, later, request, require };

  /// Clients are not asked: every one is `Anonymous`.
  ClientAuthentication() = default;

  /// Clients are not asked in the handshake. Those that offer it can be asked later, by
  /// `Connection::request_certificate`, and may then stay as they are by showing no certificate.
  static ClientAuthentication later(std::shared_ptr<const Trust> trust) {
    return {Mode::later, std::move(trust)};
  }

  /// Clients are asked, and may stay `Anonymous` by showing no certificate. One that shows a
  /// certificate and cannot prove that it is its own, or one that `trust` does not vouch for, is
  /// refused: it never passes for an anonymous one.
  static ClientAuthentication request(std::shared_ptr<const Trust> trust) {
    return {Mode::request, std::move(trust)};
  }

  /// Clients are asked, and refused without a certificate (alert certificate_required).
  static ClientAuthentication require(std::shared_ptr<const Trust> trust) {
    return {Mode::require, std::move(trust)};
  }

  /// The same, which names `authorities` (each a Name in DER, as `Certificate::subject`) to clients
  /// in the place of the anchors of `trust` (RFC 9846 §4.3.4): fewer of them, so that not everybody
  /// hears who is trusted, or intermediates, which clients know better. They help a client to
  /// choose what it shows; it is `trust` alone that judges it. Empty: none are named, and clients
  /// show whatever they have. 4 KiB in all.
  [[nodiscard]] ClientAuthentication
  naming(std::vector<std::vector<std::uint8_t>> authorities) const {
    ClientAuthentication other = *this;
    other.authorities_ = std::move(authorities);
    return other;
  }

  [[nodiscard]] Mode mode() const { return mode_; }

  /// The names that `naming` was given; nothing: those of the anchors, unless they are too many.
  [[nodiscard]] const std::optional<std::vector<std::vector<std::uint8_t>>>& authorities() const {
    return authorities_;
  }

  /// nullptr if clients are never asked.
  [[nodiscard]] const std::shared_ptr<const Trust>& trust() const { return trust_; }

 private:
  ClientAuthentication(Mode mode, std::shared_ptr<const Trust> trust)
      : mode_(mode), trust_(std::move(trust)) {}

  Mode mode_ = Mode::none;
  std::shared_ptr<const Trust> trust_;
  std::optional<std::vector<std::vector<std::uint8_t>>> authorities_;
};

/// What a server accepts, in the order of preference; among suites the client's order decides, but
/// what is weak of TLS 1.2 (`Weakness`) comes behind all else.
struct ServerOptions {
  std::vector<std::string> alpn =
      {};  ///< empty: ALPN is ignored; else no overlap ends the handshake
  std::vector<CipherSuite> cipher_suites = {CipherSuite::tls_aes_128_gcm_sha256,
                                            CipherSuite::tls_aes_256_gcm_sha384,
                                            CipherSuite::tls_chacha20_poly1305_sha256};
  /// The versions that are spoken: TLS 1.3, TLS 1.2 or both, in any order; the newest in common
  /// is used. TLS 1.2 has none of the groups with ML-KEM, and no early data, ECH, imported keys,
  /// raw keys, delegated credentials, compression, key updates, exported authenticators or
  /// authentication after the handshake.
  std::vector<ProtocolVersion> versions{usual_versions.begin(), usual_versions.end()};
  /// Those of TLS 1.2, used only where `versions` has it; then at least one. Others than the usual
  /// ones only as far as `policy` lets them in.
  std::vector<CipherSuite> cipher_suites12{usual_suites12.begin(), usual_suites12.end()};
  Policy policy = {};            ///< what of TLS 1.2 is let in besides what is secure for everybody
  bool own_suite_order = false;  ///< whether the server's order decides, weak suites or not
  std::vector<NamedGroup> groups{usual_groups.begin(), usual_groups.end()};
  UnknownName unknown_name = UnknownName::refuse;
  ClientAuthentication client_authentication = {};
  std::vector<SignatureScheme> signature_schemes =
      usual_signature_schemes();  ///< of clients, if they are asked for certificates
  /// Of the delegated credentials that the server takes of clients, as a client's.
  std::vector<SignatureScheme> delegated_credential_schemes = {};
  /// Asks clients that are asked for certificates for OCSP responses beside them (status_request),
  /// which then count. Few clients have any.
  bool request_staples = false;
  /// What the server takes of clients, if they are asked: as a client's.
  std::vector<CertificateType> peer_certificate_types = {CertificateType::x509};

  /// As a client's: `ServerAuthenticators`. Of each client is then kept what it said of signatures.
  bool exported_authenticators = false;

  /// As a client's. What a server shows is compressed once for each credential, algorithm and
  /// choice of what is stapled to it, inside the first handshake that wants it, which takes some
  /// milliseconds.
  std::vector<CertificateCompressionAlgorithm> certificate_compression = {};

  /// Keys that clients may have, in the role of the server; the first that a client offers too is
  /// used, and nobody shows a certificate: a key stands in the place of both sides' certificates,
  /// also where clients would have to show one. At most 256; for more: `Pulled::psk_choice`. In TLS
  /// 1.2 the order of suites decides between a key and a certificate, before the client names its
  /// key.
  std::vector<std::shared_ptr<const ExternalPsk>> external_psks = {};

  /// Extensions of the application's own that clients may send; at most 16, with answers of 8 KiB
  /// in all. What a client sent is in `Settled::peer_extensions`, also where it resumes a session.
  std::vector<ExtensionAnswer> extensions = {};

  /// What sessions are remembered with: `TicketKeys`, a `SessionStore`. Share one among the
  /// configurations that follow each other in a running server. nullptr: no session is resumed.
  std::shared_ptr<Tickets> tickets = nullptr;

  /// Tells services apart that share `tickets` and a certificate: a session goes on only where the
  /// context is the one in which it began. Any text.
  std::string session_context = {};
  /// Puts a cookie into each HelloRetryRequest (RFC 9846 §4.3.2) that holds what must be known of
  /// the first ClientHello. The second one may then come on another connection than the first, also
  /// of another process that has the same keys and configuration: between the two nothing is kept.
  /// Not where the first was hidden (`ech_keys`), and what a client has sent as early data must be
  /// left out. A cookie is good for a minute, and for whom `Connection::bind_cookies` names; clocks
  /// of servers that share keys may differ by 5 s. nullptr: no cookies, and both come on one
  /// connection.
  std::shared_ptr<TicketKeys> cookie_keys = nullptr;
  /// Asks every client for a second ClientHello before a certificate is chosen, a key made or
  /// anything signed (but not before hidden hellos are opened and external keys looked up). Where
  /// cookies are bound to an address, who answers is there. Costs a round trip, and no early data
  /// is taken. Needs `cookie_keys`. TLS 1.2 has no cookies, so that whoever speaks it would
  /// get by: it is not spoken then, whatever `versions` says.
  bool always_retry = false;
  TicketCounts ticket_counts = {};  ///< unless the client asks for others; at most 8
  /// The keys for hidden ClientHellos (RFC 9849), the one that clients should use first, at
  /// most 16. With a certificate for each public name among the credentials, clients that have an
  /// old configuration can be told the new ones. Empty: what is hidden stays hidden, and the name
  /// in clear counts; who sends what the one with the keys would hand on is taken at its word.
  std::vector<EchServerKey> ech_keys = {};
  EarlyDataPolicy early_data = {};         ///< needs `tickets`
  std::uint32_t ticket_lifetime = 43'200;  ///< seconds; at most a day after the authentication
  std::uint16_t record_padding = 0;
  std::optional<HeartbeatMode> heartbeat = std::nullopt;  ///< as a client's
  /// As a client's, of clients that know the wish; those that have a max_fragment_length alone are
  /// given what they ask for.
  std::uint16_t record_size_limit = 16'385;
  std::uint64_t records_before_key_update = 0;
  Evidence evidence = {};  ///< on clients
  Pulled pulled = {};
};

/// What a server may do. Immutable: share freely, between threads and connections.
class ServerConfig {
 public:
  /// Checks `options`. Credentials are tried in their order; the first is also that of clients
  /// which send no name. There may be none where clients are known by external keys; whoever has no
  /// such key is then refused. Fails: credential_missing, psk_role_wrong, configuration_empty,
  /// configuration_unsupported, configuration_duplicate, configuration_needs_policy for a suite
  /// that `policy` does not let in, alpn_name_invalid, trust_empty if clients are asked for
  /// certificates and nobody is trusted to vouch for them; authority_name_invalid for authorities
  /// that are named to them and are no Names, or too many; configuration_unsupported for
  /// `always_retry` without cookies, and configuration_empty with TLS 1.2 alone;
  /// configuration_unsupported for early data without tickets or a register, or for more of it than
  /// EarlyDataPolicy::largest; credential_missing for an ECH key that is nullptr,
  /// ech_config_unusable if all of them are retired, configuration_unsupported if they are too
  /// many; certificate_key_usage for a credential that may not sign where no suite has RSA key
  /// exchange, and if none may sign though TLS 1.3 is spoken; configuration_needs_libcrypto where
  /// RSA key exchange is let in and libcrypto is older than 3.0.8.
  static Result<std::shared_ptr<const ServerConfig>>
  make(std::vector<std::shared_ptr<const Credential>> credentials, ServerOptions options = {});

  [[nodiscard]] const ServerOptions& options() const { return options_; }

  [[nodiscard]] const std::vector<std::shared_ptr<const Credential>>& credentials() const {
    return credentials_;
  }

  // For handshake/: what a session must have in common with a connection that resumes it, besides
  // its host.

  /// Which clients are let in, and by whose word.
  [[nodiscard]] const std::array<std::uint8_t, 32>& clients_digest() const { return clients_; }

  /// The application protocols, and the context.
  [[nodiscard]] const std::array<std::uint8_t, 32>& service_digest() const { return service_; }

 private:
  ServerConfig(std::vector<std::shared_ptr<const Credential>> credentials, ServerOptions options);

  std::vector<std::shared_ptr<const Credential>> credentials_;
  ServerOptions options_;
  std::array<std::uint8_t, 32> clients_;
  std::array<std::uint8_t, 32> service_;
};

}  // namespace handfast
