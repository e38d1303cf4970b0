#include "handfast/http_fields.h"
#include "handfast/http_page.h"
#include "handfast/http_path.h"
#include "handfast/http_request.h"

#include <string>

#include <gtest/gtest.h>

namespace handfast::http {
namespace {

TEST(HttpPath, decodes_and_encodes) {
  const auto path = parse_target("/a%20b/%c3%bc//./c?q=/..");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->relative(), "a b/\xc3\xbc/c");
  EXPECT_EQ(path->url(), "/a%20b/%C3%BC/c");
  EXPECT_FALSE(path->ends_with_slash);
  EXPECT_EQ(parse_target("/")->relative(), ".");
  EXPECT_EQ(parse_target("https://host")->url(), "/");
}

TEST(HttpPath, refuses_every_way_up_and_out) {
  for (const std::string_view target : {"/..", "/a/../b", "/%2e%2e", "/a%2f..%2f..", "/%2E./x", "a",
                                        "", "*", "/%", "/%1", "/%g0", "/%00", "/%-1", "/%+1"}) {
    EXPECT_FALSE(parse_target(target)) << target;
  }
}

TEST(HttpPath, never_makes_a_link_to_another_host) {
  EXPECT_EQ(parse_target("//evil.test//x/")->url(), "/evil.test/x/");
}

TEST(HttpRange, reads_one_range) {
  const auto is = [](std::string_view field, std::uint64_t first, std::uint64_t count) {
    const auto range = parse_range(field, 10);
    return range && range->first == first && range->count == count;
  };
  EXPECT_TRUE(is("bytes=0-0", 0, 1));
  EXPECT_TRUE(is("bytes=3-", 3, 7));
  EXPECT_TRUE(is("bytes=-4", 6, 4));
  EXPECT_TRUE(is("bytes=0-18446744073709551615", 0, 10));
  EXPECT_TRUE(is("bytes=10-", 0, 0)) << "no byte of it exists";
  EXPECT_EQ(parse_range("bytes=-0", 10)->count, 0U);
  EXPECT_EQ(parse_range("bytes=0-", 0)->count, 0U) << "an empty file has no bytes";
}

TEST(HttpRange, leaves_what_it_does_not_understand) {
  for (const std::string_view field :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=2-1", "bytes=1-2,4-5", "lines=1-2",
        "bytes=18446744073709551616-", "bytes=--1", "bytes=1-x"}) {
    EXPECT_FALSE(parse_range(field, 10)) << field;
  }
}

TEST(HttpDate, is_read_as_it_is_written) {
  EXPECT_EQ(date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784'111'777);
  for (const std::string_view text :
       {"", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(HttpTag, is_found_in_a_list) {
  EXPECT_TRUE(any_tag_matches(R"("a", W/"b" ,"c")", R"("b")"));
  EXPECT_TRUE(any_tag_matches(" * ", R"("b")"));
  EXPECT_FALSE(any_tag_matches(R"("a","c")", R"("b")"));
  EXPECT_FALSE(any_tag_matches("", R"("b")"));
}

TEST(HttpType, follows_the_extension) {
  EXPECT_EQ(content_type("A.HTML"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type("x.tar.zip"), "application/zip");
  EXPECT_EQ(content_type("x.unheard"), "application/octet-stream");
  EXPECT_EQ(content_type("x."), "application/octet-stream");
}

TEST(HttpHead, ends_at_an_empty_line_wherever_the_search_goes_on) {
  const std::string text = "GET / HTTP/1.1\r\n\r\nrest";
  for (std::size_t searched = 0; searched <= 17; ++searched) {
    EXPECT_EQ(head_size(text, searched), 18U) << searched;
  }
  EXPECT_FALSE(head_size("GET / HTTP/1.1\r\n\r"));
}

TEST(HttpRequest, is_parsed) {
  const auto request = parse_request("HEAD /x HTTP/1.0\r\nRange: bytes=1-\r\n\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "HEAD");
  EXPECT_EQ(request->version, 10U);
  EXPECT_EQ(request->range, "bytes=1-");
  EXPECT_FALSE(request->keep_alive);
  EXPECT_FALSE(request->has_content);
}

TEST(HttpRequest, tells_that_content_follows) {
  EXPECT_TRUE(parse_request("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                  ->has_content);
  EXPECT_TRUE(parse_request("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")->has_content);
  EXPECT_FALSE(
      parse_request("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")->has_content);
}

TEST(HttpRequest, refuses_two_ways_to_tell_the_length) {
  EXPECT_FALSE(parse_request("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n"));
  EXPECT_FALSE(parse_request("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                             "Content-Length: 2\r\n\r\n"));
}

TEST(HttpPage, escapes_names) {
  const Entry entry{.name = "\"><script>&'", .is_folder = false, .size = 1, .modified = 0};
  const std::string page = listing_page(Path{}, Listing{.entries = {entry}});
  EXPECT_EQ(page.find("<script>"), std::string::npos);
  EXPECT_NE(page.find("&quot;&gt;&lt;script&gt;&amp;&#39;"), std::string::npos);
  EXPECT_NE(page.find("./%22%3E%3Cscript%3E%26%27"), std::string::npos);
}

TEST(HttpPage, writes_sizes_in_three_digits) {
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(4'100), "4.1 kB");
  EXPECT_EQ(size_text(999'949), "999.9 kB");
  EXPECT_EQ(size_text(999'950), "1.0 MB");
  EXPECT_EQ(size_text(UINT64_MAX), "18.4 EB");
}

}  // namespace
}  // namespace handfast::http
