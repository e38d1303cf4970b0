// What both sides do with what they settled on: tell observers and key log, keep what outlives the
// handshake.
#pragma once

#include "handshake/handshake.h"

namespace handfast::handshake {

/// The hellos are over: tells what they settled on, and the handshake traffic secrets.
void settle_hellos(Handshake& hs, const message::Random& client_random, const crypto::Suite& suite,
                   NamedGroup group, bool retried, const schedule::TrafficSecrets& secrets);

/// Both sides: no record has more than `length` bytes of content from now on; 0: nothing changes.
void settle_fragment_length(Handshake& hs, std::uint16_t length);

/// Both sides: heartbeats may come, and go, once the handshake is over; nothing in `peers`: none.
void settle_heartbeat(Handshake& hs, std::optional<HeartbeatMode> own,
                      std::optional<HeartbeatMode> peers);

/// A client: what the server shows, and wants to be shown. Fails: as `server_type`.
Result<> settle_types(Handshake& hs, const SettledTypes& types);

/// A server: whether it sends a CertificateRequest. Known once it is known whether a session is
/// resumed.
[[nodiscard]] bool asks_client(const Handshake& hs);

/// A server: what the client is to show, if it is asked. Fails: as `choose_client_type`.
Result<> settle_client_type(Handshake& hs, const message::ClientHello& hello);

/// The handshake is over: tells the application traffic secrets and hands them to the connection.
void establish(Handshake& hs, const message::Random& client_random, const crypto::Suite& suite,
               schedule::TrafficSecrets traffic, HashSecret exporter);

}  // namespace handfast::handshake
