#include "x509/distinguished_name.h"

#include "base/limits.h"

#include <algorithm>
#include <array>
#include <utility>

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

// Text of these types may be written in one type here and in another there, and still be the same.
// (TeletexString is not among them: nobody agrees on what its octets above 0x7f mean.)
bool is_text(Tag tag) {
  return tag == Tag::printable_string || tag == Tag::utf8_string || tag == Tag::ia5_string ||
         tag == Tag::bmp_string || tag == Tag::universal_string;
}

// A value as the characters that it stands for.
class Characters {
 public:
  Characters(Tag tag, Bytes text)
      : width_(tag == Tag::universal_string ? 4
               : tag == Tag::bmp_string     ? 2
                                            : 1),
        is_utf8_(tag == Tag::utf8_string), rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  // The next code point. Octets that are no character of the type stand for themselves, beyond all
  // code points, so that they equal nothing else.
  std::uint32_t next() {
    const std::size_t size = is_utf8_ ? utf8_size() : width_;
    if (size != 0 && rest_.size() >= size) {
      const Bytes octets = rest_.first(size);
      const std::uint32_t code = is_utf8_ ? from_utf8(octets) : from_big_endian(octets);
      if (is_code_point(code) && (!is_utf8_ || code >= least_in_utf8[size])) {
        rest_ = rest_.subspan(size);
        return code;
      }
    }
    const std::uint32_t octet = rest_.front();
    rest_ = rest_.subspan(1);
    return largest_code_point + 1 + octet;
  }

 private:
  // How many octets the UTF-8 character has that begins here; 0: none does.
  [[nodiscard]] std::size_t utf8_size() const {
    const std::uint8_t first = rest_[0];
    const std::size_t size = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
    const bool is_whole =
        size <= rest_.size() &&
        std::ranges::all_of(rest_.first(size).subspan(size > 0 ? 1 : 0),
                            [](std::uint8_t octet) { return (octet & 0xc0U) == 0x80; });
    return is_whole ? size : 0;
  }

  static std::uint32_t from_utf8(Bytes octets) {
    std::uint32_t code = octets.size() == 1 ? octets[0] : octets[0] & (0x7fU >> octets.size());
    for (const std::uint8_t octet : octets.subspan(1)) {
      code = code << 6 | (octet & 0x3fU);
    }
    return code;
  }

  static std::uint32_t from_big_endian(Bytes octets) {
    std::uint32_t value = 0;
    for (const std::uint8_t octet : octets) {
      value = value << 8 | octet;
    }
    return value;
  }

  // Surrogates are no characters, RFC 3629 §3.
  static bool is_code_point(std::uint32_t code) {
    return code <= largest_code_point && (code < 0xd800 || code > 0xdfff);
  }

  static constexpr std::uint32_t largest_code_point = 0x10ffff;

  // By the number of octets: what would fit into fewer has another form, RFC 3629 §3.
  static constexpr std::array<std::uint32_t, 5> least_in_utf8 = {0, 0, 0x80, 0x800, 0x10000};

  std::size_t width_;
  bool is_utf8_;
  Bytes rest_;
};

// The characters of a value as they are compared: lower case, no white space at the ends, single
// within.
class Folded {
 public:
  static constexpr std::uint32_t end = 0xffffffff;

  Folded(Tag tag, Bytes text) : rest_(tag, text) { skip_spaces(); }

  // The next character, or `end`, which no character is: not even NUL ends a name early.
  std::uint32_t next() {
    if (!ahead_) {
      return end;
    }
    const std::uint32_t c = *ahead_;
    advance();
    if (c == ' ') {
      skip_spaces_ahead();
      return ahead_ ? ' ' : end;
    }
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }

 private:
  void advance() { ahead_ = rest_.at_end() ? std::nullopt : std::optional(rest_.next()); }

  void skip_spaces() {
    advance();
    skip_spaces_ahead();
  }

  void skip_spaces_ahead() {
    while (ahead_ == std::uint32_t{' '}) {
      advance();
    }
  }

  Characters rest_;
  std::optional<std::uint32_t> ahead_;
};

bool same_text(const Attribute& a, const Attribute& b) {
  if (a.tag == b.tag && der::equal(a.value, b.value)) {
    return true;
  }
  Folded left(a.tag, a.value);
  Folded right(b.tag, b.value);
  while (true) {
    const std::uint32_t character = left.next();
    if (character != right.next()) {
      return false;
    }
    if (character == Folded::end) {
      return true;
    }
  }
}

bool same_attribute(const Attribute& a, const Attribute& b) {
  if (a.starts_rdn != b.starts_rdn || !der::equal(a.type, b.type)) {
    return false;
  }
  return is_text(a.tag) && is_text(b.tag) ? same_text(a, b)
                                          : a.tag == b.tag && der::equal(a.value, b.value);
}

bool is_any_text(Tag tag) {
  return is_text(tag) || tag == Tag::teletex_string || tag == Tag::numeric_string ||
         tag == Tag::visible_string || tag == Tag::general_string;
}

// Different only if the first characters that differ are of ASCII, and can be seen: of what lies
// beyond nobody knows here what folds to what, and RFC 4518 §2.2 has spaces or nothing for
// controls.
bool may_be_same_text(const Attribute& a, const Attribute& b) {
  Folded left(a.tag, a.value);
  Folded right(b.tag, b.value);
  while (true) {
    const std::uint32_t one = left.next();
    const std::uint32_t other = right.next();
    if (one != other) {
      const auto is_clear = [](std::uint32_t c) {
        return (c >= ' ' && c < 0x7f) || c == Folded::end;
      };
      return !is_clear(one) || !is_clear(other);
    }
    if (one == Folded::end) {
      return true;
    }
  }
}

bool may_be_same_attribute(const Attribute& a, const Attribute& b) {
  if (!der::equal(a.type, b.type)) {
    return false;
  }
  return der::equal(a.value, b.value) ||
         (is_any_text(a.tag) && is_any_text(b.tag) && may_be_same_text(a, b));
}

Attribute read_attribute(Reader& set) {
  Attribute attribute;
  set.inside(Tag::sequence, [&](Reader& fields) {
    attribute.type = fields.object_identifier();
    const der::Element value = fields.any();
    attribute.tag = value.tag;
    attribute.value = value.content;
  });
  return attribute;
}

std::size_t count_attributes(Bytes set) {
  std::size_t count = 0;
  for (Reader reader(set); !reader.at_end(); ++count) {
    reader.any();
  }
  return count;
}

// Whether `set` has an attribute that may be `wanted`.
bool may_have(Bytes set, const Attribute& wanted) {
  Reader reader(set);
  bool found = false;
  while (!reader.at_end() && !found) {
    found = may_be_same_attribute(read_attribute(reader), wanted);
  }
  return found;
}

bool may_be_same_rdn(Bytes set, Bytes base) {
  bool is_same = count_attributes(set) == count_attributes(base);
  Reader wanted(base);
  while (!wanted.at_end() && is_same) {
    is_same = may_have(set, read_attribute(wanted));
  }
  return is_same;
}

// FNV-1a, 64 bits: for looking up only, whatever is found is compared.
class NameHash {
 public:
  void add(std::uint32_t character) { state_ = (state_ ^ character) * 0x100000001b3; }

  void add(Bytes octets) {
    for (const std::uint8_t octet : octets) {
      add(std::uint32_t{octet});
    }
  }

  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace

Bytes read_name(Reader& reader) {
  const Bytes name = reader.whole(Tag::sequence);
  Reader outer(name);
  outer.inside(Tag::sequence, [](Reader& rdns) {
    while (!rdns.at_end()) {
      rdns.inside(Tag::set, [](Reader& set) {
        set.require(!set.at_end());
        Bytes before;
        for (std::size_t count = 0; !set.at_end(); ++count) {
          set.require(count < limits::attributes_in_rdn);
          const Bytes attribute = set.rest();
          set.inside(Tag::sequence, [](Reader& fields) {
            fields.object_identifier();
            fields.any();
          });
          const Bytes whole = attribute.first(attribute.size() - set.rest().size());
          // X.690 §11.6: the elements of a SET OF ascend.
          set.require(std::ranges::lexicographical_compare(before, whole));
          before = whole;
        }
      });
    }
  });
  reader.require(outer.complete());
  return name;
}

bool is_empty_name(Bytes name) { return Reader(name).read(Tag::sequence).empty(); }

bool same_name(Bytes a, Bytes b) {
  if (der::equal(a, b)) {
    return true;
  }
  return same_attributes(Attributes(a), Attributes(b));
}

bool same_attributes(Attributes a, Attributes b) {
  while (true) {
    const std::optional<Attribute> one = a.next();
    const std::optional<Attribute> other = b.next();
    if (!one || !other) {
      return !one && !other;
    }
    if (!same_attribute(*one, *other)) {
      return false;
    }
  }
}

std::uint64_t hash_name(Bytes name) {
  NameHash hash;
  Attributes attributes(name);
  while (const std::optional<Attribute> attribute = attributes.next()) {
    hash.add(attribute->type);
    if (!is_text(attribute->tag)) {
      hash.add(attribute->value);
      continue;
    }
    Folded text(attribute->tag, attribute->value);
    for (std::uint32_t c = text.next(); c != Folded::end; c = text.next()) {
      hash.add(c);
    }
  }
  return hash.value();
}

bool is_within_name(Bytes name, Bytes base) {
  Attributes longer(name);
  Attributes shorter(base);
  while (const std::optional<Attribute> wanted = shorter.next()) {
    const std::optional<Attribute> attribute = longer.next();
    if (!attribute || !same_attribute(*attribute, *wanted)) {
      return false;
    }
  }
  const std::optional<Attribute> after = longer.next();
  return !after || after->starts_rdn;
}

bool may_be_within_name(Bytes name, Bytes base) {
  Reader longer(Reader(name).read(Tag::sequence));
  Reader shorter(Reader(base).read(Tag::sequence));
  while (!shorter.at_end()) {
    if (longer.at_end() || !may_be_same_rdn(longer.read(Tag::set), shorter.read(Tag::set))) {
      return false;
    }
  }
  return true;
}

Attributes::Attributes(Bytes name, Bytes relative)
    : sequence_(Reader(name).read(Tag::sequence)), set_({}), relative_(relative) {}

std::optional<Attribute> Attributes::next() {
  Attribute attribute;
  if (set_.at_end()) {
    if (!sequence_.at_end()) {
      set_ = Reader(sequence_.read(Tag::set));
    } else if (!relative_.empty()) {
      set_ = Reader(std::exchange(relative_, {}));
    } else {
      return std::nullopt;
    }
    attribute.starts_rdn = true;
  }
  const bool starts_rdn = attribute.starts_rdn;
  attribute = read_attribute(set_);
  attribute.starts_rdn = starts_rdn;
  if (set_.failed()) {
    return std::nullopt;
  }
  return attribute;
}

}  // namespace handfast::x509
