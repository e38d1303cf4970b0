#include "x509/issue_sign.h"

#include "crypto/hash.h"
#include "crypto/random.h"
#include "der/time.h"
#include "x509/credential_key.h"
#include "x509/oids.h"

#include <algorithm>

namespace handfast::x509 {

namespace {

using der::Tag;
using der::Writer;

// How a key signs what it issues.
struct Algorithm {
  der::Oid oid;
  bool has_null;  // RFC 4055 §5: RSA has NULL parameters; the others have none
  SignatureScheme scheme;
};

Algorithm algorithm_of(CertificateKey kind) {
  switch (kind) {
    case CertificateKey::rsa:
      return {oid::sha256_with_rsa, true, SignatureScheme::rsa_pkcs1_sha256};
    case CertificateKey::ecdsa_p384:
      return {oid::ecdsa_with_sha384, false, SignatureScheme::ecdsa_secp384r1_sha384};
    case CertificateKey::ecdsa_p521:
      return {oid::ecdsa_with_sha512, false, SignatureScheme::ecdsa_secp521r1_sha512};
    case CertificateKey::ed25519: return {oid::ed25519, false, SignatureScheme::ed25519};
    case CertificateKey::ml_dsa_44: return {oid::ml_dsa_44, false, SignatureScheme::mldsa44};
    case CertificateKey::ml_dsa_65: return {oid::ml_dsa_65, false, SignatureScheme::mldsa65};
    case CertificateKey::ml_dsa_87: return {oid::ml_dsa_87, false, SignatureScheme::mldsa87};
    case CertificateKey::ecdsa_p256:
    case CertificateKey::unsupported: break;  // SigningKey has no such kind
  }
  return {oid::ecdsa_with_sha256, false, SignatureScheme::ecdsa_secp256r1_sha256};
}

}  // namespace

void write_signature_algorithm(Writer& writer, CertificateKey kind) {
  const Algorithm algorithm = algorithm_of(kind);
  writer.inside(Tag::sequence, [&](Writer& identifier) {
    identifier.object_identifier(algorithm.oid);
    if (algorithm.has_null) {
      identifier.element(Tag::null, Bytes{});
    }
  });
}

Result<std::vector<std::uint8_t>> sign_part(Bytes signed_part, const SigningKey& key) {
  const Result<crypto::Signature> signature =
      private_key(key).sign(algorithm_of(key.kind()).scheme, signed_part);
  if (!signature) {
    return std::unexpected(signature.error());
  }
  const Bytes bytes = signature->bytes();
  return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

Result<std::vector<std::uint8_t>> sign_document(Bytes signed_part, const SigningKey& key) {
  const Result<std::vector<std::uint8_t>> signature = sign_part(signed_part, key);
  if (!signature) {
    return std::unexpected(signature.error());
  }
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& document) {
    document.raw(signed_part);
    write_signature_algorithm(document, key.kind());
    document.bit_string(*signature);
  });
  return writer.take();
}

std::optional<KeyId> key_id_of(Bytes public_key_info) {
  der::Reader reader(public_key_info);
  Bytes key;
  reader.inside(Tag::sequence, [&](der::Reader& info) {
    info.any();
    key = info.octets_in_bit_string();
  });
  if (!reader.complete()) {
    return std::nullopt;
  }
  KeyId id{};
  const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, key);
  std::ranges::copy(digest.bytes().first(id.size()), id.begin());
  return id;
}

// RFC 5280 §4.1.2.2: positive; 16 bytes of which the first is neither zero nor negative.
Result<std::array<std::uint8_t, 16>> random_serial() {
  std::array<std::uint8_t, 16> serial{};
  if (const Result<> filled = crypto::fill_random(serial); !filled) {
    return std::unexpected(filled.error());
  }
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3fU) | 0x40U);
  return serial;
}

bool is_expressible(UnixTime time) {
  const std::int64_t year = der::to_date(time).year;
  return year >= 0 && year <= 9999;
}

void write_authority_key_id(Writer& writer, Bytes key_id) {
  if (key_id.empty()) {
    return;
  }
  write_extension(writer, oid::authority_key_identifier, false, [&](Writer& value) {
    value.inside(Tag::sequence, [&](Writer& id) { id.element(der::context(0), key_id); });
  });
}

}  // namespace handfast::x509
