// PKCS#12: a key and its certificates in one file, behind a password. RFC 7292.
#pragma once

#include "crypto/signature.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace handfast::crypto {

/// What a file holds. Certificates in DER, in the order of the file.
struct Pkcs12 {
  std::optional<PrivateKey> key;
  std::vector<std::vector<std::uint8_t>> certificates;
};

/// Opens `bytes`, a file of at most `limits::container` bytes; a second key and what is neither key
/// nor certificate are passed over. Fails: container_malformed, password_wrong,
/// encryption_outdated, encryption_too_costly, key_unsupported, key_malformed. `text` is the
/// password.
Result<Pkcs12> read_pkcs12(Bytes bytes, std::string_view text);

/// Makes a file: AES-256-CBC with PBKDF2, and a MAC with HMAC-SHA-256. `key` may be nullptr; if it
/// is not, `certificates` begin with its own. `text` is the password, `name` what programs list the
/// key under. Fails: certificate_malformed, key_does_not_fit, container_malformed for nothing to
/// write, out_of_memory.
Result<std::vector<std::uint8_t>> write_pkcs12(const PrivateKey* key,
                                               std::span<const Bytes> certificates,
                                               std::string_view text, std::string_view name);

}  // namespace handfast::crypto
