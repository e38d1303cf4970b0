// Reader: the only way to touch a peer's bytes. Every read is checked; the first bad one sticks.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace handfast::codec {

/// A cursor over received bytes. A read past the end, or a length outside its bounds, gives zero or
/// an empty view and makes the reader bad for good, so that a parser reads straight through and
/// asks `finish` once.
///
///   Reader in(body);
///   const auto version = in.number<std::uint16_t>();
///   const Bytes cookie = in.vector(1, 0xffff);
///   if (auto done = in.finish(); !done) { ... }
///
/// Views it returns lie in the bytes it was given. Confined: one thread at a time.
class Reader {
 public:
  explicit Reader(Bytes bytes) : all_(bytes) {}

  /// The next `Width` bytes, big endian. RFC 9846 §3.3.
  template <std::size_t Width>
  std::uint32_t big_endian() {
    static_assert(Width >= 1 && Width <= 4);
    const Bytes field = take(Width);
    std::uint32_t value = 0;
    for (const std::uint8_t byte : field) {
      value = (value << 8) | byte;
    }
    return value;
  }

  /// The next number of type T.
  template <std::unsigned_integral T>
  T number() {
    return static_cast<T>(big_endian<sizeof(T)>());
  }

  /// The next `size` bytes.
  Bytes take(std::size_t size) {
    if (!good() || size > left()) {
      spoil(Reason::message_truncated);
      return {};
    }
    const Bytes field = all_.subspan(at_, size);
    at_ += size;
    return field;
  }

  /// A vector `T name<least..most>`: a length prefix as wide as `most` needs, then so many bytes.
  /// RFC 9846 §3.4.
  Bytes vector(std::size_t least, std::size_t most) {
    const std::size_t size = length_prefix(most);
    if (good() && (size < least || size > most)) {
      spoil(Reason::value_out_of_bounds);
      return {};
    }
    return take(size);
  }

  /// Everything that is left.
  Bytes rest() { return take(left()); }

  [[nodiscard]] std::size_t left() const { return all_.size() - at_; }

  /// How many bytes have been read: the offset of the next field.
  [[nodiscard]] std::size_t offset() const { return at_; }

  [[nodiscard]] bool good() const { return reason_ == Reason::count; }

  /// Makes the reader bad, for a rule that only its user knows; the first reason stays.
  void spoil(Reason reason) {
    if (good()) {
      reason_ = reason;
      at_ = all_.size();
    }
  }

  /// Whether every read was good, whatever is left. Fails: the first reason.
  [[nodiscard]] Result<> check() const {
    if (!good()) {
      return fail(reason_);
    }
    return {};
  }

  /// RFC 9846 §6.2, decode_error: a message that is not read to its last byte is as wrong as a
  /// short one. Fails: message_leftover, or the first reason.
  [[nodiscard]] Result<> finish() const {
    if (good() && left() != 0) {
      return fail(Reason::message_leftover);
    }
    return check();
  }

 private:
  std::size_t length_prefix(std::size_t most) {
    if (most > 0xffff) {
      return big_endian<3>();
    }
    return most > 0xff ? big_endian<2>() : big_endian<1>();
  }

  Bytes all_;
  std::size_t at_ = 0;
  Reason reason_ = Reason::count;  // `count`: nothing went wrong
};

}  // namespace handfast::codec
