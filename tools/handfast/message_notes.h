// What is worth saying of a handshake message in half a line.
#pragma once

#include "handfast/bytes.h"
#include "handfast/registry.h"

#include <span>
#include <string>
#include <vector>

namespace handfast::command {

/// One key of a ClientHello's pre_shared_key.
struct OfferedKey {
  std::string name = {};  ///< for people; empty: the ticket of a session
  std::string kdf = {};   ///< of an imported one
};

/// Those of a ClientHello, with its header, in their order.
[[nodiscard]] std::vector<OfferedKey> offered_keys_of(Bytes client_hello);

/// `message` is a whole handshake message with its header. Empty where there is nothing to say;
/// also for bytes that are not well formed, about which the library says more. A Certificate does
/// not say what it shows: `shown` does.
[[nodiscard]] std::string note_of(HandshakeType type, Bytes message,
                                  CertificateType shown = CertificateType::x509,
                                  std::span<const OfferedKey> offered = {});

/// What each side shows in its Certificate. RFC 7250 §4.2.
struct ShownTypes {
  CertificateType server = CertificateType::x509;
  CertificateType client = CertificateType::x509;
};

/// As EncryptedExtensions says it.
[[nodiscard]] ShownTypes types_of(Bytes message);

/// Whom a CertificateRequest names as authorities (RFC 9846 §4.3.4), as text; none: anybody's
/// certificates will do.
[[nodiscard]] std::vector<std::string> authorities_of(Bytes message);

/// One entry of a Certificate message, as views into it.
struct ShownCertificate {
  Bytes der;
  Bytes staple = {};     ///< the OCSP response that came with it; empty: none
  Bytes sct_list = {};   ///< its SignedCertificateTimestampList, the same
  Bytes delegated = {};  ///< its DelegatedCredential, the same
};

/// The certificates of a Certificate message, RFC 9846 §4.5.1.
[[nodiscard]] std::vector<ShownCertificate> certificates_of(Bytes message);

}  // namespace handfast::command
