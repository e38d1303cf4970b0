#include "der/reader.h"

#include "base/limits.h"
#include "der/time.h"

#include <algorithm>
#include <array>

namespace handfast::der {

static_assert(limits::der_depth == 16);

namespace {

constexpr std::uint8_t class_bits = 0xc0;
constexpr std::uint8_t constructed_bit = 0x20;
constexpr std::uint8_t high_tag_number = 0x1f;

bool is_constructed(Tag tag) { return (static_cast<std::uint8_t>(tag) & constructed_bit) != 0; }

// X.690 §10.2: strings are never constructed; of the universal types only SEQUENCE and SET are.
bool has_right_form(Tag tag) {
  const auto octet = static_cast<std::uint8_t>(tag);
  const bool is_collection = (octet & high_tag_number) == 16 || (octet & high_tag_number) == 17;
  return (octet & class_bits) != 0 || is_constructed(tag) == is_collection;
}

struct Header {
  Tag tag{};
  std::size_t size = 0;     // of the header itself
  std::size_t content = 0;  // that it announces
};

// The identifier and length octets at the start of `bytes`; nothing if they are not DER, or
// announce more than there is, or more than `largest`.
std::optional<Header> read_header(Bytes bytes, std::size_t largest = limits::der_element) {
  if (bytes.size() < 2 || (bytes[0] & high_tag_number) == high_tag_number ||
      !has_right_form(static_cast<Tag>(bytes[0]))) {
    return std::nullopt;
  }
  Header header{.tag = static_cast<Tag>(bytes[0]), .size = 2, .content = bytes[1]};
  if (bytes[1] >= 0x80) {
    // X.690 §10.1: the definite form in the fewest octets. 80 would be the indefinite form.
    const std::size_t octets = bytes[1] & 0x7fU;
    if (octets == 0 || octets > 4 || bytes.size() < 2 + octets) {
      return std::nullopt;
    }
    header.size = 2 + octets;
    header.content = 0;
    for (const std::uint8_t octet : bytes.subspan(2, octets)) {
      header.content = header.content << 8 | octet;
    }
    const std::size_t least = octets == 1 ? 0x80 : std::size_t{1} << (8 * (octets - 1));
    if (header.content < least || header.content > largest) {
      return std::nullopt;
    }
  }
  if (bytes.size() - header.size < header.content) {
    return std::nullopt;
  }
  return header;
}

}  // namespace

bool equal(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

bool is_well_formed(Bytes text, std::size_t largest) {
  std::array<Bytes, limits::der_depth + 1> open;  // what is left at each depth
  std::size_t depth = 0;
  open[0] = text;
  bool first = true;
  while (true) {
    if (open[depth].empty()) {
      if (depth == 0) {
        return !first;
      }
      --depth;
      continue;
    }
    if (depth == 0 && !first) {
      return false;
    }
    first = false;
    const std::optional<Header> header = read_header(open[depth], largest);
    if (!header) {
      return false;
    }
    const Bytes content = open[depth].subspan(header->size, header->content);
    open[depth] = open[depth].subspan(header->size + header->content);
    if (is_constructed(header->tag)) {
      if (depth == limits::der_depth) {
        return false;
      }
      open[++depth] = content;
    }
  }
}

void Reader::fail() {
  failed_ = true;
  rest_ = {};
}

std::optional<Tag> Reader::peek() const {
  return rest_.empty() ? std::nullopt : std::optional(static_cast<Tag>(rest_[0]));
}

Element Reader::any() {
  const Element next = header();
  if (is_constructed(next.tag)) {
    require(is_well_formed(next.whole, largest_));
  }
  return failed_ ? Element{} : next;
}

std::optional<Bytes> Reader::read_if(Tag tag) {
  if (peek() != tag) {
    return std::nullopt;
  }
  return read(tag);
}

bool Reader::boolean() {
  const Bytes content = read(Tag::boolean);
  // X.690 §11.1: true has all bits set.
  require(content.size() == 1 && (content[0] == 0x00 || content[0] == 0xff));
  return !failed_ && content[0] == 0xff;
}

bool Reader::boolean_default_false() {
  if (peek() != Tag::boolean) {
    return false;
  }
  require(boolean());
  return !failed_;
}

Bytes Reader::integer(Tag tag) {
  const Bytes content = read(tag);
  // X.690 §8.3.2: the first nine bits are neither all zero nor all one.
  const bool padded = content.size() > 1 && ((content[0] == 0x00 && content[1] < 0x80) ||
                                             (content[0] == 0xff && content[1] >= 0x80));
  require(!content.empty() && !padded);
  return failed_ ? Bytes{} : content;
}

Bytes Reader::unsigned_integer(Tag tag) {
  const Bytes value = integer(tag);
  require(!value.empty() && value[0] < 0x80);
  if (failed_) {
    return {};
  }
  return value.size() > 1 && value[0] == 0x00 ? value.subspan(1) : value;
}

std::uint32_t Reader::small_integer(std::uint32_t most, Tag tag) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : unsigned_integer(tag)) {
    number = std::min<std::uint64_t>(number << 8 | octet, most);
  }
  return static_cast<std::uint32_t>(number);
}

Bytes Reader::octets_in_bit_string() {
  const Bytes content = read(Tag::bit_string);
  require(!content.empty() && content[0] == 0);
  return failed_ ? Bytes{} : content.subspan(1);
}

std::uint16_t Reader::named_bits(Tag tag) {
  const Bytes content = read(tag);
  require(!content.empty() && content.size() <= 3 && content[0] < 8);
  if (failed_) {
    return 0;
  }
  const Bytes octets = content.subspan(1);
  // X.690 §11.2.1: the unused bits are zero, and there are some only in an octet that is there.
  const unsigned unused_mask = (1U << content[0]) - 1;
  require(octets.empty() ? unused_mask == 0 : (octets.back() & unused_mask) == 0);
  unsigned bits = 0;
  for (unsigned n = 0; !failed_ && n < 8 * octets.size(); ++n) {
    const unsigned bit = unsigned{octets[n / 8]} >> (7 - n % 8) & 1U;
    bits |= bit << n;
  }
  return static_cast<std::uint16_t>(bits);
}

Bytes Reader::object_identifier() {
  const Bytes content = read(Tag::object_identifier);
  // X.690 §8.19.2: each number in the fewest octets, so none begins with 80; the last octet ends
  // one.
  bool starts = true;
  for (const std::uint8_t octet : content) {
    require(!starts || octet != 0x80);
    starts = octet < 0x80;
  }
  require(!content.empty() && starts);
  return failed_ ? Bytes{} : content;
}

UnixTime Reader::time() {
  const Element next = header();
  const std::optional<UnixTime> time = next.tag == Tag::utc_time ? parse_utc_time(next.content)
                                       : next.tag == Tag::generalized_time
                                           ? parse_generalized_time(next.content)
                                           : std::nullopt;
  require(time.has_value());
  return time.value_or(UnixTime{});
}

Element Reader::header() {
  const std::optional<Header> header = read_header(rest_, largest_);
  if (!header) {
    fail();
    return {};
  }
  const Bytes whole = rest_.first(header->size + header->content);
  rest_ = rest_.subspan(whole.size());
  return {header->tag, whole.subspan(header->size), whole};
}

Element Reader::element(Tag tag) {
  if (peek() != tag) {
    fail();
    return {};
  }
  return header();
}

}  // namespace handfast::der
