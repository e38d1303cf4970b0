#include "x509/path.h"

#include "der/reader.h"
#include "x509/distinguished_name.h"

#include <algorithm>

namespace handfast::x509 {

PathSearch::PathSearch(const Pool& pool, const SignatureMemo& memo, UnixTime now, Budget& budget,
                       Verdict& verdict)
    : pool_(pool), memo_(memo), now_(now), budget_(budget), verdict_(verdict), graph_(pool),
      seeks_anchor_(graph_.distance(IssuerGraph::leaf_issuer) != IssuerGraph::unreachable) {
  path_.push(leaf_place);
  longest_dead_end_ = path_;
}

std::optional<Path> PathSearch::next() {
  if (!leaf_was_tried_) {
    leaf_was_tried_ = true;
    if (const std::optional<Path> pinned = pinned_leaf()) {
      return pinned;
    }
  }
  while (path_.size() > 0) {
    const std::optional<Candidate> candidate = take_candidate();
    if (!candidate) {
      leave();
      continue;
    }
    if (!has_room(*candidate)) {
      continue;
    }
    if (is_anchor(candidate->place)) {
      Path complete = path_;
      complete.push(candidate->place);
      return complete;
    }
    enter(*candidate);
  }
  is_spent_ |= graph_.is_cut();
  return std::nullopt;
}

void PathSearch::abandon(std::size_t size) {
  while (path_.size() >= size && path_.size() > 0) {
    path_.pop();
  }
}

std::optional<Path> PathSearch::pinned_leaf() const {
  if (!pool_.is_pinned(pool_.at(leaf_place))) {
    return std::nullopt;
  }
  Path path = path_;
  path.pin();
  return path;
}

void PathSearch::enter(const Candidate& candidate) {
  path_.push(candidate.place);
  frames_[path_.size() - 1] = {.issuer = candidate.above};
}

void PathSearch::leave() {
  if (!frames_[path_.size() - 1].has_issuer) {
    verdict_.add(path_.attempt(Reason::certificate_authority_unknown));
    if (path_.size() > longest_dead_end_.size()) {
      longest_dead_end_ = path_;
    }
  }
  path_.pop();
}

// The best of those that were not taken yet. There are few, so that sorting them would cost more.
std::optional<PathSearch::Candidate> PathSearch::take_candidate() {
  Frame& frame = frames_[path_.size() - 1];
  std::optional<Candidate> best;
  each_candidate(frame.issuer, [&](const Candidate& candidate) {
    if (candidate.order() >= frame.next && (!best || candidate.order() < best->order()) &&
        is_eligible(candidate)) {
      best = candidate;
    }
  });
  if (best) {
    frame.next = best->order() + 1;
    frame.has_issuer = true;
  }
  return best;
}

// Whether the path may grow by the candidate and what at least stands above it.
bool PathSearch::has_room(const Candidate& candidate) {
  const std::size_t above = seeks_anchor_ ? candidate.distance : 0;
  const bool is_short = path_.size() + 1 + above <= Path::size_most;
  if (is_short && budget_.spend_node() &&
      (!is_anchor(candidate.place) || budget_.spend_comparisons(cost_of_check()))) {
    return true;
  }
  if (!is_spent_) {
    verdict_.add(path_.attempt(Reason::budget_spent));
  }
  is_spent_ = true;
  if (is_short) {
    abandon(1);
  }
  return false;
}

// Checking a path reads its certificates, of which a peer may make some large and many paths.
std::uint32_t PathSearch::cost_of_check() const {
  constexpr std::size_t octets_in_comparison = 32;
  std::size_t size = 0;
  for (const Place place : path_.places()) {
    size += pool_.at(place).der.size();
  }
  return static_cast<std::uint32_t>(size / octets_in_comparison);
}

template <class Visit>
void PathSearch::each_candidate(IssuerGraph::NameIndex issuer, Visit&& visit) const {
  std::uint16_t position = 0;
  for (const std::uint32_t anchor : graph_.anchors(issuer)) {
    const Place place = anchor_place(anchor);
    visit(Candidate{rank(pool_.at(place)), 0, position++, place});
  }
  for (const IssuerGraph::Step& step : graph_.steps(issuer)) {
    visit(Candidate{rank(pool_.at(step.place)), graph_.distance(step.above), position++, step.place,
                    step.above});
  }
}

bool PathSearch::is_eligible(const Candidate& candidate) const {
  return (!seeks_anchor_ || candidate.distance != IssuerGraph::unreachable) &&
         !memo_.rules_out(path_.top(), candidate.place) && !is_in_path(pool_.at(candidate.place));
}

bool PathSearch::is_in_path(const Certificate& candidate) const {
  return std::ranges::any_of(path_.places(), [&](Place place) {
    const Certificate& certificate = pool_.at(place);
    return der::equal(certificate.public_key_info, candidate.public_key_info) &&
           same_name(certificate.subject, candidate.subject);
  });
}

// 0 is best. RFC 5280 §4.2.1.1 has key identifiers to ease finding the path, so they only order the
// search: a missing one is as good as any.
std::uint8_t PathSearch::rank(const Certificate& candidate) const {
  const Bytes wanted = pool_.at(path_.top()).authority_key_id;
  const bool is_other_key = !wanted.empty() && !candidate.subject_key_id.empty() &&
                            !der::equal(wanted, candidate.subject_key_id);
  const bool is_unfit = !is_authority(candidate) || !is_current(candidate, now_);
  return static_cast<std::uint8_t>((is_unfit ? 2 : 0) + (is_other_key ? 1 : 0));
}

bool is_authority(const Certificate& certificate) {
  return certificate.basic_constraints && certificate.basic_constraints->is_authority &&
         allows(certificate, KeyUsage::key_cert_sign);
}

bool allows(const Certificate& certificate, KeyUsage usage) {
  return !certificate.key_usage || (*certificate.key_usage & static_cast<unsigned>(usage)) != 0;
}

bool is_current(const Certificate& certificate, UnixTime now) {
  return certificate.not_before <= now && now <= certificate.not_after;
}

}  // namespace handfast::x509
