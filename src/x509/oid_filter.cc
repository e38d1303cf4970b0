#include "x509/oid_filter.h"

#include "der/reader.h"
#include "x509/oids.h"

namespace handfast::x509 {
namespace {

using der::Reader;
using der::Tag;

/// The value part of an OID in DER, empty where it is none.
Bytes identifier(Bytes oid) {
  Reader reader(oid);
  const Bytes value = reader.object_identifier();
  return reader.complete() ? value : Bytes{};
}

bool has_usage(const Certificate& leaf, Bytes values) {
  Reader reader(values);
  const std::uint16_t asked = reader.named_bits();
  return reader.complete() && (leaf.key_usage.value_or(0) & asked) == asked;
}

bool lists(Bytes purposes, Bytes wanted) {
  Reader list(purposes);
  while (!list.at_end()) {
    if (der::equal(list.object_identifier(), wanted)) {
      return true;
    }
  }
  return false;
}

bool has_purposes(const Certificate& leaf, Bytes values) {
  Reader reader(values);
  bool all = true;
  reader.inside(Tag::sequence, [&](Reader& asked) {
    while (!asked.at_end()) {
      const Bytes purpose = asked.object_identifier();
      all = all && lists(leaf.extended_key_usage, purpose);
    }
  });
  return reader.complete() && all;
}

}  // namespace

bool passes_filter(const Certificate& leaf, Bytes oid, Bytes values) {
  const Bytes extension = identifier(oid);
  // "all key usage bits asserted in the request are also asserted in the Key Usage certificate
  // extension"
  if (oid::key_usage == extension) {
    return has_usage(leaf, values);
  }
  // "all key purpose OIDs present in the request are also found in the Extended Key Usage
  // certificate extension"
  if (oid::extended_key_usage == extension) {
    return has_purposes(leaf, values);
  }
  return true;
}

bool asks_for_any_purpose(Bytes oid, Bytes values) {
  if (oid::extended_key_usage != identifier(oid)) {
    return false;
  }
  const Bytes purposes = Reader(values).read(Tag::sequence);
  return lists(purposes, oid::any_extended_key_usage.bytes());
}

}  // namespace handfast::x509
