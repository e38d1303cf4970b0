// Settled: what a handshake settled on.
#pragma once

#include "handfast/registry.h"

#include <string>

namespace handfast {

/// What the handshake settled on. Meaningful once `Connected` came.
struct Settled {
  ProtocolVersion version = ProtocolVersion::tls13;
  CipherSuite suite{};
  NamedGroup group{};
  SignatureScheme scheme{};         ///< of the server's CertificateVerify
  SignatureScheme client_scheme{};  ///< of the client's; 0: it showed no certificate
  bool retried = false;             ///< by HelloRetryRequest
  std::string alpn;                 ///< empty: none
  std::string server_name;          ///< a server: as asked by the client (SNI), empty if none
};

}  // namespace handfast
