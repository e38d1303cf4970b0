// verify: builds a path from a peer's certificates to an anchor and checks it. RFC 5280 §6, RFC
// 9525.
#pragma once

#include "crypto/signature.h"
#include "handfast/bytes.h"
#include "handfast/server_name.h"
#include "handfast/trust.h"
#include "handfast/verdict.h"
#include "x509/policy.h"

#include <memory>
#include <span>

namespace handfast::x509 {

/// Which rules bind beyond those of path validation.
enum class Profile : std::uint8_t {
  internet,  ///< none: RFC 5280 §6 as it stands
  tls,       ///< an authority's certificate serves nobody as a leaf, so that its key does one thing
};

enum class Purpose : std::uint8_t { server_auth, client_auth };

/// What is asked. `chain` is the peer's list in the order of sending, the leaf first, each in DER;
/// the others may come in any order, with some missing or too many.
struct Question {
  std::span<const Bytes> chain;
  std::shared_ptr<const Trust> trust;
  const ServerName* name = nullptr;  ///< nullptr: no name is asked for (client certificates)
  UnixTime now;
  Purpose purpose = Purpose::server_auth;
  Profile profile = Profile::tls;
  PolicyDemands policies = {};

  /// The n-th is the OCSPResponse (DER) that was stapled for the n-th certificate of `chain`; empty
  /// or missing where none was. RFC 9846 §4.5.1.1.
  std::span<const Bytes> staples = {};

  /// The n-th is the SignedCertificateTimestampList that came with the n-th certificate. RFC 6962
  /// §3.3.1.
  std::span<const Bytes> sct_lists = {};
};

/// Answers it. Never fails: a chain that cannot even be parsed is a verdict too. Bounded by a
/// `Budget`; no heap. The verdict's views lie in `question.chain`'s bytes. Any thread.
[[nodiscard]] Verdict verify(const Question& question);

/// The public key of a certificate, imported raw. Fails: certificate_key_unsupported,
/// certificate_key_weak, certificate_malformed.
Result<crypto::PublicKey> public_key(const Certificate& certificate);

}  // namespace handfast::x509
