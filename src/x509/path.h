// Paths: from a peer's leaf over certificates that it sent to an anchor. RFC 5280 §6.1, RFC 4158.
#pragma once

#include "base/budget.h"
#include "base/limits.h"
#include "handfast/certificate.h"
#include "handfast/trust.h"
#include "handfast/verdict.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast::x509 {

/// A certificate of a path: n is the n-th that the peer sent, -2 - n the anchor n; as in
/// `TrustAttempt`.
using Place = std::int16_t;

[[nodiscard]] constexpr bool is_anchor(Place place) { return place < 0; }

[[nodiscard]] constexpr Place anchor_place(std::uint32_t anchor) {
  return static_cast<Place>(-2 - static_cast<int>(anchor));
}

static_assert(limits::trust_anchors <= 0x7ffe, "every anchor has a place");

/// A leaf, intermediates above it, and, if the path is complete, the anchor.
class Path {
 public:
  static constexpr std::size_t size_most = limits::intermediates_in_path + 2;

  void push(Place place) { places_[size_++] = place; }

  void pop() { --size_; }

  [[nodiscard]] std::span<const Place> places() const { return std::span(places_).first(size_); }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] Place operator[](std::size_t index) const { return places_[index]; }

  [[nodiscard]] Place top() const { return places_[size_ - 1]; }

  [[nodiscard]] Path without_top() const {
    Path rest = *this;
    rest.pop();
    return rest;
  }

  /// For a leaf that is itself in the trust set.
  void pin() { is_pinned_ = true; }

  [[nodiscard]] bool is_complete() const { return is_pinned_ || is_anchor(top()); }

  [[nodiscard]] TrustAttempt attempt(Reason reason) const {
    return {.path = places_, .length = static_cast<std::uint8_t>(size_), .reason = reason};
  }

 private:
  std::array<Place, size_most> places_{};
  std::size_t size_ = 0;
  bool is_pinned_ = false;
};

/// What paths are made of: the certificates that were sent, parsed, and the anchors.
class Pool {
 public:
  /// At most `limits::certificates_in_message` of `chain` are read. `trust` may be nullptr: no
  /// anchors.
  Pool(std::span<const Bytes> chain, const Trust* trust);

  /// How many were sent, the unreadable ones counted.
  [[nodiscard]] Place size() const { return size_; }

  /// Why the n-th sent certificate could not be parsed; nothing if it could.
  [[nodiscard]] const std::optional<Reason>& flaw(Place place) const {
    return flaws_[index(place)];
  }

  /// A certificate that was readable.
  [[nodiscard]] const Certificate& at(Place place) const {
    return is_anchor(place) ? trust_->anchor(static_cast<std::size_t>(-2 - place))
                            : sent_[index(place)];
  }

  /// Anchors that have this subject, as indices into the trust set.
  [[nodiscard]] std::span<const std::uint32_t> anchors(Bytes subject) const;

  /// Whether the issuer of one certificate that was sent is the subject of another.
  [[nodiscard]] bool names_fit(Place child, Place issuer) const;

 private:
  static std::size_t index(Place place) { return static_cast<std::size_t>(place); }

  std::array<Certificate, limits::certificates_in_message> sent_;
  std::array<std::optional<Reason>, limits::certificates_in_message> flaws_;
  // Peers may send long names that differ late or only in their spelling: most are told apart by
  // these.
  std::array<std::uint64_t, limits::certificates_in_message> subject_hashes_{};
  std::array<std::uint64_t, limits::certificates_in_message> issuer_hashes_{};
  Place size_ = 0;
  const Trust* trust_;
};

/// Finds the complete paths one after the other, the most promising first: anchors before
/// intermediates, those whose key identifier is the one that is asked for before others, those that
/// could be an authority now before others. No name and key stands in a path twice, so there are no
/// loops; the budget ends what is merely long.
///
/// Dead ends go to the attempts of `verdict`.
///
/// Confined: one thread at a time. The references must outlive it.
class PathSearch {
 public:
  PathSearch(const Pool& pool, UnixTime now, Budget& budget, Verdict& verdict);

  /// The next path from the leaf to an anchor.
  std::optional<Path> next();

  /// The longest piece of a path whose upper end had no issuer; the leaf alone if there was none.
  [[nodiscard]] const Path& longest_dead_end() const { return longest_dead_end_; }

  /// Whether the search was given up since it became too long.
  [[nodiscard]] bool is_spent() const { return is_spent_; }

 private:
  // How far the candidates for the issuer of one certificate of the path have been looked at.
  struct Frame {
    std::span<const std::uint32_t> anchors;
    unsigned round = 0;
    std::size_t position = 0;
    bool has_issuer = false;
  };

  std::optional<Path> pinned_leaf() const;
  void enter(Place place);
  void leave();
  std::optional<Place> next_candidate(Frame& frame) const;
  [[nodiscard]] bool may_sign(Place place) const;
  [[nodiscard]] bool is_in_path(const Certificate& candidate) const;
  [[nodiscard]] unsigned rank(const Certificate& candidate) const;

  const Pool& pool_;
  UnixTime now_;
  Budget& budget_;
  Verdict& verdict_;
  Path path_;
  std::array<Frame, Path::size_most> frames_;
  bool leaf_was_tried_ = false;
  Path longest_dead_end_;
  bool is_spent_ = false;
};

/// Whether the certificate says of itself that it may sign others: an authority with keyCertSign.
/// RFC 5280 §4.2.1.9, §4.2.1.3.
[[nodiscard]] bool is_authority(const Certificate& certificate);

/// Whether `usage` is allowed: a certificate without key usage allows everything. RFC 5280
/// §4.2.1.3.
[[nodiscard]] bool allows(const Certificate& certificate, KeyUsage usage);

/// Whether `now` lies within the dates, both included.
[[nodiscard]] bool is_current(const Certificate& certificate, UnixTime now);

}  // namespace handfast::x509
