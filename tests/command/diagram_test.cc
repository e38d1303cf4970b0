#include "handfast/diagram.h"

#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

class Drawn : public ::testing::Test {
 protected:
  std::vector<std::string> lines(const Step& step) const {
    std::vector<std::string> result;
    std::string text = diagram_.lines(step);
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      result.push_back(text.substr(0, end));
      text.erase(0, end + 1);
    }
    return result;
  }

  Terminal terminal_ = Terminal(stderr, ColorChoice::never);
  Diagram diagram_ = Diagram(terminal_, "example.com:443");
};

Step message(Flow flow, std::string text, std::size_t size) {
  return {.kind = StepKind::message, .flow = flow, .text = std::move(text), .size = size};
}

TEST_F(Drawn, arrows_point_where_messages_go) {
  EXPECT_TRUE(
      lines(message(Flow::sent, "ClientHello", 277))[0].starts_with("    │ ── ClientHello ─"));
  EXPECT_NE(lines(message(Flow::sent, "ClientHello", 277))[0].find("277 B ──▶ │"),
            std::string::npos);
  const std::string received = lines(message(Flow::received, "ServerHello", 122))[0];
  EXPECT_TRUE(received.starts_with("    │ ◀── ServerHello ─"));
  EXPECT_NE(received.find("122 B ─── │"), std::string::npos);
}

TEST_F(Drawn, lines_are_equally_long_whatever_stands_in_them) {
  const std::size_t usual = columns(lines(message(Flow::sent, "Finished", 36))[0]);
  EXPECT_EQ(columns(lines(message(Flow::received, "EncryptedExtensions", 1'000'000))[0]), usual);
  Step folded = message(Flow::received, "NewSessionTicket", 434);
  folded.count = 12;
  EXPECT_EQ(columns(lines(folded)[0]), usual);
  EXPECT_NE(lines(folded)[0].find("NewSessionTicket ×12 "), std::string::npos);
}

TEST_F(Drawn, long_notes_go_on_beside_the_lines) {
  Step step = message(Flow::sent, "ClientHello", 277);
  step.note = "TLS 1.3, x25519 + secp256r1 + secp384r1 + secp521r1, ALPN h2 http/1.1 imap";
  const std::vector<std::string> drawn = lines(step);
  ASSERT_GT(drawn.size(), 1U);
  const std::size_t place = columns(drawn[0].substr(0, drawn[0].rfind("TLS 1.3")));
  for (std::size_t i = 1; i < drawn.size(); ++i) {
    EXPECT_TRUE(drawn[i].starts_with("    │ ")) << drawn[i];
    const std::string_view note = std::string_view(drawn[i]).substr(drawn[i].rfind("  ") + 2);
    EXPECT_EQ(columns(drawn[i]) - columns(note), place) << drawn[i];
  }
}

TEST_F(Drawn, changes_of_keys_are_double_lines_from_side_to_side) {
  const Step step{.kind = StepKind::keys, .flow = Flow::sent, .text = "encrypted"};
  const std::string drawn = lines(step)[0];
  EXPECT_TRUE(drawn.starts_with("    ╞══"));
  EXPECT_TRUE(drawn.ends_with("══╡"));
  EXPECT_EQ(columns(drawn) + 1, columns(diagram_.foot()));
}

TEST_F(Drawn, names_stand_over_the_lines_that_they_belong_to) {
  const std::string head = diagram_.head();
  const std::size_t end = head.find('\n');
  const std::string_view names = std::string_view(head).substr(0, end);
  const std::string_view lives = std::string_view(head).substr(end + 1);
  EXPECT_TRUE(lives.starts_with("    │ "));
  EXPECT_TRUE(names.starts_with("   you "));
  const std::size_t line = columns(lives.substr(0, lives.rfind("│")));
  const std::size_t name = columns(names.substr(0, names.find("example.com")));
  EXPECT_LT(name, line);
  EXPECT_GT(columns(names), line);
}

TEST(SizeText, groups_digits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(2874), "2 874 B");
  EXPECT_EQ(size_text(1'234'567), "1 234 567 B");
}

}  // namespace
}  // namespace handfast::command
