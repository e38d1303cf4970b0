// What a server makes of a ClientHello: pure functions of the configuration and the message. RFC
// 9846 §4.2.
#pragma once

#include "crypto/suites.h"
#include "handfast/config.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "message/client_hello.h"

#include <optional>
#include <string>

namespace handfast::handshake {

/// What both sides will use.
struct Choice {
  const crypto::Suite* suite = nullptr;
  NamedGroup group{};
  Bytes client_share;               ///< of `group`; empty: a HelloRetryRequest must ask for it
  std::optional<std::size_t> alpn;  ///< index in the server's list
  std::uint16_t max_fragment_length = 0;   ///< bytes; 0: none is answered
  std::optional<HeartbeatMode> heartbeat;  ///< of the client; nothing: none is answered
  bool early_data = false;                 ///< the client sends early data

  [[nodiscard]] bool needs_share() const { return client_share.empty(); }
};

/// What a HelloRetryRequest asks for, and what it has settled.
struct RetryTerms {
  const crypto::Suite* suite = nullptr;
  std::optional<NamedGroup> group = {};  ///< of the share; nothing: none, but the cookie back
};

/// The terms of a HelloRetryRequest after this choice.
[[nodiscard]] RetryTerms retry_terms(const Choice& choice);

/// Chooses suite, group and application protocol by the server's preference. Fails: what RFC 9846
/// §4.2.2, §4.3 and §9.2 demand of a ClientHello, or nothing in common.
Result<Choice> negotiate13(const ServerOptions& options, const message::ClientHello& hello);

/// The same for the ClientHello that follows a HelloRetryRequest. Fails: hello_changed,
/// key_share_missing, and as `negotiate13`.
Result<Choice> renegotiate13(const ServerOptions& options, const RetryTerms& terms,
                             const message::ClientHello& second);

/// Checks that the second ClientHello differs from the first only where it may, and brings back the
/// `cookie` (empty: there was none). Whether its shares are those of before is not looked at, as it
/// cannot be on another connection. Fails: hello_changed, cookie_invalid.
Result<> check_second_hello(const message::ClientHello& first, const message::ClientHello& second,
                            Bytes cookie);

/// The name that a client asks for, in lower case; empty if it names none. Fails:
/// server_name_malformed.
Result<std::string> server_name(const std::optional<message::ServerNameList>& asked);

}  // namespace handfast::handshake
