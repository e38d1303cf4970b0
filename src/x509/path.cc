#include "x509/path.h"

#include "der/reader.h"
#include "x509/distinguished_name.h"

#include <algorithm>

namespace handfast::x509 {

namespace {

// Candidates are looked at in rounds: for each rank first the anchors, then what was sent.
constexpr unsigned ranks = 4;
constexpr unsigned rounds = 2 * ranks;

}  // namespace

Pool::Pool(std::span<const Bytes> chain, const Trust* trust) : trust_(trust) {
  for (const Bytes der : chain.first(std::min(chain.size(), sent_.size()))) {
    const Result<Certificate> certificate = Certificate::parse(der);
    if (certificate) {
      sent_[index(size_)] = *certificate;
      subject_hashes_[index(size_)] = hash_name(certificate->subject);
      issuer_hashes_[index(size_)] = hash_name(certificate->issuer);
    } else {
      flaws_[index(size_)] = certificate.error().reason;
    }
    ++size_;
  }
}

std::span<const std::uint32_t> Pool::anchors(Bytes subject) const {
  return trust_ != nullptr ? trust_->find(subject) : std::span<const std::uint32_t>{};
}

bool Pool::names_fit(Place child, Place issuer) const {
  return issuer_hashes_[index(child)] == subject_hashes_[index(issuer)] &&
         same_name(at(child).issuer, at(issuer).subject);
}

PathSearch::PathSearch(const Pool& pool, UnixTime now, Budget& budget, Verdict& verdict)
    : pool_(pool), now_(now), budget_(budget), verdict_(verdict) {
  enter(0);
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
    Frame& frame = frames_[path_.size() - 1];
    const std::optional<Place> candidate = next_candidate(frame);
    if (!candidate) {
      leave();
      continue;
    }
    frame.has_issuer = true;
    if (path_.size() == Path::size_most || !budget_.spend_node()) {
      is_spent_ = true;
      verdict_.add(path_.attempt(Reason::budget_spent));
      leave();
      continue;
    }
    if (is_anchor(*candidate)) {
      Path complete = path_;
      complete.push(*candidate);
      return complete;
    }
    enter(*candidate);
  }
  return std::nullopt;
}

// RFC 5280 has no word for it, but people put a server's own certificate among the anchors, and
// mean exactly this one.
std::optional<Path> PathSearch::pinned_leaf() const {
  const Certificate& leaf = pool_.at(0);
  for (const std::uint32_t anchor : pool_.anchors(leaf.subject)) {
    if (der::equal(pool_.at(anchor_place(anchor)).der, leaf.der)) {
      Path path = path_;
      path.pin();
      return path;
    }
  }
  return std::nullopt;
}

void PathSearch::enter(Place place) {
  path_.push(place);
  frames_[path_.size() - 1] = {.anchors = pool_.anchors(pool_.at(place).issuer)};
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

std::optional<Place> PathSearch::next_candidate(Frame& frame) const {
  for (; frame.round < rounds; ++frame.round, frame.position = 0) {
    const bool takes_anchors = frame.round % 2 == 0;
    const std::size_t count =
        takes_anchors ? frame.anchors.size() : static_cast<std::size_t>(pool_.size());
    while (frame.position < count) {
      const std::size_t position = frame.position++;
      const auto place =
          takes_anchors ? anchor_place(frame.anchors[position]) : static_cast<Place>(position);
      if (!is_anchor(place) && !may_sign(place)) {
        continue;
      }
      const Certificate& candidate = pool_.at(place);
      if (rank(candidate) == frame.round / 2 && !is_in_path(candidate)) {
        return place;
      }
    }
  }
  return std::nullopt;
}

// The leaf, at place 0, signs nothing here.
bool PathSearch::may_sign(Place place) const {
  return place != 0 && !pool_.flaw(place) && pool_.names_fit(path_.top(), place);
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
unsigned PathSearch::rank(const Certificate& candidate) const {
  const Bytes wanted = pool_.at(path_.top()).authority_key_id;
  const bool is_other_key = !wanted.empty() && !candidate.subject_key_id.empty() &&
                            !der::equal(wanted, candidate.subject_key_id);
  const bool is_unfit = !is_authority(candidate) || !is_current(candidate, now_);
  return (is_unfit ? 2U : 0U) + (is_other_key ? 1U : 0U);
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
