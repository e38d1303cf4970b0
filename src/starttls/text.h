// Text: what a server says in words, taken apart by the checked reader.
#pragma once

#include "codec/reader.h"
#include "handfast/bytes.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace handfast::starttls {

/// Whether `bytes` are `word`, with capitals or without.
[[nodiscard]] bool is(Bytes bytes, std::string_view word);

/// Whether they are exactly `text`.
[[nodiscard]] bool is_exactly(Bytes bytes, std::string_view text);

[[nodiscard]] std::vector<std::uint8_t> bytes_of(std::string_view text);

/// A cursor over a line.
class Text {
 public:
  explicit Text(Bytes line) : in_(line) {}

  /// Whether nothing is left.
  [[nodiscard]] bool at_end() const { return in_.left() == 0; }

  /// The next byte; 0 at the end, as no line holds one.
  [[nodiscard]] std::uint8_t peek() const;

  /// Goes on behind `start` if that comes next, with capitals or without, and says whether.
  bool skip(std::string_view start);

  /// What comes before the next of `ends`, or all that is left.
  Bytes until(std::string_view ends);

  /// The next word; what blanks stand before it are passed over. Empty at the end.
  Bytes word();

  /// All that is left.
  Bytes rest() { return in_.rest(); }

 private:
  [[nodiscard]] Bytes ahead() const;

  codec::Reader in_;
};

/// A line of a reply in SMTP, LMTP and FTP, RFC 5321 §4.2, RFC 959 §4.2; NNTP's have no other lines
/// behind them.
struct ReplyLine {
  unsigned code = 0;     ///< 100 to 699; 0: it is none
  bool is_last = false;  ///< of its reply
  Bytes text;            ///< behind code and blank or hyphen
};

[[nodiscard]] ReplyLine read_reply_line(Bytes line);

}  // namespace handfast::starttls
