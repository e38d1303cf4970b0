// A revocation list in a file: loaded, and the same for those who answer from it.
#pragma once

#include "handfast/cert_issuer.h"
#include "handfast/certificate.h"
#include "handfast/failure.h"
#include "handfast/issue_crl.h"
#include "handfast/issue_ocsp.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace handfast::cert {

/// A list as it stood in its file.
struct CrlFile {
  RevocationList list;
  bool is_pem = true;
};

/// The list in the file `path`, which `issuer` signed. Nothing if there is no such file.
std::expected<std::optional<CrlFile>, command::Failure>
load_crl(const std::string& path, const Certificate& issuer, const std::string& issuer_path);

/// The entry of `list` for a serial number, or nullptr.
[[nodiscard]] const RevokedCertificate* find_entry(const RevocationList& list, Bytes serial);

/// What `list` says of the certificate with this serial number, as a responder says it.
[[nodiscard]] OcspAnswer answer_from(const RevocationList& list, Bytes id, Bytes serial);

/// "3f:a1", "0x3fa1" or "3fa1" as an INTEGER has it; nothing if it is no serial number.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> parse_serial(const std::string& text);

}  // namespace handfast::cert
