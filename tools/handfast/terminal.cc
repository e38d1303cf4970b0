#include "handfast/terminal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace handfast::command {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : std::string_view{};
}

/// The locale's character set, by the rule of POSIX: the first of the three that is set decides.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (!value.empty()) {
      std::string folded(value);
      std::ranges::transform(folded, folded.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
      });
      return folded.ends_with("utf-8") || folded.ends_with("utf8");
    }
  }
  return false;
}

int columns_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  const std::string_view asked = environment("COLUMNS");
  int value = 80;
  std::from_chars(asked.data(), asked.data() + asked.size(), value);
  return value;
}

constexpr std::string_view marks(Paint paint) {
  switch (paint) {
    case Paint::good: return "32";
    case Paint::bad: return "31";
    case Paint::warning: return "33";
    case Paint::ours: return "36";
    case Paint::theirs: return "35";
    case Paint::strong: return "1";
    case Paint::faint: return "2";
  }
  return "0";
}

struct Twin {
  std::string_view sign;
  std::string_view plain;
};

constexpr std::array twins = {
    Twin{"✓", "+"},        Twin{"✗", "x"}, Twin{"–", "-"}, Twin{"‹", "<"}, Twin{"·", "|"},
    Twin{"•", "*"},        Twin{"×", "x"}, Twin{"─", "-"}, Twin{"│", "|"}, Twin{"═", "="},
    Twin{"╞", "|"},        Twin{"╡", "|"}, Twin{"╪", "|"}, Twin{"▶", ">"}, Twin{"◀", "<"},
    Twin{"§", "section "}, Twin{"…", "~"}, Twin{"╌", "."}, Twin{"┆", ":"}, Twin{"→", ">"},
};

constexpr bool continues_a_sign(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// The sign at the front of `text`, which is not empty.
constexpr std::string_view first_sign(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && continues_a_sign(text[size])) {
    ++size;
  }
  return text.substr(0, size);
}

}  // namespace

Terminal::Terminal(std::FILE* stream, ColorChoice color) : stream_(stream) {
  const int descriptor = ::fileno(stream);
  const bool is_dumb = environment("TERM") == "dumb";
  is_terminal_ = ::isatty(descriptor) == 1;
  is_unicode_ = locale_is_utf8() && !is_dumb;
  is_colored_ = color == ColorChoice::always || (color == ColorChoice::automatic && is_terminal_ &&
                                                 !is_dumb && environment("NO_COLOR").empty());
  width_ = is_terminal_ ? std::clamp(columns_of(descriptor), 60, 100) : 100;
}

std::string Terminal::paint(Paint paint, std::string_view text) const {
  if (!is_colored_ || text.empty()) {
    return std::string(text);
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", marks(paint), text);
}

void Terminal::print(std::string_view text) const {
  const std::string plain = is_unicode_ ? std::string{} : to_ascii(text);
  const std::string_view shown = is_unicode_ ? text : plain;
  std::fwrite(shown.data(), 1, shown.size(), stream_);
  std::fflush(stream_);
}

std::string to_ascii(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::string_view sign = first_sign(text);
    const auto* twin = std::ranges::find(twins, sign, &Twin::sign);
    if (sign.size() == 1 && static_cast<unsigned char>(sign[0]) < 0x80) {
      plain += sign[0];
    } else {
      plain += twin != twins.end() ? twin->plain : "?";
    }
    text.remove_prefix(sign.size());
  }
  return plain;
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    if (text.starts_with("\x1b[")) {
      const std::size_t end = text.find('m');
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      continue;
    }
    ++count;
    text.remove_prefix(first_sign(text).size());
  }
  return count;
}

std::string pad(std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string lines;
  std::size_t used = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (used > indent && used + 1 + columns(word) > width) {
      lines += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (!lines.empty()) {
      lines += ' ';
      ++used;
    }
    lines += word;
    used += columns(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string wrap_headline(std::string_view text, const Terminal& terminal) {
  return terminal.is_terminal() ? wrap(text, static_cast<std::size_t>(terminal.width()), 2)
                                : std::string(text);
}

std::string escape(std::string_view bytes) {
  std::string shown;
  for (const char byte : bytes) {
    if (byte >= 0x20 && byte < 0x7f) {
      shown += byte;
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return shown;
}

}  // namespace handfast::command
