// The names above a leaf, and how far each is from an anchor. RFC 4158 §2.4.
#pragma once

#include "base/limits.h"
#include "x509/pool.h"

#include <array>
#include <cstdint>
#include <span>

namespace handfast::x509 {

/// Every name from which a path could go up from the leaf: who has it as a subject, and how many
/// certificates at least lead from it to an anchor. Built by names alone, each once, so that a
/// search knows before its first step what leads nowhere and which way is short, however the
/// authorities have signed each other.
///
/// Confined: one thread at a time. The pool must outlive it.
class IssuerGraph {
 public:
  using NameIndex = std::uint8_t;
  static constexpr NameIndex leaf_issuer = 0;

  /// A distance that no anchor is at.
  static constexpr std::uint8_t unreachable = 0xff;

  /// A certificate whose subject is the name, and the name above it.
  struct Step {
    Place place;
    NameIndex above;
  };

  explicit IssuerGraph(const Pool& pool);

  /// Anchors with this name, as indices into the trust set.
  [[nodiscard]] std::span<const std::uint32_t> anchors(NameIndex name) const {
    return names_[name].anchors;
  }

  /// The other certificates with this name.
  [[nodiscard]] std::span<const Step> steps(NameIndex name) const {
    return std::span(steps_).subspan(names_[name].first, names_[name].count);
  }

  /// How many certificates a path at least needs from this name on, the anchor counted.
  [[nodiscard]] std::uint8_t distance(NameIndex name) const { return names_[name].distance; }

  /// Whether there were more names or certificates than fit.
  [[nodiscard]] bool is_cut() const { return is_cut_; }

 private:
  struct Name {
    Place child;  // a certificate that has it as its issuer
    std::uint64_t hash;
    std::span<const std::uint32_t> anchors;
    std::uint16_t first = 0;
    std::uint16_t count = 0;
    std::uint8_t distance = unreachable;
  };

  void collect(NameIndex name);
  void add_step(NameIndex name, Place place);
  bool add_name(Place child, NameIndex& index);
  void measure();

  const Pool& pool_;
  std::array<Name, limits::issuer_names> names_;
  std::array<Step, limits::issuer_certificates> steps_;
  std::size_t name_count_ = 0;
  std::uint16_t step_count_ = 0;
  bool is_cut_ = false;
};

static_assert(limits::issuer_names <= 0xff, "every name has an index");

}  // namespace handfast::x509
