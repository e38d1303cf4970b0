#include "handfast/server_name.h"

#include "support/expect.h"
#include "support/hex.h"
#include "x509/address.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using test::operator""_hex;

TEST(ServerName, reads_dns_names) {
  const ServerName name = ServerName::parse("WWW.Example.com.").value();
  EXPECT_TRUE(name.is_dns());
  EXPECT_EQ(name.text(), "www.example.com");
  EXPECT_TRUE(name.address().empty());
}

TEST(ServerName, reads_addresses) {
  struct {
    const char* text;
    const char* normal;
  } const cases[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"[::1]", "::1"},
      {"2001:DB8::1", "2001:db8::1"},
      {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"::ffff:192.0.2.1", "::ffff:c000:201"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
      {"fe80::", "fe80::"},
      {"0:0:1::", "0:0:1::"},
  };

  for (const auto& c : cases) {
    const Result<ServerName> name = ServerName::parse(c.text);
    ASSERT_TRUE(name) << c.text;
    EXPECT_FALSE(name->is_dns());
    EXPECT_EQ(name->text(), c.normal) << c.text;
    EXPECT_EQ(ServerName::parse(c.normal)->text(), c.normal);
  }
}

TEST(ServerName, keeps_the_bytes_of_an_address) {
  EXPECT_TRUE(std::ranges::equal(ServerName::parse("192.0.2.1")->address(), "c0 00 02 01"_hex));
  EXPECT_TRUE(std::ranges::equal(ServerName::parse("2001:db8::ff")->address(),
                                 "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 ff"_hex));
}

TEST(ServerName, refuses_everything_else) {
  for (const char* text : {"",
                           ".",
                           "*.example.com",
                           "a..b",
                           "exa mple.com",
                           "example.com:443",
                           "https://example.com",
                           "user@example.com",
                           "b\xc3\xbc"
                           "cher.example",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "1.2.3.04",
                           "1.2.3.-4",
                           "+1.2.3.4",
                           "0x7f.1",
                           "1.2.3.4.",
                           "[192.0.2.1]",
                           "[::1",
                           "::1]",
                           "[]",
                           "[example.com]",
                           ":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "::1::",
                           "1:2:3:4:5:6:7:8::",
                           "12345::",
                           "::g",
                           "::1%eth0",
                           "fe80::1%25lo",
                           ":1:2:3:4:5:6:7:8",
                           "1:2:3:4:5:6:7:8:",
                           "::1.2.3",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1 "}) {
    EXPECT_FAILS(ServerName::parse(text), Reason::server_name_invalid) << text;
  }
  EXPECT_FAILS(ServerName::parse(std::string_view("a.example\0", 10)), Reason::server_name_invalid);
  EXPECT_FAILS(ServerName::parse(std::string(100'000, 'a')), Reason::server_name_invalid);
  EXPECT_FAILS(ServerName::parse(std::string(100'000, ':')), Reason::server_name_invalid);
}

TEST(Address, takes_4_or_16_bytes) {
  EXPECT_EQ(x509::Address::from_bytes("0a 00 00 01"_hex)->text(), "10.0.0.1");
  EXPECT_FALSE(x509::Address::from_bytes("0a 00 00"_hex));
  EXPECT_FALSE(x509::Address::from_bytes({}));
}

}  // namespace
}  // namespace handfast
