// walk_message12: the same as walk_message where TLS 1.2 was settled on, in which messages of the
// same types have other forms. RFC 5246 §7.4.
#pragma once

#include "crypto/suites.h"
#include "message/certificate12.h"
#include "message/empty12.h"
#include "message/key_exchange12.h"
#include "message/session_ticket12.h"
#include "message/walk.h"

namespace handfast::message {

/// As `walk_message`, of any message of TLS 1.2 with this `method` of key exchange. Fails: as that
/// one.
template <class Visit>
Result<> walk_message12(Bytes message, crypto::KeyExchangeMethod method, Visit&& visit) {
  using enum crypto::KeyExchangeMethod;
  const auto header = walk_header(message, visit);
  if (!header) {
    return std::unexpected(header.error());
  }
  const auto as = [&]<class M>(M) { return codec::walk<M>(header->body, visit, header_size); };
  switch (header->type) {
    case HandshakeType::hello_request: return as(HelloRequest{});
    case HandshakeType::client_hello:
      return walk_hello<BareClientHello, ClientHello>(header->body, Place::client_hello, visit);
    case HandshakeType::server_hello:
      return walk_hello<BareServerHello, ServerHello>(header->body, Place::server_hello12, visit);
    case HandshakeType::certificate: return as(Certificate12{});
    case HandshakeType::certificate_status: return as(CertificateStatus12{});
    case HandshakeType::server_key_exchange:
      if (method == psk) {
        return as(PskServerKeyExchange{});
      }
      if (method == dhe) {
        return as(DheServerKeyExchange{});
      }
      return method == ecdhe_psk ? as(EcdhePskServerKeyExchange{}) : as(ServerKeyExchange{});
    case HandshakeType::certificate_request: return as(CertificateRequest12{});
    case HandshakeType::server_hello_done: return as(ServerHelloDone{});
    case HandshakeType::client_key_exchange:
      if (method == psk) {
        return as(PskClientKeyExchange{});
      }
      if (method == rsa) {
        return as(EncryptedPreMasterSecret{});
      }
      if (method == dhe) {
        return as(DheClientKeyExchange{});
      }
      return method == ecdhe_psk ? as(EcdhePskClientKeyExchange{}) : as(ClientKeyExchange{});
    case HandshakeType::certificate_verify: return as(CertificateVerify{});
    case HandshakeType::new_session_ticket: return as(NewSessionTicket12{});
    case HandshakeType::finished: return as(Finished{});
    default: return fail(Reason::message_unexpected);
  }
}

}  // namespace handfast::message
