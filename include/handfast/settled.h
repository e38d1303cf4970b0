// Settled: what a handshake settled on.
#pragma once

#include "handfast/early_data.h"
#include "handfast/ech.h"
#include "handfast/extension.h"
#include "handfast/policy.h"
#include "handfast/registry.h"
#include "handfast/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast {

/// What became of the sessions that the client offered.
enum class SessionOutcome : std::uint8_t {
  not_offered,         ///< or the server does not resume
  resumed,             ///< nobody showed certificates: both are who they were
  declined,            ///< a client: the server did not take the session up, and does not say why
  unknown,             ///< a server: no ticket of its own, or one that was used or is too old
  expired,             ///< the session, or the authentication that it began with
  other_host,          ///< issued beside another certificate
  other_name,          ///< issued to a client that asked for another server name
  other_clients,       ///< issued where other clients were let in, or by another's word
  other_protocols,     ///< issued where other protocols were spoken, or in another context
  other_suite,         ///< its version or its hash, in TLS 1.2 its suite, does not fit
  other_fragments,     ///< of another max_fragment_length, in TLS 1.2
  other_psk,           ///< began with a pre-shared key that is not known any more
  client_not_trusted,  ///< the client's certificates are not trusted any more
};

/// "resumed", "other_host", ...
[[nodiscard]] std::string_view name(SessionOutcome outcome);

/// What the handshake settled on. Meaningful once `Connected` came; while early data is sent or
/// received, suite, alpn and server_name are those of it.
struct Settled {
  ProtocolVersion version = ProtocolVersion::tls13;
  CipherSuite suite{};
  std::vector<Weakness> weaknesses;  ///< of the suite: let in by the `Policy`
  NamedGroup group{};                ///< 0: TLS 1.2 resumed a session, or the suite has none
  SignatureScheme scheme{};          ///< of the server's signature; 0: none was needed
  SignatureScheme client_scheme{};   ///< of the client's; 0: it showed no certificate
  /// What the server showed, and the client if it did: certificates or raw public keys (RFC 7250).
  /// Of a session that was resumed: what the peer showed when it began.
  CertificateType server_certificate_type = CertificateType::x509;
  CertificateType client_certificate_type = CertificateType::x509;
  /// How the server's certificates were compressed, and the client's (RFC 8879); 0: not at all.
  CertificateCompressionAlgorithm compression{};
  CertificateCompressionAlgorithm client_compression{};
  /// Until when the server's delegated credential is good, and the client's (RFC 9345), with whose
  /// key they signed; nothing: with the key of the certificate itself.
  std::optional<UnixTime> delegated_until;
  std::optional<UnixTime> client_delegated_until;
  bool retried = false;  ///< by HelloRetryRequest
  /// The bytes of content that a record of either side has at most (RFC 6066 §4); 0: this was not
  /// agreed on.
  std::uint16_t max_fragment_length = 0;
  /// What the peer says of heartbeats of ours (RFC 6520); nothing: there are none of either side.
  std::optional<HeartbeatMode> heartbeat;
  SessionOutcome session = SessionOutcome::not_offered;
  EarlyDataOutcome early_data = EarlyDataOutcome::not_offered;
  EchOutcome ech = EchOutcome::not_offered;
  /// The external identity of the pre-shared key by which both sides know each other, now or when
  /// the session began that goes on (`ExternalPsk`); empty: by certificates.
  std::vector<std::uint8_t> psk_identity;
  /// A client whose connection ended with ech_rejected: the configurations (an ECHConfigList) that
  /// the server, which has proved that it is the public name, wants to be used instead, for the
  /// next connection and no other. Empty: it has none, or has not
  /// proved by a certificate that it is the public name. RFC 9849 §6.1.6.
  std::vector<std::uint8_t> ech_retry_configs;
  /// What the peer sent of the application's own extensions, those alone that our configuration
  /// names, in the peer's order; on a client as answered. Anything can be in them.
  std::vector<ApplicationExtension> peer_extensions;
  std::string alpn;         ///< empty: none
  std::string server_name;  ///< a server: as asked by the client (SNI), empty if none
};

}  // namespace handfast
