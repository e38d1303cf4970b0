// Extensions of revocation lists and of OCSP responses. RFC 5280 §5.2, RFC 6960 §4.4.
#pragma once

#include "base/limits.h"
#include "der/reader.h"

#include <algorithm>
#include <array>
#include <span>

namespace handfast::x509 {

/// Reads the content of `Extensions`, which holds one at least and none twice. Calls
/// `read(id, value)` for each with a Reader that it must read to its end; it says whether it knows
/// the extension and lets it be critical. Gives whether a critical one was left unknown.
template <class Read>
bool read_extension_list(der::Reader& list, Read&& read) {
  bool is_unknown_critical = false;
  list.require(!list.at_end());
  std::array<Bytes, limits::extensions_in_certificate> seen;
  for (std::size_t count = 0; !list.at_end(); ++count) {
    Bytes id;
    bool is_critical = false;
    Bytes content;
    list.inside(der::Tag::sequence, [&](der::Reader& fields) {
      id = fields.object_identifier();
      is_critical = fields.boolean_default_false();
      content = fields.read(der::Tag::octet_string);
    });
    const auto earlier = std::span(seen).first(std::min(count, seen.size()));
    list.require(count < seen.size() &&
                 std::ranges::none_of(earlier, [&](Bytes other) { return der::equal(other, id); }));
    if (list.failed()) {
      return false;
    }
    seen[count] = id;
    der::Reader value(content);
    const bool may_be_critical = read(id, value);
    is_unknown_critical |= is_critical && !may_be_critical;
    list.require(value.complete());
  }
  return is_unknown_critical;
}

/// What nobody knows is passed over as it stands: the answer of `read` to another id.
inline bool pass_over(der::Reader& value) {
  value = der::Reader({});
  return false;
}

}  // namespace handfast::x509
