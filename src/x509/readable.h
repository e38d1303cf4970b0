// A peer's text made fit for people: letters stay, everything that could steer a terminal or play
// another text is escaped.
#pragma once

#include "der/reader.h"
#include "handfast/bytes.h"

#include <cstdint>
#include <string>

namespace handfast::x509 {

enum class Escape : std::uint8_t {
  plain,    ///< a backslash before backslashes only
  rfc4514,  ///< also before what separates in a distinguished name, RFC 4514 §2.4
};

/// The characters of an ASN.1 string of type `tag`. Printable ASCII and the letters of the usual
/// scripts stay as they are, in UTF-8; control, formatting and combining characters, bytes that are
/// no character, and strings of other types become "\" and two hexadecimal digits for each byte.
[[nodiscard]] std::string readable(der::Tag tag, Bytes value, Escape escape);

/// An OBJECT IDENTIFIER's value as "1.2.840"; hexadecimal digits if a number is beyond 64 bits.
[[nodiscard]] std::string dotted(Bytes oid);

/// At most 256 characters or so: longer texts are cut, with "..." at the end.
[[nodiscard]] std::string shortened(std::string text);

}  // namespace handfast::x509
