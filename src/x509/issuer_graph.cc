#include "x509/issuer_graph.h"

#include "x509/distinguished_name.h"

#include <algorithm>
#include <limits>

namespace handfast::x509 {

IssuerGraph::IssuerGraph(const Pool& pool) : pool_(pool) {
  NameIndex name = leaf_issuer;
  add_name(leaf_place, name);
  static_assert(limits::issuer_names <= std::numeric_limits<NameIndex>::max());
  while (name < static_cast<NameIndex>(name_count_)) {
    collect(name++);
  }
  measure();
}

// Whoever has the name as a subject. The leaf itself signs nothing.
void IssuerGraph::collect(NameIndex name) {
  Name& entry = names_[name];
  const Bytes text = pool_.at(entry.child).issuer;
  entry.anchors = pool_.anchors(text);
  entry.distance = entry.anchors.empty() ? unreachable : 1;
  entry.first = step_count_;
  for (Place place = leaf_place + 1; place < pool_.size(); ++place) {
    if (!pool_.flaw(place) && pool_.subject_hash(place) == entry.hash &&
        same_name(pool_.at(place).subject, text)) {
      add_step(name, place);
    }
  }
  for (const std::uint32_t known : pool_.known(text)) {
    add_step(name, known_place(known));
  }
}

void IssuerGraph::add_step(NameIndex name, Place place) {
  NameIndex above = 0;
  if (step_count_ == steps_.size() || !add_name(place, above)) {
    is_cut_ = true;
    return;
  }
  steps_[step_count_++] = {place, above};
  ++names_[name].count;
}

// Finds or adds the name of the issuer of `child`.
bool IssuerGraph::add_name(Place child, NameIndex& index) {
  const Bytes issuer = pool_.at(child).issuer;
  const std::uint64_t hash = hash_name(issuer);
  const auto known = std::span(names_).first(name_count_);
  const auto found = std::ranges::find_if(known, [&](const Name& name) {
    return name.hash == hash && same_name(pool_.at(name.child).issuer, issuer);
  });
  index = static_cast<NameIndex>(found - known.begin());
  if (found == known.end()) {
    if (name_count_ == names_.size()) {
      return false;
    }
    names_[name_count_++] = {.child = child, .hash = hash, .anchors = {}};
  }
  return true;
}

// Each round finds what is one certificate further away.
void IssuerGraph::measure() {
  const auto known = std::span(names_).first(name_count_);
  for (std::uint8_t reached = 1; reached < Path::size_most; ++reached) {
    for (Name& name : known) {
      const auto certificates = std::span(steps_).subspan(name.first, name.count);
      if (name.distance == unreachable && std::ranges::any_of(certificates, [&](const Step& step) {
            return names_[step.above].distance == reached;
          })) {
        name.distance = static_cast<std::uint8_t>(reached + 1);
      }
    }
  }
}

}  // namespace handfast::x509
