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

/// Room for a ClientHello, in the handshake's store: its extensions are written first, and until
/// `compose_hello` nothing else is taken from there.
struct HelloDraft {
  codec::Writer extensions;
  MutBytes suite_memory;
  std::size_t room;  ///< for the extensions
};

/// Room for the ClientHello of `offer` that tells `name`. Fails: out_of_memory.
Result<HelloDraft> draft_hello(Handshake& hs, const Offer& offer, std::string_view name);

/// A ClientHello, whole but for what is computed over the rest of it.
struct ComposedHello {
  MutBytes message;  ///< with its header
  message::ExtensionList extensions;
};

/// The ClientHello of `offer` with `random` and the extensions of `draft`. Fails: out_of_memory,
/// internal.
Result<ComposedHello> compose_hello(Handshake& hs, const Offer& offer,
                                    const message::Random& random, const HelloDraft& draft);

/// More bytes than the extensions of `offer` take.
[[nodiscard]] std::size_t room_for_extensions(const Offer& offer, const ClientOptions& options,
                                              std::string_view name);

/// The ClientHello of `offer` with these extensions; `suite_memory` has room for its suites.
[[nodiscard]] message::ClientHello hello_of(const Offer& offer, const ClientOptions& options,
                                            MutBytes suite_memory, Bytes extensions);

/// How much `hello_of` needs for its suites.
[[nodiscard]] std::size_t room_for_suites(const ClientOptions& options);

}  // namespace handfast::handshake
