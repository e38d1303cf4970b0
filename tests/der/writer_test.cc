#include "der/writer.h"

#include "support/hex.h"

#include <gtest/gtest.h>

namespace handfast::der {
namespace {

using test::operator""_hex;

template <class Write>
std::vector<std::uint8_t> written(Write&& write) {
  Writer writer;
  write(writer);
  return writer.take();
}

TEST(DerWriter, writes_the_shortest_integers) {
  EXPECT_EQ(written([](Writer& w) { w.small_integer(0); }), "02 01 00"_hex);
  EXPECT_EQ(written([](Writer& w) { w.small_integer(127); }), "02 01 7f"_hex);
  EXPECT_EQ(written([](Writer& w) { w.small_integer(128); }), "02 02 00 80"_hex);
  EXPECT_EQ(written([](Writer& w) { w.small_integer(0xffffffff); }), "02 05 00 ff ff ff ff"_hex);
  EXPECT_EQ(written([](Writer& w) { w.unsigned_integer("00 00 01 02"_hex); }), "02 02 01 02"_hex);
  EXPECT_EQ(written([](Writer& w) { w.unsigned_integer({}); }), "02 01 00"_hex);
}

TEST(DerWriter, writes_named_bits_without_zeros_at_the_end) {
  EXPECT_EQ(written([](Writer& w) { w.named_bits(0x01); }), "03 02 07 80"_hex);
  EXPECT_EQ(written([](Writer& w) { w.named_bits(0x60); }), "03 02 01 06"_hex);
  EXPECT_EQ(written([](Writer& w) { w.named_bits(0x100); }), "03 03 07 00 80"_hex);
  EXPECT_EQ(written([](Writer& w) { w.named_bits(0); }), "03 01 00"_hex);
}

TEST(DerWriter, leaves_out_a_default) {
  EXPECT_TRUE(written([](Writer& w) { w.boolean_default_false(false); }).empty());
  EXPECT_EQ(written([](Writer& w) { w.boolean_default_false(true); }), "01 01 ff"_hex);
}

TEST(DerWriter, sets_lengths_of_every_size) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{127}, std::size_t{128},
                                 std::size_t{255}, std::size_t{256}, std::size_t{65'000}}) {
    const std::vector<std::uint8_t> content(size, 0x5a);
    Writer writer;
    writer.inside(Tag::sequence, [&](Writer& inner) { inner.element(Tag::octet_string, content); });
    Reader reader(writer.bytes());
    reader.inside(Tag::sequence,
                  [&](Reader& inner) { EXPECT_EQ(inner.read(Tag::octet_string).size(), size); });
    EXPECT_TRUE(reader.complete()) << size;
  }
}

TEST(DerWriter, is_empty_after_taking) {
  Writer writer;
  writer.object_identifier(Oid{2, 5, 4, 3});
  EXPECT_EQ(writer.take(), "06 03 55 04 03"_hex);
  EXPECT_TRUE(writer.bytes().empty());
}

}  // namespace
}  // namespace handfast::der
