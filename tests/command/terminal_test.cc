#include "handfast/terminal.h"

#include "handfast/net.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace handfast::command {
namespace {

/// A stream, closed at the end.
using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Stream file() { return {std::tmpfile(), &std::fclose}; }

std::string content(const Stream& stream) {
  std::rewind(stream.get());
  std::array<char, 256> room{};
  return {room.data(), std::fread(room.data(), 1, room.size(), stream.get())};
}

/// A terminal that nobody looks at, so many columns wide.
class Screen {
 public:
  explicit Screen(unsigned short width) : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(::grantpt(master_.number()), 0);
    EXPECT_EQ(::unlockpt(master_.number()), 0);
    stream_.reset(std::fopen(::ptsname(master_.number()), "r+"));
    const winsize size{.ws_row = 24, .ws_col = width, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(::ioctl(master_.number(), TIOCSWINSZ, &size), 0);
  }

  [[nodiscard]] std::FILE* stream() const { return stream_.get(); }

 private:
  net::Descriptor master_;
  Stream stream_{nullptr, &std::fclose};
};

/// Puts the variables that `Terminal` looks at back at the end; at first none is set.
class InEnvironment : public ::testing::Test {
 protected:
  InEnvironment() {
    for (const char* name : {"NO_COLOR", "TERM", "COLUMNS", "LC_ALL", "LC_CTYPE", "LANG"}) {
      const char* value = std::getenv(name);
      before_.emplace_back(name,
                           value != nullptr ? std::optional<std::string>(value) : std::nullopt);
      ::unsetenv(name);
    }
  }

  ~InEnvironment() override {
    for (const auto& [name, value] : before_) {
      value ? set(name, value->c_str()) : static_cast<void>(::unsetenv(name));
    }
  }

  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }

 private:
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

// ---- What a stream can show.

class Colors : public InEnvironment {
 protected:
  static bool are_used(std::FILE* stream, ColorChoice choice) {
    return Terminal(stream, choice).paint(Paint::bad, "x") == "\x1b[31mx\x1b[0m";
  }
};

TEST_F(Colors, are_for_people_unless_chosen) {
  const Screen screen(80);
  EXPECT_TRUE(are_used(screen.stream(), ColorChoice::automatic));
  EXPECT_FALSE(are_used(screen.stream(), ColorChoice::never));
  EXPECT_FALSE(are_used(file().get(), ColorChoice::automatic));
  EXPECT_TRUE(are_used(file().get(), ColorChoice::always));
}

TEST_F(Colors, are_left_out_where_the_environment_wants_none) {
  const Screen screen(80);
  set("NO_COLOR", "");
  EXPECT_TRUE(are_used(screen.stream(), ColorChoice::automatic)) << "empty is as if not set";
  set("NO_COLOR", "1");
  EXPECT_FALSE(are_used(screen.stream(), ColorChoice::automatic));
  EXPECT_TRUE(are_used(screen.stream(), ColorChoice::always));
  ::unsetenv("NO_COLOR");
  set("TERM", "dumb");
  EXPECT_FALSE(are_used(screen.stream(), ColorChoice::automatic));
}

TEST_F(Colors, mark_no_empty_text) {
  EXPECT_EQ(Terminal(stderr, ColorChoice::always).paint(Paint::good, ""), "");
}

class Width : public InEnvironment {};

TEST_F(Width, is_the_terminals_within_bounds) {
  const auto width = [](unsigned short columns) {
    const Screen screen(columns);
    const Terminal terminal(screen.stream(), ColorChoice::never);
    EXPECT_TRUE(terminal.is_terminal());
    return terminal.width();
  };
  EXPECT_EQ(width(72), 72);
  EXPECT_EQ(width(20), 60);
  EXPECT_EQ(width(500), 100);
}

TEST_F(Width, is_asked_of_the_environment_where_the_terminal_does_not_know) {
  const Screen screen(0);
  EXPECT_EQ(Terminal(screen.stream(), ColorChoice::never).width(), 80);
  set("COLUMNS", "70");
  EXPECT_EQ(Terminal(screen.stream(), ColorChoice::never).width(), 70);
  set("COLUMNS", "wide");
  EXPECT_EQ(Terminal(screen.stream(), ColorChoice::never).width(), 80);
}

TEST_F(Width, breaks_headlines_for_people_alone) {
  const Screen screen(60);
  const std::string text = std::string(40, 'a') + " " + std::string(17, 'b') + " c";
  EXPECT_EQ(wrap_headline(text, Terminal(screen.stream(), ColorChoice::never)),
            std::string(40, 'a') + " " + std::string(17, 'b') + "\n  c");
  const Stream pipe = file();
  EXPECT_EQ(wrap_headline(text, Terminal(pipe.get(), ColorChoice::never)), text);
}

TEST_F(Width, is_a_hundred_columns_in_files) {
  set("COLUMNS", "70");
  const Stream stream = file();
  const Terminal terminal(stream.get(), ColorChoice::never);
  EXPECT_FALSE(terminal.is_terminal());
  EXPECT_EQ(terminal.width(), 100);
}

class Signs : public InEnvironment {
 protected:
  static std::string printed(std::string_view text) {
    const Stream stream = file();
    Terminal(stream.get(), ColorChoice::never).print(text);
    return content(stream);
  }
};

TEST_F(Signs, are_printed_where_the_locale_has_them) {
  EXPECT_EQ(printed("✓ ok"), "+ ok") << "no locale is the C locale";
  set("LANG", "de_DE.UTF-8");
  EXPECT_EQ(printed("✓ ok"), "✓ ok");
  set("LC_CTYPE", "C");
  EXPECT_EQ(printed("✓ ok"), "+ ok") << "LC_CTYPE comes before LANG";
  set("LC_ALL", "C.utf8");
  EXPECT_EQ(printed("✓ ok"), "✓ ok") << "LC_ALL comes before both";
  set("TERM", "dumb");
  EXPECT_EQ(printed("✓ ok"), "+ ok");
}

// ---- Text.

TEST(ToAscii, keeps_columns) {
  constexpr std::string_view drawn = "│ ── name ×2 ──▶ ╞══╡ ✓ ✗ – ‹ … •";
  EXPECT_EQ(to_ascii(drawn), "| -- name x2 --> |==| + x - < ~ *");
  EXPECT_EQ(columns(to_ascii(drawn)), columns(drawn));
}

TEST(ToAscii, spells_sections_out) { EXPECT_EQ(to_ascii("RFC 9846 §4.3"), "RFC 9846 section 4.3"); }

TEST(ToAscii, puts_a_question_mark_for_what_has_no_twin) { EXPECT_EQ(to_ascii("naïve"), "na?ve"); }

TEST(ToAscii, leaves_nothing_outside_ascii_of_broken_text) {
  EXPECT_EQ(to_ascii("\xff\xc3 a\x80\xe2\x94"), "?? ??");
}

TEST(Columns, do_not_count_colours) {
  EXPECT_EQ(columns("\x1b[31m✗\x1b[0m ab"), 4U);
  EXPECT_EQ(columns("ab\x1b[3"), 2U) << "a mark that is cut off";
}

TEST(Pad, fills_up_and_never_cuts) {
  EXPECT_EQ(pad("✓", 3), "✓  ");
  EXPECT_EQ(pad("longer", 3), "longer");
}

TEST(Wrap, breaks_between_words_and_indents) {
  EXPECT_EQ(wrap("one two three four", 11, 2), "one two\n  three\n  four");
  EXPECT_EQ(wrap("short", 80, 9), "short");
}

TEST(Wrap, leaves_long_words_whole) {
  EXPECT_EQ(wrap("a looooooooong b", 8, 0), "a\nlooooooooong\nb");
}

TEST(Wrap, has_nothing_to_do_with_nothing) { EXPECT_EQ(wrap("", 80, 4), ""); }

TEST(Escape, shows_control_bytes_and_never_sends_them) {
  EXPECT_EQ(escape("a\x1b[31m\n\xc3\xa4\x7f"), "a\\x1b[31m\\x0a\\xc3\\xa4\\x7f");
}

}  // namespace
}  // namespace handfast::command
