// Extensions of the application's own, in ClientHello and EncryptedExtensions. RFC 9846 §4.3.
#pragma once

#include "handfast/config.h"
#include "handshake/handshake.h"

#include <cstddef>

namespace handfast::handshake {

/// More bytes than those that this side may have to write take.
[[nodiscard]] std::size_t room_for_extensions(const ClientOptions& options);
[[nodiscard]] std::size_t room_for_extensions(const ServerOptions& options);

/// A client: writes all of them, the same in both hellos.
void write_application_extensions(codec::Writer& out, const ClientOptions& options);

/// A server: answers those that the client sent.
void answer_application_extensions(codec::Writer& out, const ServerOptions& options,
                                   const message::ExtensionList& sent);

/// Keeps what the peer has sent of those that this side knows. Fails: handshake_too_large.
Result<> keep_application_extensions(Handshake& hs, const message::ExtensionList& sent);

}  // namespace handfast::handshake
