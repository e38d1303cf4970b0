#include "x509/crl.h"

#include "base/limits.h"
#include "der/reader.h"
#include "x509/algorithm.h"
#include "x509/distinguished_name.h"
#include "x509/extension_list.h"
#include "x509/extensions.h"
#include "x509/oids.h"

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

constexpr std::size_t number_most = 20;  // octets, RFC 5280 §5.2.3

// RFC 5280 §5.2.3: "CRL verifiers MUST be able to handle CRLNumber values up to 20 octets."
Bytes read_number(Reader& value) {
  const Bytes number = value.unsigned_integer();
  value.require(number.size() <= number_most);
  return number;
}

// RFC 5280 §4.2.1.1, as far as lists are told apart by it.
Bytes read_key_id(Reader& value) {
  Bytes key_id;
  value.inside(Tag::sequence, [&](Reader& sequence) {
    key_id = sequence.read_if(der::context(0)).value_or(Bytes{});
    while (!sequence.at_end()) {
      sequence.any();
    }
  });
  return key_id;
}

bool read_flag(Reader& sequence, std::uint8_t number) {
  const std::optional<Bytes> content = sequence.read_if(der::context(number));
  // X.690 §11.5: false, the default, is left out; true has all bits set.
  sequence.require(!content || (content->size() == 1 && (*content)[0] == 0xff));
  return content.has_value();
}

IssuingDistributionPoint read_issuing_distribution_point(Reader& value) {
  IssuingDistributionPoint point;
  point.der = value.rest();
  value.inside(Tag::sequence, [&](Reader& fields) {
    // RFC 5280 §5.2.5: "Conforming CRLs issuers MUST NOT issue CRLs where the DER encoding of the
    // issuing distribution point extension is an empty sequence."
    fields.require(!fields.at_end());
    fields.inside_if(der::context_constructed(0),
                     [&](Reader& name) { point.name = read_distribution_point_name(name); });
    point.only_contains_user_certs = read_flag(fields, 1);
    point.only_contains_ca_certs = read_flag(fields, 2);
    if (fields.peek() == der::context(3)) {
      point.only_some_reasons = fields.named_bits(der::context(3));
    }
    point.indirect_crl = read_flag(fields, 4);
    point.only_contains_attribute_certs = read_flag(fields, 5);
    // Each excludes the others.
    fields.require(point.only_contains_user_certs + point.only_contains_ca_certs +
                       point.only_contains_attribute_certs <=
                   1);
  });
  return point;
}

// A list's own extensions, RFC 5280 §5.2. Says whether `id` is known and may be critical.
bool read_list_extension(Bytes id, Reader& value, Crl& crl) {
  if (oid::crl_number == id) {
    crl.number = read_number(value);
    return false;  // "MUST mark this extension as non-critical"
  }
  if (oid::delta_crl_indicator == id) {
    crl.base_number = read_number(value);
    return true;
  }
  if (oid::issuing_distribution_point == id) {
    crl.distribution_point = read_issuing_distribution_point(value);
    return true;
  }
  if (oid::authority_key_identifier == id) {
    crl.authority_key_id = read_key_id(value);
    return false;
  }
  return pass_over(value);
}

// RFC 5280 §5.3.1; 7 is not used.
RevocationReason read_reason(Reader& value) {
  const std::uint32_t number = value.small_integer(0xff, Tag::enumerated);
  value.require(number <= 10 && number != 7);
  return static_cast<RevocationReason>(number);
}

struct ReadEntry {
  CrlEntry entry;
  bool unknown_critical = false;
  bool has_extensions = false;
};

// An entry's extensions, RFC 5280 §5.3.
bool read_entry_extension(Bytes id, Reader& value, CrlEntry& entry) {
  if (oid::crl_reason == id) {
    entry.reason = read_reason(value);
    return false;
  }
  if (oid::invalidity_date == id) {
    value.require(value.peek() == Tag::generalized_time);
    entry.invalidity_date = value.time();
    return false;
  }
  if (oid::certificate_issuer == id) {
    value.inside(Tag::sequence, [&](Reader& names) {
      entry.certificate_issuer = names.rest();
      names.require(!names.at_end());
      while (!names.at_end()) {
        read_general_name(names);
      }
    });
    return true;
  }
  return pass_over(value);
}

ReadEntry read_entry(Reader& entries) {
  ReadEntry read;
  entries.inside(Tag::sequence, [&](Reader& fields) {
    read.entry.serial = fields.integer();
    read.entry.revoked_at = fields.time();
    read.has_extensions = fields.inside_if(Tag::sequence, [&](Reader& list) {
      read.unknown_critical = read_extension_list(list, [&](Bytes id, Reader& value) {
        return read_entry_extension(id, value, read.entry);
      });
    });
  });
  return read;
}

void read_entries(Reader& tbs, Crl& crl, bool& has_entry_extensions, bool& names_issuers) {
  tbs.inside(Tag::sequence, [&](Reader& entries) {
    // RFC 5280 §5.1.2.6: "When there are no revoked certificates, the revoked certificates list
    // MUST be absent."
    entries.require(!entries.at_end());
    crl.entries = entries.rest();
    while (!entries.at_end()) {
      const ReadEntry read = read_entry(entries);
      crl.unknown_critical_extension |= read.unknown_critical;
      has_entry_extensions |= read.has_extensions;
      names_issuers |= !read.entry.certificate_issuer.empty();
    }
  });
}

Bytes read_algorithm(Reader& reader) {
  const der::Element identifier = reader.any();
  reader.require(identifier.tag == Tag::sequence);
  return identifier.content;
}

bool is_time(std::optional<Tag> tag) {
  return tag == Tag::utc_time || tag == Tag::generalized_time;
}

// TBSCertList, RFC 5280 §5.1.2; gives its inner signature algorithm.
Bytes read_signed_part(Reader& tbs, Crl& crl) {
  crl.is_version_1 = tbs.peek() != Tag::integer;
  if (!crl.is_version_1) {
    constexpr std::uint32_t version_2 = 1;
    tbs.require(tbs.small_integer(0xff) == version_2);
  }
  const Bytes algorithm = read_algorithm(tbs);
  crl.issuer = read_name(tbs);
  crl.this_update = tbs.time();
  if (is_time(tbs.peek())) {
    crl.next_update = tbs.time();
    tbs.require(*crl.next_update >= crl.this_update);
  }
  bool has_entry_extensions = false;
  bool names_issuers = false;
  if (tbs.peek() == Tag::sequence) {
    read_entries(tbs, crl, has_entry_extensions, names_issuers);
  }
  const bool has_extensions = tbs.inside_if(der::context_constructed(0), [&](Reader& field) {
    field.inside(Tag::sequence, [&](Reader& list) {
      crl.unknown_critical_extension |= read_extension_list(
          list, [&](Bytes id, Reader& value) { return read_list_extension(id, value, crl); });
    });
  });
  // RFC 5280 §5.1.2.1: extensions make it version 2.
  tbs.require(!crl.is_version_1 || !(has_entry_extensions || has_extensions));
  // Only an indirect list may name the certificates of others.
  tbs.require(!names_issuers || crl.is_indirect());
  return algorithm;
}

}  // namespace

Result<Crl> Crl::parse(Bytes der) {
  Crl crl;
  Bytes inner_algorithm;
  Bytes outer_algorithm;
  Reader reader(der, limits::crl);
  reader.inside(Tag::sequence, [&](Reader& outer) {
    crl.signed_part = outer.whole(Tag::sequence);
    Reader signed_part(crl.signed_part, limits::crl);
    signed_part.inside(Tag::sequence,
                       [&](Reader& tbs) { inner_algorithm = read_signed_part(tbs, crl); });
    outer.require(signed_part.complete());
    outer_algorithm = read_algorithm(outer);
    crl.signature = outer.octets_in_bit_string();
  });
  // RFC 5280 §5.1.2.3: "The issuer field MUST contain a non-empty X.500 distinguished name (DN)."
  // §5.1.1.2: "This field MUST contain the same algorithm identifier as the signature field in the
  // sequence tbsCertList"
  if (!reader.complete() || is_empty_name(crl.issuer) ||
      !der::equal(inner_algorithm, outer_algorithm)) {
    return fail(Reason::crl_malformed);
  }
  crl.signature_algorithm = x509::signature_algorithm(outer_algorithm);
  return crl;
}

CrlEntries::CrlEntries(const Crl& crl) : CrlEntries(crl, 0) {}

CrlEntries::CrlEntries(const Crl& crl, std::size_t offset)
    : size_(crl.entries.size()), reader_(crl.entries.subspan(offset), limits::crl) {}

std::optional<CrlEntry> CrlEntries::next() {
  if (reader_.at_end()) {
    return std::nullopt;
  }
  return read_entry(reader_).entry;
}

}  // namespace handfast::x509
