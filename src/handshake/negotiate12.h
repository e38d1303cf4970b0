// What a server makes of a ClientHello where TLS 1.2 is the newest version in common: pure
// functions. RFC 5246 §7.4.1, RFC 8422 §5.1.
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
  const crypto::Suite* by_decryption = nullptr;  ///< where it decrypts, and nothing is signed
  bool prefers_decryption = false;               ///< `by_decryption` stands before `by_rsa`
  const crypto::Suite* by_psk = nullptr;         ///< with an external key
  bool prefers_psk = false;                      ///< `by_psk` stands before the others
  NamedGroup group{};                            ///< an elliptic curve; 0: none in common
  NamedGroup ffdhe{};                            ///< 0: none that the client takes
  std::optional<std::size_t> alpn;               ///< index in the server's list
  std::uint16_t max_fragment_length = 0;         ///< bytes; 0: none is answered
  std::optional<HeartbeatMode> heartbeat;        ///< of the client; nothing: none is answered

  /// The group of a suite; 0: it needs none.
  [[nodiscard]] NamedGroup group_of(const crypto::Suite& suite) const {
    if (suite.key_exchange == crypto::KeyExchangeMethod::dhe) {
      return ffdhe;
    }
    return crypto::needs_curve(suite.key_exchange) ? group : NamedGroup{};
  }

  /// nullptr: none in common in which keys of this kind sign, such as those of ML-DSA, which signs
  /// TLS 1.3 alone.
  [[nodiscard]] const crypto::Suite* suite_for(crypto::KeyKind signer) const {
    switch (signer) {
      case crypto::KeyKind::rsa: return by_rsa;
      case crypto::KeyKind::ecdsa_p256:
      case crypto::KeyKind::ecdsa_p384:
      case crypto::KeyKind::ecdsa_p521:
      case crypto::KeyKind::ed25519: return by_ecdsa;
      case crypto::KeyKind::ml_dsa_44:
      case crypto::KeyKind::ml_dsa_65:
      case crypto::KeyKind::ml_dsa_87: break;
    }
    return nullptr;
  }
};

/// Chooses suite, group and application protocol; that TLS 1.2 is the newest version in common is
/// for the caller to see, and whether there `may_decrypt` a key of ours. Fails: what the RFCs
/// demand of a ClientHello of TLS 1.2, or what is asked for here besides: the extended main secret;
/// schemes and groups, where there is no suite that does without; fallback_inappropriate where this
/// side speaks TLS 1.3 too; nothing in common.
Result<Choice12> negotiate12(const ServerOptions& options, const message::ClientHello& hello,
                             bool may_decrypt);

}  // namespace handfast::handshake
