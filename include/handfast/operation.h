// Operations: work that the handshake needs and the caller may do elsewhere. No callback: it is
// pulled.
#pragma once

#include "handfast/config.h"
#include "handfast/credential.h"
#include "handfast/early_data.h"
#include "handfast/external_psk.h"
#include "handfast/registry.h"
#include "handfast/secret_bytes.h"
#include "handfast/server_name.h"
#include "handfast/tickets.h"
#include "handfast/time.h"
#include "handfast/trust.h"
#include "handfast/verdict.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace handfast {

namespace crypto {
class KeyExchange;  // what only `answer` looks into
}  // namespace crypto

/// Sign `message`, hashed by the scheme, with the credential's key: in TLS 1.3 that of RFC 9846
/// §4.5.2; in TLS 1.2 both randoms and the params of the key exchange (RFC 8422 §5.4), or all
/// messages so far (RFC 5246 §7.4.8). Answer: `Signed`.
struct Sign {
  std::shared_ptr<const Credential> credential;
  SignatureScheme scheme;
  Bytes message;
};

/// Whose certificates they are, which decides what they must be good for.
enum class Party : std::uint8_t { client, server };

/// Judge the peer's certificates, as `answer` does. Answer: `Verdict`, on this very chain.
struct VerifyChain {
  std::span<const Bytes> chain;  ///< DER, leaf first, as sent
  const ServerName* name;        ///< that the client wanted to reach; nullptr for a client's chain
  std::shared_ptr<const Trust> trust;
  UnixTime now;
  Party owner = Party::server;  ///< a server (serverAuth, for `name`) or a client (clientAuth)

  /// The OCSP responses (DER) and SignedCertificateTimestampLists (RFC 6962 §3.3) that came with
  /// the certificates: the n-th of each belongs to the n-th of `chain`, empty where none came.
  std::span<const Bytes> staples = {};
  std::span<const Bytes> sct_lists = {};

  Evidence evidence = {};  ///< of our configuration; a staple that was not asked for is not owed

  /// raw_public_key: `chain` is one SubjectPublicKeyInfo, to be judged as `x509::verify_raw_key`
  /// does.
  CertificateType type = CertificateType::x509;

  /// What the leaf's key must be allowed to do: decrypt, where TLS 1.2 has settled on RSA key
  /// exchange, and else sign.
  KeyUsage usage = KeyUsage::digital_signature;
};

/// Choose a credential for a ClientHello. Answer: `std::shared_ptr<const Credential>`, not nullptr.
struct ChooseCredential {
  std::shared_ptr<const ServerConfig> config;
  std::string_view server_name;  ///< as asked (SNI), in lower case; empty: none was sent
  std::span<const SignatureScheme>
      schemes;  ///< what the client accepts in CertificateVerify, those known here, in its order
  std::span<const SignatureScheme>
      certificate_schemes;  ///< and in certificates (signature_algorithms_cert, if it sent one)
  std::span<const Bytes> authorities;  ///< names (DER) of those that the client would like to have
                                       ///< vouch for the server, the first 64 that it sent
  std::span<const CertificateType> types = x509_alone;  ///< what the client takes (RFC 7250)
  std::span<const SignatureScheme> delegated_schemes =
      {};             ///< of the delegated credentials that the client takes (RFC 9345),
                      ///< those known here; empty: none
  UnixTime now = {};  ///< by which delegated credentials are good or not

  /// TLS 1.2 with a suite of RSA key exchange: an RSA key that may decrypt will do too, as nothing
  /// is signed with it, whatever the client accepts.
  bool takes_decryption = false;

  static constexpr std::array x509_alone = {CertificateType::x509};
};

/// Make a ticket of a session, or keep it under an id. Answer: `IssuedTicket`, with the id where
/// that is so; a refusal leaves the client without one.
struct IssueTicket {
  std::shared_ptr<Tickets> tickets;  ///< of the configuration
  Bytes session;                     ///< a secret
  UnixTime now;
  UnixTime expires;
  Bytes id;  ///< that the client knows already, see `Tickets::keep`; empty: a ticket is wanted
};

/// Find the session of a ticket, or of an id, that a client shows. Answer: `RedeemedTicket`; a
/// refusal is the same as none: a full handshake follows.
struct RedeemTicket {
  std::shared_ptr<Tickets> tickets;
  Bytes ticket;  ///< a peer's bytes, whatever they are
  UnixTime now;
};

/// Enter a ClientHello that early data follows into the register. Answer: `ReplayVerdict`; a
/// refusal is the same as `unknown`: the early data is refused, and the handshake goes on.
struct CheckReplay {
  std::shared_ptr<ReplayRegister> replays;  ///< of the configuration
  ReplayRegister::Entry entry;
  UnixTime now;
};

/// Choose a pre-shared key of ours among those that a client offers. Answer: `ChosenPsk`; a refusal
/// is the same as none: another way to know each other is looked for.
struct ChoosePsk {
  std::shared_ptr<const ServerConfig> config;
  std::span<const Bytes> identities;  ///< as they were sent, the first 16; tickets stand among them
                                      ///< too. `read_imported_identity` takes them apart
  std::span<const KdfIdentifier> kdfs;  ///< for which a key can be used now, the best first;
                                        ///< empty: in TLS 1.2, where there are none
};

/// Forget a session of TLS 1.2, as its connection has ended by a fatal alert (RFC 5246 §7.2.2).
/// Comes after that: the error waits behind it. Answer: `SessionForgotten`.
struct ForgetSession {
  std::shared_ptr<Tickets> tickets;  ///< of the configuration
  SessionName name;
};

/// Come to a secret with the peer, in the shape of a KEM: encapsulate to `peer_share`, or, where we
/// have sent a share of our own before, decapsulate what was answered to it. RFC 9846 §7.4, RFC
/// 8422 §5.11. Answer: `AgreedKey`; Refused{Reason::key_share_invalid} for a share that is no good,
/// such as a point that is not on the curve or one that makes the secret zero: who answers is the
/// one to look (RFC 9846 §7.4.2).
struct AgreeOnKey {
  NamedGroup group;
  Bytes peer_share;  ///< a peer's bytes, whatever they are
  const crypto::KeyExchange* own =
      nullptr;  ///< nullptr: encapsulate; else `answer` can do it alone
};

/// An operation that waits. Its views are valid until it is answered.
using Operation = std::variant<Sign, VerifyChain, ChooseCredential, IssueTicket, RedeemTicket,
                               CheckReplay, ChoosePsk, ForgetSession, AgreeOnKey>;

/// The signature that was asked for.
struct Signed {
  std::vector<std::uint8_t> signature;
};

struct IssuedTicket {
  std::vector<std::uint8_t> ticket;  ///< at most 8 KiB; empty: there is none
};

struct RedeemedTicket {
  SecretBytes session;  ///< as it was given to `IssueTicket`; empty: there is none
};

/// A key in the role of the server, one that `match`es; what does not is the same as none. The
/// handshake shows whether the client has it too.
struct ChosenPsk {
  std::shared_ptr<const ExternalPsk> psk;  ///< nullptr: none
};

struct SessionForgotten {};

/// What an exchange of keys comes to. Of other sizes than those of the group, the handshake ends
/// with answer_unusable; a secret that the peer does not have ends it at Finished.
struct AgreedKey {
  std::vector<std::uint8_t> share;  ///< to be sent to the peer; empty where `AgreeOnKey::own` was
  SecretBytes secret;
};

/// The operation could not be done; the handshake ends with `reason`.
struct Refused {
  Reason reason = Reason::operation_refused;
};

using Answer =
    std::variant<Signed, Verdict, std::shared_ptr<const Credential>, IssuedTicket, RedeemedTicket,
                 ReplayVerdict, ChosenPsk, SessionForgotten, AgreedKey, Refused>;

/// Does `operation` at once, as `next` does when it is not pulled. Any thread: this is how work
/// moves to others.
[[nodiscard]] Answer answer(const Operation& operation);

}  // namespace handfast
