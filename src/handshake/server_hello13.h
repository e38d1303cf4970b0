// What a server answers to a ClientHello: a ServerHello or a HelloRetryRequest. RFC 9846 §4.2.3,
// §4.2.4.
#pragma once

#include "handshake/cookie13.h"
#include "handshake/handshake.h"
#include "handshake/negotiate13.h"

#include <cstdint>
#include <optional>

namespace handfast::handshake {

/// Sends a ServerHello with `share`, which selects the PSK with index `psk`. Fails: random_failed,
/// out_of_memory, internal.
Result<> send_server_hello(Handshake& hs, const message::ClientHello& hello, const Choice& choice,
                           const crypto::PublicShare& share, std::optional<std::uint16_t> psk);

/// Sends a HelloRetryRequest; the cookie that is in it, empty if there is none. Fails: as
/// `make_cookie`; out_of_memory, internal.
Result<Bytes> send_hello_retry(Handshake& hs, const Received<message::ClientHello>& hello,
                               const RetryTerms& terms);

/// Begins the transcript as if the HelloRetryRequest of `retry`, which `hello` answers, had been
/// sent here. Fails: out_of_memory, internal.
Result<> retrace_hello_retry(Handshake& hs, const message::ClientHello& hello,
                             const RecalledRetry& retry);

}  // namespace handfast::handshake
