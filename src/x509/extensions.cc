#include "x509/extensions.h"

#include "base/limits.h"
#include "x509/distinguished_name.h"
#include "x509/distribution_point.h"
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
Bytes read_general_names(Reader& value) {
  Bytes content;
  value.inside(Tag::sequence, [&](Reader& names) {
    names.require(!names.at_end());
    content = names.rest();
    for (std::size_t count = 0; !names.at_end(); ++count) {
      const GeneralName name = read_general_name(names);
      const bool is_address = name.kind == NameKind::ip_address;
      names.require(!is_address || name.value.size() == 4 || name.value.size() == 16);
      names.require(count < limits::names_in_certificate);
    }
  });
  return content;
}

void read_subject_alt_name(Reader& value, Certificate& certificate) {
  certificate.subject_alt_name = read_general_names(value);
  certificate.has_subject_alt_name = true;
}

// RFC 5280 §4.2.1.7. Lists of the issuer may go by these names, §6.3.3.
void read_issuer_alt_name(Reader& value, Certificate& certificate) {
  certificate.issuer_alt_name = read_general_names(value);
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

// RFC 5280 §4.2.1.1: keyIdentifier, and issuer and serial number, both or neither.
void read_authority_key_id(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& sequence) {
    certificate.has_authority_key_id = true;
    certificate.authority_key_id = sequence.read_if(der::context(0)).value_or(Bytes{});
    const bool has_issuer = sequence.inside_if(der::context_constructed(1), [&](Reader& names) {
      certificate.authority_cert_issuer = names.rest();
      while (!names.at_end()) {
        read_general_name(names);
      }
    });
    const std::optional<Bytes> serial = sequence.read_if(der::context(2));
    certificate.authority_cert_serial = serial.value_or(Bytes{});
    sequence.require(has_issuer == serial.has_value());
  });
}

// Where a policy is told to people: as an address or a notice. RFC 5280 §4.2.1.4 has the whole
// extension refused if it is critical and a qualifier is of another kind.
void read_policy_qualifiers(Reader& qualifiers, Certificate& certificate) {
  constexpr std::uint8_t arc = oid::certificate_policies.bytes().back();
  const bool is_critical = (certificate.critical_extensions >> arc & 1) != 0;
  qualifiers.require(!qualifiers.at_end());
  while (!qualifiers.at_end()) {
    qualifiers.inside(Tag::sequence, [&](Reader& qualifier) {
      const Bytes kind = qualifier.object_identifier();
      qualifier.any();
      certificate.unknown_critical_extension |=
          is_critical && oid::cps_qualifier != kind && oid::user_notice_qualifier != kind;
    });
  }
}

// RFC 5280 §4.2.1.4: SEQUENCE SIZE (1..MAX) OF PolicyInformation.
void read_certificate_policies(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& policies) {
    policies.require(!policies.at_end());
    certificate.certificate_policies = policies.rest();
    std::array<Bytes, limits::policies_in_certificate> seen;
    for (std::size_t count = 0; !policies.at_end(); ++count) {
      Bytes id;
      policies.inside(Tag::sequence, [&](Reader& policy) {
        id = policy.object_identifier();
        policy.inside_if(Tag::sequence, [&](Reader& qualifiers) {
          read_policy_qualifiers(qualifiers, certificate);
        });
      });
      if (policies.failed() || count == seen.size()) {
        policies.fail();
        return;
      }
      // "A certificate policy OID MUST NOT appear more than once in a certificate policies
      // extension."
      const auto earlier = std::span(seen).first(count);
      policies.require(
          std::ranges::none_of(earlier, [&](Bytes other) { return der::equal(other, id); }));
      seen[count] = id;
    }
  });
}

// RFC 5280 §4.2.1.5: SEQUENCE SIZE (1..MAX) OF pairs.
void read_policy_mappings(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& mappings) {
    mappings.require(!mappings.at_end());
    certificate.policy_mappings = mappings.rest();
    for (std::size_t count = 0; !mappings.at_end(); ++count) {
      mappings.require(count < limits::policies_in_certificate);
      mappings.inside(Tag::sequence, [](Reader& mapping) {
        const Bytes issuer_domain = mapping.object_identifier();
        const Bytes subject_domain = mapping.object_identifier();
        // "Policies MUST NOT be mapped either to or from the special value anyPolicy"
        mapping.require(oid::any_policy != issuer_domain && oid::any_policy != subject_domain);
      });
    }
  });
}

// A SkipCerts, RFC 5280 §4.2.1.11, under a context tag.
std::optional<std::uint8_t> read_skip_count(Reader& sequence, std::uint8_t number) {
  const der::Tag tag = der::context(number);
  if (sequence.peek() != tag) {
    return std::nullopt;
  }
  return static_cast<std::uint8_t>(sequence.small_integer(0xff, tag));
}

void read_policy_constraints(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& constraints) {
    // "Conforming CAs MUST NOT issue certificates where policy constraints is an empty sequence."
    constraints.require(!constraints.at_end());
    PolicyConstraints& policy = certificate.policy_constraints;
    policy.require_explicit_policy = read_skip_count(constraints, 0);
    policy.inhibit_policy_mapping = read_skip_count(constraints, 1);
  });
}

// RFC 5280 §4.2.1.14.
void read_inhibit_any_policy(Reader& value, Certificate& certificate) {
  certificate.policy_constraints.inhibit_any_policy =
      static_cast<std::uint8_t>(value.small_integer(0xff));
}

// RFC 5280 §4.2.1.13, §4.2.1.15: SEQUENCE SIZE (1..MAX) OF DistributionPoint.
Bytes read_distribution_points(Reader& value) {
  Bytes content;
  value.inside(Tag::sequence, [&](Reader& points) {
    points.require(!points.at_end());
    content = points.rest();
    for (std::size_t count = 0; !points.at_end(); ++count) {
      points.require(count < limits::distribution_points);
      read_distribution_point(points);
    }
  });
  return content;
}

void read_crl_distribution_points(Reader& value, Certificate& certificate) {
  certificate.crl_distribution_points = read_distribution_points(value);
}

void read_freshest_crl(Reader& value, Certificate& certificate) {
  certificate.freshest_crl = read_distribution_points(value);
}

// RFC 5280 §4.2.2.1: SEQUENCE SIZE (1..MAX) OF AccessDescription.
void read_authority_info_access(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& descriptions) {
    descriptions.require(!descriptions.at_end());
    certificate.authority_info_access = descriptions.rest();
    while (!descriptions.at_end()) {
      descriptions.inside(Tag::sequence, [](Reader& description) {
        description.object_identifier();
        read_general_name(description);
      });
    }
  });
}

// RFC 7633 §4.1: SEQUENCE OF INTEGER, extensions of TLS that a server with this certificate must
// answer. 5 is status_request; nobody uses others.
void read_tls_feature(Reader& value, Certificate& certificate) {
  value.inside(Tag::sequence, [&](Reader& features) {
    while (!features.at_end()) {
      constexpr std::uint32_t status_request = 5;
      certificate.must_staple |= features.small_integer(0xffff) == status_request;
    }
  });
}

void read_no_rev_avail(Reader& value, Certificate& certificate) {
  value.require(value.read(Tag::null).empty());
  certificate.no_revocation = true;
}

// RFC 9345 §4.2: DelegationUsage ::= NULL.
void read_delegation_usage(Reader& value, Certificate& certificate) {
  value.require(value.read(Tag::null).empty());
  certificate.delegation_usage = true;
}

void read_ocsp_no_check(Reader& value, Certificate& certificate) {
  value.require(value.read(Tag::null).empty());
  certificate.ocsp_no_check = true;
}

// RFC 6962 §3.3: an OCTET STRING within the extension's. What is in it is for whoever asks for
// transparency.
void read_signed_certificate_timestamps(Reader& value, Certificate& certificate) {
  certificate.signed_certificate_timestamps = value.read(Tag::octet_string);
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
    Row{oid::issuer_alt_name, Critical::allowed, read_issuer_alt_name},
    Row{oid::basic_constraints, Critical::allowed, read_basic_constraints},
    Row{oid::name_constraints, Critical::allowed, read_name_constraints},
    Row{oid::crl_distribution_points, Critical::allowed, read_crl_distribution_points},
    Row{oid::certificate_policies, Critical::allowed, read_certificate_policies},
    Row{oid::policy_mappings, Critical::allowed, read_policy_mappings},
    Row{oid::authority_key_identifier, Critical::never, read_authority_key_id},
    Row{oid::policy_constraints, Critical::allowed, read_policy_constraints},
    Row{oid::extended_key_usage, Critical::allowed, read_extended_key_usage},
    Row{oid::freshest_crl, Critical::never, read_freshest_crl},
    Row{oid::inhibit_any_policy, Critical::allowed, read_inhibit_any_policy},
    Row{oid::no_rev_avail, Critical::never, read_no_rev_avail},
    Row{oid::authority_info_access, Critical::never, read_authority_info_access},
    Row{oid::tls_feature, Critical::allowed, read_tls_feature},
    Row{oid::ocsp_no_check, Critical::allowed, read_ocsp_no_check},
    Row{oid::delegation_usage, Critical::never, read_delegation_usage},
    Row{oid::signed_certificate_timestamps, Critical::never, read_signed_certificate_timestamps},
};

// Whether the bit mask of critical extensions has a place for it: 2.5.29.n.
bool is_id_ce(Bytes id) { return id.size() == 3 && id[0] == 0x55 && id[1] == 0x1d && id[2] < 64; }

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
      if (extension.is_critical && is_id_ce(extension.id)) {
        certificate.critical_extensions |= std::uint64_t{1} << extension.id.back();
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
