// Files that hold several things: PKCS#12 (a key and its certificates, behind a password) and
// PKCS#7 (certificates alone). RFC 7292, RFC 2315.
#pragma once

#include "handfast/bytes.h"
#include "handfast/credential.h"
#include "handfast/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace handfast {

/// What a PKCS#12 file holds.
struct KeyStore {
  std::optional<SigningKey> key;
  /// In DER: the key's own first, then those that signed it, then the rest in the file's order.
  std::vector<std::vector<std::uint8_t>> certificates;
};

/// Opens a PKCS#12 file of at most 4 MiB. Fails: container_malformed, password_wrong,
/// encryption_outdated (RC2 and the like), encryption_too_costly (more than 10,000,000 iterations
/// in all: found out before they are made), key_unsupported, key_malformed.
Result<KeyStore> read_pkcs12(Bytes file, std::string_view password);

/// Makes a PKCS#12 file under AES-256 and HMAC-SHA-256. `key` may be nullptr; else the first of
/// `certificates` (DER), if there are any, is its own. `name` is what programs list it under. The
/// result holds the key: for files of mode 0600. Fails: container_malformed for nothing to write,
/// certificate_malformed, key_does_not_fit, out_of_memory.
Result<std::vector<std::uint8_t>> write_pkcs12(const SigningKey* key,
                                               std::span<const Bytes> certificates,
                                               std::string_view password, std::string_view name);

/// Whether `file` begins as a PKCS#12 file does: what is asked before a password is.
[[nodiscard]] bool is_pkcs12(Bytes file);

/// The certificates (DER) in PKCS#7 or CMS SignedData, strict DER; signatures over data, if there
/// are any, are not looked at. Fails: container_malformed.
Result<std::vector<std::vector<std::uint8_t>>> read_pkcs7(Bytes der);

/// Certificates (DER) as PKCS#7 SignedData without data and signers, as *.p7b files are.
[[nodiscard]] std::vector<std::uint8_t> write_pkcs7(std::span<const Bytes> certificates);

}  // namespace handfast
