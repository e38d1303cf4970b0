#include "handfast/target.h"

#include "support/expect.h"

#include <string>

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

void expect_reads(std::string_view text, std::string_view host, std::uint16_t port) {
  const Result<Target> target = parse_target(text);
  ASSERT_TRUE(target.has_value()) << text;
  EXPECT_EQ(target->host, host) << text;
  EXPECT_EQ(target->port, port) << text;
}

TEST(Target, is_a_host_with_or_without_a_port) {
  expect_reads("example.com", "example.com", 443);
  expect_reads("example.com:8443", "example.com", 8443);
  expect_reads("192.0.2.1:1", "192.0.2.1", 1);
}

TEST(Target, is_an_ipv6_address_with_or_without_brackets) {
  expect_reads("::1", "::1", 443);
  expect_reads("[::1]", "::1", 443);
  expect_reads("[2001:db8::1]:8443", "2001:db8::1", 8443);
  EXPECT_EQ(parse_target("::1")->shown, "[::1]:443");
}

TEST(Target, is_a_url_of_which_host_and_port_count) {
  expect_reads("https://example.com/a:b@c?d#e", "example.com", 443);
  expect_reads("https://example.com:8443", "example.com", 8443);
  expect_reads("https://[::1]:8443/", "::1", 8443);
  expect_reads("imaps://mail.example.com", "mail.example.com", 993);
}

TEST(Target, has_the_port_that_is_usual_where_none_is_written) {
  EXPECT_EQ(parse_target("mail.test", 25)->port, 25);
  EXPECT_EQ(parse_target("::1", 25)->shown, "[::1]:25");
  EXPECT_EQ(parse_target("mail.test:587", 25)->port, 587);
}

TEST(Target, is_refused_where_it_cannot_be_meant) {
  for (const std::string_view text :
       {"", ":443", "a:", "a:0", "a:65536", "a:x", "a:-1", "[::1", "[::1]x", "[]", "a b", "a\n",
        "http://example.com/", "ftp://example.com", "https://user@example.com/", "https:///x",
        "fe80::1%eth0", "a\x1b[31m", "a\x7f"}) {
    EXPECT_FAILS(parse_target(text), Reason::address_invalid) << text;
  }
}

#ifdef HANDFAST_HAS_IDN2
TEST(Target, is_looked_for_by_a_labels) {
  expect_reads("bücher.example", "xn--bcher-kva.example", 443);
  expect_reads("https://BÜCHER.example/", "xn--bcher-kva.example", 443);
  EXPECT_EQ(parse_target("bücher.example")->shown, "xn--bcher-kva.example:443");
  EXPECT_FAILS(parse_target("\xff.example"), Reason::address_invalid);
}
#else
TEST(Target, is_refused_outside_ascii_without_libidn2) {
  EXPECT_FAILS(parse_target("bücher.example"), Reason::address_invalid);
}
#endif

}  // namespace
}  // namespace handfast::command
