// verify: builds a path from a peer's certificates to an anchor and checks it. RFC 5280 §6, RFC
// 9525. What the handshake does by itself, for programs that meet certificates elsewhere.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/certificate_set.h"
#include "handfast/result.h"
#include "handfast/revocation.h"
#include "handfast/server_name.h"
#include "handfast/time.h"
#include "handfast/trust.h"
#include "handfast/verdict.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace handfast::x509 {

/// Which rules bind beyond those of path validation.
enum class Profile : std::uint8_t {
  internet,    ///< none beside RFC 5280 §6, and the forms of §4 that every profile asks for
  tls,         ///< an authority's certificate serves nobody as a leaf: its key does one thing only
  conforming,  ///< those that RFC 5280 §4 has for authorities that issue: see x509/profile.h
  pedantic,    ///< the same, for the anchor too
  web,         ///< those of the CA/Browser Forum, to which public authorities are held
};

/// What the asker demands of policies, the inputs (c) to (g) of RFC 5280 §6.1.1. By default:
/// nothing.
struct PolicyDemands {
  std::span<const Bytes> acceptable = {};  ///< user-initial-policy-set: OIDs; empty: any policy
  bool explicit_policy = false;            ///< initial-explicit-policy
  bool inhibit_mapping = false;            ///< initial-policy-mapping-inhibit
  bool inhibit_any_policy = false;         ///< initial-any-policy-inhibit
};

/// What the leaf is to be good for: RFC 5280 §4.2.1.12.
enum class Purpose : std::uint8_t {
  server_auth,
  client_auth,
  any,  ///< nothing in particular: neither its key usage nor anybody's extended key usage is asked
};

/// What is asked. `chain` is the peer's list in the order of sending, the leaf first, each in DER;
/// the others may come in any order, with some missing or too many.
struct Question {
  std::span<const Bytes> chain;
  std::shared_ptr<const Trust> trust;
  const ServerName* name = nullptr;  ///< nullptr: no name is asked for (client certificates)
  UnixTime now;

  /// What is known here besides: may be part of a path, is not trusted. nullptr: nothing.
  std::shared_ptr<const CertificateSet> intermediates = nullptr;

  /// How many authorities may stand between leaf and anchor, those that are self-issued not
  /// counted; nothing: as many as fit.
  std::optional<std::uint8_t> path_length = std::nullopt;

  Purpose purpose = Purpose::server_auth;

  /// What the leaf's key must be allowed to do, if its certificate limits that: sign, but for RSA
  /// key exchange, whose key decrypts (RFC 5246 §7.4.2). Not asked for Purpose::any.
  KeyUsage usage = KeyUsage::digital_signature;

  Profile profile = Profile::tls;
  PolicyDemands policies = {};

  /// The n-th is the OCSPResponse (DER) that was stapled for the n-th certificate of `chain`; empty
  /// or missing where none was. RFC 9846 §4.5.1.1.
  std::span<const Bytes> staples = {};

  /// The n-th is the nonce that the n-th staple was asked for with, and has to repeat; empty or
  /// missing where none was. RFC 9654 §2.1.
  std::span<const Bytes> nonces = {};

  RevocationPolicy revocation = {};
  std::shared_ptr<const RevocationLists> lists = nullptr;  ///< nullptr: none

  /// The n-th is the SignedCertificateTimestampList that came with the n-th certificate. RFC 6962
  /// §3.3.1. Not looked at: the verdict passes on that of the leaf.
  std::span<const Bytes> sct_lists = {};
};

/// Answers it. Never fails: a chain that cannot even be parsed is a verdict too. Bounded by a
/// `Budget`; the heap is asked for one block, that of the verdict. The verdict's views lie in the
/// bytes of `question.chain`, `staples` and `sct_lists`. Any thread.
[[nodiscard]] Verdict verify(const Question& question);

/// Judges a raw public key (RFC 7250), which nobody vouches for: it is trusted if `trust` pins it,
/// and in no other case. It has no name and no dates that could be asked for. The verdict's one
/// certificate is that key. Its views lie in `public_key_info`. Any thread.
[[nodiscard]] Verdict verify_raw_key(Bytes public_key_info, std::shared_ptr<const Trust> trust);

/// Whether `certificate` is signed by the key of `issuer`, and nothing else: neither names nor
/// dates are looked at. Fails: certificate_signature_invalid if not, certificate_algorithm_weak,
/// certificate_key_unsupported, certificate_key_weak, certificate_malformed and budget_spent where
/// that cannot be found out.
Result<> check_signature(const Certificate& certificate, const Certificate& issuer);

}  // namespace handfast::x509
