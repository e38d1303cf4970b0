// CrlCheck: what the lists say of a certificate. RFC 5280 §6.3.3.
#pragma once

#include "base/budget.h"
#include "handfast/revocation.h"
#include "x509/crl_scope.h"
#include "x509/crl_store.h"
#include "x509/path.h"
#include "x509/signature.h"

#include <span>

namespace handfast::x509 {

/// What lists are judged by.
struct CrlTerms {
  const CrlStore& store;
  UnixTime now;
  RevocationPolicy policy = {};

  // What we bind the anchor of the path to binds those who sign lists below it too.
  const Certificate* anchor_limits = nullptr;    ///< of `Trust::limits`; nullptr: none
  std::optional<std::uint8_t> path_length = {};  ///< of the question

  // For suites whose data is older than what is believed today.
  bool number_is_required = true;
  Result<> (*check_signed)(const Signed&, const Certificate&, Budget&) = x509::check_signed;
};

/// Looks certificates of one path up. The path must have been found good, its anchor last; of the
/// certificates that were sent and those in the store some may have signed lists, or vouch for
/// those who did: they are believed if they lead to the same anchor.
///
/// Confined: one thread at a time. The references must outlive it.
class CrlCheck {
 public:
  /// `pool` may be nullptr: nothing more was sent.
  CrlCheck(const CrlTerms& terms, std::span<const Certificate> path, const Pool* pool,
           Budget& budget)
      : terms_(terms), path_(path), pool_(pool), budget_(budget) {}

  /// What the lists say of `certificate`, which `issuer` signed, both of the path. If nothing, the
  /// finding's flaw tells why; budget_spent among others, which nobody may take for good.
  RevocationFinding judge(const Certificate& certificate, const Certificate& issuer);

 private:
  struct Search;

  template <class FindSigner>
  RevocationFinding look_up(const Certificate& certificate, FindSigner&& find_signer);
  template <class FindSigner>
  void look_at(const Point& point, Bytes crl_issuer, Search& search, FindSigner&& find_signer);
  template <class FindSigner>
  void consult(const StoredCrl& list, const Point& point, Search& search, FindSigner&& find_signer);

  [[nodiscard]] std::optional<Reason> flaw_of(const Crl& crl) const;
  const StoredCrl* find_delta(const StoredCrl& complete, const Certificate& signer);
  Result<> check_list(const StoredCrl& list, const Certificate& signer);

  Result<const Certificate*> find_signer(const StoredCrl& list, const Certificate& issuer);
  [[nodiscard]] bool may_sign(const Certificate& candidate, const Crl& crl) const;
  bool leads_to_anchor(const Certificate& signer);
  std::optional<std::size_t> issuer_on_path(const Certificate& certificate);
  const Certificate* issuer_beside(std::span<const Certificate* const> climbed);
  bool is_allowed(std::span<const Certificate* const> climbed, std::size_t above);
  bool is_anybody_revoked(std::span<const Certificate* const> climbed, std::size_t above);
  template <class Visit>
  const Certificate* find_beside(Bytes subject, Visit&& visit);

  const CrlTerms& terms_;
  std::span<const Certificate> path_;
  const Pool* pool_;
  Budget& budget_;
};

/// What is wrong with the dates of a list or response: not_yet, expired, or nothing.
struct Dates {
  UnixTime this_update;
  std::optional<UnixTime> next_update;
};
enum class Freshness : std::uint8_t { fresh, not_yet, expired };
[[nodiscard]] Freshness freshness(const Dates& dates, UnixTime now, const RevocationPolicy& policy);

}  // namespace handfast::x509
