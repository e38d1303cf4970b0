// Certificate, CertificateVerify and Finished of TLS 1.2, of both sides. RFC 5246 §7.4.2 to §7.4.9.
#pragma once

#include "handshake/claim.h"
#include "handshake/credential13.h"
#include "handshake/handshake.h"
#include "handshake/hello12.h"
#include "handshake/task.h"
#include "message/certificate12.h"
#include "message/finished.h"
#include "message/session_ticket12.h"
#include "schedule/schedule12.h"

#include <memory>

namespace handfast::handshake {

// ---- a client -----------------------------------------------------------------------------------

/// Reads Certificate, and CertificateStatus if there may be one, and is over unless the chain is
/// trusted for the name. It lives as long as the handshake.
Task<const PeerCertificates*> authenticate_server12(Handshake& hs, const ServerChoice12* choice);

/// Signs all messages so far, if something is shown. RFC 5246 §7.4.8.
Task<> prove_identity12(Handshake& hs, const Shown* shown);

// ---- a server -----------------------------------------------------------------------------------

/// The client's schemes that a suite in common has keys for. None where it sent no list of them,
/// which only a suite with RSA key exchange goes without.
[[nodiscard]] SchemeList schemes12(const message::ClientHello& hello, const Choice12& choice);

/// What `credential` comes to. Fails: server_name_unknown, signature_none_common.
Result<Shown12> show12(const std::shared_ptr<const Credential>& credential,
                       const message::ClientHello& hello, const Choice12& choice);

/// Sends CertificateStatus, where the client wants one.
Result<> send_certificate_status12(Handshake& hs, const Shown12& shown);

/// Raw public keys are for TLS 1.3 here. Fails: certificate_type_none_common.
Result<> check_takes_x509(const ServerOptions& options);

/// Asks the client for a certificate. Fails: as Handshake::send.
Result<> send_certificate_request12(Handshake& hs);

/// Reads the Certificate with which the client answers, and is over unless its chain is trusted, or
/// nothing is shown and that may be. It lives as long as the handshake.
Task<const PeerCertificates*> read_client_certificate12(Handshake& hs);

/// A client's CertificateVerify that was right, and what follows it in its record.
struct ClientProof12 {
  Claim claim;
  std::optional<wire::Boundary> edge;
};

/// Reads the CertificateVerify of a client that has shown something: its key has signed all
/// messages so far, or the handshake is over.
Task<ClientProof12> authenticate_client12(Handshake& hs, const PeerCertificates* shown);

Result<> send_ticket12(Handshake& hs, const message::NewSessionTicket12& ticket);

Result<> send_server_hello_done(Handshake& hs);

/// Server: keeps what was settled on, and tells it. A session that `resumes` has no group,
/// nor has a suite with nothing but an external key.
void settle_server12(Handshake& hs, const message::ClientHello& hello, const Choice12& choice,
                     const crypto::Suite& suite, bool resumes);

// ---- both ---------------------------------------------------------------------------------------

/// Sends Certificate: the chain of `credential`, or nothing (RFC 5246 §7.4.6: an empty list).
Result<> send_certificate12(Handshake& hs, const Credential* credential);

Result<> send_finished12(Handshake& hs, const schedule::VerifyData& data);

/// Compares the peer's Finished, in constant time. Fails: finished_mismatch, message_truncated,
/// message_leftover.
Result<Confirmation> check_finished12(const Received<message::Finished>& finished,
                                      const schedule::VerifyData& expected);

/// The handshake is over: hands the main secret to the connection.
void establish12(Handshake& hs, const schedule::Randoms& randoms, const crypto::Suite& suite,
                 const schedule::MainSecret& secret);

}  // namespace handfast::handshake
