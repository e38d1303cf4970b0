// Budget: work is paid for before it is done.
#pragma once

#include "base/limits.h"

#include <cstdint>

namespace handfast {

/// What verifying one chain may cost, in signatures, microseconds of public-key work, path nodes
/// and name comparisons. Spent before the work; once spent, every further `spend` says no.
///
/// Confined: one thread at a time.
class Budget {
 public:
  /// Takes one signature check of `cost_us` microseconds (a table by key type says how many).
  [[nodiscard]] bool spend_signature(std::uint32_t cost_us) {
    if (signatures_ == 0 || cost_us_ < cost_us) {
      ++refusals_;
      return false;
    }
    --signatures_;
    cost_us_ -= cost_us;
    return true;
  }

  /// Takes one step of the path search.
  [[nodiscard]] bool spend_node() { return spend(nodes_, 1); }

  /// Takes `count` comparisons of names.
  [[nodiscard]] bool spend_comparisons(std::uint32_t count) { return spend(comparisons_, count); }

  /// How often it said no: whoever sees this grow while it looks did not see everything.
  [[nodiscard]] std::uint32_t refusals() const { return refusals_; }

 private:
  bool spend(std::uint32_t& left, std::uint32_t count) {
    if (left < count) {
      left = 0;
      ++refusals_;
      return false;
    }
    left -= count;
    return true;
  }

  std::uint32_t signatures_ = limits::path_signatures;
  std::uint32_t cost_us_ = limits::path_cost_us;
  std::uint32_t nodes_ = limits::path_nodes;
  std::uint32_t comparisons_ = limits::name_comparisons;
  std::uint32_t refusals_ = 0;
};

}  // namespace handfast
