// A client's ClientHello, from the offer to the wire. RFC 9846 §4.2.2.
#pragma once

#include "handshake/check13.h"
#include "handshake/handshake.h"
#include "handshake/offer13.h"

#include <string_view>

namespace handfast::handshake {

/// Writes and sends the ClientHello of `offer`, if it is to be hidden inside another one. Returns
/// it in the form that answers are compared with. Fails: out_of_memory, internal; as
/// `send_hidden_hello`.
Result<Asked> send_client_hello(Handshake& hs, Offer& offer);

/// The name that the client tells the server; empty: none.
[[nodiscard]] std::string_view name_told(const Handshake& hs);

/// More bytes than the extensions of `offer` take.
[[nodiscard]] std::size_t room_for_extensions(const Offer& offer, const ClientOptions& options,
                                              std::string_view name);

/// The ClientHello of `offer` with these extensions; `suite_memory` has room for its suites.
[[nodiscard]] message::ClientHello hello_of(const Offer& offer, const ClientOptions& options,
                                            MutBytes suite_memory, Bytes extensions);

/// How much `hello_of` needs for its suites.
[[nodiscard]] std::size_t room_for_suites(const ClientOptions& options);

}  // namespace handfast::handshake
