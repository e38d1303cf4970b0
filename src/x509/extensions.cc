#include "x509/extensions.h"

#include "base/limits.h"
#include "x509/distinguished_name.h"
#include "x509/name_constraints.h"
#include "x509/oids.h"

#include <algorithm>
#include <array>

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

// RFC 5280 §4.2.1.9.
void read_basic_constraints(Reader& value, Certificate& certificate) {
  BasicConstraints constraints;
  value.inside(Tag::sequence, [&](Reader& sequence) {
    constraints.is_authority = sequence.boolean_default_false();
    if (sequence.peek() == Tag::integer) {
      constraints.path_length = static_cast<std::uint8_t>(sequence.small_integer(0xff));
      // "CAs MUST NOT include the pathLenConstraint field unless the cA boolean is asserted"
      sequence.require(constraints.is_authority);
    }
  });
  certificate.basic_constraints = constraints;
}

// RFC 5280 §4.2.1.3.
void read_key_usage(Reader& value, Certificate& certificate) {
  certificate.key_usage = value.named_bits();
  // "When the keyUsage extension appears in a certificate, at least one of the bits MUST be set
  // to 1."
  value.require(*certificate.key_usage != 0);
}

// RFC 5280 §4.2.1.12: SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER.
void read_extended_key_usage(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& purposes) {
    purposes.require(!purposes.at_end());
    certificate.extended_key_usage = purposes.rest();
    while (!purposes.at_end()) {
      purposes.object_identifier();
    }
  });
}

// RFC 5280 §4.2.1.6: SEQUENCE SIZE (1..MAX) OF GeneralName.
void read_subject_alt_name(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& names) {
    names.require(!names.at_end());
    certificate.subject_alt_name = names.rest();
    certificate.has_subject_alt_name = true;
    for (std::size_t count = 0; !names.at_end(); ++count) {
      const GeneralName name = read_general_name(names);
      const bool is_address = name.kind == NameKind::ip_address;
      names.require(!is_address || name.value.size() == 4 || name.value.size() == 16);
      names.require(count < limits::names_in_certificate);
    }
  });
}

void read_name_constraints(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& constraints) {
    certificate.name_constraints = constraints.rest();
    certificate.name_constraints_present = true;
    constraints.require(is_valid_name_constraints(constraints.rest()));
    while (!constraints.at_end()) {
      constraints.any();
    }
  });
}

// RFC 5280 §4.2.1.2.
void read_subject_key_id(Reader& value, Certificate& certificate) {
  certificate.subject_key_id = value.read(Tag::octet_string);
  value.require(!certificate.subject_key_id.empty());
}

// RFC 5280 §4.2.1.1: keyIdentifier, and issuer and serial number, which nobody needs here.
void read_authority_key_id(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& sequence) {
    certificate.authority_key_id = sequence.read_if(der::context(0)).value_or(Bytes{});
    const bool has_issuer = sequence.inside_if(der::context_constructed(1), [](Reader& names) {
      while (!names.at_end()) {
        read_general_name(names);
      }
    });
    const bool has_serial = sequence.read_if(der::context(2)).has_value();
    sequence.require(has_issuer == has_serial);
  });
}

// RFC 5280 §4.2.1.4. Known, since any policy will do here: a policy that is asked for is in
// policyConstraints, which is not known.
void read_certificate_policies(Reader& value, Certificate&) {
  value.inside(Tag::sequence, [](Reader& policies) {
    policies.require(!policies.at_end());
    while (!policies.at_end()) {
      policies.require(policies.any().tag == Tag::sequence);
    }
  });
}

// RFC 5280 §4.2.2.1: SEQUENCE SIZE (1..MAX) OF AccessDescription. Only its form counts: nothing is
// fetched.
void read_authority_info_access(Reader& value, Certificate&) {
  value.inside(Tag::sequence, [](Reader& descriptions) {
    descriptions.require(!descriptions.at_end());
    while (!descriptions.at_end()) {
      descriptions.inside(Tag::sequence, [](Reader& description) {
        description.object_identifier();
        read_general_name(description);
      });
    }
  });
}

enum class Critical : std::uint8_t { allowed, never };

struct Row {
  der::Oid oid;
  Critical critical;  // never: "MUST mark this extension as non-critical"
  void (*read)(Reader& value, Certificate& certificate);
};

constexpr std::array rows = {
    Row{oid::subject_key_identifier, Critical::never, read_subject_key_id},
    Row{oid::key_usage, Critical::allowed, read_key_usage},
    Row{oid::subject_alt_name, Critical::allowed, read_subject_alt_name},
    Row{oid::basic_constraints, Critical::allowed, read_basic_constraints},
    Row{oid::name_constraints, Critical::allowed, read_name_constraints},
    Row{oid::certificate_policies, Critical::allowed, read_certificate_policies},
    Row{oid::authority_key_identifier, Critical::never, read_authority_key_id},
    Row{oid::authority_info_access, Critical::never, read_authority_info_access},
    Row{oid::extended_key_usage, Critical::allowed, read_extended_key_usage},
};

struct Extension {
  Bytes id;
  bool is_critical = false;
  Bytes value;
};

Extension read_extension(Reader& extensions) {
  Extension extension;
  extensions.inside(Tag::sequence, [&](Reader& fields) {
    extension.id = fields.object_identifier();
    extension.is_critical = fields.boolean_default_false();
    extension.value = fields.read(Tag::octet_string);
  });
  return extension;
}

}  // namespace

void read_extensions(Reader& field, Certificate& certificate) {
  field.inside(Tag::sequence, [&](Reader& extensions) {
    extensions.require(!extensions.at_end());
    std::array<Bytes, limits::extensions_in_certificate> seen;
    for (std::size_t count = 0; !extensions.at_end(); ++count) {
      const Extension extension = read_extension(extensions);
      if (extensions.failed() || count == seen.size()) {
        extensions.fail();
        return;
      }
      // RFC 5280 §4.2: "A certificate MUST NOT include more than one instance of a particular
      // extension."
      const auto earlier = std::span(seen).first(count);
      extensions.require(
          std::ranges::none_of(earlier, [&](Bytes id) { return der::equal(id, extension.id); }));
      seen[count] = extension.id;

      const auto* row =
          std::ranges::find_if(rows, [&](const Row& known) { return known.oid == extension.id; });
      const bool may_be_critical = row != rows.end() && row->critical == Critical::allowed;
      certificate.unknown_critical_extension |= extension.is_critical && !may_be_critical;
      if (row == rows.end()) {
        continue;
      }
      Reader value(extension.value);
      row->read(value, certificate);
      extensions.require(value.complete());
    }
  });
}

GeneralName read_general_name(Reader& reader) {
  const der::Element next = reader.any();
  const auto tag = static_cast<unsigned>(next.tag);
  const auto kind = static_cast<NameKind>(tag & 0x1fU);
  switch (kind) {
    case NameKind::other_name:
    case NameKind::x400_address:
    case NameKind::edi_party_name: reader.require((tag & 0xe0U) == 0xa0); break;
    case NameKind::directory_name: {
      // A CHOICE is always EXPLICIT, so the Name stands inside with its own header.
      Reader inner(next.content);
      read_name(inner);
      reader.require((tag & 0xe0U) == 0xa0 && inner.complete());
      break;
    }
    case NameKind::rfc822_name:
    case NameKind::dns_name:
    case NameKind::uniform_resource_identifier:
      reader.require((tag & 0xe0U) == 0x80);
      reader.require(std::ranges::all_of(next.content, [](std::uint8_t c) { return c < 0x80; }));
      break;
    case NameKind::ip_address:
    case NameKind::registered_id: reader.require((tag & 0xe0U) == 0x80); break;
    default: reader.fail();
  }
  return reader.failed() ? GeneralName{} : GeneralName{kind, next.content};
}

}  // namespace handfast::x509
