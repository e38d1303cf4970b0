// Certificate Transparency: the promises of public logs to publish a certificate. RFC 6962.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/result.h"
#include "handfast/time.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace handfast {

/// How a timestamp came. RFC 6962 §3.3.
enum class TimestampSource : std::uint8_t {
  certificate,  ///< inside it: the log signed the certificate without its timestamps
  handshake,    ///< in the extension signed_certificate_timestamp
  staple,       ///< in a stapled OCSP response
};

/// One SignedCertificateTimestamp of version 1, as views. RFC 6962 §3.2.
struct CertificateTimestamp {
  Bytes log_id;                    ///< 32 bytes: SHA-256 of the log's public key
  std::uint64_t milliseconds = 0;  ///< since 1970, without leap seconds
  Bytes extensions;                ///< none are defined
  std::uint8_t hash = 0;           ///< HashAlgorithm of RFC 5246 §7.4.1.4.1
  std::uint8_t algorithm = 0;      ///< SignatureAlgorithm of the same
  Bytes signature;

  /// When it was made, in whole seconds.
  [[nodiscard]] UnixTime time() const { return {static_cast<std::int64_t>(milliseconds / 1000)}; }
};

/// Reads a SignedCertificateTimestampList, RFC 6962 §3.3. Timestamps of versions that are not known
/// are passed over, as §3.3 wants it. The views lie in `list`. Fails: timestamp_malformed, also
/// for more than 32 of them.
Result<std::vector<CertificateTimestamp>> read_timestamps(Bytes list);

/// A log that is known: by its key alone, the names are for people.
struct TransparencyLog {
  std::string name;                           ///< "Argon2027h1"
  std::string operated_by;                    ///< "Google"
  std::vector<std::uint8_t> public_key_info;  ///< SubjectPublicKeyInfo in DER
};

/// The first PUBLIC KEY block of PEM text (RFC 7468 §13), as DER. Fails: pem_malformed.
Result<std::vector<std::uint8_t>> public_key_from_pem(std::string_view pem);

/// The logs that are known. Immutable: share freely, between threads too.
class TransparencyLogs {
 public:
  /// Fails: key_malformed for a log whose key is none; key_unsupported for keys other than ECDSA
  /// P-256 and RSA, which is all that RFC 6962 §2.1.4 allows.
  static Result<std::shared_ptr<const TransparencyLogs>> make(std::vector<TransparencyLog> logs);

  [[nodiscard]] std::size_t size() const { return logs_.size(); }

  /// The log with this id, or nullptr. Valid as long as this object.
  [[nodiscard]] const TransparencyLog* find(Bytes log_id) const;

 private:
  explicit TransparencyLogs(std::vector<TransparencyLog> logs) : logs_(std::move(logs)) {}

  std::vector<TransparencyLog> logs_;
  std::vector<std::array<std::uint8_t, 32>> ids_;
};

/// Checks that `log` made `timestamp` for `certificate`, and not after `now`. `issuer` is the
/// certificate above it in the path, whose key such a timestamp names if it came inside the
/// certificate. Fails: timestamp_invalid; timestamp_early where it lies after `now`.
Result<> check_timestamp(const CertificateTimestamp& timestamp, TimestampSource source,
                         const Certificate& certificate, const Certificate& issuer,
                         const TransparencyLog& log, UnixTime now);

}  // namespace handfast
