// Pool: the certificates that paths are made of, and Path: some of them in a row.
#pragma once

#include "base/limits.h"
#include "handfast/certificate.h"
#include "handfast/certificate_set.h"
#include "handfast/trust.h"
#include "handfast/verdict.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast::x509 {

/// Where a certificate of a path comes from: n below 0x4000 is the n-th that the peer sent, 0x4000
/// + n the n-th that was known here, -2 - n the anchor n; as in `TrustAttempt`.
using Place = std::int16_t;

inline constexpr Place leaf_place = 0;
inline constexpr Place first_known_place = 0x4000;

[[nodiscard]] constexpr bool is_anchor(Place place) { return place < 0; }

[[nodiscard]] constexpr bool is_sent(Place place) {
  return place >= 0 && place < first_known_place;
}

[[nodiscard]] constexpr Place anchor_place(std::uint32_t anchor) {
  return static_cast<Place>(-2 - static_cast<int>(anchor));
}

[[nodiscard]] constexpr Place known_place(std::uint32_t index) {
  return static_cast<Place>(first_known_place + static_cast<int>(index));
}

static_assert(limits::certificates_in_set <= 0x4000, "every certificate has a place");

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

/// What was sent, parsed, what is known here, and the anchors.
class Pool {
 public:
  /// At most `limits::certificates_in_message` of `chain` are read. `known` and `trust` may be
  /// nullptr: no intermediates, no anchors.
  Pool(std::span<const Bytes> chain, const CertificateSet* known, const Trust* trust);

  /// How many were sent, the unreadable ones counted.
  [[nodiscard]] Place size() const { return size_; }

  /// Why the n-th sent certificate could not be parsed; nothing if it could.
  [[nodiscard]] const std::optional<Reason>& flaw(Place place) const {
    return flaws_[index(place)];
  }

  /// A certificate that was readable.
  [[nodiscard]] const Certificate& at(Place place) const;

  /// Anchors that have this subject, as indices into the trust set.
  [[nodiscard]] std::span<const std::uint32_t> anchors(Bytes subject) const;

  /// Our own limits of the anchor at `place`; nullptr for none, and for what is no anchor.
  [[nodiscard]] const Certificate* limits(Place place) const;

  /// Whether `leaf` is trusted for itself.
  [[nodiscard]] bool is_pinned(const Certificate& leaf) const;

  /// Known intermediates that have this subject, as indices into their set.
  [[nodiscard]] std::span<const std::uint32_t> known(Bytes subject) const;

  /// `hash_name` of the subject of a certificate that was sent: peers may send long names that
  /// differ late or only in their spelling, and most are told apart by these.
  [[nodiscard]] std::uint64_t subject_hash(Place place) const {
    return subject_hashes_[index(place)];
  }

 private:
  static std::size_t index(Place place) { return static_cast<std::size_t>(place); }

  std::array<Certificate, limits::certificates_in_message> sent_;
  std::array<std::optional<Reason>, limits::certificates_in_message> flaws_;
  std::array<std::uint64_t, limits::certificates_in_message> subject_hashes_{};
  Place size_ = 0;
  const CertificateSet* known_;
  const Trust* trust_;
};

}  // namespace handfast::x509
