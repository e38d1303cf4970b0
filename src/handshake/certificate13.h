// The Certificate message of either side, compressed or not. RFC 9846 §4.5.1, RFC 8879.
#pragma once

#include "handshake/credential13.h"
#include "handshake/handshake.h"
#include "handshake/task.h"

#include <span>

namespace handfast::handshake {

/// Reads the peer's Certificate, or the CompressedCertificate in its place if `offered` names any
/// algorithm. The message lives as long as the handshake. The handshake is over with
/// compression_not_offered, compressed_certificate_too_long, compressed_certificate_invalid.
Task<const message::Certificate*>
read_certificate(Handshake& hs, std::span<const CertificateCompressionAlgorithm> offered);

/// Sends what is shown, compressed if `shown` says so; an empty list if that is nothing. Fails: as
/// Handshake::send.
Result<> send_certificate(Handshake& hs, const Shown& shown);

}  // namespace handfast::handshake
