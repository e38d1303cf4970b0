// der::Writer: makes DER, for certificates that we issue.
#pragma once

#include "der/oid.h"
#include "der/reader.h"
#include "handfast/bytes.h"
#include "handfast/time.h"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace handfast::der {

/// Appends DER elements to a growing buffer. What is nested is written by `inside`, which sets the
/// length afterwards. Values come out in the one form that `Reader` accepts.
///
/// Confined: one thread at a time.
class Writer {
 public:
  /// An element of primitive content.
  void element(Tag tag, Bytes content);

  void element(Tag tag, std::string_view content);

  /// Elements that are DER already.
  void raw(Bytes der);

  /// An element whose content `body(Writer&)` writes.
  template <class Body>
  void inside(Tag tag, Body&& body) {
    const std::size_t start = bytes_.size();
    std::forward<Body>(body)(*this);
    close(tag, start);
  }

  /// Nothing for false: X.690 §11.5 leaves out what is the default.
  void boolean_default_false(bool value);

  /// INTEGER of a magnitude, big endian, made positive and shortest.
  void unsigned_integer(Bytes magnitude);

  void small_integer(std::uint32_t number);

  /// BIT STRING of whole bytes.
  void bit_string(Bytes octets);

  /// BIT STRING with named bits: bit n is 1 << n.
  void named_bits(std::uint16_t bits);

  void object_identifier(const Oid& oid);

  /// UTCTime or GeneralizedTime, as RFC 5280 §4.1.2.5 chooses.
  void time(UnixTime time);

  /// GeneralizedTime, where nothing else may stand.
  void generalized_time(UnixTime time);

  [[nodiscard]] Bytes bytes() const { return bytes_; }

  /// What was written; the writer is empty afterwards.
  [[nodiscard]] std::vector<std::uint8_t> take() { return std::exchange(bytes_, {}); }

 private:
  void close(Tag tag, std::size_t start);

  std::vector<std::uint8_t> bytes_;
};

}  // namespace handfast::der
