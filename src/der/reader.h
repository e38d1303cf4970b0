// der::Reader: the only way to the inside of a peer's DER. X.690 §8, §10, §11.
#pragma once

#include "base/limits.h"
#include "handfast/bytes.h"
#include "handfast/time.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace handfast::der {

/// Identifier octets, X.690 §8.1.2, as far as certificates need them; tag numbers above 30 do not
/// exist here.
enum class Tag : std::uint8_t {
  boolean = 0x01,
  integer = 0x02,
  bit_string = 0x03,
  octet_string = 0x04,
  null = 0x05,
  object_identifier = 0x06,
  enumerated = 0x0a,
  utf8_string = 0x0c,
  numeric_string = 0x12,
  printable_string = 0x13,
  teletex_string = 0x14,
  ia5_string = 0x16,
  utc_time = 0x17,
  generalized_time = 0x18,
  visible_string = 0x1a,
  general_string = 0x1b,
  universal_string = 0x1c,
  bmp_string = 0x1e,
  sequence = 0x30,
  set = 0x31,
};

/// [number] IMPLICIT of a primitive type.
[[nodiscard]] constexpr Tag context(std::uint8_t number) {
  return static_cast<Tag>(0x80U | number);
}

/// [number] EXPLICIT, or IMPLICIT of a SEQUENCE.
[[nodiscard]] constexpr Tag context_constructed(std::uint8_t number) {
  return static_cast<Tag>(0xa0U | number);
}

/// One element as it stood: views into the reader's bytes.
struct Element {
  Tag tag{};
  Bytes content;
  Bytes whole;  ///< with its header
};

/// Whether `a` and `b` are the same bytes, all of them.
[[nodiscard]] bool equal(Bytes a, Bytes b);

/// Whether `text` is one DER element and nothing else, down to its leaves: lengths minimal, nested
/// at most `limits::der_depth` deep, of at most `largest` bytes. Walks without recursion.
[[nodiscard]] bool is_well_formed(Bytes text, std::size_t largest = limits::der_element);

/// Reads DER elements one after the other. Strict: definite minimal lengths, at most
/// `limits::der_element` bytes an element, at most `limits::der_depth` deep, and every value in the
/// one form that DER allows.
///
/// A reader that failed stays failed: it stands at its end and gives out empty views and zeros, so
/// that a structure is read in a straight line and asked once, at the end, whether it was
/// `complete()`. What is nested is read by `inside`, which fails the outer reader if the inner one
/// failed or left something over.
///
/// A value; allocates nothing. The bytes must outlive the views that it gives out.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}

  /// For what is ours and may be longer: an element may have `largest` bytes, below 4 GiB.
  Reader(Bytes bytes, std::size_t largest) : rest_(bytes), largest_(largest) {}

  /// Whether everything was read and nothing was wrong.
  [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

  [[nodiscard]] bool failed() const { return failed_; }

  /// Whether nothing is left to read; always true once failed, so loops end.
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  /// What was not read yet.
  [[nodiscard]] Bytes rest() const { return rest_; }

  /// For the caller who finds a value that may not be.
  void fail();

  /// Fails unless `condition` holds.
  void require(bool condition) {
    if (!condition) {
      fail();
    }
  }

  /// The tag of the next element, if there is one.
  [[nodiscard]] std::optional<Tag> peek() const;

  /// The next element, whatever it is; well-formed down to its leaves.
  Element any();

  /// The content of the next element, which must have this tag.
  Bytes read(Tag tag) { return element(tag).content; }

  /// The next element with its header; it must have this tag.
  Bytes whole(Tag tag) { return element(tag).whole; }

  /// The content of the next element if it has this tag.
  std::optional<Bytes> read_if(Tag tag);

  /// Calls `body(Reader&)` for the content of the next element, which must have this tag and must
  /// be read to its end.
  template <class Body>
  void inside(Tag tag, Body&& body) {
    Reader inner(read(tag), largest_);
    inner.depth_ = depth_ + 1;
    inner.require(!failed_ && depth_ < depth_limit);
    if (!inner.failed_) {
      body(inner);
    }
    require(inner.complete());
  }

  /// The same if the next element has this tag; says whether it had.
  template <class Body>
  bool inside_if(Tag tag, Body&& body) {
    if (peek() != tag) {
      return false;
    }
    inside(tag, body);
    return true;
  }

  /// BOOLEAN, 00 or ff.
  bool boolean();

  /// BOOLEAN DEFAULT FALSE: absent, or true. X.690 §11.5: a value that is the default is left out.
  bool boolean_default_false();

  // The functions that take a tag take that of an IMPLICIT type.

  /// INTEGER in its shortest form: two's complement, big endian.
  Bytes integer(Tag tag = Tag::integer);

  /// INTEGER that is not negative, without the zero byte that may stand in front; zero itself is
  /// one byte.
  Bytes unsigned_integer(Tag tag = Tag::integer);

  /// INTEGER from 0 to `most`; larger ones read as `most`.
  std::uint32_t small_integer(std::uint32_t most, Tag tag = Tag::integer);

  /// BIT STRING of whole bytes.
  Bytes octets_in_bit_string();

  /// BIT STRING with named bits, at most 16: bit n is 1 << n. Zero bits at the end are let through
  /// against X.690 §11.2.2, as roots that everybody trusts have them in their key usage.
  std::uint16_t named_bits(Tag tag = Tag::bit_string);

  /// The value part of an OBJECT IDENTIFIER; compare with `Oid`.
  Bytes object_identifier();

  /// Time of RFC 5280 §4.1.2.5: UTCTime or GeneralizedTime, in seconds and Zulu.
  UnixTime time();

 private:
  static constexpr unsigned depth_limit = 16;

  Element header();
  Element element(Tag tag);

  Bytes rest_;
  std::size_t largest_ = limits::der_element;
  unsigned depth_ = 0;
  bool failed_ = false;
};

}  // namespace handfast::der
