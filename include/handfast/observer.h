// Observations: what happens in a connection, as typed values. Diagram, key log, metrics and tests
// are observers.
#pragma once

#include "handfast/alert.h"
#include "handfast/bytes.h"
#include "handfast/policy.h"
#include "handfast/registry.h"
#include "handfast/time.h"
#include "handfast/verdict.h"

#include <cstddef>
#include <string_view>
#include <variant>

namespace handfast {

enum class Flow : std::uint8_t { sent, received };

/// Which keys protect a direction; early: those of early data, a client's only. RFC 9846 §5, §7.
enum class Epoch : std::uint8_t { plaintext, early, handshake, application };

/// A whole handshake message.
struct MessageSeen {
  Flow flow;
  HandshakeType type;  ///< hello_retry_request where a ServerHello is one
  Bytes bytes;         ///< with its four-byte header
};

/// The Certificate that stands for the CompressedCertificate which was seen last. RFC 8879.
struct CertificateInside {
  Flow flow;
  Bytes bytes;  ///< with its four-byte header
};

/// One record, with what it cost on the wire.
struct RecordSeen {
  Flow flow;
  ContentType type;       ///< the inner type where the record is encrypted
  std::size_t wire_size;  ///< header, padding and tag included
  std::size_t content_size;
};

/// From the next record on, `flow` is protected by `epoch`; `generation` counts the KeyUpdates of
/// RFC 9846 §4.7.3.
struct KeysChanged {
  Flow flow;
  Epoch epoch;
  std::uint32_t generation;
};

/// An alert; close_notify too.
struct AlertSeen {
  Flow flow;
  Alert alert;
};

/// Both sides have settled what this handshake uses.
struct Negotiated {
  ProtocolVersion version;
  CipherSuite suite;
  NamedGroup group;
  bool retried;  ///< by HelloRetryRequest
};

/// The peer's certificates were judged.
struct ChainJudged {
  const Verdict* verdict;
};

/// The peer's certificate stands for another key than its own, until `expires`; the signature over
/// the handshake is still to come. RFC 9345.
struct DelegationTaken {
  UnixTime expires;
  SignatureScheme scheme;
};

/// A handshake of TLS 1.2 has settled on something that only its `Policy` lets in.
struct WeaknessUsed {
  Weakness weakness;
};

/// Something said in clear before TLS began (`StartTls`): a line with its end, or a packet. Whoever
/// is between may have said it.
struct PlainSaid {
  Flow flow;
  Bytes bytes;
  std::string_view packet;  ///< its name in a protocol of packets; empty: bytes are text
};

/// Server: a client of TLS 1.2 has named an external key that is not known here. It is not told:
/// its handshake fails as if the key were another (RFC 4279 §2). Anything can be in the identity.
struct PskIdentityUnknown {
  Bytes identity;
};

/// Server: a client of TLS 1.2 has offered to compress what both send, and null was taken: what is
/// compressed tells by its length how alike a secret and its surroundings are (CRIME). RFC 5246
/// §7.4.1.2, RFC 9325 §3.3.
struct CompressionOffered {
  Bytes methods;  ///< as they were sent, a byte each (RFC 3749), null among them
};

using Observation = std::variant<MessageSeen, CertificateInside, RecordSeen, KeysChanged, AlertSeen,
                                 Negotiated, ChainJudged, DelegationTaken, WeaknessUsed,
                                 PskIdentityUnknown, PlainSaid, CompressionOffered>;

/// Receives observations, in order, from inside every call that reads or writes. Views are valid
/// during the call only. It must not call the connection back. Without an observer nothing is
/// formatted and nothing is paid.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;
  virtual void observe(const Observation& observation) = 0;
};

/// Receives the secrets of a connection, for debugging only: whoever has them reads everything. RFC
/// 9850.
class KeyLog {
 public:
  KeyLog() = default;
  KeyLog(const KeyLog&) = delete;
  KeyLog& operator=(const KeyLog&) = delete;
  virtual ~KeyLog() = default;

  /// `line` is one line of the format of RFC 9850 §2, without its newline.
  virtual void log(std::string_view line) = 0;
};

}  // namespace handfast
