// Terminal: what an output stream can show: colours, signs outside ASCII, how many columns.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace handfast::command {

enum class ColorChoice : std::uint8_t { automatic, always, never };

/// Meanings, not colours; a colour never says anything that the text does not say too.
enum class Paint : std::uint8_t { good, bad, warning, ours, theirs, strong, faint };

/// One of the process's output streams. Text is written once, with the signs ✓ ✗ – ‹ and lines of
/// box drawing; where the stream or the locale cannot show them, `print` puts plain ASCII in their
/// place, sign for sign, so that columns stay straight.
class Terminal {
 public:
  /// Looks at `stream` and the environment: NO_COLOR, TERM, COLUMNS, LC_ALL, LC_CTYPE, LANG.
  Terminal(std::FILE* stream, ColorChoice color);

  /// Whether a person may be looking.
  [[nodiscard]] bool is_terminal() const { return is_terminal_; }

  /// Whether signs outside ASCII are shown.
  [[nodiscard]] bool is_unicode() const { return is_unicode_; }

  /// Columns to fill: those of the terminal, between 60 and 100; 100 for files and pipes.
  [[nodiscard]] int width() const { return width_; }

  /// `text` between the marks that colour it, or as it is.
  [[nodiscard]] std::string paint(Paint paint, std::string_view text) const;

  /// Writes `text` at once.
  void print(std::string_view text) const;

 private:
  std::FILE* stream_;
  bool is_terminal_ = false;
  bool is_colored_ = false;
  bool is_unicode_ = false;
  int width_ = 100;
};

/// `text` with ASCII in the place of every other sign, one column for one column; only § is spelled
/// out, since it stands in sentences.
[[nodiscard]] std::string to_ascii(std::string_view text);

/// How many columns `text` takes, without the marks of `paint`; every sign that this command writes
/// is one column wide.
[[nodiscard]] std::size_t columns(std::string_view text);

/// `text` and blanks up to `width` columns.
[[nodiscard]] std::string pad(std::string_view text, std::size_t width);

/// `text` broken between words into lines of at most `width` columns; all lines but the first begin
/// with `indent` blanks. Words longer than a line stand alone.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

/// A sentence behind a sign and a blank: broken as by `wrap` for people. A file or a pipe keeps it
/// whole, so that it can be searched for.
[[nodiscard]] std::string wrap_headline(std::string_view text, const Terminal& terminal);

/// Bytes that somebody else chose, made safe to show: printable ASCII stays, all else becomes \xNN.
[[nodiscard]] std::string escape(std::string_view bytes);

}  // namespace handfast::command
