// Certificate, CertificateVerify and Finished, of both sides. RFC 9846 §4.5.
#pragma once

#include "handshake/check13.h"
#include "handshake/handshake.h"
#include "handshake/task.h"
#include "message/finished.h"

namespace handfast::handshake {

/// Client: reads Certificate and CertificateVerify, and is over unless the chain is trusted for the
/// name and the server owns the leaf's key.
Task<> authenticate_server(Handshake& hs, const Asked* asked);

/// Server: sends Certificate and CertificateVerify.
Task<> prove_identity(Handshake& hs, const std::shared_ptr<const Credential>* credential,
                      SignatureScheme scheme);

/// Client: answers a CertificateRequest with an empty list, as a client without a fitting
/// certificate MUST (RFC 9846 §4.5.1); the server decides. Fails: as Handshake::send.
Result<> send_no_certificate(Handshake& hs);

/// Sends Finished with the base key of this side. Fails: as Handshake::send.
Result<> send_finished(Handshake& hs, const schedule::TrafficSecret& base);

/// Compares the peer's Finished, in constant time. Fails: finished_mismatch, message_truncated,
/// message_leftover.
Result<> check_finished(const Received<message::Finished>& finished,
                        const schedule::TrafficSecret& base);

}  // namespace handfast::handshake
