#include "handfast/trust.h"

#include "base/limits.h"
#include "der/pem.h"
#include "x509/distinguished_name.h"

#include <algorithm>
#include <utility>

namespace handfast {

struct Trust::State {
  std::vector<std::vector<std::uint8_t>> ders;
  std::vector<Certificate> anchors;   // views into `ders`
  std::vector<std::uint64_t> hashes;  // of the anchors' subjects, in the order of `by_subject`
  std::vector<std::uint32_t>
      by_subject;  // indices of anchors: equal subjects stand together, by hash
  std::size_t unreadable = 0;

  void add(std::vector<std::uint8_t> der);
  void sort();
};

void Trust::State::add(std::vector<std::uint8_t> der) {
  // Moving the vector afterwards does not move the bytes that the views lie in.
  const Result<Certificate> certificate = Certificate::parse(der);
  if (!certificate || anchors.size() == limits::trust_anchors) {
    ++unreadable;
    return;
  }
  ders.push_back(std::move(der));
  anchors.push_back(*certificate);
}

void Trust::State::sort() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries;  // hash and index
  entries.reserve(anchors.size());
  for (const Certificate& anchor : anchors) {
    entries.emplace_back(x509::hash_name(anchor.subject),
                         static_cast<std::uint32_t>(entries.size()));
  }
  std::ranges::sort(entries);
  // Different names of one hash are next to impossible; still, equal ones have to stand together.
  for (auto first = entries.begin(); first != entries.end();) {
    const auto [hash, index] = *first;
    const auto last =
        std::find_if(first, entries.end(), [&](const auto& entry) { return entry.first != hash; });
    first = std::partition(first, last, [&](const auto& entry) {
      return x509::same_name(anchors[entry.second].subject, anchors[index].subject);
    });
  }
  for (const auto& [hash, index] : entries) {
    hashes.push_back(hash);
    by_subject.push_back(index);
  }
}

Trust::Trust(std::unique_ptr<State> state) : state_(std::move(state)) {}

Trust::~Trust() = default;

Result<std::shared_ptr<const Trust>> Trust::from_pem(std::string_view pem) {
  auto state = std::make_unique<State>();
  der::PemScanner scanner(pem);
  while (const std::optional<der::PemBlock> block = scanner.next()) {
    if (block->label != "CERTIFICATE") {
      continue;
    }
    Result<std::vector<std::uint8_t>> der = der::decode_pem(*block);
    if (der) {
      state->add(*std::move(der));
    } else {
      ++state->unreadable;
    }
  }
  return make(std::move(state));
}

Result<std::shared_ptr<const Trust>>
Trust::from_der(std::vector<std::vector<std::uint8_t>> certificates) {
  auto state = std::make_unique<State>();
  for (std::vector<std::uint8_t>& der : certificates) {
    state->add(std::move(der));
  }
  return make(std::move(state));
}

Result<std::shared_ptr<const Trust>> Trust::make(std::unique_ptr<State> state) {
  if (state->anchors.empty()) {
    return fail(Reason::trust_empty);
  }
  state->sort();
  return std::shared_ptr<const Trust>(new Trust(std::move(state)));
}

std::size_t Trust::size() const { return state_->anchors.size(); }

std::size_t Trust::unreadable() const { return state_->unreadable; }

const Certificate& Trust::anchor(std::size_t index) const { return state_->anchors[index]; }

std::span<const std::uint32_t> Trust::find(Bytes subject) const {
  const auto [first, last] = std::ranges::equal_range(state_->hashes, x509::hash_name(subject));
  const auto offset = [&](auto at) {
    return static_cast<std::size_t>(at - state_->hashes.begin());
  };
  std::span<const std::uint32_t> found =
      std::span(state_->by_subject).subspan(offset(first), offset(last) - offset(first));
  const auto is_other = [&](std::uint32_t index) {
    return !x509::same_name(anchor(index).subject, subject);
  };
  while (!found.empty() && is_other(found.front())) {
    found = found.subspan(1);
  }
  const auto end = std::ranges::find_if(found, is_other);
  return found.first(static_cast<std::size_t>(end - found.begin()));
}

}  // namespace handfast
