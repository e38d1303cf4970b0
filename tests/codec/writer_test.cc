#include "codec/writer.h"

#include "support/hex.h"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::codec {
namespace {

using test::operator""_hex;

std::vector<std::uint8_t> copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

TEST(Writer, writes_numbers_big_endian) {
  std::array<std::uint8_t, 10> memory{};
  Writer out(memory);
  out.number(std::uint8_t{0x01});
  out.number(std::uint16_t{0x0203});
  out.big_endian<3>(0x040506);
  out.number(std::uint32_t{0x0708090a});
  EXPECT_EQ(copy(out.written()), "0102030405060708090a"_hex);
  EXPECT_EQ(out.size(), 10U);
}

TEST(Writer, fills_its_room_to_the_last_byte_and_no_further) {
  std::array<std::uint8_t, 4> memory = {1, 2, 3, 4};
  Writer out(MutBytes(memory).first(3));
  out.bytes("0a0b0c"_hex);
  EXPECT_TRUE(out.good());
  out.number(std::uint8_t{9});
  EXPECT_FALSE(out.good());
  EXPECT_EQ(memory[3], 4);
}

TEST(Writer, writes_nothing_of_what_does_not_fit) {
  std::array<std::uint8_t, 3> memory{};
  Writer out(memory);
  out.number(std::uint32_t{0xffffffff});
  EXPECT_EQ(memory, (std::array<std::uint8_t, 3>{}));
  EXPECT_FALSE(out.good());
}

TEST(Writer, writes_no_bytes_where_there_is_no_room_for_all) {
  std::array<std::uint8_t, 3> memory{};
  Writer out(memory);
  out.bytes("0a0b0c0d"_hex);
  EXPECT_FALSE(out.good());
  EXPECT_EQ(memory, (std::array<std::uint8_t, 3>{}));
  out.bytes({});
  EXPECT_FALSE(out.good());
}

TEST(Writer, stays_bad_and_shows_nothing) {
  std::array<std::uint8_t, 3> memory{};
  Writer out(memory);
  out.number(std::uint32_t{1});
  out.number(std::uint8_t{1});  // would fit
  EXPECT_FALSE(out.good());
  EXPECT_TRUE(out.written().empty());
  EXPECT_TRUE(out.take(1).empty());
}

TEST(Writer, goes_back_to_fill_in_lengths) {
  std::array<std::uint8_t, 16> memory{};
  Writer out(memory);
  const std::size_t outer = out.begin_vector(3);
  const std::size_t inner = out.begin_vector(1);
  out.bytes("0a0b"_hex);
  out.end_vector(inner, 1);
  out.number(std::uint8_t{7});
  out.end_vector(outer, 3);
  EXPECT_EQ(copy(out.written()), "000004 02 0a0b 07"_hex);
}

TEST(Writer, refuses_a_vector_that_its_prefix_cannot_tell) {
  std::vector<std::uint8_t> memory(300);
  Writer fits(memory);
  const std::size_t place = fits.begin_vector(1);
  static_cast<void>(fits.take(255));
  fits.end_vector(place, 1);
  EXPECT_TRUE(fits.good());
  EXPECT_EQ(memory[0], 255);

  Writer out(memory);
  static_cast<void>(out.begin_vector(1));
  static_cast<void>(out.take(256));
  out.end_vector(0, 1);
  EXPECT_FALSE(out.good());
  EXPECT_TRUE(out.written().empty());
}

TEST(Writer, does_not_touch_memory_for_a_vector_without_room) {
  std::array<std::uint8_t, 1> memory{};
  Writer out(memory);
  const std::size_t place = out.begin_vector(2);
  out.end_vector(place, 2);
  EXPECT_FALSE(out.good());
}

TEST(Writer, writes_into_room_that_the_caller_fills) {
  std::array<std::uint8_t, 4> memory{};
  Writer out(memory);
  const MutBytes room = out.take(2);
  std::ranges::fill(room, std::uint8_t{5});
  EXPECT_EQ(copy(out.written()), "0505"_hex);
}

}  // namespace
}  // namespace handfast::codec
