#include "x509/dns_name.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::x509 {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::optional<DnsName> presented(std::string_view text) {
  return DnsName::parse_presented(bytes(text));
}

bool covers(std::string_view in_certificate, std::string_view asked) {
  const std::optional<DnsName> name = presented(in_certificate);
  const std::optional<DnsName> wanted = DnsName::parse_asked(asked);
  return name && wanted && name->covers(wanted->text());
}

TEST(DnsName, has_one_normal_form) {
  EXPECT_EQ(DnsName::parse_asked("WWW.Example.COM.")->text(), "www.example.com");
  EXPECT_EQ(DnsName::parse_asked("localhost")->text(), "localhost");
  EXPECT_EQ(presented("MAIL.example.com")->text(), "mail.example.com");
}

TEST(DnsName, is_made_of_ldh_labels) {
  const std::string label63(63, 'a');
  const std::string name253 = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');
  for (const std::string& good :
       {std::string("a"), std::string("a-b.c"), std::string("xn--bcher-kva.example"),
        std::string("1.example"), std::string("3com.com"), std::string("a_b.example"),
        std::string("_dmarc.example"), std::string("a.b-1"), label63, name253}) {
    EXPECT_TRUE(DnsName::parse_asked(good)) << good;
    EXPECT_TRUE(presented(good)) << good;
  }
  for (const std::string& bad : {std::string(""),        std::string("."),
                                 std::string(".a"),      std::string("a..b"),
                                 std::string("-a"),      std::string("a-"),
                                 std::string("a.-b"),    std::string("a b"),
                                 std::string("a\0b", 3), std::string("b\xc3\xbc.example"),
                                 std::string("a/b"),     std::string("a:1"),
                                 std::string("1"),       std::string("1.2.3.4"),
                                 std::string("a.1"),     label63 + "a",
                                 name253 + "a",          std::string("a@b"),
                                 std::string("a*b"),     std::string("*a.example.com")}) {
    EXPECT_FALSE(DnsName::parse_asked(bad)) << bad;
    EXPECT_FALSE(presented(bad)) << bad;
  }
}

TEST(DnsName, has_no_trailing_dot_in_a_certificate) {
  EXPECT_FALSE(presented("example.com."));
  EXPECT_FALSE(presented("*.example.com."));
  EXPECT_FALSE(DnsName::parse_asked("example.com.."));
  EXPECT_FALSE(DnsName::is_base(bytes("example.com.")));
}

TEST(DnsName, is_asked_for_without_wildcards) {
  EXPECT_FALSE(DnsName::parse_asked("*.example.com"));
  EXPECT_FALSE(DnsName::is_base(bytes("*.example.com")));
  EXPECT_FALSE(DnsName::is_base(bytes(".example.com")));
  EXPECT_TRUE(DnsName::is_base({}));
}

TEST(DnsName, takes_a_wildcard_for_one_whole_left_most_label_only) {
  for (const char* bad :
       {"*", "*.", "*.com", "*.*.example.com", "a.*.example.com", "*a.example.com",
        "a*.example.com", "f*o.example.com", "xn--*.example.com", "**.example.com",
        ".*.example.com", "*..example.com", "example.*", "*.1", "*.a.1"}) {
    EXPECT_FALSE(presented(bad)) << bad;
  }
  EXPECT_TRUE(presented("*.example.com")->is_wildcard());
  EXPECT_EQ(presented("*.Example.com")->text(), "example.com");
}

TEST(DnsName, covers_what_rfc9525_says) {
  struct {
    const char* in_certificate;
    const char* asked;
    bool expected;
  } const cases[] = {
      {"example.com", "example.com", true},
      {"example.com", "EXAMPLE.com", true},
      {"EXAMPLE.COM", "example.com", true},
      {"example.com", "example.com.", true},
      {"example.com", "www.example.com", false},
      {"www.example.com", "example.com", false},
      {"example.com", "example.org", false},
      {"example.com", "badexample.com", false},
      {"xample.com", "example.com", false},
      {"*.example.com", "www.example.com", true},
      {"*.example.com", "WWW.EXAMPLE.COM", true},
      {"*.EXAMPLE.com", "www.example.com", true},
      {"*.example.com", "example.com", false},
      {"*.example.com", "a.b.example.com", false},
      {"*.example.com", "www.badexample.com", false},
      {"*.example.com", "xn--bcher-kva.example.com", true},
      {"*.b.example.com", "a.b.example.com", true},
      {"*.b.example.com", "b.example.com", false},
      {"*.co.uk", "example.co.uk", true},
      {"*.com", "example.com", false},
      {"*", "localhost", false},
      {"localhost", "localhost", true},
      {"f*.example.com", "foo.example.com", false},
      {"*o.example.com", "foo.example.com", false},
      {"*.example.com.", "www.example.com", false},
  };

  for (const auto& c : cases) {
    EXPECT_EQ(covers(c.in_certificate, c.asked), c.expected)
        << c.in_certificate << " and " << c.asked;
  }
}

TEST(DnsName, refuses_every_byte_that_is_no_letter_digit_hyphen_or_underscore) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{6}}) {
      std::vector<std::uint8_t> name = bytes("abc.def");
      name[at] = static_cast<std::uint8_t>(byte);
      const char c = static_cast<char>(byte);
      const bool is_inner = (c == '-' && at == 1) || (c == '.' && (at == 1));
      const bool is_label =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      EXPECT_EQ(DnsName::parse_presented(name).has_value(), is_label || is_inner)
          << byte << " at " << at;
    }
  }
}

TEST(DnsName, lies_under_a_base_with_all_that_it_covers) {
  struct {
    const char* name;
    const char* base;
    bool is_under;
    bool may_be_under;
  } const cases[] = {
      {"example.com", "example.com", true, true},
      {"www.example.com", "example.com", true, true},
      {"a.b.example.com", "Example.com", true, true},
      {"badexample.com", "example.com", false, false},
      {"example.com", "www.example.com", false, false},
      {"example.com", "", true, true},
      {"example.com", "com", true, true},
      {"*.example.com", "example.com", true, true},
      {"*.example.com", "com", true, true},
      {"*.example.com", "", true, true},
      {"*.example.com", "www.example.com", false, true},
      {"*.example.com", "a.www.example.com", false, false},
      {"*.example.com", "www.example.org", false, false},
      {"*.example.com", "badexample.com", false, false},
      {"*.example.com", "WWW.Example.com", false, true},
      {"*.example.com", "localhost", false, false},
  };

  for (const auto& c : cases) {
    const std::vector<std::uint8_t> base = bytes(c.base);
    ASSERT_TRUE(DnsName::is_base(base));
    EXPECT_EQ(presented(c.name)->is_under(base), c.is_under) << c.name << " under " << c.base;
    EXPECT_EQ(presented(c.name)->may_be_under(base), c.may_be_under)
        << c.name << " under " << c.base;
  }
}

}  // namespace
}  // namespace handfast::x509
