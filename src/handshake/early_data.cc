#include "handfast/early_data.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>

namespace handfast {

std::string_view name(EarlyDataOutcome outcome) {
  switch (outcome) {
    case EarlyDataOutcome::not_offered: return "not_offered";
    case EarlyDataOutcome::not_enabled: return "not_enabled";
    case EarlyDataOutcome::not_allowed: return "not_allowed";
    case EarlyDataOutcome::offered: return "offered";
    case EarlyDataOutcome::accepted: return "accepted";
    case EarlyDataOutcome::declined: return "declined";
    case EarlyDataOutcome::retried: return "retried";
    case EarlyDataOutcome::not_resumed: return "not_resumed";
    case EarlyDataOutcome::other_suite: return "other_suite";
    case EarlyDataOutcome::other_protocols: return "other_protocols";
    case EarlyDataOutcome::stale: return "stale";
    case EarlyDataOutcome::replayed: return "replayed";
    case EarlyDataOutcome::unregistered: return "unregistered";
  }
  return {};
}

// ---- ReplayMemory -------------------------------------------------------------------------------

namespace {

/// Ordered, not hashed: clients choose the keys, and could choose them to collide.
using Key = std::array<std::uint8_t, 32>;
using Keys = std::set<Key>;

}  // namespace

struct ReplayMemory::State {
  UnixTime since;
  UnixTime forgotten;  // what was over by then may be gone
  std::size_t most;
  mutable std::mutex mutex = {};
  std::map<UnixTime, Keys> entries = {};  // by when they are over; a few seconds' worth
  std::size_t size = 0;

  void forget(UnixTime now) {
    while (!entries.empty() && entries.begin()->first < now) {
      size -= entries.begin()->second.size();
      entries.erase(entries.begin());
    }
    forgotten = std::max(forgotten, now);
  }

  [[nodiscard]] bool has(const Key& key) const {
    return std::ranges::any_of(entries,
                               [&](const auto& entry) { return entry.second.contains(key); });
  }
};

ReplayMemory::ReplayMemory(UnixTime since, std::size_t entries)
    : state_(std::make_unique<State>(since, since, entries)) {}

ReplayMemory::~ReplayMemory() = default;

ReplayVerdict ReplayMemory::enter(const Entry& entry, UnixTime now) {
  Key key{};
  if (entry.key.size() != key.size()) {
    return ReplayVerdict::unknown;
  }
  std::ranges::copy(entry.key, key.begin());
  const std::scoped_lock lock(state_->mutex);
  State& state = *state_;
  state.forget(now);
  if (state.has(key)) {
    return ReplayVerdict::seen;
  }
  // RFC 9846 §8.2: "When implementations are freshly started, they SHOULD reject 0-RTT as long as
  // any portion of their recording window overlaps the startup time." And where the clock was set
  // back, what is over by the later time has been forgotten.
  const bool is_known = entry.from > state.since && entry.until >= state.forgotten;
  if (!is_known || state.size >= state.most) {
    return ReplayVerdict::unknown;
  }
  state.entries[entry.until].insert(key);
  ++state.size;
  return ReplayVerdict::fresh;
}

std::size_t ReplayMemory::size() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->size;
}

}  // namespace handfast
