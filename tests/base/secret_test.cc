#include "base/secret.h"

#include <array>
#include <concepts>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using Secret32 = Secret<32>;

constexpr std::uint8_t mark = 0xa7;

std::array<std::uint8_t, 32> marked() {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(mark);
  return bytes;
}

/// Memory in which a secret lives, to be looked at when the secret is gone.
class Grave {
 public:
  template <class... A>
  Secret32* put(A&&... arguments) {
    return new (memory_.data()) Secret32(std::forward<A>(arguments)...);
  }

  /// How many of the secret's bytes are left.
  [[nodiscard]] std::size_t marks() const {
    std::size_t count = 0;
    for (const volatile std::uint8_t& byte : memory_) {
      count += byte == mark ? 1U : 0U;
    }
    return count;
  }

 private:
  alignas(Secret32) std::array<std::uint8_t, sizeof(Secret32)> memory_{};
};

TEST(Secret, leaves_nothing_behind_when_it_goes) {
  Grave grave;
  Secret32* const secret = grave.put(marked());
  ASSERT_EQ(grave.marks(), 32U) << "the test looks at the wrong memory";
  std::destroy_at(secret);
  EXPECT_EQ(grave.marks(), 0U);
}

TEST(Secret, leaves_nothing_behind_when_it_is_moved_from) {
  Grave from;
  Grave to;
  Secret32* const first = from.put(marked());
  Secret32* const second = to.put(std::move(*first));
  EXPECT_EQ(from.marks(), 0U);
  EXPECT_EQ(to.marks(), 32U);
  EXPECT_TRUE(first->empty());
  EXPECT_EQ(second->size(), 32U);
  std::destroy_at(first);
  std::destroy_at(second);
}

TEST(Secret, leaves_nothing_behind_when_it_is_assigned_over) {
  Grave from;
  Grave to;
  Secret32* const first = from.put(std::array<std::uint8_t, 3>{1, 2, 3});
  Secret32* const second = to.put(marked());
  *second = std::move(*first);
  EXPECT_EQ(to.marks(), 0U);
  EXPECT_EQ(second->size(), 3U);
  std::destroy_at(first);
  std::destroy_at(second);
}

TEST(Secret, leaves_nothing_behind_when_it_is_cleared) {
  Grave grave;
  Secret32* const secret = grave.put(marked());
  secret->clear();
  EXPECT_EQ(grave.marks(), 0U);
  EXPECT_TRUE(secret->empty());
  std::destroy_at(secret);
}

TEST(Secret, stays_itself_when_moved_to_itself) {
  Secret32 secret{marked()};
  Secret32& alias = secret;
  secret = std::move(alias);
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(secret.expose().front(), mark);
}

TEST(Secret, can_be_copied_by_name_only) {
  EXPECT_FALSE(std::is_copy_constructible_v<Secret32>);
  EXPECT_FALSE(std::is_copy_assignable_v<Secret32>);
  const Secret32 secret{marked()};
  const Secret32 copy = secret.clone();
  EXPECT_TRUE(equal_constant_time(secret.expose(), copy.expose()));
}

TEST(Secret, cannot_be_compared_with_an_operator) {
  EXPECT_FALSE((std::equality_comparable<Secret32>));
}

TEST(Secret, holds_no_more_than_its_capacity) {
  const std::array<std::uint8_t, 40> bytes{};
  EXPECT_EQ(Secret32{bytes}.size(), 32U);
  Secret32 secret;
  EXPECT_EQ(secret.fill(40).size(), 32U);
  EXPECT_EQ(secret.fill(5).size(), 5U);
  EXPECT_EQ(secret.size(), 5U);
}

TEST(EqualConstantTime, tells_equal_bytes_from_others) {
  const auto bytes = marked();
  EXPECT_TRUE(equal_constant_time(bytes, bytes));
  EXPECT_TRUE(equal_constant_time({}, {}));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto other = bytes;
      other[i] = static_cast<std::uint8_t>(other[i] ^ (1U << bit));
      EXPECT_FALSE(equal_constant_time(bytes, other)) << i << ' ' << bit;
    }
  }
}

TEST(EqualConstantTime, finds_differences_that_cancel_out) {
  const std::array<std::uint8_t, 2> a = {0x11, 0x22};
  const std::array<std::uint8_t, 2> b = {0x22, 0x11};
  EXPECT_FALSE(equal_constant_time(a, b));
}

TEST(EqualConstantTime, never_takes_a_prefix_for_the_whole) {
  const auto bytes = marked();
  EXPECT_FALSE(equal_constant_time(Bytes(bytes).first(31), bytes));
  EXPECT_FALSE(equal_constant_time({}, bytes));
}

TEST(Wipe, empties_bytes_and_text) {
  auto bytes = marked();
  wipe(bytes);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 32>{}));
  std::string text = "CLIENT_RANDOM 00 11";
  wipe(text);
  EXPECT_EQ(text, std::string(text.size(), '\0'));
}

}  // namespace
}  // namespace handfast
