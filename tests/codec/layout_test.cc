#include "codec/layout.h"

#include "support/expect.h"
#include "support/hex.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::codec {

bool operator==(const FieldView& a, const FieldView& b) {
  return a.name == b.name && a.kind == b.kind && a.offset == b.offset && a.size == b.size &&
         a.number == b.number && a.depth == b.depth;
}

void PrintTo(const FieldView& field, std::ostream* out) {
  *out << std::string(2UL * field.depth, ' ') << field.name << " kind "
       << static_cast<int>(field.kind) << " at " << field.offset << "+" << field.size << " = "
       << field.number;
}

namespace {

using test::operator""_hex;
using Kind = FieldView::Kind;

enum class Colour : std::uint8_t { red = 1, green = 2 };

struct Point {
  std::uint16_t x = 0;
  Colour colour{};
  static constexpr auto layout = fields(field("x", &Point::x), field("colour", &Point::colour));
};

/// One field of each sort.
struct Sample {
  std::uint32_t number = 0;
  std::array<std::uint8_t, 3> fixed{};
  Point inside;
  Bytes text;
  List<std::uint16_t> codes;
  List<Point> points;
  Bytes rest;
  static constexpr auto layout =
      fields(field("number", &Sample::number), field("fixed", &Sample::fixed),
             field("inside", &Sample::inside), opaque<1, 4>("text", &Sample::text),
             vector<2, 0xfffe>("codes", &Sample::codes), vector<0, 9>("points", &Sample::points),
             codec::rest("rest", &Sample::rest));
};

std::vector<std::uint8_t> sample_bytes() {
  return "00000102 0a0b0c 0007 02 02 7879 0004 0001 0002 06 0101 01 0202 02 ff"_hex;
}

std::vector<std::uint8_t> written(const auto& value) {
  std::array<std::uint8_t, 256> memory{};
  Writer out(memory);
  write(out, value);
  const Bytes bytes = out.written();
  return {bytes.begin(), bytes.end()};
}

TEST(Layout, reads_each_sort_of_field) {
  const auto bytes = sample_bytes();
  const auto sample = read<Sample>(bytes);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->number, 0x102U);
  EXPECT_EQ(sample->fixed[2], 0x0c);
  EXPECT_EQ(sample->inside.x, 7);
  EXPECT_EQ(sample->inside.colour, Colour::green);
  EXPECT_EQ(sample->text.data(), bytes.data() + 11) << "views, not copies";
  EXPECT_TRUE(sample->codes.contains(2));
  EXPECT_EQ(sample->points.begin()->x, 0x101);
  EXPECT_EQ(sample->rest.size(), 1U);
}

TEST(Layout, writes_what_it_read) {
  const auto bytes = sample_bytes();
  EXPECT_EQ(written(*read<Sample>(bytes)), bytes);
}

TEST(Layout, writes_lists_of_our_own_values) {
  const std::array<std::uint16_t, 2> codes = {1, 2};
  const std::array<Point, 2> points = {Point{0x101, Colour::red}, Point{0x202, Colour::green}};
  const auto text = "7879"_hex;
  const auto rest = "ff"_hex;
  const Sample sample{.number = 0x102,
                      .fixed = {0x0a, 0x0b, 0x0c},
                      .inside = {7, Colour::green},
                      .text = text,
                      .codes = std::span<const std::uint16_t>(codes),
                      .points = std::span<const Point>(points),
                      .rest = rest};
  EXPECT_EQ(written(sample), sample_bytes());
}

TEST(Layout, refuses_every_truncation_that_cuts_a_field) {
  const auto bytes = sample_bytes();
  const std::size_t without_rest = bytes.size() - 1;
  for (std::size_t size = 0; size < without_rest; ++size) {
    EXPECT_FAILS(read<Sample>(Bytes(bytes).first(size)), Reason::message_truncated);
  }
  EXPECT_TRUE(read<Sample>(Bytes(bytes).first(without_rest)));
}

TEST(Layout, refuses_leftover_bytes_after_a_structure) {
  EXPECT_TRUE(read<Point>("0001 02"_hex));
  EXPECT_FAILS(read<Point>("0001 02 00"_hex), Reason::message_leftover);
}

TEST(Layout, refuses_a_list_that_ends_inside_a_number) {
  EXPECT_FAILS(read<Sample>("00000102 0a0b0c 0007 02 02 7879 0003 0001 00 00"_hex),
               Reason::message_leftover);
}

TEST(Layout, refuses_a_list_that_ends_inside_a_structure) {
  EXPECT_FAILS(read<Sample>("00000102 0a0b0c 0007 02 02 7879 0002 0001 04 0101 01 02"_hex),
               Reason::message_truncated);
}

TEST(Layout, refuses_lengths_outside_their_bounds) {
  EXPECT_FAILS(read<Sample>("00000102 0a0b0c 0007 02 00"_hex), Reason::value_out_of_bounds);
  EXPECT_FAILS(read<Sample>("00000102 0a0b0c 0007 02 05 7879787978"_hex),
               Reason::value_out_of_bounds);
  EXPECT_FAILS(read<Sample>("00000102 0a0b0c 0007 02 01 78 0000"_hex), Reason::value_out_of_bounds);
}

TEST(Layout, makes_the_writer_bad_where_room_lacks) {
  const auto bytes = sample_bytes();
  const Sample sample = *read<Sample>(bytes);
  std::vector<std::uint8_t> memory(bytes.size());
  for (std::size_t room = 0; room < bytes.size(); ++room) {
    Writer out(MutBytes(memory).first(room));
    write(out, sample);
    EXPECT_FALSE(out.good()) << room;
  }
}

TEST(Layout, takes_as_wide_a_prefix_as_the_upper_bound_needs) {
  EXPECT_EQ(prefix_width(1), 1U);
  EXPECT_EQ(prefix_width(0xff), 1U);
  EXPECT_EQ(prefix_width(0x100), 2U);
  EXPECT_EQ(prefix_width(0xffff), 2U);
  EXPECT_EQ(prefix_width(0x10000), 3U);
}

TEST(Layout, walks_over_named_fields_with_their_places) {
  std::vector<FieldView> seen;
  const auto walked =
      walk<Sample>(sample_bytes(), [&](const FieldView& field) { seen.push_back(field); }, 100, 1);
  ASSERT_TRUE(walked);
  const std::vector<FieldView> expected = {
      {"number", Kind::number, 100, 4, 0x102, 1}, {"fixed", Kind::bytes, 104, 3, 0, 1},
      {"inside", Kind::structure, 107, 3, 0, 1},  {"x", Kind::number, 107, 2, 7, 2},
      {"colour", Kind::number, 109, 1, 2, 2},     {"text", Kind::length, 110, 1, 2, 1},
      {"text", Kind::bytes, 111, 2, 0, 1},        {"codes", Kind::length, 113, 2, 4, 1},
      {"codes", Kind::list, 115, 4, 0, 1},        {"codes", Kind::number, 115, 2, 1, 2},
      {"codes", Kind::number, 117, 2, 2, 2},      {"points", Kind::length, 119, 1, 6, 1},
      {"points", Kind::list, 120, 6, 0, 1},       {"points", Kind::structure, 120, 3, 0, 2},
      {"x", Kind::number, 120, 2, 0x101, 3},      {"colour", Kind::number, 122, 1, 1, 3},
      {"points", Kind::structure, 123, 3, 0, 2},  {"x", Kind::number, 123, 2, 0x202, 3},
      {"colour", Kind::number, 125, 1, 2, 3},     {"rest", Kind::bytes, 126, 1, 0, 1},
  };
  EXPECT_EQ(seen, expected);
}

TEST(Layout, walks_over_nothing_that_does_not_parse) {
  bool visited = false;
  const auto walked = walk<Point>("0001"_hex, [&](const FieldView&) { visited = true; });
  EXPECT_FAILS(walked, Reason::message_truncated);
  EXPECT_FALSE(visited);
}

}  // namespace
}  // namespace handfast::codec
