// Certificate, CertificateVerify and Finished, of both sides, and the CertificateRequest. RFC 9846
// §4.4.2, §4.5.
#pragma once

#include "handshake/check13.h"
#include "handshake/claim.h"
#include "handshake/credential13.h"
#include "handshake/handshake.h"
#include "handshake/task.h"
#include "message/finished.h"

#include <optional>

namespace handfast::handshake {

/// Client: reads Certificate and CertificateVerify, and is over unless the chain is trusted for the
/// name and the server owns the leaf's key.
Task<> authenticate_server(Handshake& hs, const Asked* asked);

/// Server: reads the answer to the CertificateRequest `asked`. The client shows a
/// certificate and proves that it is its own, or the handshake is over, with one exception: it may
/// show none where it may stay unknown. RFC 9846 §4.5.1.3.
Task<std::optional<Claim>> authenticate_client(Handshake& hs, message::CertificateRequest asked);

/// Sends Certificate and CertificateVerify, or an empty Certificate alone.
Task<> prove_identity(Handshake& hs, const Shown* shown);

/// Server: writes what a CertificateRequest asks for; at most `room_for_request` bytes.
void write_request_extensions(codec::Writer& out, const ServerOptions& options);
[[nodiscard]] std::size_t room_for_request(const ServerOptions& options);

/// Server: asks the client for a certificate. Returns what was sent. Fails: as Handshake::send.
Result<message::CertificateRequest> send_certificate_request(Handshake& hs);

/// Sends Finished with the base key of this side. Fails: as Handshake::send.
Result<> send_finished(Handshake& hs, const schedule::TrafficSecret& base);

/// Compares the peer's Finished, in constant time. Fails: finished_mismatch, message_truncated,
/// message_leftover.
Result<Confirmation> check_finished(const Received<message::Finished>& finished,
                                    const schedule::TrafficSecret& base);

}  // namespace handfast::handshake
