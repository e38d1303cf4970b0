// What people read of a certificate. Nothing of a peer's comes out that could steer a terminal.

#include "der/time.h"
#include "handfast/certificate.h"
#include "x509/address.h"
#include "x509/algorithm.h"
#include "x509/distinguished_name.h"
#include "x509/extensions.h"
#include "x509/oids.h"
#include "x509/readable.h"
#include "x509/trust_texts.h"

#include <array>
#include <optional>

namespace handfast {

namespace {

struct AttributeName {
  der::Oid oid;
  std::string_view text;
};

// RFC 4514 §3 and what people expect beyond it.
constexpr std::array attribute_names = {
    AttributeName{x509::oid::common_name, "CN"},
    AttributeName{x509::oid::organization, "O"},
    AttributeName{x509::oid::organizational_unit, "OU"},
    AttributeName{x509::oid::country, "C"},
    AttributeName{x509::oid::state, "ST"},
    AttributeName{x509::oid::locality, "L"},
    AttributeName{x509::oid::street, "STREET"},
    AttributeName{x509::oid::domain_component, "DC"},
    AttributeName{x509::oid::user_id, "UID"},
    AttributeName{x509::oid::serial_number, "serialNumber"},
    AttributeName{x509::oid::title, "title"},
    AttributeName{x509::oid::given_name, "GN"},
    AttributeName{x509::oid::organization_identifier, "organizationIdentifier"},
    AttributeName{x509::oid::email_address, "emailAddress"},
};

// RFC 4514 §2.3: a type without a name is written as its number.
std::string type_text(Bytes type) {
  for (const AttributeName& row : attribute_names) {
    if (row.oid == type) {
      return std::string(row.text);
    }
  }
  return x509::dotted(type);
}

std::string rdn_text(const x509::Attribute& attribute) {
  return type_text(attribute.type) + "=" +
         x509::readable(attribute.tag, attribute.value, x509::Escape::rfc4514);
}

std::string first_alt_name(const Certificate& certificate) {
  std::string text;
  certificate.each_alt_name([&](std::uint8_t kind, Bytes value) {
    if (!text.empty()) {
      return;
    }
    const auto address = x509::Address::from_bytes(value);
    if (static_cast<x509::NameKind>(kind) == x509::NameKind::ip_address && address) {
      text = address->text();
    } else {
      text = x509::readable(der::Tag::ia5_string, value, x509::Escape::plain);
    }
  });
  return text;
}

}  // namespace

std::string Certificate::name_text(Bytes name) {
  // RFC 4514 §2.1: the last relative name comes first.
  std::string text;
  std::string rdn;
  x509::Attributes attributes(name);
  while (const std::optional<x509::Attribute> attribute = attributes.next()) {
    if (!attribute->starts_rdn) {
      rdn += "+" + rdn_text(*attribute);
      continue;
    }
    text = rdn.empty() ? text : rdn + (text.empty() ? "" : ", ") + text;
    rdn = rdn_text(*attribute);
  }
  text = rdn.empty() ? text : rdn + (text.empty() ? "" : ", ") + text;
  return x509::shortened(std::move(text));
}

std::string Certificate::label() const {
  if (is_raw_key) {
    return "raw public key " + x509::digest_text(der);
  }
  std::optional<x509::Attribute> common_name;
  x509::Attributes attributes(subject);
  while (const std::optional<x509::Attribute> attribute = attributes.next()) {
    if (x509::oid::common_name == attribute->type) {
      common_name = attribute;
    }
  }
  if (common_name) {
    return x509::shortened(
        x509::readable(common_name->tag, common_name->value, x509::Escape::plain));
  }
  return x509::shortened(x509::is_empty_name(subject) ? first_alt_name(*this) : name_text(subject));
}

std::string key_text(const Certificate& certificate) {
  switch (certificate.key_kind) {
    case CertificateKey::rsa: {
      const std::optional<x509::RsaParts> parts = x509::rsa_parts(certificate.public_key);
      return parts ? "RSA " + std::to_string(x509::bit_size(parts->modulus)) : "RSA, unreadable";
    }
    case CertificateKey::ecdsa_p256: return "ECDSA P-256";
    case CertificateKey::ecdsa_p384: return "ECDSA P-384";
    case CertificateKey::ecdsa_p521: return "ECDSA P-521";
    case CertificateKey::ed25519: return "Ed25519";
    case CertificateKey::ml_dsa_44: return "ML-DSA-44";
    case CertificateKey::ml_dsa_65: return "ML-DSA-65";
    case CertificateKey::ml_dsa_87: return "ML-DSA-87";
    case CertificateKey::unsupported: return "unknown";
  }
  return "unknown";
}

std::string_view name(CertificateSignature algorithm) {
  switch (algorithm) {
    case CertificateSignature::rsa_pkcs1_sha256: return "RSA PKCS#1, SHA-256";
    case CertificateSignature::rsa_pkcs1_sha384: return "RSA PKCS#1, SHA-384";
    case CertificateSignature::rsa_pkcs1_sha512: return "RSA PKCS#1, SHA-512";
    case CertificateSignature::rsa_pss_sha256: return "RSA PSS, SHA-256";
    case CertificateSignature::rsa_pss_sha384: return "RSA PSS, SHA-384";
    case CertificateSignature::rsa_pss_sha512: return "RSA PSS, SHA-512";
    case CertificateSignature::ecdsa_sha256: return "ECDSA, SHA-256";
    case CertificateSignature::ecdsa_sha384: return "ECDSA, SHA-384";
    case CertificateSignature::ecdsa_sha512: return "ECDSA, SHA-512";
    case CertificateSignature::ed25519: return "Ed25519";
    case CertificateSignature::ml_dsa_44: return "ML-DSA-44";
    case CertificateSignature::ml_dsa_65: return "ML-DSA-65";
    case CertificateSignature::ml_dsa_87: return "ML-DSA-87";
    case CertificateSignature::unsupported: return "unknown";
  }
  return "unknown";
}

std::string date_text(UnixTime time) {
  const der::Date date = der::to_date(time);
  std::string text = std::to_string(date.year);
  const auto two = [&](char separator, unsigned number) {
    text.push_back(separator);
    text.push_back(static_cast<char>('0' + number / 10));
    text.push_back(static_cast<char>('0' + number % 10));
  };
  two('-', date.month);
  two('-', date.day);
  two(' ', date.hour);
  two(':', date.minute);
  return text + " UTC";
}

}  // namespace handfast
