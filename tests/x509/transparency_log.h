// Transparency logs for tests: one of our own that signs what it is told, and one that is published
// with what it signed.
#pragma once

#include "handfast/describe.h"
#include "handfast/transparency.h"
#include "support/vectors.h"
#include "x509/credential_key.h"
#include "x509/lists.h"

#include <cstdint>
#include <vector>

namespace handfast::test {

/// A certificate with its timestamp, its issuer, and the log, as their makers published them.
struct Published {
  std::vector<Octets> chain = certificates_from_pem(load_text("transparency/logged.pem")).value();
  Certificate certificate = Certificate::parse(chain[0]).value();
  Certificate issuer = Certificate::parse(chain[1]).value();
  TransparencyLog log = {"Test Tube", "Google",
                         public_key_from_pem(load_text("transparency/log.pem")).value()};
  std::vector<CertificateTimestamp> timestamps =
      read_timestamps(certificate.signed_certificate_timestamps).value();

  [[nodiscard]] Result<> check(TimestampSource source = TimestampSource::certificate,
                               UnixTime moment = now) const {
    return check_timestamp(timestamps.at(0), source, certificate, issuer, log, moment);
  }
};

inline void append(Octets& octets, std::uint64_t value, unsigned width) {
  while (width-- > 0) {
    octets.push_back(static_cast<std::uint8_t>(value >> (8 * width)));
  }
}

inline void append(Octets& octets, Bytes more) {
  octets.insert(octets.end(), more.begin(), more.end());
}

/// A log of our own, which signs what it is told.
class Log {
 public:
  explicit Log(CertificateKey kind = CertificateKey::ecdsa_p256)
      : key_(SigningKey::generate(kind).value()) {}

  [[nodiscard]] TransparencyLog entry() const {
    const Bytes info = key_.public_key_info();
    return {"Log", "Nobody", {info.begin(), info.end()}};
  }

  /// The list that a server sends in the handshake: one timestamp for `certificate`.
  [[nodiscard]] Octets list(const Certificate& certificate, std::uint64_t milliseconds) const {
    Octets data = {0, 0};
    append(data, milliseconds, 8);
    append(data, 0, 2);  // x509_entry
    append(data, certificate.der.size(), 3);
    append(data, certificate.der);
    append(data, 0, 2);  // no extensions
    const auto scheme = key_.kind() == CertificateKey::rsa
                            ? SignatureScheme::rsa_pkcs1_sha256
                            : SignatureScheme::ecdsa_secp256r1_sha256;
    const auto signature = x509::private_key(key_).sign(scheme, data).value();

    Octets timestamp = {0};
    append(timestamp, fingerprint(key_.public_key_info()));
    append(timestamp, milliseconds, 8);
    append(timestamp, 0, 2);
    timestamp.push_back(4);
    timestamp.push_back(key_.kind() == CertificateKey::rsa ? 1 : 3);
    append(timestamp, signature.bytes().size(), 2);
    append(timestamp, signature.bytes());
    return wrapped({timestamp});
  }

  /// The list of `timestamps`, each as the log made it.
  static Octets wrapped(const std::vector<Octets>& timestamps) {
    Octets entries;
    for (const Octets& timestamp : timestamps) {
      append(entries, timestamp.size(), 2);
      append(entries, timestamp);
    }
    Octets list;
    append(list, entries.size(), 2);
    append(list, entries);
    return list;
  }

 private:
  SigningKey key_;
};

}  // namespace handfast::test
