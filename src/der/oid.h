// Object identifiers, written as the documents write them and encoded while compiling.
#pragma once

#include "der/reader.h"
#include "handfast/bytes.h"

#include <array>
#include <cstdint>
#include <initializer_list>

namespace handfast::der {

/// The value part of an OBJECT IDENTIFIER. Compared as a whole: an identifier is never a prefix of
/// another.
class Oid {
 public:
  /// `Oid{2, 5, 29, 15}` is 2.5.29.15.
  consteval Oid(std::initializer_list<std::uint32_t> arcs) {
    const std::uint32_t* arc = arcs.begin();
    append(40 * arc[0] + arc[1]);
    for (arc += 2; arc != arcs.end(); ++arc) {
      append(*arc);
    }
  }

  [[nodiscard]] constexpr Bytes bytes() const { return Bytes(bytes_).first(size_); }

  friend bool operator==(const Oid& oid, Bytes value) { return equal(oid.bytes(), value); }

 private:
  consteval void append(std::uint32_t number) {
    unsigned septets = 1;
    while (septets < 5 && number >> (7 * septets) != 0) {
      ++septets;
    }
    while (septets-- > 0) {
      const std::uint32_t septet = number >> (7 * septets) & 0x7fU;
      bytes_[size_++] = static_cast<std::uint8_t>(septet | (septets > 0 ? 0x80U : 0U));
    }
  }

  std::array<std::uint8_t, 11> bytes_{};
  std::uint8_t size_ = 0;
};

}  // namespace handfast::der
