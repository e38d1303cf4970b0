#include "x509/distinguished_name.h"

#include "der/writer.h"
#include "handfast/certificate.h"
#include "support/hex.h"
#include "x509/oids.h"
#include "x509/readable.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::x509 {
namespace {

using der::Tag;
using test::operator""_hex;

struct Part {
  der::Oid type;
  Tag tag;
  std::string value;
};

std::vector<std::uint8_t> name_of(const std::vector<Part>& parts) {
  der::Writer writer;
  writer.inside(Tag::sequence, [&](der::Writer& rdns) {
    for (const Part& part : parts) {
      rdns.inside(Tag::set, [&](der::Writer& set) {
        set.inside(Tag::sequence, [&](der::Writer& attribute) {
          attribute.object_identifier(part.type);
          attribute.element(part.tag, part.value);
        });
      });
    }
  });
  return writer.take();
}

std::vector<std::uint8_t> common_name(Tag tag, std::string value) {
  return name_of({{oid::common_name, tag, std::move(value)}});
}

bool is_readable(const std::vector<std::uint8_t>& der) {
  der::Reader reader(der);
  read_name(reader);
  return reader.complete();
}

TEST(DistinguishedName, is_a_sequence_of_sets_that_are_not_empty) {
  EXPECT_TRUE(is_readable("30 00"_hex));
  EXPECT_TRUE(is_readable("30 0c 31 0a 30 08 06 03 55 04 03 0c 01 61"_hex));
  EXPECT_FALSE(is_readable("30 02 31 00"_hex));
  EXPECT_FALSE(is_readable("31 00"_hex));
  EXPECT_FALSE(is_readable("30 09 31 07 30 05 06 03 55 04 03"_hex)) << "no value";
  EXPECT_FALSE(is_readable("30 0e 31 0c 30 0a 06 03 55 04 03 0c 01 61 05 00"_hex))
      << "more than a value";
}

TEST(DistinguishedName, has_its_sets_in_ascending_order) {
  EXPECT_TRUE(
      is_readable("30 16 31 14 30 08 06 03 55 04 03 0c 01 61 30 08 06 03 55 04 03 0c 01 62"_hex));
  EXPECT_FALSE(
      is_readable("30 16 31 14 30 08 06 03 55 04 03 0c 01 62 30 08 06 03 55 04 03 0c 01 61"_hex));
}

TEST(DistinguishedName, is_the_same_in_another_string_type_case_and_spacing) {
  const auto name = common_name(Tag::printable_string, "Example Root CA");
  for (const char* same :
       {"Example Root CA", "example ROOT ca", " Example  Root CA ", "EXAMPLE   ROOT CA"}) {
    for (const Tag tag : {Tag::printable_string, Tag::utf8_string, Tag::ia5_string}) {
      EXPECT_TRUE(same_name(name, common_name(tag, same))) << same;
      EXPECT_EQ(hash_name(name), hash_name(common_name(tag, same))) << same;
    }
  }
  for (const char* other :
       {"", "Example", "Example Root", "ExampleRoot CA", "Example Root CAA", "Example Root C"}) {
    EXPECT_FALSE(same_name(name, common_name(Tag::utf8_string, other))) << other;
    EXPECT_FALSE(same_name(common_name(Tag::utf8_string, other), name)) << other;
  }
}

TEST(DistinguishedName, does_not_end_at_a_nul) {
  const auto name = common_name(Tag::utf8_string, "Root");
  const auto longer = common_name(Tag::utf8_string, std::string("Root\0evil", 9));
  EXPECT_FALSE(same_name(name, longer));
  EXPECT_FALSE(same_name(longer, name));
  EXPECT_FALSE(same_name(name, common_name(Tag::utf8_string, std::string("Root\0", 5))));
}

// Forms that a character does not have stood for it, and FFFFFFFF for the end of the name.
TEST(DistinguishedName, does_not_take_what_is_no_character_for_one) {
  const auto good = common_name(Tag::utf8_string, "Good");
  const auto universal = [](std::string_view text, std::string_view more) {
    std::string value;
    for (const char c : text) {
      value += std::string(3, '\0') + c;
    }
    return value.append(more);
  };
  EXPECT_TRUE(same_name(good, common_name(Tag::universal_string, universal("Good", ""))));
  for (const std::string& value :
       {universal("Good", "\xff\xff\xff\xff"), universal("Good", "\xff\xff\xff\xff") + "Evil"}) {
    const auto name = common_name(Tag::universal_string, value);
    EXPECT_FALSE(same_name(name, good));
    EXPECT_FALSE(is_within_name(name, good));
  }
  const auto same = [](Tag a, std::string_view one, Tag b, std::string_view other) {
    return same_name(common_name(a, std::string(one)), common_name(b, std::string(other)));
  };
  using enum Tag;
  EXPECT_FALSE(same(utf8_string, "\xe0\x81\x87", utf8_string, "G")) << "overlong";
  EXPECT_FALSE(same(utf8_string, "\xf0\x80\x81\x87", utf8_string, "G")) << "overlong";
  EXPECT_FALSE(same(utf8_string, "\xed\xa0\x80", bmp_string, std::string("\xd8\x00", 2)))
      << "surrogate";
  EXPECT_FALSE(same(utf8_string, "\xf4\x90\x81\x81", utf8_string, "A")) << "beyond the last";
  EXPECT_FALSE(same(universal_string, std::string("\x00\x11\x00\x41", 4), utf8_string, "\xc1"));
  EXPECT_TRUE(
      same(utf8_string, "\xf4\x8f\xbf\xbf", universal_string, std::string("\x00\x10\xff\xff", 4)));
  EXPECT_TRUE(same(utf8_string, "\xe2\x82\xac", bmp_string, "\x20\xac"));
}

TEST(DistinguishedName, may_lie_where_a_control_is_a_space_or_nothing) {
  const auto evil = common_name(Tag::utf8_string, "Evil Corp");
  for (const char* text : {"Evil\tCorp", "Evil\x7f Corp",
                           "\x01"
                           "Evil Corp",
                           "Evil Corp\x1f"}) {
    EXPECT_TRUE(may_be_within_name(common_name(Tag::utf8_string, text), evil)) << text;
    EXPECT_FALSE(same_name(common_name(Tag::utf8_string, text), evil)) << text;
  }
  EXPECT_FALSE(may_be_within_name(common_name(Tag::utf8_string, "Evil-Corp"), evil));
}

TEST(DistinguishedName, differs_by_type_order_and_number_of_attributes) {
  const Part o = {oid::organization, Tag::utf8_string, "Shop"};
  const Part cn = {oid::common_name, Tag::utf8_string, "Shop"};
  EXPECT_FALSE(same_name(name_of({o}), name_of({cn})));
  EXPECT_FALSE(same_name(name_of({o, cn}), name_of({cn, o})));
  EXPECT_FALSE(same_name(name_of({o}), name_of({o, cn})));
  EXPECT_FALSE(same_name(name_of({o, cn}), name_of({o})));
  EXPECT_TRUE(same_name(name_of({}), name_of({})));
}

TEST(DistinguishedName, differs_where_one_set_becomes_two) {
  const auto one_set =
      "30 16 31 14 30 08 06 03 55 04 03 0c 01 61 30 08 06 03 55 04 03 0c 01 62"_hex;
  const auto two_sets = name_of(
      {{oid::common_name, Tag::utf8_string, "a"}, {oid::common_name, Tag::utf8_string, "b"}});
  EXPECT_FALSE(same_name(one_set, two_sets));
}

TEST(DistinguishedName, compares_other_string_types_as_bytes) {
  EXPECT_TRUE(same_name(common_name(Tag::teletex_string, "Root"),
                        common_name(Tag::teletex_string, "Root")));
  EXPECT_FALSE(same_name(common_name(Tag::teletex_string, "Root"),
                         common_name(Tag::teletex_string, "root")));
  EXPECT_FALSE(
      same_name(common_name(Tag::teletex_string, "Root"), common_name(Tag::utf8_string, "Root")));
}

TEST(DistinguishedName, lies_within_what_it_begins_with) {
  const Part c = {oid::country, Tag::printable_string, "DE"};
  const Part o = {oid::organization, Tag::utf8_string, "Shop"};
  const Part cn = {oid::common_name, Tag::utf8_string, "www"};
  EXPECT_TRUE(is_within_name(name_of({c, o, cn}), name_of({c, o})));
  EXPECT_TRUE(is_within_name(name_of({c, o}), name_of({c, o})));
  EXPECT_TRUE(is_within_name(name_of({c}), name_of({})));
  EXPECT_FALSE(is_within_name(name_of({c}), name_of({c, o})));
  EXPECT_FALSE(is_within_name(name_of({o, c}), name_of({c})));
  const auto one_set =
      "30 16 31 14 30 08 06 03 55 04 03 0c 01 61 30 08 06 03 55 04 03 0c 01 62"_hex;
  EXPECT_FALSE(is_within_name(one_set, common_name(Tag::utf8_string, "a"))) << "half a set";
}

TEST(NameText, is_written_as_rfc4514_has_it) {
  EXPECT_EQ(
      Certificate::name_text(name_of({{oid::country, Tag::printable_string, "DE"},
                                      {oid::organization, Tag::utf8_string, "A, B + Co."},
                                      {oid::common_name, Tag::utf8_string, "www.shop.test"}})),
      "CN=www.shop.test, O=A\\, B \\+ Co., C=DE");
  EXPECT_EQ(Certificate::name_text(
                "30 16 31 14 30 08 06 03 55 04 03 0c 01 61 30 08 06 03 55 04 0a 0c 01 62"_hex),
            "CN=a+O=b");
  EXPECT_EQ(Certificate::name_text("30 0d 31 0b 30 09 06 04 2a 03 84 57 0c 01 61"_hex),
            "1.2.3.599=a");
  EXPECT_EQ(Certificate::name_text("30 00"_hex), "");
}

TEST(NameText, lets_nothing_steer_a_terminal) {
  const auto text = [](Tag tag, std::string value) {
    return Certificate::name_text(common_name(tag, std::move(value)));
  };
  EXPECT_EQ(text(Tag::utf8_string, "\x1b[31mred\x07"), "CN=\\1B[31mred\\07");
  EXPECT_EQ(text(Tag::utf8_string, std::string("a\0b\r\n\x7f", 6)), "CN=a\\00b\\0D\\0A\\7F");
  EXPECT_EQ(text(Tag::utf8_string, "\xe2\x80\xae"
                                   "txt.exe"),
            "CN=\\E2\\80\\AEtxt.exe")
      << "right-to-left override";
  EXPECT_EQ(text(Tag::utf8_string, "\xc2\x9b"
                                   "31m"),
            "CN=\\C2\\9B31m")
      << "a control character of Latin-1";
  EXPECT_EQ(text(Tag::utf8_string, "a\xe2\x80\x8b"
                                   "b"),
            "CN=a\\E2\\80\\8Bb")
      << "zero width space";
  EXPECT_EQ(text(Tag::utf8_string, "e\xcc\x81"), "CN=e\\CC\\81") << "a combining mark";
  EXPECT_EQ(text(Tag::utf8_string, "\xf0\x9f\x98\x80"), "CN=\\F0\\9F\\98\\80");
  EXPECT_EQ(text(Tag::utf8_string, "\xc3"), "CN=\\C3") << "half a character";
  EXPECT_EQ(text(Tag::utf8_string, "\xc1\x9b"), "CN=\\C1\\9B") << "an overlong form";
  EXPECT_EQ(text(Tag::teletex_string, "M\xfcller"), "CN=M\\FCller");
  EXPECT_EQ(text(Tag::bmp_string, std::string("\0M\0\xfc\x20\x2e", 6)), "CN=M\xc3\xbc\\20\\2E");
  EXPECT_EQ(text(Tag::bmp_string, std::string("\0M\0", 3)), "CN=M\\00");
  EXPECT_EQ(text(Tag::utf8_string, "a\\b"), "CN=a\\\\b");
}

TEST(NameText, leaves_letters_as_they_are) {
  const auto name = common_name(
      Tag::utf8_string, "F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny \xe4\xb8\xad\xe5\x9b\xbd");
  EXPECT_EQ(Certificate::name_text(name),
            "CN=F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny \xe4\xb8\xad\xe5\x9b\xbd");
}

TEST(NameText, is_cut_where_it_grows_too_long) {
  const std::string text =
      Certificate::name_text(common_name(Tag::utf8_string, std::string(60'000, 'a')));
  EXPECT_EQ(text.size(), 256U);
  EXPECT_TRUE(text.ends_with("..."));
  std::string wide;
  while (wide.size() < 1000) {
    wide += "\xc3\xbc";
  }
  const std::string cut = shortened(wide);
  EXPECT_EQ(cut.substr(cut.size() - 5), "\xc3\xbc...");
}

TEST(Readable, writes_object_identifiers) {
  EXPECT_EQ(dotted("2a 86 48 86 f7 0d"_hex), "1.2.840.113549");
  EXPECT_EQ(dotted("88 37"_hex), "2.999");
  EXPECT_EQ(dotted("00"_hex), "0.0");
  EXPECT_EQ(dotted("2a ff ff ff ff ff ff ff ff ff ff 7f"_hex),
            "\\2A\\FF\\FF\\FF\\FF\\FF\\FF\\FF\\FF\\FF\\FF\\7F");
}

}  // namespace
}  // namespace handfast::x509
