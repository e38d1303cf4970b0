#include "der/reader.h"

#include "der/oid.h"
#include "support/hex.h"

#include <string>

#include <gtest/gtest.h>

namespace handfast::der {
namespace {

using test::operator""_hex;

std::vector<std::uint8_t> nested(std::size_t depth) {
  std::vector<std::uint8_t> der;
  for (std::size_t i = 0; i < depth; ++i) {
    der.insert(der.begin(), {0x30, static_cast<std::uint8_t>(der.size())});
  }
  return der;
}

struct Encoding {
  const char* claim;
  std::vector<std::uint8_t> der;
  bool is_good;
};

TEST(DerReader, takes_only_definite_minimal_headers) {
  const Encoding encodings[] = {
      {"empty sequence", "30 00"_hex, true},
      {"short form", "04 01 aa"_hex, true},
      {"nothing", ""_hex, false},
      {"a tag alone", "30"_hex, false},
      {"less content than announced", "04 02 aa"_hex, false},
      {"indefinite length", "30 80 00 00"_hex, false},
      {"long form for a length below 128", "04 81 01 aa"_hex, false},
      {"two length octets where one does", "04 82 00 81"_hex, false},
      {"a zero in front of the length", "04 83 00 01 00"_hex, false},
      {"length octets missing", "04 82 01"_hex, false},
      {"four length octets", "04 84 00 00 00 01 aa"_hex, false},
      {"reserved length ff", "04 ff aa"_hex, false},
      {"high tag number", "1f 81 01 00"_hex, false},
      {"high context tag number", "bf 1f 00"_hex, false},
      {"constructed OCTET STRING", "24 02 04 00"_hex, false},
      {"constructed BIT STRING", "23 03 03 01 00"_hex, false},
      {"primitive SEQUENCE", "10 00"_hex, false},
      {"primitive SET", "11 00"_hex, false},
      {"primitive context tag", "80 00"_hex, true},
      {"constructed context tag", "a0 02 05 00"_hex, true},
      {"nested element that lies", "30 02 04 01"_hex, false},
      {"nested indefinite length", "30 04 30 80 00 00"_hex, false},
  };
  for (const Encoding& encoding : encodings) {
    Reader reader(encoding.der);
    reader.any();
    EXPECT_EQ(reader.complete(), encoding.is_good) << encoding.claim;
    EXPECT_EQ(is_well_formed(encoding.der), encoding.is_good) << encoding.claim;
  }
}

TEST(DerReader, takes_lengths_up_to_64_kib) {
  for (const std::size_t size :
       {std::size_t{127}, std::size_t{128}, std::size_t{255}, std::size_t{256}, std::size_t{65'535},
        std::size_t{65'536}, std::size_t{65'537}}) {
    std::vector<std::uint8_t> der = {0x04};
    if (size < 0x80) {
      der.push_back(static_cast<std::uint8_t>(size));
    } else {
      const std::size_t octets = size < 0x100 ? 1 : size < 0x10000 ? 2 : 3;
      der.push_back(static_cast<std::uint8_t>(0x80 + octets));
      for (std::size_t i = octets; i-- > 0;) {
        der.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
      }
    }
    der.resize(der.size() + size);
    Reader reader(der);
    EXPECT_EQ(reader.read(Tag::octet_string).size(), size <= 65'536 ? size : 0);
    EXPECT_EQ(reader.complete(), size <= 65'536) << size;
  }
}

TEST(DerReader, takes_leftover_bytes_for_a_failure_of_whoever_nests) {
  const auto der = "30 03 05 00 aa"_hex;
  Reader reader(der);
  reader.inside(Tag::sequence, [](Reader& inner) { inner.read(Tag::null); });
  EXPECT_TRUE(reader.failed());
}

TEST(DerReader, is_incomplete_while_something_is_left) {
  const auto der = "05 00 05 00"_hex;
  Reader reader(der);
  reader.read(Tag::null);
  EXPECT_FALSE(reader.complete());
  EXPECT_FALSE(reader.failed());
  reader.read(Tag::null);
  EXPECT_TRUE(reader.complete());
}

TEST(DerReader, stays_failed_and_gives_nothing_more) {
  const auto der = "05 00 04 01 aa"_hex;
  Reader reader(der);
  reader.read(Tag::octet_string);
  EXPECT_TRUE(reader.failed());
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.read(Tag::null).empty());
  EXPECT_TRUE(reader.any().whole.empty());
  EXPECT_FALSE(reader.peek());
  EXPECT_FALSE(reader.boolean());
  EXPECT_EQ(reader.named_bits(), 0);
  EXPECT_FALSE(reader.complete());
}

TEST(DerReader, does_not_look_into_what_failed) {
  const auto der = "31 00"_hex;
  Reader reader(der);
  bool called = false;
  reader.inside(Tag::sequence, [&](Reader&) { called = true; });
  EXPECT_FALSE(called);
  EXPECT_TRUE(reader.failed());
}

TEST(DerReader, goes_16_deep_and_no_deeper) {
  for (const std::size_t depth :
       {std::size_t{1}, std::size_t{16}, std::size_t{17}, std::size_t{60}}) {
    EXPECT_EQ(is_well_formed(nested(depth)), depth <= 16) << depth;
  }
  const auto der = nested(40);
  std::size_t reached = 0;

  // A lambda cannot call itself, and peers' data is not recursed on: so the descent is written out
  // by hand.
  struct Descent {
    std::size_t& reached;

    void operator()(Reader& reader) const {
      ++reached;
      reader.inside(Tag::sequence, *this);
    }
  };

  Reader reader(der);
  Descent{reached}(reader);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reached, 17U);
}

TEST(DerReader, passes_over_no_malformed_depths) {
  const auto der = "30 06 30 04 30 02 05 01"_hex;
  Reader reader(der);
  reader.any();
  EXPECT_TRUE(reader.failed());
}

TEST(DerReader, knows_two_booleans) {
  struct {
    std::vector<std::uint8_t> der;
    bool is_good;
    bool value;
  } const cases[] = {
      {"01 01 00"_hex, true, false},  {"01 01 ff"_hex, true, true},
      {"01 01 01"_hex, false, false}, {"01 01 80"_hex, false, false},
      {"01 00"_hex, false, false},    {"01 02 00 00"_hex, false, false},
      {"02 01 ff"_hex, false, false},
  };

  for (const auto& c : cases) {
    Reader reader(c.der);
    EXPECT_EQ(reader.boolean(), c.value);
    EXPECT_EQ(reader.complete(), c.is_good);
  }
}

TEST(DerReader, refuses_a_default_that_is_written_out) {
  const auto no = "01 01 00"_hex;
  Reader explicit_false(no);
  explicit_false.boolean_default_false();
  EXPECT_TRUE(explicit_false.failed());

  const auto yes = "01 01 ff"_hex;
  Reader explicit_true(yes);
  EXPECT_TRUE(explicit_true.boolean_default_false());
  EXPECT_TRUE(explicit_true.complete());

  Reader absent({});
  EXPECT_FALSE(absent.boolean_default_false());
  EXPECT_TRUE(absent.complete());
}

TEST(DerReader, takes_integers_in_their_shortest_form) {
  const Encoding encodings[] = {
      {"zero", "02 01 00"_hex, true},
      {"127", "02 01 7f"_hex, true},
      {"128", "02 02 00 80"_hex, true},
      {"-1", "02 01 ff"_hex, true},
      {"-128", "02 01 80"_hex, true},
      {"-129", "02 02 ff 7f"_hex, true},
      {"padded zero", "02 02 00 00"_hex, false},
      {"padded 127", "02 02 00 7f"_hex, false},
      {"padded -1", "02 02 ff ff"_hex, false},
      {"no octet", "02 00"_hex, false},
  };
  for (const Encoding& encoding : encodings) {
    Reader reader(encoding.der);
    reader.integer();
    EXPECT_EQ(reader.complete(), encoding.is_good) << encoding.claim;
  }
}

TEST(DerReader, gives_magnitudes_without_the_sign_octet) {
  const auto der = "02 02 00 80 02 01 00 02 01 ff"_hex;
  Reader reader(der);
  EXPECT_TRUE(equal(reader.unsigned_integer(), "80"_hex));
  EXPECT_TRUE(equal(reader.unsigned_integer(), "00"_hex));
  reader.unsigned_integer();
  EXPECT_TRUE(reader.failed());
}

TEST(DerReader, pulls_large_integers_down_to_the_most) {
  const auto der = "02 01 05 02 02 01 00 02 09 01 00 00 00 00 00 00 00 00 02 01 fb"_hex;
  Reader reader(der);
  EXPECT_EQ(reader.small_integer(255), 5U);
  EXPECT_EQ(reader.small_integer(255), 255U);
  EXPECT_EQ(reader.small_integer(255), 255U);
  EXPECT_FALSE(reader.failed());
  reader.small_integer(255);
  EXPECT_TRUE(reader.failed());
}

TEST(DerReader, takes_bit_strings_of_whole_octets) {
  const Encoding encodings[] = {
      {"two octets", "03 03 00 aa bb"_hex, true},
      {"none", "03 01 00"_hex, true},
      {"unused bits", "03 02 01 aa"_hex, false},
      {"no count of unused bits", "03 00"_hex, false},
  };
  for (const Encoding& encoding : encodings) {
    Reader reader(encoding.der);
    reader.octets_in_bit_string();
    EXPECT_EQ(reader.complete(), encoding.is_good) << encoding.claim;
  }
}

TEST(DerReader, reads_named_bits) {
  struct {
    const char* claim;
    std::vector<std::uint8_t> der;
    bool is_good;
    unsigned bits;
  } const cases[] = {
      {"digitalSignature", "03 02 07 80"_hex, true, 1},
      {"keyCertSign and cRLSign", "03 02 01 06"_hex, true, 0x60},
      {"decipherOnly", "03 03 07 00 80"_hex, true, 0x100},
      {"zero bits at the end, as some roots have them", "03 03 07 06 00"_hex, true, 0x60},
      {"none", "03 01 00"_hex, true, 0},
      {"an unused bit that is set", "03 02 07 c0"_hex, false, 0},
      {"unused bits of nothing", "03 01 01"_hex, false, 0},
      {"eight unused bits", "03 02 08 00"_hex, false, 0},
      {"three octets", "03 04 00 80 00 01"_hex, false, 0},
      {"empty", "03 00"_hex, false, 0},
  };

  for (const auto& c : cases) {
    Reader reader(c.der);
    EXPECT_EQ(reader.named_bits(), c.bits) << c.claim;
    EXPECT_EQ(reader.complete(), c.is_good) << c.claim;
  }
}

TEST(DerReader, takes_object_identifiers_in_their_shortest_form) {
  const Encoding encodings[] = {
      {"2.5.29.15", "06 03 55 1d 0f"_hex, true},
      {"1.2.840.113549", "06 06 2a 86 48 86 f7 0d"_hex, true},
      {"empty", "06 00"_hex, false},
      {"a number that does not end", "06 02 55 9d"_hex, false},
      {"a number with a zero in front", "06 03 55 80 01"_hex, false},
      {"a first number with a zero in front", "06 02 80 01"_hex, false},
  };
  for (const Encoding& encoding : encodings) {
    Reader reader(encoding.der);
    reader.object_identifier();
    EXPECT_EQ(reader.complete(), encoding.is_good) << encoding.claim;
  }
}

TEST(Oid, is_encoded_while_compiling) {
  constexpr Oid rsa = {1, 2, 840, 113549, 1, 1, 1};
  EXPECT_TRUE(equal(rsa.bytes(), "2a 86 48 86 f7 0d 01 01 01"_hex));
  constexpr Oid user_id = {0, 9, 2342, 19200300, 100, 1, 1};
  EXPECT_TRUE(equal(user_id.bytes(), "09 92 26 89 93 f2 2c 64 01 01"_hex));
}

TEST(Oid, is_never_a_prefix) {
  constexpr Oid usage = {2, 5, 29, 37};
  EXPECT_TRUE(usage == Bytes("55 1d 25"_hex));
  EXPECT_FALSE(usage == Bytes("55 1d 25 00"_hex));
  EXPECT_FALSE(usage == Bytes("55 1d"_hex));
  EXPECT_FALSE(usage == Bytes());
}

}  // namespace
}  // namespace handfast::der
