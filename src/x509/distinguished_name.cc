#include "x509/distinguished_name.h"

#include <algorithm>
#include <array>
#include <utility>

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

// Text of these types may be written in one type here and in another there, and still be the same.
bool is_text(Tag tag) {
  return tag == Tag::printable_string || tag == Tag::utf8_string || tag == Tag::ia5_string;
}

// The characters of a value as they are compared: lower case, no white space at the ends, single
// within.
class Folded {
 public:
  static constexpr int end = -1;

  explicit Folded(Bytes text) : rest_(text) { skip_spaces(); }

  // The next character, or `end`, which no character is: not even NUL ends a name early.
  int next() {
    if (rest_.empty()) {
      return end;
    }
    const std::uint8_t c = rest_[0];
    rest_ = rest_.subspan(1);
    if (c == ' ') {
      skip_spaces();
      return rest_.empty() ? end : ' ';
    }
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() && rest_[0] == ' ') {
      rest_ = rest_.subspan(1);
    }
  }

  Bytes rest_;
};

bool same_text(Bytes a, Bytes b) {
  if (der::equal(a, b)) {
    return true;
  }
  Folded left(a);
  Folded right(b);
  while (true) {
    const int character = left.next();
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
  return is_text(a.tag) && is_text(b.tag) ? same_text(a.value, b.value)
                                          : a.tag == b.tag && der::equal(a.value, b.value);
}

// How many octets a character of this type has at least; 0: no text.
std::size_t character_size(Tag tag) {
  switch (tag) {
    case Tag::utf8_string:
    case Tag::printable_string:
    case Tag::teletex_string:
    case Tag::ia5_string:
    case Tag::numeric_string:
    case Tag::visible_string:
    case Tag::general_string: return 1;
    case Tag::bmp_string: return 2;
    case Tag::universal_string: return 4;
    default: return 0;
  }
}

// The text of a value of any type as far as it is ASCII, one octet a character. Values longer than
// the upper bounds of RFC 5280 §A.1 by far are no text here.
class AsciiText {
 public:
  AsciiText(Tag tag, Bytes value) {
    const std::size_t width = character_size(tag);
    is_ascii_ = width > 0 && value.size() % width == 0 && value.size() / width <= text_.size();
    for (std::size_t at = 0; is_ascii_ && at < value.size(); at += width) {
      const Bytes character = value.subspan(at, width);
      const bool is_wide = std::ranges::any_of(character.first(width - 1),
                                               [](std::uint8_t octet) { return octet != 0; });
      is_ascii_ = !is_wide && character.back() < 0x80;
      text_[size_++] = character.back();
    }
  }

  [[nodiscard]] bool is_ascii() const { return is_ascii_; }

  [[nodiscard]] Bytes text() const { return Bytes(text_).first(size_); }

 private:
  std::array<std::uint8_t, 1024> text_;
  std::size_t size_ = 0;
  bool is_ascii_;
};

// Different only if both can be read and say different things.
bool may_be_same_attribute(const Attribute& a, const Attribute& b) {
  if (!der::equal(a.type, b.type)) {
    return false;
  }
  const bool are_texts = character_size(a.tag) > 0 && character_size(b.tag) > 0;
  if (!are_texts || der::equal(a.value, b.value)) {
    return der::equal(a.value, b.value);
  }
  const AsciiText left(a.tag, a.value);
  const AsciiText right(b.tag, b.value);
  return !left.is_ascii() || !right.is_ascii() || same_text(left.text(), right.text());
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
  void add(std::uint8_t octet) { state_ = (state_ ^ octet) * 0x100000001b3; }

  void add(Bytes octets) {
    for (const std::uint8_t octet : octets) {
      add(octet);
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
        while (!set.at_end()) {
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
    Folded text(attribute->value);
    for (int c = text.next(); c != Folded::end; c = text.next()) {
      hash.add(static_cast<std::uint8_t>(c));
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
