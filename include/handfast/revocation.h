// Revocation: how much proof is asked that a certificate was not taken back, the lists that give
// it, and what was found. RFC 5280 §5 and §6.3, RFC 6960, RFC 7633, RFC 9608.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/reason.h"
#include "handfast/result.h"
#include "handfast/time.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace handfast {

namespace x509 {
class CrlStore;
}

/// How much proof is asked. Whatever is asked, a certificate that a staple or a list says was
/// revoked is refused, unless it is `off`. A leaf that is trusted for itself (`Trust`: byte for
/// byte, or pinned) has no issuer whose word would count: nothing is asked of it.
enum class RevocationDemand : std::uint8_t {
  /// Nothing is looked at, not even a staple.
  off,
  /// What is given is looked at. A staple that came has to be a satisfactory one, and one that is
  /// owed (RFC 7633) has to come; a certificate that nothing is known of is let through.
  soft,
  /// The leaf must be proven good by a staple or by lists; else it is refused.
  hard_leaf,
  /// Every certificate below the anchor must.
  hard,
};

/// What is asked of staples and lists.
struct RevocationPolicy {
  RevocationDemand demand = RevocationDemand::soft;

  /// RFC 7633: a server's leaf that owes a staple is refused without one. For checks of files,
  /// where nobody could staple, turn it off.
  bool must_staple = true;

  /// Seconds. A response or list that does not say when the next one comes is believed this long.
  std::uint32_t age_without_next_update = 7 * 86'400;

  /// Seconds. One that does say is believed until then, and at most this long; 0: until then.
  std::uint32_t age = 0;
};

/// CRLReason, RFC 5280 §5.3.1, by its number there.
enum class RevocationReason : std::uint8_t {
  unspecified = 0,
  key_compromise = 1,
  ca_compromise = 2,
  affiliation_changed = 3,
  superseded = 4,
  cessation_of_operation = 5,
  certificate_hold = 6,
  remove_from_crl = 8,
  privilege_withdrawn = 9,
  aa_compromise = 10,
};

/// "keyCompromise", ... as RFC 5280 spells them.
[[nodiscard]] std::string_view name(RevocationReason reason);

/// What was found out about one certificate, and from where.
struct RevocationFinding {
  enum class Source : std::uint8_t {
    none,           ///< nobody said anything that could be used
    staple,         ///< an OCSP response
    list,           ///< a CRL, perhaps with a delta CRL
    no_revocation,  ///< the certificate says that there is nothing to ask: RFC 9608
  };
  enum class Status : std::uint8_t { not_known, good, revoked };

  Source source = Source::none;
  Status status = Status::not_known;
  std::optional<Reason> flaw;  ///< why what was given could not be used, if it was not

  // Of the staple or list; of the delta CRL if that decided.
  Bytes issuer;  ///< who signed it: a Name in DER
  Bytes number;  ///< a list's cRLNumber, big endian
  UnixTime this_update;
  std::optional<UnixTime> next_update;

  std::optional<UnixTime> revoked_at;
  std::optional<RevocationReason> reason;

  Bytes signed_certificate_timestamps;  ///< a list that came in the staple, RFC 6962 §3.3
};

/// Certificate revocation lists, complete and delta, and the certificates of those who sign lists
/// for others. Parsed once; which key signed a list is found out at its first use and remembered.
///
/// Made through `parse` and then immutable: share freely, between threads too. To take newer lists,
/// make another and put it in the place of this one. To read files see handfast/net.h.
class RevocationLists {
 public:
  /// Each of `files` is PEM text with any number of "X509 CRL" and "CERTIFICATE" blocks, or one
  /// list or certificate in DER of at most 64 MiB. Nothing is passed over but blocks of another
  /// kind: a list left out would let revoked certificates through. Fails: crl_malformed,
  /// pem_malformed (also for a file with nothing in it, and where there is no list at all), and as
  /// `Certificate::parse` does.
  static Result<std::shared_ptr<const RevocationLists>>
  parse(std::vector<std::vector<std::uint8_t>> files);

  RevocationLists(const RevocationLists&) = delete;
  RevocationLists& operator=(const RevocationLists&) = delete;
  ~RevocationLists();

  /// How many lists there are.
  [[nodiscard]] std::size_t size() const;

  // For x509/, which looks certificates up.
  [[nodiscard]] const x509::CrlStore& store() const { return *store_; }

 private:
  explicit RevocationLists(std::unique_ptr<x509::CrlStore> store);

  std::unique_ptr<x509::CrlStore> store_;
};

}  // namespace handfast
