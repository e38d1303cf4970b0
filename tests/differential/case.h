// A case of the differential test: certificates that one generator made, and what is asked of them.
#pragma once

#include "handfast/bytes.h"
#include "handfast/time.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::differential {

inline constexpr UnixTime now = {1'800'000'000};  // 2027-01-15
inline constexpr std::int64_t day = 86'400;

using Octets = std::vector<std::uint8_t>;

/// One question to every verifier.
struct Case {
  std::vector<Octets> chain;  ///< the leaf first, then what else was sent, in any order
  std::vector<Octets> anchors;
  std::string name;                 ///< a DNS name or an address
  std::vector<std::string> traits;  ///< what is odd about it, for the table of disagreements
  std::string text;                 ///< for people
};

/// The `index`-th case; the same for the same index, but for keys and signatures.
Case generate(std::uint64_t index);

}  // namespace handfast::differential
