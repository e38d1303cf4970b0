// Paths: from a peer's leaf over certificates that it sent, or that are known, to an anchor. RFC
// 5280 §6.1, RFC 4158.
#pragma once

#include "base/budget.h"
#include "handfast/verdict.h"
#include "x509/issuer_graph.h"
#include "x509/pool.h"
#include "x509/signature.h"

#include <array>
#include <cstdint>
#include <optional>

namespace handfast::x509 {

/// Finds the complete paths one after the other, the most promising first: at each step whoever has
/// the key identifier that is asked for before others, who could be an authority now before others,
/// and who is nearer to an anchor before others. What leads to no anchor is not entered, nor what a
/// signature has ruled out. No name and key stands in a path twice, so there are no loops; the
/// budget ends what is merely long.
///
/// Where no name leads to an anchor, the pieces that there are go to the attempts of `verdict`.
///
/// Confined: one thread at a time. The references must outlive it.
class PathSearch {
 public:
  PathSearch(const Pool& pool, const SignatureMemo& memo, UnixTime now, Budget& budget,
             Verdict& verdict);

  /// The next path from the leaf to an anchor.
  std::optional<Path> next();

  /// Of the path that `next` gave last no continuation of its first `size` certificates is wanted.
  void abandon(std::size_t size);

  /// The longest piece of a path whose upper end had no issuer; the leaf alone if there was none.
  [[nodiscard]] const Path& longest_dead_end() const { return longest_dead_end_; }

  /// Whether the search was given up since it became too long.
  [[nodiscard]] bool is_spent() const { return is_spent_; }

 private:
  // A certificate that may have signed the top of the path. Ordered: the most promising first.
  struct Candidate {
    std::uint8_t rank;
    std::uint8_t distance;  // certificates above it, the anchor counted; an anchor has 0
    std::uint16_t position;
    Place place = 0;
    IssuerGraph::NameIndex above = 0;

    [[nodiscard]] std::uint32_t order() const {
      return std::uint32_t{rank} << 24 | std::uint32_t{distance} << 16 | position;
    }
  };

  // The issuer's name of one certificate of the path, and how far its candidates have been taken.
  struct Frame {
    IssuerGraph::NameIndex issuer = IssuerGraph::leaf_issuer;
    std::uint32_t next = 0;  // the least order that was not taken yet
    bool has_issuer = false;
  };

  std::optional<Path> pinned_leaf() const;
  void enter(const Candidate& candidate);
  void leave();
  std::optional<Candidate> take_candidate();
  bool has_room(const Candidate& candidate);
  [[nodiscard]] std::uint32_t cost_of_check() const;
  template <class Visit>
  void each_candidate(IssuerGraph::NameIndex issuer, Visit&& visit) const;
  [[nodiscard]] bool is_eligible(const Candidate& candidate) const;
  [[nodiscard]] bool is_in_path(const Certificate& candidate) const;
  [[nodiscard]] std::uint8_t rank(const Certificate& candidate) const;

  const Pool& pool_;
  const SignatureMemo& memo_;
  UnixTime now_;
  Budget& budget_;
  Verdict& verdict_;
  IssuerGraph graph_;
  bool seeks_anchor_;  // else there is none to find, and the pieces are told
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
