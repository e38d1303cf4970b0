// The same as message_notes.h for TLS 1.2, where messages of the same types have other forms. RFC
// 5246 §7.4.
#pragma once

#include "handfast/bytes.h"
#include "handfast/message_notes.h"
#include "handfast/registry.h"

#include <string>
#include <vector>

namespace handfast::command {

/// Whether a ServerHello settles on TLS 1.2: it does not have supported_versions, which takes TLS
/// 1.3's (RFC 9846 §4.3.1).
[[nodiscard]] bool settles_12(Bytes server_hello);

/// The session_id of a ClientHello or a ServerHello.
[[nodiscard]] Bytes session_id_of(Bytes hello);

/// As `note_of`, of all messages from the ServerHello on. `offered_id` is the session_id of the
/// ClientHello, which a server that resumes a session says again.
[[nodiscard]] std::string note_of12(HandshakeType type, Bytes message, Bytes offered_id);

/// The certificates of a Certificate, RFC 5246 §7.4.2; nothing comes with them.
[[nodiscard]] std::vector<ShownCertificate> certificates12_of(Bytes message);

/// The OCSP response of a CertificateStatus, on the first certificate. RFC 6066 §8.
[[nodiscard]] Bytes staple12_of(Bytes message);

/// The SignedCertificateTimestampList of a ServerHello, on the first certificate. RFC 6962 §3.3.1.
[[nodiscard]] Bytes sct_list12_of(Bytes server_hello);

/// Whom a CertificateRequest names as authorities, RFC 5246 §7.4.4.
[[nodiscard]] std::vector<std::string> authorities12_of(Bytes message);

}  // namespace handfast::command
