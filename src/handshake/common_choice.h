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

/// Whether a server says what records it takes itself, to a client that has said so.
[[nodiscard]] inline bool answers_record_limit(const ServerOptions& options,
                                               const message::ClientHelloExtensions& hello) {
  return options.record_size_limit != 0 && hello.record_size_limit;
}

/// Whether RFC 6520 has such a mode.
[[nodiscard]] constexpr bool is_mode(HeartbeatMode mode) {
  return mode == HeartbeatMode::peer_allowed_to_send ||
         mode == HeartbeatMode::peer_not_allowed_to_send;
}

/// The max_fragment_length that a server settles on; 0: none is wished for, or record_size_limit
/// is answered instead. RFC 6066 §4, RFC 8449 §5. Fails: max_fragment_length_invalid.
Result<std::uint16_t> choose_fragment_length(const ServerOptions& options,
                                             const message::ClientHelloExtensions& hello);

/// The max_fragment_length that a client's server has settled on; 0: none. `Block` has what
/// it said. RFC 6066 §4, RFC 8449 §5. Fails: max_fragment_length_changed, record_limits_both.
template <class Block>
Result<std::uint16_t> fragment_length_of(const Block& answer, const ClientOptions& options) {
  if (!answer.max_fragment_length) {
    return std::uint16_t{0};
  }
  // RFC 8449 §5: "A client MUST treat receipt of both "max_fragment_length" and "record_size_limit"
  // as a fatal error, and it SHOULD generate an "illegal_parameter" alert."
  if (answer.record_size_limit) {
    return fail(Reason::record_limits_both);
  }
  // RFC 6066 §4: a client that receives "a maximum fragment length negotiation response that
  // differs from the length it requested [...] MUST also abort the handshake with an
  // "illegal_parameter" alert."
  const std::uint16_t length = answer.max_fragment_length->length();
  return length == options.max_fragment_length ? Result<std::uint16_t>(length)
                                               : fail(Reason::max_fragment_length_changed);
}

/// What the peer has said of heartbeats, if this side wants any by its own `options`. RFC 6520 §2.
/// Fails: heartbeat_mode_invalid.
template <class Block, class Options>
Result<std::optional<HeartbeatMode>> heartbeat_of(const Block& said, const Options& options) {
  if (!options.heartbeat || !said.heartbeat) {
    return std::nullopt;
  }
  // RFC 6520 §2: "Upon reception of an unknown mode, an error Alert message using
  // illegal_parameter as its AlertDescription MUST be sent in response."
  const HeartbeatMode mode = said.heartbeat->mode;
  return is_mode(mode) ? Result<std::optional<HeartbeatMode>>(mode)
                       : fail(Reason::heartbeat_mode_invalid);
}

/// What a client says of the records that it takes: servers that know both extensions go by this
/// one, which must not undo what the other asks for. 0: nothing.
[[nodiscard]] constexpr std::uint16_t record_limit(const ClientOptions& options) {
  const std::uint16_t length = options.max_fragment_length;
  return length == 0 ? options.record_size_limit : std::min(options.record_size_limit, length);
}

/// A limit as it is told in TLS 1.2. RFC 8449 §4: "An endpoint MUST NOT send a value higher than
/// the protocol-defined maximum record size", which has no byte for the type there.
[[nodiscard]] constexpr std::uint16_t record_limit12(std::uint16_t limit) {
  return std::min<std::uint16_t>(limit, limits::record_plaintext);
}

}  // namespace handfast::handshake
