// Exported authenticators: Certificate, CertificateVerify and Finished outside of any handshake,
// bound to a connection by its exporter. RFC 9261.
#pragma once

#include "handshake/established.h"
#include "handshake/handshake.h"
#include "handshake/task.h"
#include "message/certificate.h"
#include "message/client_hello.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace handfast::handshake {

/// One authenticator, as it is made or judged.
struct Authenticator {
  std::optional<ClientRole> client;  ///< of this side; the name is that of the server judged
  std::optional<ServerRole> server;
  Chance* chance = nullptr;
  UnixTime now;
  /// The Handshake Context of its maker, and the request: where a Handshake begins.
  schedule::Transcript transcript{crypto::HashId::sha256};
  const schedule::FinishedKey* key = nullptr;  ///< the Finished MAC Key of its maker
  message::CertificateRequest request;  ///< that it answers, or what stands for one that is not
  std::string_view server_name;         ///< for whom a server is asked; empty: it may choose
  bool is_judged = false;               ///< else it is made
  bool answers = true;                  ///< a request; else a server speaks unasked
  bool declines = false;                ///< it says that nothing is to be shown
};

/// What is to be kept of a connection; nullptr: nothing, as its configuration does not want
/// authenticators. `hello` is what the client said; nullptr on a client. Call once `establish` was.
std::unique_ptr<AuthenticatorSource> authenticator_source(Handshake& hs,
                                                          const message::ClientHello* hello);

/// What a client asks of every server that shows it certificates, as extensions of a
/// CertificateRequest, for `name` if there is one.
[[nodiscard]] std::vector<std::uint8_t> requested_of_server(const ClientOptions& options,
                                                            const ServerName* name);

/// What a server asks of clients, in the same form. It has a Trust for clients.
[[nodiscard]] std::vector<std::uint8_t> requested_of_client(const ServerOptions& options);

/// Sends Certificate, CertificateVerify and Finished; where nothing is shown, an empty Certificate
/// and Finished, of which the first is not to leave. RFC 9261 §5.2, §6.
Task<> make_authenticator13(Handshake& hs);

/// Reads what the other one sent; afterwards the peer of `established` is who it has proved to be,
/// Anonymous if it declines.
Task<> judge_authenticator13(Handshake& hs);

}  // namespace handfast::handshake
