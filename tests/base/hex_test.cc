#include "base/hex.h"

#include <array>

#include <gtest/gtest.h>

namespace handfast {
namespace {

TEST(Hex, writes_two_lower_case_digits_a_byte) {
  EXPECT_EQ(hex(std::array<std::uint8_t, 4>{0x00, 0x0a, 0xf9, 0xff}), "000af9ff");
  EXPECT_EQ(hex({}), "");
}

}  // namespace
}  // namespace handfast
