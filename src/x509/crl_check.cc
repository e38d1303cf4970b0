#include "x509/crl_check.h"

#include "base/limits.h"
#include "x509/distinguished_name.h"
#include "x509/extensions.h"
#include "x509/name_constraints.h"
#include "x509/signature.h"

#include <algorithm>
#include <array>

namespace handfast::x509 {

// How far the question about one certificate has come.
struct CrlCheck::Search {
  const Certificate& certificate;
  ReasonMask covered = 0;  // reasons_mask
  RevocationFinding finding = {};

  [[nodiscard]] bool is_over() const {
    return covered == all_reasons || finding.status == RevocationFinding::Status::revoked;
  }

  // The first flaw tells most, but for that of a list which speaks of others.
  void note(Reason flaw) {
    if (!finding.flaw || *finding.flaw == Reason::crl_missing ||
        *finding.flaw == Reason::crl_out_of_scope) {
      finding.flaw = flaw;
    }
  }

  void note_source(const Crl& crl) {
    finding.source = RevocationFinding::Source::list;
    finding.issuer = crl.issuer;
    finding.number = crl.number;
    finding.this_update = crl.this_update;
    finding.next_update = crl.next_update;
  }
};

RevocationFinding CrlCheck::judge(const Certificate& certificate, const Certificate& issuer) {
  const std::uint32_t refusals = budget_.refusals();
  RevocationFinding finding =
      look_up(certificate, [&](const StoredCrl& list) { return find_signer(list, issuer); });
  if (budget_.refusals() != refusals && finding.status != RevocationFinding::Status::revoked) {
    finding = {};
    finding.flaw = Reason::budget_spent;
  }
  return finding;
}

template <class FindSigner>
RevocationFinding CrlCheck::look_up(const Certificate& certificate, FindSigner&& find_signer) {
  Search search{.certificate = certificate};
  search.note(Reason::crl_missing);
  der::Reader points(certificate.crl_distribution_points);
  while (!points.at_end() && !search.is_over()) {
    const DistributionPoint point = read_distribution_point(points);
    if (point.crl_issuer.empty()) {
      look_at(point, certificate.issuer, search, find_signer);
      continue;
    }
    der::Reader issuers(point.crl_issuer);
    while (!issuers.at_end() && !search.is_over()) {
      const GeneralName issuer = read_general_name(issuers);
      if (issuer.kind == NameKind::directory_name) {
        look_at(point, issuer.value, search, find_signer);
      }
    }
  }
  // RFC 5280 §6.3.3: if that did not tell, the same with what the certificate's issuer signed.
  if (!search.is_over()) {
    look_at(std::nullopt, certificate.issuer, search, find_signer);
  }
  RevocationFinding& finding = search.finding;
  if (search.covered == all_reasons) {
    finding.status = RevocationFinding::Status::good;
    finding.flaw = std::nullopt;
  } else if (finding.status == RevocationFinding::Status::not_known && search.covered != 0) {
    finding.flaw = Reason::crl_incomplete;
  }
  return finding;
}

template <class FindSigner>
void CrlCheck::look_at(const Point& point, Bytes crl_issuer, Search& search,
                       FindSigner&& find_signer) {
  for (const auto& list : terms_.store.find(crl_issuer)) {
    if (search.is_over()) {
      return;
    }
    if (!list->crl().base_number && same_name(list->crl().issuer, crl_issuer)) {
      consult(*list, point, search, find_signer);
    }
  }
}

template <class FindSigner>
void CrlCheck::consult(const StoredCrl& list, const Point& point, Search& search,
                       FindSigner&& find_signer) {
  const Crl& crl = list.crl();
  if (!budget_.spend_comparisons(1) || !is_in_scope(crl, search.certificate, point, budget_)) {
    return search.note(Reason::crl_out_of_scope);
  }
  // (e): a list that tells nothing new is not looked at.
  const ReasonMask reasons = reasons_told(crl, point);
  if ((reasons & ~search.covered) == 0) {
    return;
  }
  const std::optional<Reason> flaw = flaw_of(crl);
  if (flaw && *flaw != Reason::crl_expired) {
    return search.note(*flaw);
  }
  const Result<const Certificate*> signer = find_signer(list);  // (f), (g)
  if (!signer) {
    return search.note(signer.error().reason);
  }
  const StoredCrl* const delta = find_delta(list, **signer);  // (c), (h)
  // RFC 5280 §6.3.3 (a) (1) (i): a complete list that is past its time will do with a delta CRL
  // that is current.
  if (flaw && delta == nullptr) {
    return search.note(*flaw);
  }
  search.note_source(delta != nullptr ? delta->crl() : crl);
  // (i), (j)
  std::optional<CrlEntry> entry = delta != nullptr ? delta->find(search.certificate) : std::nullopt;
  if (!entry) {
    entry = list.find(search.certificate);
    if (entry) {
      search.note_source(crl);
    }
  }
  // (k), (l)
  if (entry && entry->reason != RevocationReason::remove_from_crl) {
    search.finding.status = RevocationFinding::Status::revoked;
    search.finding.flaw = std::nullopt;
    search.finding.revoked_at = entry->revoked_at;
    search.finding.reason = entry->reason;
    return;
  }
  search.covered |= reasons;
}

std::optional<Reason> CrlCheck::flaw_of(const Crl& crl) const {
  // RFC 5280 §5.2: "If a CRL contains a critical extension that the application cannot process,
  // then the application MUST NOT use that CRL to determine the status of certificates."
  if (crl.unknown_critical_extension) {
    return Reason::crl_extension_unknown;
  }
  // RFC 5280 §5.2.3 has one in every list; only version 1 has no place for it.
  if (!crl.is_version_1 && crl.number.empty() && terms_.number_is_required) {
    return Reason::crl_number_missing;
  }
  switch (freshness({crl.this_update, crl.next_update}, terms_.now, terms_.policy)) {
    case Freshness::fresh: return std::nullopt;
    case Freshness::not_yet: return Reason::crl_not_yet_valid;
    case Freshness::expired: return Reason::crl_expired;
  }
  return Reason::crl_expired;
}

// The newest that fits and is signed with the same key.
const StoredCrl* CrlCheck::find_delta(const StoredCrl& complete, const Certificate& signer) {
  for (const auto& list : terms_.store.find(complete.crl().issuer)) {
    if (fits(complete.crl(), list->crl()) && !flaw_of(list->crl()) && check_list(*list, signer)) {
      return list.get();
    }
  }
  return nullptr;
}

Result<> CrlCheck::check_list(const StoredCrl& list, const Certificate& signer) {
  const SignerMemo::Known known = list.signer().ask(signer.public_key_info);
  if (known == SignerMemo::Known::this_key) {
    return {};
  }
  if (known == SignerMemo::Known::another_key) {
    return fail(Reason::crl_signature_invalid);
  }
  const Crl& crl = list.crl();
  const Result<> checked = terms_.check_signed(
      {crl.signed_part, crl.signature_algorithm, crl.signature}, signer, budget_);
  if (!checked) {
    const Reason flaw = checked.error().reason;
    return fail(is_unchecked(flaw) ? flaw : Reason::crl_signature_invalid);
  }
  list.signer().note(signer.public_key_info);
  return {};
}

// (f): first whom the list's key identifier names, then anybody of its issuer's name; first those
// who are on the path already.
Result<const Certificate*> CrlCheck::find_signer(const StoredCrl& list, const Certificate& issuer) {
  const Crl& crl = list.crl();
  Reason flaw = Reason::crl_signer_unknown;
  for (const bool is_named : {true, false}) {
    const auto is_signer = [&](const Certificate& candidate, bool is_on_path) {
      const bool fits_key_id = crl.authority_key_id.empty() || candidate.subject_key_id.empty() ||
                               der::equal(crl.authority_key_id, candidate.subject_key_id);
      if (fits_key_id != is_named || !may_sign(candidate, crl) ||
          (!is_on_path && !leads_to_anchor(candidate))) {
        return false;
      }
      const Result<> checked = check_list(list, candidate);
      // That one could not be checked tells more than that another's key is not the one.
      if (!checked && flaw != Reason::certificate_needs_ml_dsa) {
        flaw = checked.error().reason;
      }
      return checked.has_value();
    };
    if (is_signer(issuer, true)) {
      return &issuer;
    }
    for (const Certificate& candidate : path_.subspan(1)) {
      if (&candidate != &issuer && is_signer(candidate, true)) {
        return &candidate;
      }
    }
    const Certificate* const beside = find_beside(
        crl.issuer, [&](const Certificate& candidate) { return is_signer(candidate, false); });
    if (beside != nullptr) {
      return beside;
    }
  }
  return fail(flaw);
}

// RFC 5280 §6.3.3 (f): "If a key usage extension is present in the CRL issuer's certificate, verify
// that the cRLSign bit is set."
bool CrlCheck::may_sign(const Certificate& candidate, const Crl& crl) const {
  return same_name(candidate.subject, crl.issuer) && allows(candidate, KeyUsage::crl_sign) &&
         is_current(candidate, terms_.now) && !candidate.unknown_critical_extension;
}

// Climbs from `signer` to a certificate of the path, over others that were sent or given. The first
// whose key fits is taken: two of one name and key differ in little that matters here.
bool CrlCheck::leads_to_anchor(const Certificate& signer) {
  std::array<const Certificate*, limits::intermediates_in_path> climbed{};
  std::size_t size = 0;
  const Certificate* top = &signer;
  while (top != nullptr && size < climbed.size() && budget_.spend_node()) {
    climbed[size++] = top;
    const auto below = std::span(climbed).first(size);
    if (const std::optional<std::size_t> above = issuer_on_path(*top)) {
      return is_allowed(below, *above) && !is_anybody_revoked(below, *above);
    }
    top = issuer_beside(below);
  }
  return false;
}

std::optional<std::size_t> CrlCheck::issuer_on_path(const Certificate& certificate) {
  for (std::size_t i = 1; i < path_.size(); ++i) {
    if (same_name(certificate.issuer, path_[i].subject) && is_authority(path_[i]) &&
        check_signature(certificate, path_[i], budget_)) {
      return i;
    }
  }
  return std::nullopt;
}

const Certificate* CrlCheck::issuer_beside(std::span<const Certificate* const> climbed) {
  const Certificate& top = *climbed.back();
  return find_beside(top.issuer, [&](const Certificate& candidate) {
    const bool is_new = std::ranges::none_of(climbed, [&](const Certificate* below) {
      return der::equal(below->public_key_info, candidate.public_key_info);
    });
    return is_new && same_name(top.issuer, candidate.subject) && is_authority(candidate) &&
           is_current(candidate, terms_.now) && !candidate.unknown_critical_extension &&
           check_signature(top, candidate, budget_);
  });
}

// RFC 5280 §6.1.4 (m) and §6.1.3 (b), (c), for what stands beside the path and all above it.
bool CrlCheck::is_allowed(std::span<const Certificate* const> climbed, std::size_t above) {
  const auto is_bound_by = [&](const Certificate& authority, std::size_t below) {
    const std::span<const Certificate* const> bound = climbed.first(below);
    return !authority.name_constraints_present ||
           std::ranges::all_of(bound, [&](const Certificate* certificate) {
             return check_name_constraints(authority, *certificate, budget_).has_value();
           });
  };
  unsigned authorities_below = 0;  // self-issued ones do not count
  const auto is_long_enough = [&](const Certificate& authority) {
    const std::optional<BasicConstraints>& constraints = authority.basic_constraints;
    return !constraints || !constraints->path_length ||
           authorities_below <= *constraints->path_length;
  };
  const auto has_room = [&](const Certificate& authority) {
    const bool fits = is_long_enough(authority);
    authorities_below += authority.is_self_issued() ? 0U : 1U;
    return fits;
  };
  for (std::size_t i = 1; i < climbed.size(); ++i) {
    if (!has_room(*climbed[i]) || !is_bound_by(*climbed[i], i)) {
      return false;
    }
  }
  const Certificate* limits = terms_.anchor_limits;
  return std::ranges::all_of(path_.subspan(above), [&](const Certificate& authority) {
    const bool is_anchor = &authority == &path_.back();
    if (is_anchor && terms_.path_length && authorities_below > *terms_.path_length) {
      return false;
    }
    if (is_anchor && limits != nullptr &&
        !(is_long_enough(*limits) && is_bound_by(*limits, climbed.size()))) {
      return false;
    }
    return has_room(authority) && is_bound_by(authority, climbed.size());
  });
}

// Whoever signs lists may be revoked like anybody else. Only lists that the issuer itself signed
// are asked: who signed others would have to be asked about again, and so on.
bool CrlCheck::is_anybody_revoked(std::span<const Certificate* const> climbed, std::size_t above) {
  for (std::size_t i = 0; i < climbed.size(); ++i) {
    const Certificate& issuer = i + 1 < climbed.size() ? *climbed[i + 1] : path_[above];
    const auto issuer_alone = [&](const StoredCrl& list) -> Result<const Certificate*> {
      if (!may_sign(issuer, list.crl())) {
        return fail(Reason::crl_signer_unknown);
      }
      const Result<> checked = check_list(list, issuer);
      return checked ? Result<const Certificate*>(&issuer) : std::unexpected(checked.error());
    };
    const RevocationFinding finding = look_up(*climbed[i], issuer_alone);
    if (finding.status == RevocationFinding::Status::revoked) {
      return true;
    }
  }
  return false;
}

// The first of the certificates beside the path of which `visit` says that it is the one; all of
// this subject are shown, and perhaps others. The leaf signs nothing.
template <class Visit>
const Certificate* CrlCheck::find_beside(Bytes subject, Visit&& visit) {
  for (Place place = 1; pool_ != nullptr && place < pool_->size(); ++place) {
    if (!pool_->flaw(place) && visit(pool_->at(place))) {
      return &pool_->at(place);
    }
  }
  if (pool_ != nullptr) {
    for (const std::uint32_t index : pool_->known(subject)) {
      const Certificate& certificate = pool_->at(known_place(index));
      if (visit(certificate)) {
        return &certificate;
      }
    }
  }
  for (const Certificate& certificate : terms_.store.certificates()) {
    if (visit(certificate)) {
      return &certificate;
    }
  }
  return nullptr;
}

Freshness freshness(const Dates& dates, UnixTime now, const RevocationPolicy& policy) {
  if (dates.this_update.seconds > now.seconds + limits::clock_difference) {
    return Freshness::not_yet;
  }
  const std::int64_t age = now.seconds - dates.this_update.seconds;
  const bool is_expired = dates.next_update
                              ? now > *dates.next_update || (policy.age != 0 && age > policy.age)
                              : age > policy.age_without_next_update;
  return is_expired ? Freshness::expired : Freshness::fresh;
}

}  // namespace handfast::x509
