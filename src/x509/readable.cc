#include "x509/readable.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace handfast::x509 {

namespace {

using der::Tag;

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Letters that stand for themselves: no controls, no combining marks, nothing that turns the
// direction of writing.
constexpr std::array letters = {
    Range{0xa1, 0xac},     Range{0xae, 0x24f},    Range{0x370, 0x373},   Range{0x376, 0x377},
    Range{0x384, 0x3ff},   Range{0x400, 0x482},   Range{0x48a, 0x52f},   Range{0x1e00, 0x1fbc},
    Range{0x2010, 0x2027}, Range{0x3041, 0x3096}, Range{0x30a1, 0x30fc}, Range{0x4e00, 0x9fff},
    Range{0xac00, 0xd7a3},
};

bool is_letter(std::uint32_t code_point) {
  return std::ranges::any_of(letters, [&](const Range& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

struct Character {
  std::uint32_t code_point = 0;
  std::size_t size = 0;  // in bytes of the value
};

// RFC 3629 §3, §4, without the values above 16 bits: no letter that is shown lies there.
std::optional<Character> read_utf8(Bytes text) {
  const std::uint32_t lead = text[0];
  const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 0x6 ? 2 : lead >> 4 == 0xe ? 3 : 0;
  if (size == 0 || text.size() < size) {
    return std::nullopt;
  }
  std::uint32_t code_point = size == 1 ? lead : size == 2 ? lead & 0x1fU : lead & 0xfU;
  for (const std::uint8_t next : text.subspan(1, size - 1)) {
    if (next >> 6 != 0x2) {
      return std::nullopt;
    }
    code_point = code_point << 6 | (next & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 4> least = {0, 0, 0x80, 0x800};
  return code_point < least[size] ? std::nullopt : std::optional(Character{code_point, size});
}

std::optional<Character> read_character(Tag tag, Bytes text) {
  switch (tag) {
    case Tag::utf8_string: return read_utf8(text);
    case Tag::bmp_string:
      if (text.size() < 2) {
        return std::nullopt;
      }
      return Character{static_cast<std::uint32_t>(text[0] << 8 | text[1]), 2};
    case Tag::printable_string:
    case Tag::ia5_string:
    case Tag::teletex_string:
      return text[0] < 0x80 ? std::optional(Character{text[0], 1}) : std::nullopt;
    default: return std::nullopt;
  }
}

void append_escaped(std::string& text, Bytes octets) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const std::uint8_t octet : octets) {
    text.push_back('\\');
    text.push_back(digits[octet >> 4]);
    text.push_back(digits[octet & 0xfU]);
  }
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  if (code_point < 0x800) {
    text.push_back(static_cast<char>(0xc0U | code_point >> 6));
  } else {
    text.push_back(static_cast<char>(0xe0U | code_point >> 12));
    text.push_back(static_cast<char>(0x80U | (code_point >> 6 & 0x3fU)));
  }
  text.push_back(static_cast<char>(0x80U | (code_point & 0x3fU)));
}

bool is_special(char c, Escape escape) {
  constexpr std::string_view separators = "\"+,;<>";
  return c == '\\' || (escape == Escape::rfc4514 && separators.find(c) != std::string_view::npos);
}

}  // namespace

std::string readable(Tag tag, Bytes value, Escape escape) {
  std::string text;
  while (!value.empty()) {
    const std::optional<Character> character = read_character(tag, value);
    const std::size_t size = character ? character->size : 1;
    if (character && character->code_point >= 0x20 && character->code_point < 0x7f) {
      const auto c = static_cast<char>(character->code_point);
      text.append(is_special(c, escape) ? "\\" : "").push_back(c);
    } else if (character && is_letter(character->code_point)) {
      append_utf8(text, character->code_point);
    } else {
      append_escaped(text, value.first(size));
    }
    value = value.subspan(size);
  }
  return text;
}

std::string dotted(Bytes oid) {
  std::string text;
  std::uint64_t number = 0;
  for (const std::uint8_t octet : oid) {
    if (number >> 57 != 0) {
      text.clear();
      append_escaped(text, oid);
      return text;
    }
    number = number << 7 | (octet & 0x7fU);
    if (octet >= 0x80) {
      continue;
    }
    if (text.empty()) {
      // X.690 §8.19.4: the first two numbers share one.
      const std::uint64_t first = std::min<std::uint64_t>(number / 40, 2);
      text = std::to_string(first);
      number -= 40 * first;
    }
    text.append(".").append(std::to_string(number));
    number = 0;
  }
  return text;
}

std::string shortened(std::string text) {
  constexpr std::size_t most = 256;
  if (text.size() <= most) {
    return text;
  }
  std::size_t end = most - 3;
  // Not within a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) {
    --end;
  }
  return text.substr(0, end).append("...");
}

}  // namespace handfast::x509
