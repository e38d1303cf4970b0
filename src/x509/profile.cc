#include "x509/profile.h"

#include "der/reader.h"
#include "x509/address.h"
#include "x509/distinguished_name.h"
#include "x509/extensions.h"
#include "x509/oids.h"

#include <algorithm>
#include <string>

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

constexpr UnixTime year_2050 = {2'524'608'000};

bool is_critical(const Certificate& certificate, const der::Oid& extension) {
  return (certificate.critical_extensions >> extension.bytes().back() & 1) != 0;
}

bool is_authority(const Certificate& certificate) {
  return certificate.basic_constraints && certificate.basic_constraints->is_authority;
}

// RFC 5280 §4.1.2.2: "The serial number MUST be a positive integer"
bool is_positive(Bytes serial) {
  return (serial[0] & 0x80U) == 0 &&
         std::ranges::any_of(serial, [](std::uint8_t octet) { return octet != 0; });
}

// RFC 5280 §4.1.2.5: dates through the year 2049 are UTCTime, later ones GeneralizedTime.
bool are_dates_in_form(const Certificate& certificate) {
  Reader outer(certificate.signed_part);
  Reader fields(outer.read(Tag::sequence));
  fields.read(der::context_constructed(0));
  fields.any();  // serialNumber
  fields.any();  // signature
  fields.any();  // issuer
  Reader validity(fields.read(Tag::sequence));
  const auto is_in_form = [&](UnixTime date) {
    return validity.any().tag == (date < year_2050 ? Tag::utc_time : Tag::generalized_time);
  };
  return is_in_form(certificate.not_before) && is_in_form(certificate.not_after);
}

// RFC 5280 §4.2.1.1: all certificates name their issuer's key but those that sign themselves.
bool names_issuer_key(const Certificate& certificate) {
  return !certificate.authority_key_id.empty() || certificate.is_self_issued();
}

// RFC 5280 §4.2.1.2: "this extension MUST appear in all conforming CA certificates"
bool names_own_key(const Certificate& certificate) {
  return !certificate.subject_key_id.empty() || !is_authority(certificate);
}

// RFC 5280 §4.2.1.3: "If the keyCertSign bit is asserted, then the cA bit in the basic constraints
// extension (Section 4.2.1.9) MUST also be asserted."
bool is_key_usage_coherent(const Certificate& certificate) {
  const unsigned usage = certificate.key_usage.value_or(0);
  return (usage & static_cast<unsigned>(KeyUsage::key_cert_sign)) == 0 || is_authority(certificate);
}

// RFC 9881 §5: the keyUsage of an ML-DSA key MUST NOT have the bits of keys that encrypt or agree
// on others.
bool is_key_usage_fit(const Certificate& certificate) {
  constexpr unsigned not_for_signatures = static_cast<unsigned>(KeyUsage::key_encipherment) |
                                          static_cast<unsigned>(KeyUsage::data_encipherment) |
                                          static_cast<unsigned>(KeyUsage::key_agreement) |
                                          static_cast<unsigned>(KeyUsage::encipher_only) |
                                          static_cast<unsigned>(KeyUsage::decipher_only);
  const bool is_ml_dsa = certificate.key_kind == CertificateKey::ml_dsa_44 ||
                         certificate.key_kind == CertificateKey::ml_dsa_65 ||
                         certificate.key_kind == CertificateKey::ml_dsa_87;
  return !is_ml_dsa || (certificate.key_usage.value_or(0) & not_for_signatures) == 0;
}

// RFC 5280 §4.2.1.6, §4.2.1.9, §4.2.1.11, §4.2.1.14: what conforming CAs have to mark as critical.
bool is_critical_where_it_must(const Certificate& certificate) {
  const PolicyConstraints& policy = certificate.policy_constraints;
  const bool constrains_policy = policy.require_explicit_policy || policy.inhibit_policy_mapping;
  return (!is_authority(certificate) || is_critical(certificate, oid::basic_constraints)) &&
         (!constrains_policy || is_critical(certificate, oid::policy_constraints)) &&
         (!policy.inhibit_any_policy || is_critical(certificate, oid::inhibit_any_policy)) &&
         (!is_empty_name(certificate.subject) || is_critical(certificate, oid::subject_alt_name));
}

// RFC 5280 §4.2.1.6 has DNS names in the preferred name syntax, which has no underscores. Names in
// use have them.
bool are_names_preferred(const Certificate& certificate) {
  bool is_good = true;
  certificate.each_alt_name([&](std::uint8_t kind, Bytes value) {
    const bool is_dns = static_cast<NameKind>(kind) == NameKind::dns_name;
    is_good &= !is_dns || std::ranges::find(value, std::uint8_t{'_'}) == value.end();
  });
  return is_good;
}

// Who signed an anchor, and under which number, says nothing of it: it is trusted by name and key.
bool conforms(const Certificate& certificate, bool is_anchor) {
  return (is_anchor || (is_positive(certificate.serial) && names_issuer_key(certificate))) &&
         are_dates_in_form(certificate) && names_own_key(certificate) &&
         is_key_usage_coherent(certificate) && is_key_usage_fit(certificate) &&
         is_critical_where_it_must(certificate);
}

// RFC 5280 §4.2.1.10: "Conforming CAs MUST mark this extension as critical"
bool has_critical_constraints(const Certificate& certificate) {
  return !certificate.name_constraints_present || is_critical(certificate, oid::name_constraints);
}

// BR 7.1.2.1: the root CA certificate profile.
bool keeps_web_root(const Certificate& certificate) {
  const bool names_issuer_otherwise =
      !certificate.authority_cert_issuer.empty() || !certificate.authority_cert_serial.empty();
  const bool names_itself = certificate.authority_key_id.empty() ||
                            der::equal(certificate.authority_key_id, certificate.subject_key_id);
  return certificate.extended_key_usage.empty() && !names_issuer_otherwise &&
         (names_itself || !certificate.is_self_issued()) &&
         (!certificate.has_authority_key_id || !certificate.authority_key_id.empty());
}

// BR 7.1.2.7.10: serverAuth has to stand there, anyExtendedKeyUsage must not, and neither may it be
// critical. That the purpose asked for is there, the path check sees to.
bool keeps_web_purposes(const Certificate& leaf) {
  Reader purposes(leaf.extended_key_usage);
  bool has_any = false;
  while (!purposes.at_end()) {
    has_any |= oid::any_extended_key_usage == purposes.object_identifier();
  }
  return !leaf.extended_key_usage.empty() && !has_any &&
         !is_critical(leaf, oid::extended_key_usage);
}

// BR 7.1.2.7.12.
bool keeps_web_names(const Certificate& leaf) {
  return leaf.has_subject_alt_name && are_names_preferred(leaf) &&
         (is_empty_name(leaf.subject) || !is_critical(leaf, oid::subject_alt_name));
}

// How a certificate names what a common name denotes, if it does so at all.
struct AltNames {
  bool has_domain = false;  // a DNS name of several labels
  bool has_address = false;
  bool has_this = false;  // the common name, character for character, or a domain below it
};

AltNames alt_names_beside(const Certificate& leaf, Bytes common_name) {
  AltNames names;
  leaf.each_alt_name([&](std::uint8_t kind, Bytes value) {
    if (static_cast<NameKind>(kind) == NameKind::dns_name) {
      const bool is_below = value.size() > common_name.size() &&
                            value[value.size() - common_name.size() - 1] == '.' &&
                            der::equal(value.last(common_name.size()), common_name);
      names.has_domain |= std::ranges::find(value, std::uint8_t{'.'}) != value.end();
      names.has_this |= der::equal(value, common_name) || is_below;
    } else if (static_cast<NameKind>(kind) == NameKind::ip_address) {
      const std::optional<Address> address = Address::from_bytes(value);
      names.has_address = true;
      names.has_this |= address && std::ranges::equal(address->text(), common_name);
    }
  });
  return names;
}

bool looks_like_address(Bytes text) {
  const bool is_numeric = std::ranges::all_of(text, [](std::uint8_t c) {
    const auto lower = static_cast<std::uint8_t>(c | 0x20U);
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f') || lower == 'x' || c == '.';
  });
  const bool starts_with_digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
  return std::ranges::find(text, std::uint8_t{':'}) != text.end() ||
         (is_numeric && starts_with_digit);
}

bool looks_like_domain(Bytes text) {
  return std::ranges::find(text, std::uint8_t{'.'}) != text.end() &&
         std::ranges::find(text, std::uint8_t{' '}) == text.end();
}

// BR 7.1.4.3 has a common name repeat one of the subjectAltNames, a domain
// "character-for-character" and an address in its one text form. Nobody looks at it here; held to
// is what could be taken for another name of the same kind.
bool keeps_web_common_name(const Certificate& leaf) {
  Attributes subject(leaf.subject);
  while (const std::optional<Attribute> attribute = subject.next()) {
    if (oid::common_name != attribute->type) {
      continue;
    }
    const AltNames names = alt_names_beside(leaf, attribute->value);
    const bool is_rival = looks_like_address(attribute->value)
                              ? names.has_address
                              : looks_like_domain(attribute->value) && names.has_domain;
    if (is_rival && !names.has_this) {
      return false;
    }
  }
  return true;
}

bool keeps_web(const Certificate& certificate, Role role) {
  if (role == Role::leaf) {
    return keeps_web_purposes(certificate) && keeps_web_names(certificate) &&
           keeps_web_common_name(certificate);
  }
  return certificate.key_usage && (role != Role::anchor || keeps_web_root(certificate));
}

}  // namespace

bool keeps_profile(const Certificate& certificate, Role role, Profile profile) {
  switch (profile) {
    case Profile::internet:
    case Profile::tls: return true;
    case Profile::conforming:
      return conforms(certificate, role == Role::anchor) && has_critical_constraints(certificate);
    case Profile::pedantic:
      return conforms(certificate, false) && has_critical_constraints(certificate) &&
             are_names_preferred(certificate);
    case Profile::web:
      return conforms(certificate, role == Role::anchor) && keeps_web(certificate, role);
  }
  return false;
}

}  // namespace handfast::x509
