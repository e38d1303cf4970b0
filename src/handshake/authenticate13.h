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
#include <vector>

namespace handfast::handshake {

/// Client: reads Certificate and CertificateVerify, and is over unless the chain is trusted for the
/// name and the server owns the leaf's key.
Task<> authenticate_server(Handshake& hs, const Asked* asked);

/// Server: reads the answer to the CertificateRequest `asked`. The client shows a
/// certificate and proves that it is its own, or the handshake is over, with one exception: it may
/// show none where it may stay unknown. RFC 9846 §4.5.1.3.
Task<std::optional<Claim>> authenticate_client(Handshake& hs, message::CertificateRequest asked);

/// The rest of an answer to the CertificateRequest `asked` that begins with `certificate`, which
/// shows a `type`, up to CertificateVerify: its chain is trusted and the peer owns the leaf's key,
/// or the handshake is over. Nothing if it shows no certificate.
Task<std::optional<Claim>> judge_answer(Handshake& hs, message::CertificateRequest asked,
                                        const message::Certificate* certificate,
                                        OfferedSchemes offered, CertificateType type);

/// Sends Certificate and CertificateVerify, or an empty Certificate alone.
Task<> prove_identity(Handshake& hs, const Shown* shown);

/// Whether a client may show no certificate. Fails: certificate_required.
Result<> check_may_stay_unknown(const ServerOptions& options);

/// The authorities that clients are told of: those that the configuration names, else those that
/// may vouch for a client, unless they are too many to be of use: those of a whole system store
/// would fill a message that most clients do not look at. Nor where some clients are trusted for
/// themselves: whoever issued their certificates has no part in it, and they would find that none
/// fits. (An empty list there may not be: RFC 9846 §4.3.4.)
void write_authorities(codec::Writer& out, const ClientAuthentication& clients);

/// Server: writes what a CertificateRequest asks for, and how its answer may be compressed; at most
/// `room_for_request` bytes.
void write_request_extensions(codec::Writer& out, const ServerOptions& options,
                              std::span<const CertificateCompressionAlgorithm> compression);
[[nodiscard]] std::size_t room_for_request(const ServerOptions& options);

/// Server: asks the client for a certificate. Returns what was sent. Fails: as Handshake::send.
Result<message::CertificateRequest> send_certificate_request(Handshake& hs);

/// Sends Finished with the key, or the base key, of this side. Fails: as Handshake::send.
Result<> send_finished(Handshake& hs, const schedule::FinishedKey& key);

inline Result<> send_finished(Handshake& hs, const schedule::TrafficSecret& base) {
  return send_finished(hs, base.finished_key());
}

/// Compares the peer's Finished, in constant time. Fails: finished_mismatch, message_truncated,
/// message_leftover.
Result<Confirmation> check_finished(const Received<message::Finished>& finished,
                                    const schedule::FinishedKey& key);

inline Result<Confirmation> check_finished(const Received<message::Finished>& finished,
                                           const schedule::TrafficSecret& base) {
  return check_finished(finished, base.finished_key());
}

}  // namespace handfast::handshake
