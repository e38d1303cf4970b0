// What a server makes of the ClientHello of a client that speaks TLS 1.2 at most: pure functions.
// RFC 5246 §7.4.1, RFC 8422 §5.1.
#pragma once

#include "crypto/signature.h"
#include "crypto/suites.h"
#include "handfast/config.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "message/client_hello.h"

#include <cstddef>
#include <optional>

namespace handfast::handshake {

/// What both sides will use, but for what the server's key decides.
struct Choice12 {
  const crypto::Suite* by_ecdsa = nullptr;  ///< where an ECDSA or Ed25519 key signs
  const crypto::Suite* by_rsa = nullptr;    ///< where an RSA key signs; nullptr: none in common
  NamedGroup group{};
  std::optional<std::size_t> alpn;  ///< index in the server's list

  [[nodiscard]] const crypto::Suite* suite_for(crypto::KeyKind signer) const {
    return signer == crypto::KeyKind::rsa ? by_rsa : by_ecdsa;
  }
};

/// Chooses suite, group and application protocol. Fails: what the RFCs demand of a ClientHello of
/// TLS 1.2, fallback_inappropriate where this side speaks TLS 1.3 too, or nothing in common.
Result<Choice12> negotiate12(const ServerOptions& options, const message::ClientHello& hello);

}  // namespace handfast::handshake
