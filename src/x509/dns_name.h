// DnsName: a DNS name in its one normal form, so that every comparison is of the same thing. RFC
// 9525 §6.3.
#pragma once

#include "handfast/bytes.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace handfast::x509 {

/// LDH labels in lower case, perhaps with a wildcard in front. Underscores are let through, as
/// names in use have them. 1 to 253 characters; labels have 1 to 63 and neither begin nor end with
/// a hyphen; the last label is not all digits, since what ends in a number is meant as an address.
///
/// A value; allocates nothing.
class DnsName {
 public:
  /// A name that somebody asks for: no wildcard; one trailing dot is taken off.
  static std::optional<DnsName> parse_asked(std::string_view text);

  /// A dNSName in a certificate: a trailing dot is malformed (RFC 5280 §4.2.1.6 has the preferred
  /// name syntax), and
  /// "*." may stand before a name of at least two labels.
  static std::optional<DnsName> parse_presented(Bytes text);

  /// Whether `text` can be the base of a name constraint: a name without wildcard, or nothing,
  /// which every name lies under. RFC 5280 §4.2.1.10.
  static bool is_base(Bytes text);

  [[nodiscard]] bool is_wildcard() const { return is_wildcard_; }

  /// The name without "*.".
  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

  /// Whether this presented name covers `asked`. A wildcard stands for exactly one whole left-most
  /// label. `asked` is in normal form.
  [[nodiscard]] bool covers(std::string_view asked) const;

  /// Whether every name that this one covers lies under `base`, which passed `is_base`; the base
  /// itself included.
  [[nodiscard]] bool is_under(Bytes base) const;

  /// Whether some name that this one covers lies under `base`.
  [[nodiscard]] bool may_be_under(Bytes base) const;

 private:
  template <class Text>
  bool read(const Text& text);

  std::array<char, 253> text_{};
  std::uint8_t size_ = 0;
  bool is_wildcard_ = false;
};

}  // namespace handfast::x509
