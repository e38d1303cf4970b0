#include "codec/reader.h"

#include "support/expect.h"
#include "support/hex.h"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::codec {
namespace {

using test::operator""_hex;

TEST(Reader, reads_numbers_big_endian) {
  const auto bytes = "01 0203 040506 0708090a"_hex;
  Reader in(bytes);
  EXPECT_EQ(in.number<std::uint8_t>(), 0x01);
  EXPECT_EQ(in.number<std::uint16_t>(), 0x0203);
  EXPECT_EQ(in.big_endian<3>(), 0x040506U);
  EXPECT_EQ(in.number<std::uint32_t>(), 0x0708090aU);
  EXPECT_TRUE(in.finish());
}

TEST(Reader, gives_views_into_its_bytes) {
  const auto bytes = "0a0b0c0d"_hex;
  Reader in(bytes);
  EXPECT_EQ(in.offset(), 0U);
  const Bytes two = in.take(2);
  EXPECT_EQ(two.data(), bytes.data());
  EXPECT_EQ(in.offset(), 2U);
  EXPECT_EQ(in.left(), 2U);
  const Bytes rest = in.rest();
  EXPECT_EQ(rest.data(), bytes.data() + 2);
  EXPECT_EQ(rest.size(), 2U);
  EXPECT_TRUE(in.rest().empty());
  EXPECT_TRUE(in.finish());
}

TEST(Reader, refuses_every_read_past_the_end) {
  const auto bytes = "010203"_hex;
  for (std::size_t have = 0; have < 4; ++have) {
    for (std::size_t want = 0; want < 6; ++want) {
      Reader in(Bytes(bytes).first(std::min<std::size_t>(have, 3)));
      const Bytes field = in.take(want);
      EXPECT_EQ(in.good(), want <= std::min<std::size_t>(have, 3));
      EXPECT_EQ(field.size(), in.good() ? want : 0U);
    }
  }
}

TEST(Reader, refuses_a_number_that_is_cut) {
  const auto bytes = "010203"_hex;
  Reader in(bytes);
  EXPECT_EQ(in.number<std::uint32_t>(), 0U);
  EXPECT_FAILS(in.check(), Reason::message_truncated);
}

TEST(Reader, refuses_the_largest_size_there_is) {
  const auto bytes = "0102"_hex;
  Reader in(bytes);
  static_cast<void>(in.take(1));
  EXPECT_TRUE(in.take(SIZE_MAX).empty());
  EXPECT_FAILS(in.finish(), Reason::message_truncated);
}

TEST(Reader, stays_bad_and_keeps_the_first_reason) {
  const auto bytes = "05 01"_hex;
  Reader in(bytes);
  EXPECT_TRUE(in.vector(0, 4).empty());  // five are too many
  EXPECT_EQ(in.number<std::uint8_t>(), 0) << "nothing is read from a bad reader";
  EXPECT_EQ(in.left(), 0U) << "so that loops over what is left end";
  in.spoil(Reason::internal);
  EXPECT_FAILS(in.check(), Reason::value_out_of_bounds);
  EXPECT_FAILS(in.finish(), Reason::value_out_of_bounds);
}

TEST(Reader, can_be_spoilt_by_its_user) {
  const auto bytes = "0102"_hex;
  Reader in(bytes);
  in.spoil(Reason::alpn_malformed);
  EXPECT_FALSE(in.good());
  EXPECT_FAILS(in.finish(), Reason::alpn_malformed);
}

TEST(Reader, refuses_leftover_bytes) {
  const auto bytes = "0102"_hex;
  Reader in(bytes);
  static_cast<void>(in.number<std::uint8_t>());
  EXPECT_TRUE(in.check());
  EXPECT_FAILS(in.finish(), Reason::message_leftover);
}

TEST(Reader, is_content_with_nothing) {
  Reader in({});
  EXPECT_TRUE(in.take(0).empty());
  EXPECT_TRUE(in.rest().empty());
  EXPECT_TRUE(in.finish());
}

struct Bounds {
  std::size_t least;
  std::size_t most;
  std::size_t width;
};

class ReaderVector : public testing::TestWithParam<Bounds> {};

/// A vector of `size` bytes after a length prefix of `width`.
std::vector<std::uint8_t> vector_of(std::size_t size, std::size_t width) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = width; i-- > 0;) {
    bytes.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
  }
  bytes.resize(width + size, 0x5a);
  return bytes;
}

TEST_P(ReaderVector, holds_both_bounds) {
  const auto [least, most, width] = GetParam();
  const std::size_t largest = (std::size_t{1} << (8 * width)) - 1;
  for (const std::size_t size : {least, least + 1, most - 1, most}) {
    const auto bytes = vector_of(size, width);
    Reader in(bytes);
    EXPECT_EQ(in.vector(least, most).size(), size);
    EXPECT_TRUE(in.finish()) << size;
  }
  for (const std::size_t size : {least - 1, most + 1}) {
    if (size <= largest) {
      const auto bytes = vector_of(size, width);
      Reader in(bytes);
      EXPECT_TRUE(in.vector(least, most).empty());
      EXPECT_FAILS(in.finish(), Reason::value_out_of_bounds);
    }
  }
}

TEST_P(ReaderVector, refuses_content_that_is_cut) {
  const auto [least, most, width] = GetParam();
  const auto bytes = vector_of(least + 1, width);
  for (std::size_t have = 0; have < bytes.size(); ++have) {
    Reader in(Bytes(bytes).first(have));
    EXPECT_TRUE(in.vector(least, most).empty());
    const auto finished = in.finish();
    ASSERT_FALSE(finished);
    // A prefix that is cut reads as zero, which no minimum may turn into another reason.
    EXPECT_EQ(finished.error().reason, Reason::message_truncated) << have;
  }
}

INSTANTIATE_TEST_SUITE_P(Bounds, ReaderVector,
                         testing::Values(Bounds{0, 32, 1}, Bounds{1, 255, 1}, Bounds{2, 254, 1},
                                         Bounds{32, 255, 1}, Bounds{0, 256, 2},
                                         Bounds{2, 0xfffe, 2}, Bounds{1, 0xffff, 2},
                                         Bounds{0, 0x10000, 3}, Bounds{1, 0xffffff, 3}),
                         [](const auto& test) {
                           return std::to_string(test.param.least) + "_to_" +
                                  std::to_string(test.param.most);
                         });

}  // namespace
}  // namespace handfast::codec
