// Delegated credentials in a handshake: whether the peer's may sign in the place of its leaf. RFC
// 9345 §4.1.
#pragma once

#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/time.h"

#include <optional>
#include <span>

namespace handfast::handshake {

class Handshake;
class PeerCertificates;

/// A key that may sign in the place of a leaf's: its credential was checked.
struct Delegated {
  SignatureScheme scheme{};  ///< that it signs with
  Bytes public_key_info;     ///< SubjectPublicKeyInfo; lies in the peer's message
};

/// What a side offers to take of the other's signatures.
struct OfferedSchemes {
  std::span<const SignatureScheme> handshake;  ///< signature_algorithms
  std::span<const SignatureScheme> delegated;  ///< delegated_credential; empty: none are taken
};

/// Checks the delegated credential beside the peer's leaf, if there is one, and has it noted in
/// `Settled`, the verdict and the observations. The leaf's chain was judged before. RFC 9345
/// §4.1.3. Fails: as `check_delegated_credential`.
Result<std::optional<Delegated>> take_delegation(Handshake& hs, const PeerCertificates& shown,
                                                 const OfferedSchemes& offered);

}  // namespace handfast::handshake
