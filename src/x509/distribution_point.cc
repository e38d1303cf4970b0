#include "x509/distribution_point.h"

#include "base/limits.h"
#include "x509/extensions.h"

namespace handfast::x509 {

namespace {

using der::Reader;

// SEQUENCE SIZE (1..MAX) OF GeneralName, its tag already read.
Bytes read_names(Reader& names) {
  names.require(!names.at_end());
  const Bytes content = names.rest();
  for (std::size_t count = 0; !names.at_end(); ++count) {
    read_general_name(names);
    names.require(count < limits::names_in_certificate);
  }
  return content;
}

}  // namespace

DistributionPointName read_distribution_point_name(Reader& reader) {
  using Kind = DistributionPointName::Kind;
  DistributionPointName name;
  if (reader.inside_if(der::context_constructed(0),
                       [&](Reader& names) { name.value = read_names(names); })) {
    name.kind = Kind::full_name;
    return name;
  }
  reader.inside(der::context_constructed(1), [&](Reader& attributes) {
    name.value = attributes.rest();
    attributes.require(!attributes.at_end());
    while (!attributes.at_end()) {
      attributes.inside(der::Tag::sequence, [](Reader& attribute) {
        attribute.object_identifier();
        attribute.any();
      });
    }
  });
  name.kind = Kind::relative_name;
  return name;
}

DistributionPoint read_distribution_point(Reader& reader) {
  DistributionPoint point;
  reader.inside(der::Tag::sequence, [&](Reader& fields) {
    fields.inside_if(der::context_constructed(0),
                     [&](Reader& name) { point.name = read_distribution_point_name(name); });
    if (fields.peek() == der::context(1)) {
      point.reasons = fields.named_bits(der::context(1));
    }
    fields.inside_if(der::context_constructed(2),
                     [&](Reader& names) { point.crl_issuer = read_names(names); });
    // RFC 5280 §4.2.1.13: "a DistributionPoint MUST NOT consist of only the reasons field; either
    // distributionPoint or cRLIssuer MUST be present."
    fields.require(point.name.kind != DistributionPointName::Kind::absent ||
                   !point.crl_issuer.empty());
  });
  return point;
}

}  // namespace handfast::x509
