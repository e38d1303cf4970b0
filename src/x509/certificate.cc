#include "handfast/certificate.h"

#include "base/limits.h"
#include "der/reader.h"
#include "x509/algorithm.h"
#include "x509/distinguished_name.h"
#include "x509/extensions.h"

namespace handfast {

namespace {

using der::Reader;
using der::Tag;

// RFC 5280 §4.1.2.1: [0] EXPLICIT INTEGER; 2 stands for version 3, absence for version 1.
bool is_version_3(Reader& tbs) {
  std::uint32_t version = 0;
  tbs.inside_if(der::context_constructed(0),
                [&](Reader& field) { version = field.small_integer(0xff); });
  return version == 2;
}

// RFC 5280 §4.1.2.2: "Conforming CAs MUST NOT use serialNumber values longer than 20 octets."
void read_serial(Reader& tbs, Certificate& certificate) {
  certificate.serial = tbs.integer();
  const bool has_sign_octet = certificate.serial.size() > 1 && certificate.serial[0] == 0;
  tbs.require(certificate.serial.size() <= (has_sign_octet ? 21U : 20U));
}

void read_validity(Reader& tbs, Certificate& certificate) {
  tbs.inside(Tag::sequence, [&](Reader& validity) {
    certificate.not_before = validity.time();
    certificate.not_after = validity.time();
  });
}

// RFC 5280 §4.1.2.8: IMPLICIT BIT STRINGs that nobody uses; passed over.
void skip_unique_identifiers(Reader& tbs) {
  for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}}) {
    if (const std::optional<Bytes> bits = tbs.read_if(der::context(number))) {
      tbs.require(!bits->empty() && (*bits)[0] < 8);
    }
  }
}

// What one field says of another.
bool is_coherent(const Certificate& certificate) {
  const bool is_authority =
      certificate.basic_constraints && certificate.basic_constraints->is_authority;
  // RFC 5280 §4.1.2.4: "The issuer field MUST contain a non-empty distinguished name (DN)."
  // §4.1.2.6 asks the same of an authority's subject, and §4.2.1.10 has name constraints only in
  // authorities.
  return !x509::is_empty_name(certificate.issuer) &&
         (!is_authority || !x509::is_empty_name(certificate.subject)) &&
         (is_authority || !certificate.name_constraints_present);
}

Bytes read_algorithm(Reader& reader) {
  const der::Element identifier = reader.any();
  reader.require(identifier.tag == Tag::sequence);
  return identifier.content;
}

}  // namespace

Result<Certificate> Certificate::parse(Bytes der) {
  Certificate certificate;
  certificate.der = der;
  bool version_is_3 = true;
  Bytes inner_algorithm;
  Bytes outer_algorithm;

  Reader reader(der);
  reader.inside(Tag::sequence, [&](Reader& outer) {
    certificate.signed_part = outer.whole(Tag::sequence);
    Reader signed_part(certificate.signed_part);
    signed_part.inside(Tag::sequence, [&](Reader& tbs) {
      version_is_3 = is_version_3(tbs);
      read_serial(tbs, certificate);
      inner_algorithm = read_algorithm(tbs);
      certificate.issuer = x509::read_name(tbs);
      read_validity(tbs, certificate);
      certificate.subject = x509::read_name(tbs);
      x509::read_public_key_info(tbs, certificate);
      skip_unique_identifiers(tbs);
      tbs.inside_if(der::context_constructed(3),
                    [&](Reader& field) { x509::read_extensions(field, certificate); });
    });
    outer.require(signed_part.complete());
    outer_algorithm = read_algorithm(outer);
    certificate.signature = outer.octets_in_bit_string();
  });

  // Asked first, since older versions differ in what may follow.
  if (!version_is_3) {
    return fail(Reason::certificate_version_invalid);
  }
  if (!reader.complete() || !is_coherent(certificate)) {
    return fail(Reason::certificate_malformed);
  }
  // RFC 5280 §4.1.1.2: "This field MUST contain the same algorithm identifier as the signature
  // field in the sequence tbsCertificate"
  if (!der::equal(inner_algorithm, outer_algorithm)) {
    return fail(Reason::certificate_algorithm_mismatch);
  }
  certificate.signature_algorithm = x509::signature_algorithm(outer_algorithm);
  return certificate;
}

bool Certificate::is_self_issued() const { return x509::same_name(issuer, subject); }

std::optional<Certificate::AltName> Certificate::next_alt_name(Bytes& rest) {
  Reader reader(rest);
  const der::Element next = reader.any();
  rest = reader.rest();
  if (reader.failed()) {
    return std::nullopt;
  }
  return AltName{static_cast<std::uint8_t>(static_cast<unsigned>(next.tag) & 0x1fU), next.content};
}

}  // namespace handfast
