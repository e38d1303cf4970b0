#include "base/code_set.h"

#include <cstdint>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace handfast {
namespace {

// Few codes are kept otherwise than many: sets of every size on the way, with holes in them.
TEST(CodeSet, is_a_set) {
  std::mt19937 random(1);
  for (const unsigned codes : {1U, 23U, 24U, 25U, 26U, 100U, 0x10000U}) {
    CodeSet set;
    std::set<std::uint16_t> expected;
    for (int round = 0; round < 2000; ++round) {
      const auto code = static_cast<std::uint16_t>(random() % codes);
      const auto other = static_cast<std::uint16_t>(random() % codes);
      EXPECT_EQ(set.insert(code), expected.insert(code).second);
      EXPECT_TRUE(set.contains(code));
      EXPECT_EQ(set.contains(other), expected.contains(other));
      if (random() % 3 != 0) {
        EXPECT_EQ(set.erase(other), expected.erase(other) == 1);
      }
    }
    for (unsigned code = 0; code < 0x10000; ++code) {
      const auto one = static_cast<std::uint16_t>(code);
      ASSERT_EQ(set.contains(one), expected.contains(one)) << codes << ": " << code;
    }
  }
}

}  // namespace
}  // namespace handfast
