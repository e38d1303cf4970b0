// CodeSet: which of the 65,536 codes of a registry a message has named so far.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast {

/// A set of 16-bit codes. The few that honest messages name are searched one by one; beyond them
/// there is a bit for each code, so that no number of them makes it slow.
///
/// Confined: one thread at a time.
class CodeSet {
 public:
  /// False: `code` was there before.
  bool insert(std::uint16_t code) {
    if (contains(code)) {
      return false;
    }
    if (!many_ && size_ < few_.size()) {
      few_[size_++] = code;
      return true;
    }
    if (!many_) {
      many_.emplace();
      for (const std::uint16_t one : few_) {
        many_->set(one);
      }
    }
    many_->set(code);
    return true;
  }

  [[nodiscard]] bool contains(std::uint16_t code) const {
    const auto named = std::span(few_).first(size_);
    return many_ ? many_->test(code) : std::ranges::find(named, code) != named.end();
  }

  /// False: `code` was not there.
  [[nodiscard]] bool erase(std::uint16_t code) {
    if (!contains(code)) {
      return false;
    }
    if (many_) {
      many_->reset(code);
    } else {
      *std::ranges::find(few_, code) = few_[size_ - 1];
      --size_;
    }
    return true;
  }

 private:
  std::array<std::uint16_t, 24> few_{};
  std::size_t size_ = 0;
  std::optional<std::bitset<0x10000>> many_;  // once there are more
};

}  // namespace handfast
