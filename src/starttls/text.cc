#include "starttls/text.h"

#include <algorithm>

namespace handfast::starttls {

namespace {

std::uint8_t small(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte - 'A' + 'a') : byte;
}

bool is_same_letter(std::uint8_t byte, char sign) {
  return small(byte) == small(static_cast<std::uint8_t>(sign));
}

bool is_same_sign(std::uint8_t byte, char sign) { return byte == static_cast<std::uint8_t>(sign); }

}  // namespace

bool is(Bytes bytes, std::string_view word) {
  return std::ranges::equal(bytes, word, is_same_letter);
}

bool is_exactly(Bytes bytes, std::string_view text) {
  return std::ranges::equal(bytes, text, is_same_sign);
}

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

Bytes Text::ahead() const {
  codec::Reader copy = in_;
  return copy.rest();
}

std::uint8_t Text::peek() const { return at_end() ? std::uint8_t{0} : ahead().front(); }

bool Text::skip(std::string_view start) {
  const Bytes next = ahead();
  if (next.size() < start.size() || !is(next.first(start.size()), start)) {
    return false;
  }
  static_cast<void>(in_.take(start.size()));
  return true;
}

Bytes Text::until(std::string_view ends) {
  const Bytes next = ahead();
  const auto end = std::ranges::find_if(
      next, [&](std::uint8_t byte) { return ends.find(static_cast<char>(byte)) != ends.npos; });
  return in_.take(static_cast<std::size_t>(end - next.begin()));
}

Bytes Text::word() {
  while (skip(" ")) {
  }
  return until(" ");
}

ReplyLine read_reply_line(Bytes line) {
  codec::Reader in(line);
  unsigned code = 0;
  for (const std::uint8_t digit : in.take(3)) {
    if (digit < '0' || digit > '9') {
      return {};
    }
    code = 10 * code + (digit - unsigned{'0'});
  }
  if (code < 100 || code > 699) {
    return {};
  }
  if (in.left() == 0) {  // RFC 5321 §4.2: the text may be missing, and then its blank, too
    return {.code = code, .is_last = true, .text = {}};
  }
  const auto behind = in.number<std::uint8_t>();
  if (behind != ' ' && behind != '-') {
    return {};
  }
  return {.code = code, .is_last = behind == ' ', .text = in.rest()};
}

}  // namespace handfast::starttls
