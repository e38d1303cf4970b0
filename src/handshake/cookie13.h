// The cookie of a HelloRetryRequest: what a server must know of the first ClientHello when the
// second one comes, kept by the client. RFC 9846 §4.3.2.
#pragma once

#include "crypto/hash.h"
#include "handshake/handshake.h"
#include "handshake/negotiate13.h"

#include <optional>
#include <vector>

namespace handfast::handshake {

/// A HelloRetryRequest that was sent in answer to another ClientHello, perhaps on another
/// connection.
struct RecalledRetry {
  RetryTerms terms;
  crypto::Digest first_hello;  ///< the hash over that ClientHello
};

/// A cookie for who sent `first_hello`; empty: this server sends none. Fails: as
/// TicketKeys::issue.
Result<std::vector<std::uint8_t>> make_cookie(const Handshake& hs, Bytes first_hello,
                                              const RetryTerms& terms);

/// What the cookie in the first `hello` of this connection says; nothing if there is none. Fails:
/// cookie_unknown for one that is not ours, is too old or another client's, and for one of a
/// ClientHello that was hidden: what is needed to open the second one has stayed behind.
Result<std::optional<RecalledRetry>> open_cookie(const Handshake& hs,
                                                 const message::ClientHello& hello);

}  // namespace handfast::handshake
