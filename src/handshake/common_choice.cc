#include "handshake/common_choice.h"

#include "base/limits.h"

#include <algorithm>

namespace handfast::handshake {

Result<std::optional<std::size_t>> choose_alpn(const ServerOptions& options,
                                               const message::ClientHello& hello) {
  if (options.alpn.empty() || !hello.typed.alpn) {
    return std::nullopt;
  }
  for (std::size_t index = 0; index < options.alpn.size(); ++index) {
    for (const message::ProtocolName& theirs : hello.typed.alpn->protocol_name_list) {
      if (std::ranges::equal(theirs.name, options.alpn[index], {}, {},
                             [](char c) { return static_cast<std::uint8_t>(c); })) {
        return index;
      }
    }
  }
  // RFC 7301 §3.2: a server that supports none of the protocols SHALL answer with
  // no_application_protocol.
  return fail(Reason::alpn_none_common);
}

Result<> check_record_limit(const std::optional<message::RecordSizeLimit>& wished) {
  // RFC 8449 §4: a value below 64 MUST be answered with illegal_parameter.
  const bool is_small = wished && wished->record_size_limit < limits::record_inner_least;
  return is_small ? fail(Reason::record_size_limit_invalid) : Result<>();
}

Result<std::uint16_t> choose_fragment_length(const ServerOptions& options,
                                             const message::ClientHelloExtensions& hello) {
  // RFC 8449 §5: "A server that supports the "record_size_limit" extension MUST ignore a
  // "max_fragment_length" that appears in a ClientHello if both extensions appear."
  if (!hello.max_fragment_length || answers_record_limit(options, hello)) {
    return std::uint16_t{0};
  }
  // RFC 6066 §4: "If a server receives a maximum fragment length negotiation request for a value
  // other than the allowed values, it MUST abort the handshake with an "illegal_parameter" alert."
  const std::uint16_t length = hello.max_fragment_length->length();
  return length != 0 ? Result<std::uint16_t>(length) : fail(Reason::max_fragment_length_invalid);
}

}  // namespace handfast::handshake
