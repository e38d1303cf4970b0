// What everything that an authority signs has in common: the algorithm, the frame around the signed
// part, key identifiers, extensions. RFC 5280 §4.1, §5.1; RFC 2986 §4.
#pragma once

#include "der/oid.h"
#include "der/writer.h"
#include "handfast/bytes.h"
#include "handfast/credential.h"
#include "handfast/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace handfast::x509 {

/// Writes the AlgorithmIdentifier of what a key of `kind` signs: SHA-256, or the hash as long as
/// its curve.
void write_signature_algorithm(der::Writer& writer, CertificateKey kind);

/// `signed_part`, the algorithm and the signature of `key` as one SEQUENCE: a certificate, a
/// request, a list. Fails: operation_refused.
Result<std::vector<std::uint8_t>> sign_document(Bytes signed_part, const SigningKey& key);

/// The signature of `key` alone, as `write_signature_algorithm` names it. Fails: operation_refused.
Result<std::vector<std::uint8_t>> sign_part(Bytes signed_part, const SigningKey& key);

using KeyId = std::array<std::uint8_t, 20>;

/// RFC 7093 §2 (1): the left-most 160 bits of the SHA-256 of the key's BIT STRING. Nothing if it is
/// no SubjectPublicKeyInfo.
[[nodiscard]] std::optional<KeyId> key_id_of(Bytes public_key_info);

/// A positive number of 16 random bytes. Fails: random_failed.
Result<std::array<std::uint8_t, 16>> random_serial();

/// Whether `time` is one that certificates can name: years 0 to 9999.
[[nodiscard]] bool is_expressible(UnixTime time);

/// One Extension, whose value `value(Writer&)` writes.
template <class Value>
void write_extension(der::Writer& writer, const der::Oid& oid, bool is_critical, Value&& value) {
  writer.inside(der::Tag::sequence, [&](der::Writer& extension) {
    extension.object_identifier(oid);
    extension.boolean_default_false(is_critical);
    extension.inside(der::Tag::octet_string, std::forward<Value>(value));
  });
}

/// AuthorityKeyIdentifier with the key's identifier alone; nothing if it is empty.
void write_authority_key_id(der::Writer& writer, Bytes key_id);

}  // namespace handfast::x509
