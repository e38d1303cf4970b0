// What goes into a handshake and what is left of it: roles, and the secrets and sources of a
// connection.
#pragma once

#include "base/secret.h"
#include "crypto/hash.h"
#include "crypto/suites.h"
#include "handfast/config.h"
#include "handfast/identity.h"
#include "handfast/operation.h"
#include "handfast/resumption.h"
#include "handfast/server_name.h"
#include "handfast/time.h"
#include "handshake/chance.h"
#include "schedule/schedule13.h"
#include "schedule/transcript.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace handfast {

struct SessionPath;  // session_state.h

}  // namespace handfast

namespace handfast::handshake {

/// What the handshake was about, on one side.
struct ClientRole {
  std::shared_ptr<const ClientConfig> config;
  ServerName name;
};

struct ServerRole {
  std::shared_ptr<const ServerConfig> config;
  crypto::Digest client = {};  ///< of what the caller knows of whom a cookie is for
};

/// What a client makes sessions of when tickets come: all of them are of one authentication.
struct SessionSource {
  std::shared_ptr<const ClientConfig> config;
  std::vector<std::uint8_t> bytes;  ///< in which the next three lie
  Bytes server_name;
  Bytes alpn;
  Bytes psk_identity;                       ///< sent for the external key; empty: there was none
  std::shared_ptr<const SessionPath> path;  ///< by which the server was verified
  CipherSuite suite{};
  HashSecret resumption_secret;
  UnixTime now;
  UnixTime authenticated;
  UnixTime expires;  ///< of every session
  std::shared_ptr<SessionStanding> standing;
};

/// What is to be forgotten if the connection ends by a fatal alert: the session of a connection
/// that speaks TLS 1.2. (In TLS 1.3 a client's stand in its `SessionSource`.) RFC 5246 §7.2.2, RFC
/// 9846 §6.
struct Remembered {
  std::shared_ptr<SessionCache> cache;        ///< nullptr: a server
  std::shared_ptr<SessionStanding> standing;  ///< of what is in it
  ForgetSession kept;                         ///< by the server
  bool is_pulled = false;                     ///< whether the server is asked to

  /// Forgets it, or returns what the server has to be asked.
  [[nodiscard]] std::unique_ptr<Operation> forget() const;
};

/// What an authentication after the handshake goes on from; kept only where one may come. RFC 9846
/// §4.7.2.
struct PostAuthentication {
  std::optional<ClientRole> client;
  std::optional<ServerRole> server;
  Chance* chance = nullptr;
  schedule::Transcript transcript;  ///< up to the client's Finished
  CertificateType type{};           ///< of what the client shows
  UnixTime now;
  const schedule::TrafficSecret* secret = nullptr;  ///< of the client, the one in use
  std::vector<crypto::Digest> contexts;  ///< a client: hashes of those of all requests so far
  std::vector<std::uint8_t> request;     ///< a server: the message that waits for its answer
};

/// What the exported authenticators of a connection go on from; kept only where they are wanted.
/// RFC 9261.
struct AuthenticatorSource {
  std::shared_ptr<const ClientConfig> client;  ///< nullptr: a server
  std::shared_ptr<const ServerConfig> server;  ///< nullptr: a client
  Chance* chance = nullptr;
  crypto::HashId hash{};              ///< the authenticator hash
  std::vector<std::uint8_t> offered;  ///< a server: what the ClientHello said of signatures,
                                      ///< staples and timestamps, as a CertificateRequest does
};

/// What both sides have said of heartbeats. RFC 6520 §2.
struct HeartbeatTerms {
  HeartbeatMode own{};
  HeartbeatMode peers{};
  Chance* chance = nullptr;
  UnixTime now = {};  ///< from when on answers are counted
};

/// What is left of a handshake when it is over.
struct Established {
  PeerIdentity peer;
  const crypto::Suite* suite = nullptr;
  schedule::TrafficSecret client;
  schedule::TrafficSecret server;
  HashSecret exporter;                                  ///< TLS 1.2: the main secret
  std::vector<std::uint8_t> randoms;                    ///< TLS 1.2: the client's and the server's
  std::unique_ptr<SessionSource> sessions;              ///< a client that keeps sessions
  std::unique_ptr<Remembered> remembered;               ///< what else there may be to forget
  std::unique_ptr<PostAuthentication> post;             ///< where the client may authenticate later
  std::unique_ptr<AuthenticatorSource> authenticators;  ///< where the configuration wants them
  std::unique_ptr<HeartbeatTerms> heartbeat;            ///< where both sides want any

  /// Forgets what must not outlive a connection that ends by a fatal alert, or returns what the
  /// server has to be asked.
  [[nodiscard]] std::unique_ptr<Operation> forget_session() const;
};

}  // namespace handfast::handshake
