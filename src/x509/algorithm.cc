#include "x509/algorithm.h"

#include "der/reader.h"
#include "x509/oids.h"

#include <array>
#include <bit>

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

enum class Parameters : std::uint8_t { absent, null_or_absent };

struct SignatureRow {
  der::Oid oid;
  Parameters parameters;
  CertificateSignature algorithm;
};

// RFC 4055 §5 has NULL for RSA and lets one accept its absence; RFC 5758 §3.2, RFC 8410 §3 and RFC
// 9881 §2 have none.
constexpr std::array signature_rows = {
    SignatureRow{oid::ecdsa_with_sha256, Parameters::absent, CertificateSignature::ecdsa_sha256},
    SignatureRow{oid::ecdsa_with_sha384, Parameters::absent, CertificateSignature::ecdsa_sha384},
    SignatureRow{oid::ecdsa_with_sha512, Parameters::absent, CertificateSignature::ecdsa_sha512},
    SignatureRow{oid::sha256_with_rsa, Parameters::null_or_absent,
                 CertificateSignature::rsa_pkcs1_sha256},
    SignatureRow{oid::sha384_with_rsa, Parameters::null_or_absent,
                 CertificateSignature::rsa_pkcs1_sha384},
    SignatureRow{oid::sha512_with_rsa, Parameters::null_or_absent,
                 CertificateSignature::rsa_pkcs1_sha512},
    SignatureRow{oid::ed25519, Parameters::absent, CertificateSignature::ed25519},
    SignatureRow{oid::ml_dsa_44, Parameters::absent, CertificateSignature::ml_dsa_44},
    SignatureRow{oid::ml_dsa_65, Parameters::absent, CertificateSignature::ml_dsa_65},
    SignatureRow{oid::ml_dsa_87, Parameters::absent, CertificateSignature::ml_dsa_87},
};

struct PssRow {
  der::Oid hash;
  std::uint32_t salt;
  CertificateSignature algorithm;
};

constexpr std::array pss_rows = {
    PssRow{oid::sha256, 32, CertificateSignature::rsa_pss_sha256},
    PssRow{oid::sha384, 48, CertificateSignature::rsa_pss_sha384},
    PssRow{oid::sha512, 64, CertificateSignature::rsa_pss_sha512},
};

void read_null_if(Reader& reader) {
  if (const std::optional<Bytes> null = reader.read_if(Tag::null)) {
    reader.require(null->empty());
  }
}

// The hash of a HashAlgorithm, whose parameters are NULL or absent. RFC 4055 §2.1.
Bytes read_hash(Reader& reader) {
  Bytes hash;
  reader.inside(Tag::sequence, [&](Reader& identifier) {
    hash = identifier.object_identifier();
    read_null_if(identifier);
  });
  return hash;
}

// RSASSA-PSS-params, RFC 4055 §3.1: only the combinations that TLS has, with one hash in both
// places, a salt of its size, and everything spelled out (the defaults are SHA-1).
CertificateSignature pss_algorithm(Reader& algorithm) {
  Bytes hash;
  Bytes mask;
  Bytes mask_hash;
  std::uint32_t salt = 0;
  algorithm.inside(Tag::sequence, [&](Reader& parameters) {
    parameters.inside(der::context_constructed(0), [&](Reader& field) { hash = read_hash(field); });
    parameters.inside(der::context_constructed(1), [&](Reader& field) {
      field.inside(Tag::sequence, [&](Reader& identifier) {
        mask = identifier.object_identifier();
        mask_hash = read_hash(identifier);
      });
    });
    parameters.inside(der::context_constructed(2),
                      [&](Reader& field) { salt = field.small_integer(0xffff); });
  });
  for (const PssRow& row : pss_rows) {
    if (algorithm.complete() && oid::mgf1 == mask && row.hash == hash && row.hash == mask_hash &&
        row.salt == salt) {
      return row.algorithm;
    }
  }
  return CertificateSignature::unsupported;
}

}  // namespace

CertificateSignature signature_algorithm(Bytes algorithm) {
  Reader reader(algorithm);
  const Bytes oid = reader.object_identifier();
  if (oid::rsassa_pss == oid) {
    return pss_algorithm(reader);
  }
  for (const SignatureRow& row : signature_rows) {
    if (row.oid == oid) {
      if (row.parameters == Parameters::null_or_absent) {
        read_null_if(reader);
      }
      return reader.complete() ? row.algorithm : CertificateSignature::unsupported;
    }
  }
  return CertificateSignature::unsupported;
}

CertificateKey key_kind(Bytes algorithm) {
  Reader reader(algorithm);
  const Bytes oid = reader.object_identifier();
  CertificateKey kind = CertificateKey::unsupported;
  if (oid::rsa_encryption == oid) {
    // RFC 3279 §2.3.1: "The parameters field MUST have ASN.1 type NULL for this algorithm
    // identifier."
    reader.require(reader.read(Tag::null).empty());
    kind = CertificateKey::rsa;
  } else if (oid::ec_public_key == oid) {
    // RFC 5480 §2.1.1: implicitCurve and specifiedCurve must not be used; only named curves are
    // read at all.
    const Bytes curve = reader.object_identifier();
    kind = oid::secp256r1 == curve   ? CertificateKey::ecdsa_p256
           : oid::secp384r1 == curve ? CertificateKey::ecdsa_p384
           : oid::secp521r1 == curve ? CertificateKey::ecdsa_p521
                                     : CertificateKey::unsupported;
  } else if (oid::ed25519 == oid) {
    kind = CertificateKey::ed25519;
  } else {
    // RFC 9881 §2: "The contents of the parameters component for each algorithm MUST be absent."
    kind = oid::ml_dsa_44 == oid   ? CertificateKey::ml_dsa_44
           : oid::ml_dsa_65 == oid ? CertificateKey::ml_dsa_65
           : oid::ml_dsa_87 == oid ? CertificateKey::ml_dsa_87
                                   : CertificateKey::unsupported;
  }
  return reader.complete() ? kind : CertificateKey::unsupported;
}

void read_public_key_info(der::Reader& reader, Certificate& certificate) {
  certificate.public_key_info = reader.whole(der::Tag::sequence);
  der::Reader outer(certificate.public_key_info);
  outer.inside(der::Tag::sequence, [&](der::Reader& info) {
    const Bytes algorithm = info.any().whole;
    certificate.public_key = info.octets_in_bit_string();
    certificate.key_kind = key_kind(der::Reader(algorithm).read(der::Tag::sequence));
  });
  reader.require(outer.complete());
}

std::optional<RsaParts> rsa_parts(Bytes public_key) {
  Reader reader(public_key);
  RsaParts parts;
  reader.inside(Tag::sequence, [&](Reader& key) {
    parts.modulus = key.unsigned_integer();
    parts.exponent = key.unsigned_integer();
  });
  return reader.complete() ? std::optional(parts) : std::nullopt;
}

std::size_t bit_size(Bytes magnitude) {
  return magnitude.empty()
             ? 0
             : 8 * (magnitude.size() - 1) + static_cast<std::size_t>(std::bit_width(magnitude[0]));
}

std::optional<crypto::SignatureAlgorithm> provider_algorithm(CertificateSignature algorithm) {
  using crypto::HashId;
  using crypto::KeyKind;
  using crypto::Padding;
  using crypto::SignatureAlgorithm;
  switch (algorithm) {
    case CertificateSignature::rsa_pkcs1_sha256:
      return SignatureAlgorithm{KeyKind::rsa, Padding::pkcs1, HashId::sha256};
    case CertificateSignature::rsa_pkcs1_sha384:
      return SignatureAlgorithm{KeyKind::rsa, Padding::pkcs1, HashId::sha384};
    case CertificateSignature::rsa_pkcs1_sha512:
      return SignatureAlgorithm{KeyKind::rsa, Padding::pkcs1, HashId::sha512};
    case CertificateSignature::rsa_pss_sha256:
      return SignatureAlgorithm{KeyKind::rsa, Padding::pss, HashId::sha256};
    case CertificateSignature::rsa_pss_sha384:
      return SignatureAlgorithm{KeyKind::rsa, Padding::pss, HashId::sha384};
    case CertificateSignature::rsa_pss_sha512:
      return SignatureAlgorithm{KeyKind::rsa, Padding::pss, HashId::sha512};
    case CertificateSignature::ecdsa_sha256:
      return SignatureAlgorithm{KeyKind::ecdsa_p256, Padding::none, HashId::sha256};
    case CertificateSignature::ecdsa_sha384:
      return SignatureAlgorithm{KeyKind::ecdsa_p256, Padding::none, HashId::sha384};
    case CertificateSignature::ecdsa_sha512:
      return SignatureAlgorithm{KeyKind::ecdsa_p256, Padding::none, HashId::sha512};
    case CertificateSignature::ed25519:
      return SignatureAlgorithm{KeyKind::ed25519, Padding::none, HashId::sha512};
    case CertificateSignature::ml_dsa_44: return SignatureAlgorithm{KeyKind::ml_dsa_44};
    case CertificateSignature::ml_dsa_65: return SignatureAlgorithm{KeyKind::ml_dsa_65};
    case CertificateSignature::ml_dsa_87: return SignatureAlgorithm{KeyKind::ml_dsa_87};
    case CertificateSignature::unsupported: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<crypto::KeyKind> provider_kind(CertificateKey kind) {
  switch (kind) {
    case CertificateKey::rsa: return crypto::KeyKind::rsa;
    case CertificateKey::ecdsa_p256: return crypto::KeyKind::ecdsa_p256;
    case CertificateKey::ecdsa_p384: return crypto::KeyKind::ecdsa_p384;
    case CertificateKey::ecdsa_p521: return crypto::KeyKind::ecdsa_p521;
    case CertificateKey::ed25519: return crypto::KeyKind::ed25519;
    case CertificateKey::ml_dsa_44: return crypto::KeyKind::ml_dsa_44;
    case CertificateKey::ml_dsa_65: return crypto::KeyKind::ml_dsa_65;
    case CertificateKey::ml_dsa_87: return crypto::KeyKind::ml_dsa_87;
    case CertificateKey::unsupported: return std::nullopt;
  }
  return std::nullopt;
}

Result<crypto::SignatureAlgorithm> usable(CertificateSignature algorithm) {
  const auto provided = provider_algorithm(algorithm);
  if (!provided) {
    return fail(Reason::certificate_algorithm_weak);
  }
  if (!crypto::is_available(provided->kind)) {
    return fail(Reason::certificate_needs_ml_dsa);
  }
  return *provided;
}

Result<crypto::KeyKind> usable(CertificateKey kind) {
  const auto provided = provider_kind(kind);
  if (!provided) {
    return fail(Reason::certificate_key_unsupported);
  }
  if (!crypto::is_available(*provided)) {
    return fail(Reason::certificate_needs_ml_dsa);
  }
  return *provided;
}

}  // namespace handfast::x509
