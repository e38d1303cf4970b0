// Verdict: why a chain was trusted or refused, as a proof one can read.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/certificate_set.h"
#include "handfast/result.h"
#include "handfast/revocation.h"
#include "handfast/server_name.h"
#include "handfast/time.h"
#include "handfast/trust.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace handfast {

/// The steps of checking a path, named after RFC 5280 §6.1 and RFC 9525; in the order in which they
/// are shown.
enum class TrustStep : std::uint8_t {
  name,                 ///< the leaf's names hold the one asked for
  path,                 ///< leaf, intermediates, anchor: found
  anchor,               ///< the path ends in the trust set, by name and key
  pin,                  ///< of a raw public key: it is one of those that are pinned
  time,                 ///< now lies inside every certificate's dates
  basic_constraints,    ///< authorities are authorities
  path_length,          ///< and not more of them than allowed
  key_usage,            ///< keyCertSign above, in the leaf `Question::usage`
  extended_key_usage,   ///< serverAuth (or clientAuth) through the chain
  name_constraints,     ///< no authority signed a name outside its bounds
  policies,             ///< a certificate policy holds through the chain where one is demanded
  critical_extensions,  ///< nothing critical is left unknown
  profile,              ///< what authorities of the profile that is asked for are held to
  algorithms,           ///< nothing weak, inside and outside agree
  signatures,           ///< each certificate is signed by the next one's key
  revocation,           ///< nothing below the anchor was revoked; see `revocation()`
  session,              ///< all that was found when the session began; nothing was shown again
  external_psk,  ///< both sides hold one external pre-shared key, and nobody showed a certificate
  delegation,    ///< the leaf lets another key sign (RFC 9345); set by the handshake
  possession,    ///< the peer signed this handshake with that key; set by the handshake
};

enum class Outcome : std::uint8_t { passed, failed, not_checked, not_applicable };

/// One check: which, of which certificate, and how it went.
struct TrustCheck {
  TrustStep step;
  Outcome outcome;
  std::int8_t certificate;  ///< index in the path, 0 the leaf; -1: the path as a whole
  Reason reason;            ///< when it failed
};

/// A path, or a piece of one, that led nowhere: the certificate at which it ended and why.
struct TrustAttempt {
  std::array<std::int16_t, 8>
      path{};  ///< n: the n-th as sent; 0x4000 + n: the n-th that is known here; -2 - n: anchor n
  std::uint8_t length = 0;
  Reason reason{};
};

/// What `verify` found. Holds views into the chain, the staples, the SCT lists, and into the
/// `Trust`, the known intermediates and the `RevocationLists` (which it keeps alive): valid as long
/// as the bytes of chain, staples and SCT lists. Never says "trusted" unless every step that
/// applies passed.
class Verdict {
 public:
  /// Nobody has looked.
  Verdict();
  Verdict(const Verdict& other);
  Verdict(Verdict&& other) noexcept;
  Verdict& operator=(const Verdict& other);
  Verdict& operator=(Verdict&& other) noexcept;
  ~Verdict();

  /// A certificate of the path; the last is the anchor.
  [[nodiscard]] std::span<const Certificate> path() const;

  [[nodiscard]] std::span<const TrustCheck> checks() const;

  /// Paths that were tried and given up, at most as many as fit.
  [[nodiscard]] std::span<const TrustAttempt> attempts() const;

  /// The anchor or known certificate that a place of a `TrustAttempt` stands for; nullptr for one
  /// that was sent.
  [[nodiscard]] const Certificate* kept(std::int16_t place) const;

  /// What was found out about the revocation of each certificate below the anchor, in the order of
  /// the path; empty if nobody asked since the path was refused before.
  [[nodiscard]] std::span<const RevocationFinding> revocation() const;

  /// The SignedCertificateTimestampList that came beside the leaf (RFC 6962 §3.3.1), as it came:
  /// nothing was decided by it. Empty: none. For what it says see `timestamp_findings`.
  [[nodiscard]] Bytes sct_list() const;

  /// Until when the leaf lets another key sign in its place (RFC 9345); nothing: it does not.
  [[nodiscard]] const std::optional<UnixTime>& delegated_until() const;

  /// How one step went over the whole path: failed if it failed anywhere.
  [[nodiscard]] Outcome outcome(TrustStep step) const;

  /// Whether the chain is trusted for the name, now.
  [[nodiscard]] bool is_trusted() const;

  /// The most telling reason against it; none if it is trusted, or if nobody looked.
  [[nodiscard]] const std::optional<Error>& error() const;

  // For x509/verify.cc and the handshake, which fill it in.
  void add_to_path(const Certificate& certificate);
  void clear_path();
  void add(TrustCheck check);
  void add(const TrustAttempt& attempt);
  void add(const RevocationFinding& finding);
  void accept();
  void refuse(const Error& error);
  void note_sct_list(Bytes list);
  void note_delegated_until(UnixTime time);
  void keep(std::shared_ptr<const Trust> trust);
  void keep(std::shared_ptr<const RevocationLists> lists);
  void keep(std::shared_ptr<const CertificateSet> known);

 private:
  struct Findings;

  [[nodiscard]] const Findings& found() const;
  [[nodiscard]] Findings& own();

  std::unique_ptr<Findings> findings_;  // nullptr: there are none
};

/// "name", "path", "anchor", ...
[[nodiscard]] std::string_view name(TrustStep step);

/// The clause that asks for the step: "RFC 5280 §6.1.3 (a) (2)".
[[nodiscard]] std::string_view rule(TrustStep step);

}  // namespace handfast
