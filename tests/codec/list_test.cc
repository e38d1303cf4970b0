#include "codec/list.h"

#include "codec/layout.h"
#include "support/hex.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::codec {
namespace {

using test::operator""_hex;

template <class E>
std::vector<E> all_of(const List<E>& list) {
  std::vector<E> elements;
  for (const E& element : list) {
    elements.push_back(element);
  }
  return elements;
}

TEST(List, decodes_received_numbers_as_one_walks) {
  const auto wire = "0102 0304 0506"_hex;
  const auto list = List<std::uint16_t>::from_wire(wire);
  EXPECT_EQ(all_of(list), (std::vector<std::uint16_t>{0x0102, 0x0304, 0x0506}));
  EXPECT_EQ(all_of(list).size(), 3U) << "and once more";
  EXPECT_EQ(list.wire().data(), wire.data());
}

TEST(List, walks_our_own_values) {
  const std::array<std::uint16_t, 2> values = {7, 8};
  const List<std::uint16_t> list{std::span(values)};
  EXPECT_EQ(all_of(list), (std::vector<std::uint16_t>{7, 8}));
  EXPECT_TRUE(list.wire().empty());
}

TEST(List, of_nothing_has_no_elements) {
  const List<std::uint16_t> list;
  EXPECT_TRUE(list.empty());
  EXPECT_TRUE(all_of(list).empty());
  EXPECT_TRUE(List<std::uint16_t>::from_wire({}).empty());
}

TEST(List, finds_numbers) {
  const auto wire = "0102 0304"_hex;
  const auto list = List<std::uint16_t>::from_wire(wire);
  EXPECT_TRUE(list.contains(0x0304));
  EXPECT_FALSE(list.contains(0x0203)) << "between two elements";
}

struct Named {
  Bytes name;
  static constexpr auto layout = fields(opaque<1, 255>("name", &Named::name));
};

TEST(List, gives_structures_as_views) {
  const auto wire = "01 aa 02 bbcc"_hex;
  const auto list = List<Named>::from_wire(wire);
  auto element = list.begin();
  ASSERT_NE(element, list.end());
  EXPECT_EQ(element->name.data(), wire.data() + 1);
  ++element;
  EXPECT_EQ(element->name.size(), 2U);
  ++element;
  EXPECT_EQ(element, list.end());
}

}  // namespace
}  // namespace handfast::codec
