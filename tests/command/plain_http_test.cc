#include "handfast/plain_http.h"

#include "support/expect.h"

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

bool is_public_text(const char* text) {
  const auto addresses = net::look_up(text, 80, std::chrono::seconds(1));
  return addresses && addresses->size() == 1 && is_public(addresses->front());
}

TEST(PlainHttp, takes_urls_apart) {
  const auto url = parse_http_url("http://CRL.example.com/a/b?c=d");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->host, "crl.example.com");
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->path, "/a/b?c=d");
  EXPECT_EQ(parse_http_url("HTTP://a.test")->path, "/");
  EXPECT_EQ(parse_http_url("http://a.test:8080")->port, 8080);
  EXPECT_EQ(parse_http_url("http://a.test?x")->path, "/?x");
  EXPECT_EQ(parse_http_url("http://[2001:db8::1]:81/")->host, "2001:db8::1");
  EXPECT_EQ(parse_http_url("http://192.0.2.1/")->host, "192.0.2.1");
}

TEST(PlainHttp, takes_nothing_else_for_a_url) {
  for (const char* text :
       {"", "http://", "https://a.test/", "ftp://a.test/", "ldap://a.test/", "http:///x",
        "http://user@a.test/", "http://a.test:0/", "http://a.test:70000/", "http://a.test:x/",
        "http://a.test/a b", "http://a.test/\r\nHost: b", "http://a.test/#x", "http://[::1",
        "http://a..b/", "http://127.1/", "file:///etc/passwd"}) {
    EXPECT_FALSE(parse_http_url(text).has_value()) << text;
  }
}

TEST(PlainHttp, knows_whom_it_may_ask) {
  for (const char* text : {"1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.63.0.1",
                           "2606:4700::1111", "2a00::1"}) {
    EXPECT_TRUE(is_public_text(text)) << text;
  }
  for (const char* text : {"127.0.0.1",     "127.255.0.1", "10.1.2.3",         "172.16.0.1",
                           "172.31.255.1",  "192.168.1.1", "169.254.169.254",  "100.64.0.1",
                           "0.0.0.0",       "224.0.0.1",   "255.255.255.255",  "198.18.0.1",
                           "::1",           "::",          "fe80::1",          "fc00::1",
                           "fd12::1",       "ff02::1",     "::ffff:127.0.0.1", "64:ff9b::7f00:1",
                           "2002:7f00:1::", "2001:0:1::1", "2001:db8::1"}) {
    EXPECT_FALSE(is_public_text(text)) << text;
  }
}

TEST(PlainHttp, asks_no_neighbour_unless_told_to) {
  // The second is a name by its form, and an address to those who look names up.
  for (const char* text : {"http://127.0.0.1:9/", "http://0x7f000001:9/", "http://[::1]:9/"}) {
    EXPECT_FAILS(ask_http(*parse_http_url(text), {}, {}), Reason::address_not_public) << text;
  }
}

}  // namespace
}  // namespace handfast::command
