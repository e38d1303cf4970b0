// Runs the tests of a Wycheproof file, and counts what came of them.
#pragma once

#include "support/hex.h"
#include "support/vectors.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {

/// The outcomes of a file: how many of its tests were accepted and refused as the file says, how
/// many of the acceptable ones we accept or refuse, and how many were passed over for which reason.
struct Tally {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t choice_accepted = 0;
  std::size_t choice_refused = 0;
  std::map<std::string, std::size_t> passed_over;

  std::size_t total() const {
    std::size_t sum = accepted + refused + choice_accepted + choice_refused;
    for (const auto& [reason, count] : passed_over) {
      sum += count;
    }
    return sum;
  }
};

/// Why a whole group lies outside of what TLS uses; empty for a group that is tested.
using Outside = std::string (*)(const nlohmann::json& group);

inline std::string none_outside(const nlohmann::json&) { return {}; }

/// The field `key` in hexadecimal digits as bytes.
inline std::vector<std::uint8_t> bytes_of(const nlohmann::json& object, const char* key) {
  return from_hex(object.at(key).get<std::string>());
}

inline bool has_flag(const nlohmann::json& test, std::string_view flag) {
  for (const auto& each : test.at("flags")) {
    if (each == flag) {
      return true;
    }
  }
  return false;
}

/// Calls `accepts(group, test)` for every test of `file` and expects what the file says: true for a
/// valid test, false for an invalid one, and `choice(test)` for an acceptable one. What a test
/// yields is compared by `accepts` itself, which is true only if that is right too.
template <class Accepts, class Choice>
Tally run_wycheproof(std::string_view file, Accepts accepts, Choice choice,
                     Outside outside = none_outside) {
  Tally tally;
  const auto all = load_json("wycheproof/" + std::string(file) + "_test.json.xz");
  for (const auto& group : all.at("testGroups")) {
    for (const auto& test : group.at("tests")) {
      if (const std::string reason = outside(group); !reason.empty()) {
        ++tally.passed_over[reason];
        continue;
      }
      const std::string result = test.at("result");
      const bool is_choice = result == "acceptable";
      const bool expected = is_choice ? choice(test) : result == "valid";
      const bool got = accepts(group, test);
      EXPECT_EQ(got, expected) << file << " tcId " << test.at("tcId") << " (" << result
                               << "): " << test.at("comment") << ' ' << test.at("flags");
      ++(is_choice ? (got ? tally.choice_accepted : tally.choice_refused)
                   : (got ? tally.accepted : tally.refused));
    }
  }
  EXPECT_EQ(tally.total(), all.at("numberOfTests").get<std::size_t>()) << file;
  return tally;
}

/// The same for a file that leaves no choice.
template <class Accepts>
Tally run_wycheproof(std::string_view file, Accepts accepts, Outside outside = none_outside) {
  return run_wycheproof(
      file, accepts,
      [](const nlohmann::json& test) {
        ADD_FAILURE() << "an acceptable result without a decision: " << test.dump();
        return false;
      },
      outside);
}

}  // namespace handfast::test
