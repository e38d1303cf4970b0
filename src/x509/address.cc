#include "x509/address.h"

#include <algorithm>
#include <charconv>

namespace handfast::x509 {

namespace {

constexpr std::size_t v4_size = 4;
constexpr std::size_t v6_size = 16;

// Bytes of an address as far as they were read; too many of them are counted, not kept.
struct Octets {
  std::array<std::uint8_t, v6_size> bytes{};
  std::size_t size = 0;

  void add(unsigned octet) {
    if (size < bytes.size()) {
      bytes[size] = static_cast<std::uint8_t>(octet);
    }
    ++size;
  }
};

// A number of at most `digits` digits and nothing else.
std::optional<unsigned> read_number(std::string_view text, std::size_t digits, int base) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || text.size() > digits || error != std::errc{} || rest != end) {
    return std::nullopt;
  }
  return value;
}

// Takes what stands before the next `separator`, and the separator, off the text; says whether
// there was one.
bool split(std::string_view& text, char separator, std::string_view& part) {
  const std::size_t at = text.find(separator);
  part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return at != std::string_view::npos;
}

bool read_v4(std::string_view text, Octets& octets) {
  std::size_t count = 0;
  bool more = true;
  while (more) {
    std::string_view part;
    more = split(text, '.', part);
    const std::optional<unsigned> number = read_number(part, 3, 10);
    // A zero in front would make the number octal for some, decimal for others.
    if (!number || *number > 0xff || (part.size() > 1 && part[0] == '0')) {
      return false;
    }
    octets.add(*number);
    ++count;
  }
  return count == v4_size;
}

// Groups with single colons between them, or nothing at all; the last may be an IPv4 address.
bool read_groups(std::string_view text, Octets& octets) {
  bool more = !text.empty();
  while (more) {
    std::string_view group;
    more = split(text, ':', group);
    if (!more && group.find('.') != std::string_view::npos) {
      return read_v4(group, octets);
    }
    const std::optional<unsigned> number = read_number(group, 4, 16);
    if (!number) {
      return false;
    }
    octets.add(*number >> 8);
    octets.add(*number & 0xffU);
  }
  return true;
}

std::optional<Octets> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  Octets octets;
  if (gap == std::string_view::npos) {
    return read_groups(text, octets) && octets.size == v6_size ? std::optional(octets)
                                                               : std::nullopt;
  }
  const std::string_view before = text.substr(0, gap);
  Octets after;
  // "::" stands for at least one group.
  if (before.find('.') != std::string_view::npos || !read_groups(before, octets) ||
      !read_groups(text.substr(gap + 2), after) || octets.size + after.size > v6_size - 2) {
    return std::nullopt;
  }
  while (octets.size + after.size < v6_size) {
    octets.add(0);
  }
  for (const std::uint8_t octet : Bytes(after.bytes).first(after.size)) {
    octets.add(octet);
  }
  return octets;
}

std::string v4_text(Bytes bytes) {
  std::string text;
  for (const std::uint8_t octet : bytes) {
    text.append(text.empty() ? "" : ".").append(std::to_string(octet));
  }
  return text;
}

struct Run {
  std::size_t start = 0;
  std::size_t size = 0;
};

// RFC 5952 §4.2.3: the first of the longest runs of zero groups is shortened; §4.2.2: never a
// single one.
Run longest_zeros(const std::array<unsigned, 8>& groups) {
  Run longest;
  Run run;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    run = groups[i] != 0 ? Run{i + 1, 0} : Run{run.start, run.size + 1};
    longest = run.size > longest.size ? run : longest;
  }
  return longest.size > 1 ? longest : Run{groups.size(), 0};
}

std::string v6_text(Bytes bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  const Run zeros = longest_zeros(groups);
  std::string text;
  for (std::size_t i = 0; i < groups.size();) {
    if (i == zeros.start) {
      text.append("::");
      i += zeros.size;
      continue;
    }
    if (!text.empty() && text.back() != ':') {
      text.push_back(':');
    }
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16).ptr;
    text.append(digits.data(), end);
    ++i;
  }
  return text;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    Octets octets;
    return read_v4(text, octets) ? from_bytes(Bytes(octets.bytes).first(v4_size)) : std::nullopt;
  }
  const std::optional<Octets> octets = parse_v6(text);
  return octets ? from_bytes(octets->bytes) : std::nullopt;
}

std::optional<Address> Address::from_bytes(Bytes bytes) {
  if (bytes.size() != v4_size && bytes.size() != v6_size) {
    return std::nullopt;
  }
  Address address;
  address.size_ = static_cast<std::uint8_t>(bytes.size());
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

std::string Address::text() const { return size_ == v4_size ? v4_text(bytes()) : v6_text(bytes()); }

}  // namespace handfast::x509
