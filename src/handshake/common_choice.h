// What a server makes of a ClientHello in every version of TLS.
#pragma once

#include "base/limits.h"
#include "codec/list.h"
#include "handfast/config.h"
#include "handfast/error.h"
#include "handfast/result.h"
#include "message/client_hello.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast::handshake {

/// Facts about two lists that have nothing in common.
template <class E>
Facts both_of(Facts::Kind kind, std::span<const E> ours, const codec::List<E>& theirs) {
  Facts facts{.kind = kind};
  for (const E code : ours) {
    facts.add_ours(static_cast<std::uint16_t>(code));
  }
  for (const E code : theirs) {
    if (!is_grease(static_cast<std::uint16_t>(code))) {
      facts.add_theirs(static_cast<std::uint16_t>(code));
    }
  }
  return facts;
}

/// The first of the server's protocols that the client names too, as an index; nothing if one side
/// has none. Fails: alpn_none_common.
Result<std::optional<std::size_t>> choose_alpn(const ServerOptions& options,
                                               const message::ClientHello& hello);

/// Checks what a client says of the records that it takes. RFC 8449 §4. Fails:
/// record_size_limit_invalid.
Result<> check_record_limit(const std::optional<message::RecordSizeLimit>& wished);

/// A limit as it is told in TLS 1.2. RFC 8449 §4: "An endpoint MUST NOT send a value higher than
/// the protocol-defined maximum record size", which has no byte for the type there.
[[nodiscard]] constexpr std::uint16_t record_limit12(std::uint16_t limit) {
  return std::min<std::uint16_t>(limit, limits::record_plaintext);
}

}  // namespace handfast::handshake
