// The words for what the lines of a verdict are made of. See handfast/explain.h.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/explain.h"
#include "handfast/revocation.h"
#include "handfast/server_name.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::x509 {

/// The alternative name that makes the leaf the one that was asked for: "DNS:*.shop.test".
[[nodiscard]] std::optional<std::string> matching_name(const Certificate& leaf,
                                                       const ServerName& asked);

/// "shop.test ‹ Shop CA ‹ Shop Root".
[[nodiscard]] std::string path_text(std::span<const Certificate> path);

/// A digest's two ends, enough to recognize it by: "96bcec06…a3f1".
[[nodiscard]] std::string digest_text(Bytes der);

/// "no CA", "CA", "CA, path length 0".
[[nodiscard]] std::string authority_text(const Certificate& certificate);

/// "digitalSignature, serverAuth"; "not limited".
[[nodiscard]] std::string use_text(const Certificate& certificate);

/// "only shop.test; never 0.0.0.0/0, ::/0"; empty for an authority that is not limited to names.
[[nodiscard]] std::string constraint_text(const Certificate& certificate);

/// "ECDSA P-256 with SHA-256": the key that signed, and the hash if the kind of key leaves a
/// choice.
[[nodiscard]] std::string signer_text(const Certificate& signer, CertificateSignature algorithm);

/// "good, by CRL 1 of CN=Shop CA, valid until 2026-12-21 12:28 UTC".
[[nodiscard]] std::string finding_text(const RevocationFinding& finding);

/// "3 timestamps (2 in the certificate, 1 in the handshake)".
[[nodiscard]] std::string timestamp_count_text(std::span<const TimestampFinding> findings);

/// "Argon2027h1 on 2026-11-21 08:00 UTC", of one whose log is known.
[[nodiscard]] std::string timestamp_text(const TimestampFinding& finding);

/// The texts with `separator` between them.
[[nodiscard]] std::string joined(std::span<const std::string> texts,
                                 std::string_view separator = ", ");

/// "1 certificate", "2 certificates".
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

}  // namespace handfast::x509
