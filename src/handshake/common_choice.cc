#include "handshake/common_choice.h"

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

}  // namespace handfast::handshake
