// Identity: a peer that has proved who it is; and what is known of one that has not.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/describe.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace handfast {

namespace handshake {
class Claim;  // src/handshake/claim.h
}  // namespace handshake

/// A client whose certificates were found trusted, who signed this very handshake with the key of
/// the first of them (CertificateVerify, RFC 9846 §4.5.2), and who saw the same handshake as we did
/// (Finished, §4.5.3); or either side that did so in an exported authenticator of this very
/// connection (RFC 9261). There is no other way to make one than an exchange in which all three
/// happened, and no state in which one is only half good.
///
/// Copying is cheap: copies share what they hold. Immutable: share freely.
class Identity {
 public:
  /// The peer's own certificate, or its raw public key (`is_raw_key`), which has no names. Valid
  /// as long as this object or a copy of it.
  [[nodiscard]] const Certificate& certificate() const;

  /// The path that was verified, each certificate in DER: the peer's own first, the anchor last.
  /// What else it sent is not here. Valid as long as this object or a copy of it.
  [[nodiscard]] std::span<const Bytes> path() const;

  /// SHA-256 of the certificate's SubjectPublicKeyInfo: the same for every certificate of one key.
  /// RFC 7469 §2.4.
  [[nodiscard]] const std::array<std::uint8_t, 32>& public_key_hash() const;

  /// Its names, each with its kind.
  [[nodiscard]] std::vector<AltName> names() const;

 private:
  friend class handshake::Claim;

  struct State;
  explicit Identity(std::shared_ptr<const State> state);

  std::shared_ptr<const State> state_;
};

/// A peer that was not asked who it is, or that was asked and may stay unknown and did.
struct Anonymous {};

/// What a server knows of its client, or an exported authenticator says of the peer. Who wants an
/// Identity has to say what happens without one:
///
///   const auto* client = std::get_if<Identity>(&connection.peer());
///   if (client == nullptr) { return refuse(); }
using PeerIdentity = std::variant<Anonymous, Identity>;

}  // namespace handfast
