// Distinguished names: their form, when two are the same, and how people read them. RFC 5280
// §4.1.2.4, §7.1.
#pragma once

#include "der/oid.h"
#include "der/reader.h"
#include "handfast/bytes.h"

#include <cstdint>
#include <optional>
#include <string>

namespace handfast::x509 {

/// Reads a Name and gives its DER with the header; fails the reader for a form that a Name cannot
/// have.
Bytes read_name(der::Reader& reader);

[[nodiscard]] bool is_empty_name(Bytes name);

/// Whether two Names name the same: attribute by attribute, in order. Values of PrintableString,
/// UTF8String, IA5String, BMPString and UniversalString are compared by their characters, without
/// regard to ASCII case and to how much white space stands where; others as bytes. (RFC 5280 §7.1
/// asks for full string preparation; nobody but a test suite issues names that need it.)
[[nodiscard]] bool same_name(Bytes a, Bytes b);

/// Equal for Names that are the same; to look them up by.
[[nodiscard]] std::uint64_t hash_name(Bytes name);

/// Whether `name` begins with the RDNs of `base`, which is how directory names lie within a
/// subtree. RFC 5280 §4.2.1.10.
[[nodiscard]] bool is_within_name(Bytes name, Bytes base);

/// Whether `name` might begin with the RDNs of `base`, for a base that is excluded: what differs
/// only in the type of its text, in the order within an RDN, or in characters beyond ASCII, counts
/// as the same, lest an exclusion be dodged by a spelling.
[[nodiscard]] bool may_be_within_name(Bytes name, Bytes base);

/// One AttributeTypeAndValue.
struct Attribute {
  bool starts_rdn =
      false;  ///< else it belongs to the one before: a relative name of several values
  Bytes type;
  der::Tag tag{};
  Bytes value;
};

/// Walks over the attributes of a Name that `read_name` let through, and of a relative name that
/// continues it.
class Attributes {
 public:
  /// `relative` is the content of a RelativeDistinguishedName's SET; empty: there is none.
  explicit Attributes(Bytes name, Bytes relative = {});

  std::optional<Attribute> next();

 private:
  der::Reader sequence_;
  der::Reader set_;
  Bytes relative_;
};

/// Whether both walks give the same attributes, compared as `same_name` does.
[[nodiscard]] bool same_attributes(Attributes a, Attributes b);

}  // namespace handfast::x509
