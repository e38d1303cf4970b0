// Encrypted Client Hello, the server's side. RFC 9849 §7.
#pragma once

#include "crypto/hpke.h"
#include "handshake/handshake.h"
#include "message/extension/encrypted_client_hello.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace handfast::handshake {

/// What a server remembers between the first hello and the second: the key that opened it.
struct EchOpener {
  crypto::hpke::Recipient recipient;
  message::HpkeSymmetricCipherSuite suite;
  std::uint8_t config_id = 0;
};

/// The ClientHello that is hidden in the first one, which it then replaces everywhere; or the first
/// one itself, if none is that this server has a key for. `opener` is for `open_second`. RFC 9849
/// §7.1. Fails: ech_type_invalid, ech_inner_invalid, ech_outer_extensions_invalid, and as a
/// ClientHello may that came in clear.
Result<Received<message::ClientHello>> open_hidden(Handshake& hs,
                                                   std::unique_ptr<EchOpener>& opener,
                                                   const Received<message::ClientHello>& hello);

/// The same for the hello that follows a HelloRetryRequest: if the first one hid another, so must
/// this one. RFC 9849 §7.1.1. Fails: as `open_hidden`; extension_missing, hello_changed,
/// hpke_message_unreadable.
Result<Received<message::ClientHello>> open_second(Handshake& hs,
                                                   const std::unique_ptr<EchOpener>& opener,
                                                   const Received<message::ClientHello>& hello);

/// Writes into a ServerHello or HelloRetryRequest that what was hidden has been found, if it has.
/// `message` is composed, with zeros in an encrypted_client_hello. RFC 9849 §7.2.
void confirm_ech(const Handshake& hs, const message::ClientHello& hello, crypto::HashId hash,
                 MutBytes message);

/// The configurations for a client that has no good one, as an ECHConfigList; empty: it is not to
/// have any. RFC 9849 §7.1.
[[nodiscard]] std::vector<std::uint8_t> retry_configs(const Handshake& hs,
                                                      const message::ClientHello& hello);

}  // namespace handfast::handshake
