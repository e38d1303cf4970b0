#include "der/pem.h"

#include <algorithm>
#include <array>

namespace handfast::der {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// A label's line is looked for no further.
constexpr std::size_t label_most = 128;

constexpr std::uint8_t space = 0xfe;
constexpr std::uint8_t junk = 0xff;

constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(junk);
  for (const char c : {' ', '\t', '\r', '\n'}) {
    table[static_cast<unsigned char>(c)] = space;
  }
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

bool is_space(char c) { return values[static_cast<unsigned char>(c)] == space; }

// The padding at the end of `text` with the white space around it taken off; how much there was.
std::size_t strip_padding(std::string_view& text) {
  std::size_t padding = 0;
  while (!text.empty() && (text.back() == '=' || is_space(text.back()))) {
    padding += text.back() == '=' ? 1U : 0U;
    text.remove_suffix(1);
  }
  return padding;
}

// Starts a line: at the front of the text, or after a line end.
std::size_t find_line(std::string_view text, std::string_view start) {
  std::size_t at = text.find(start);
  while (at != std::string_view::npos && at != 0 && text[at - 1] != '\n' && text[at - 1] != '\r') {
    at = text.find(start, at + 1);
  }
  return at;
}

}  // namespace

std::optional<PemBlock> PemScanner::next() {
  while (true) {
    const std::size_t begin = find_line(rest_, begin_mark);
    if (begin == std::string_view::npos) {
      rest_ = {};
      return std::nullopt;
    }
    rest_.remove_prefix(begin + begin_mark.size());
    std::string_view line = rest_.substr(0, label_most);
    line = line.substr(0, line.find_first_of("\r\n"));
    const std::size_t label_size = line.find(dashes);
    if (label_size == std::string_view::npos) {
      continue;
    }
    const std::string_view label = rest_.substr(0, label_size);
    rest_.remove_prefix(label_size + dashes.size());

    // Not beyond the next block, or many that never end would each be looked through to the end.
    const std::size_t end = find_line(rest_.substr(0, find_line(rest_, begin_mark)), end_mark);
    if (end == std::string_view::npos) {
      return PemBlock{label, {}};
    }
    const std::string_view base64 = rest_.substr(0, end);
    rest_.remove_prefix(end + end_mark.size());
    const bool fits = rest_.starts_with(label) && rest_.substr(label.size()).starts_with(dashes);
    return PemBlock{label, fits ? base64 : std::string_view{}};
  }
}

Result<std::vector<std::uint8_t>> decode_pem(const PemBlock& block, std::size_t most) {
  if (block.base64.size() > most) {
    return fail_limit(Reason::pem_malformed, most, block.base64.size());
  }
  std::string_view text = block.base64;
  const std::size_t padding = strip_padding(text);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  std::size_t characters = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == space) {
      continue;
    }
    if (value == junk) {
      return fail(Reason::pem_malformed);
    }
    bits = bits << 6 | value;
    if (++characters % 4 == 0) {
      bytes.push_back(static_cast<std::uint8_t>(bits >> 16));
      bytes.push_back(static_cast<std::uint8_t>(bits >> 8));
      bytes.push_back(static_cast<std::uint8_t>(bits));
    }
  }
  // What is left over makes one or two bytes, is padded to four characters, and ends in zero bits.
  const std::size_t left = characters % 4;
  const std::size_t spare_bits = left == 2 ? 4 : 2;
  const bool ends_well =
      left == 0 ? padding == 0
                : left + padding == 4 && left != 1 && (bits & ((1U << spare_bits) - 1)) == 0;
  if (characters == 0 || !ends_well) {
    return fail(Reason::pem_malformed);
  }
  if (left == 2) {
    bytes.push_back(static_cast<std::uint8_t>(bits >> 4));
  } else if (left == 3) {
    bytes.push_back(static_cast<std::uint8_t>(bits >> 10));
    bytes.push_back(static_cast<std::uint8_t>(bits >> 2));
  }
  return bytes;
}

std::string encode_pem(std::string_view label, Bytes der) {
  constexpr std::size_t bytes_a_line = 48;
  const std::size_t characters = (der.size() + 2) / 3 * 4;
  std::string text;
  // Of keys no copy may stay behind where the text outgrew its memory.
  text.reserve(2 * (begin_mark.size() + label.size() + dashes.size() + 1) + characters +
               characters / (bytes_a_line / 3 * 4) + 1);
  text.append(begin_mark).append(label).append(dashes).append("\n");
  for (std::size_t at = 0; at < der.size(); at += 3) {
    const Bytes group = der.subspan(at, std::min<std::size_t>(3, der.size() - at));
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? group[i] : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text.push_back(i <= group.size() ? alphabet[bits >> (18 - 6 * i) & 0x3fU] : '=');
    }
    if ((at + 3) % bytes_a_line == 0 || at + 3 >= der.size()) {
      text.push_back('\n');
    }
  }
  text.append(end_mark).append(label).append(dashes).append("\n");
  return text;
}

}  // namespace handfast::der
