#include "handfast/transparency.h"

#include "base/limits.h"
#include "codec/reader.h"
#include "der/pem.h"
#include "der/reader.h"
#include "der/writer.h"
#include "handfast/describe.h"
#include "x509/algorithm.h"
#include "x509/oids.h"
#include "x509/verify.h"

#include <algorithm>
#include <optional>

namespace handfast {

namespace {

using der::Tag;

// RFC 6962 §3.2, §3.4: what a log signs and names.
constexpr std::uint8_t version_1 = 0;
constexpr std::uint8_t certificate_timestamp = 0;
constexpr std::uint16_t x509_entry = 0;
constexpr std::uint16_t precert_entry = 1;

// RFC 5246 §7.4.1.4.1.
constexpr std::uint8_t hash_sha256 = 4;
constexpr std::uint8_t signature_rsa = 1;
constexpr std::uint8_t signature_ecdsa = 3;

CertificateTimestamp read_version_1(codec::Reader& in) {
  CertificateTimestamp timestamp;
  timestamp.log_id = in.take(32);
  const auto high = std::uint64_t{in.number<std::uint32_t>()};
  timestamp.milliseconds = high << 32U | in.number<std::uint32_t>();
  timestamp.extensions = in.vector(0, 0xffff);
  timestamp.hash = in.number<std::uint8_t>();
  timestamp.algorithm = in.number<std::uint8_t>();
  timestamp.signature = in.vector(0, 0xffff);
  return timestamp;
}

// Certificates are parsed whole; this is the key alone.
Result<Certificate> key_of(Bytes public_key_info) {
  Certificate key;
  der::Reader reader(public_key_info);
  x509::read_public_key_info(reader, key);
  if (!reader.complete()) {
    return fail(Reason::key_malformed);
  }
  if (key.key_kind != CertificateKey::ecdsa_p256 && key.key_kind != CertificateKey::rsa) {
    return fail(Reason::key_unsupported);
  }
  return key;
}

// RFC 6962 §3.2: the TBSCertificate as it was before the timestamps were put into it.
std::vector<std::uint8_t> without_timestamps(const Certificate& certificate) {
  der::Writer writer;
  der::Reader outer(certificate.signed_part);
  outer.inside(Tag::sequence, [&](der::Reader& fields) {
    writer.inside(Tag::sequence, [&](der::Writer& tbs) {
      while (!fields.at_end()) {
        const der::Element field = fields.any();
        if (field.tag != der::context_constructed(3)) {
          tbs.raw(field.whole);
          continue;
        }
        tbs.inside(field.tag, [&](der::Writer& explicit_tag) {
          explicit_tag.inside(Tag::sequence, [&](der::Writer& kept) {
            der::Reader extensions(der::Reader(field.content).read(Tag::sequence));
            while (!extensions.at_end()) {
              const Bytes extension = extensions.whole(Tag::sequence);
              der::Reader id(der::Reader(extension).read(Tag::sequence));
              if (x509::oid::signed_certificate_timestamps != id.object_identifier()) {
                kept.raw(extension);
              }
            }
          });
        });
      }
    });
  });
  return writer.take();
}

// Appends numbers and vectors as TLS writes them, RFC 5246 §4.
class SignedData {
 public:
  void number(std::uint64_t value, unsigned width) {
    while (width-- > 0) {
      octets_.push_back(static_cast<std::uint8_t>(value >> (8 * width)));
    }
  }

  void raw(Bytes octets) { octets_.insert(octets_.end(), octets.begin(), octets.end()); }

  void vector(Bytes octets, unsigned width) {
    number(octets.size(), width);
    raw(octets);
  }

  [[nodiscard]] Bytes bytes() const { return octets_; }

 private:
  std::vector<std::uint8_t> octets_;
};

// The digitally-signed struct of RFC 6962 §3.2.
SignedData signed_data(const CertificateTimestamp& timestamp, TimestampSource source,
                       const Certificate& certificate, const Certificate& issuer) {
  SignedData data;
  data.number(version_1, 1);
  data.number(certificate_timestamp, 1);
  data.number(timestamp.milliseconds, 8);
  if (source == TimestampSource::certificate) {
    data.number(precert_entry, 2);
    data.raw(fingerprint(issuer.public_key_info));
    data.vector(without_timestamps(certificate), 3);
  } else {
    data.number(x509_entry, 2);
    data.vector(certificate.der, 3);
  }
  data.vector(timestamp.extensions, 2);
  return data;
}

// RFC 6962 §2.1.4: logs sign with ECDSA on P-256 or with RSA (PKCS#1 v1.5), both with SHA-256.
std::optional<crypto::SignatureAlgorithm> algorithm_of(const CertificateTimestamp& timestamp,
                                                       CertificateKey kind) {
  if (timestamp.hash != hash_sha256) {
    return std::nullopt;
  }
  if (kind == CertificateKey::ecdsa_p256 && timestamp.algorithm == signature_ecdsa) {
    return crypto::SignatureAlgorithm{.kind = crypto::KeyKind::ecdsa_p256};
  }
  if (kind == CertificateKey::rsa && timestamp.algorithm == signature_rsa) {
    return crypto::SignatureAlgorithm{.kind = crypto::KeyKind::rsa,
                                      .padding = crypto::Padding::pkcs1};
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<CertificateTimestamp>> read_timestamps(Bytes list) {
  std::vector<CertificateTimestamp> timestamps;
  codec::Reader outer(list);
  codec::Reader entries(outer.vector(1, 0xffff));
  while (entries.good() && entries.left() > 0) {
    codec::Reader entry(entries.vector(1, 0xffff));
    const bool is_known = entry.number<std::uint8_t>() == version_1;
    if (entries.good() && !is_known) {
      continue;
    }
    timestamps.push_back(read_version_1(entry));
    if (!entry.finish() || timestamps.size() > limits::timestamps_in_list) {
      return fail(Reason::timestamp_malformed);
    }
  }
  if (!entries.finish() || !outer.finish()) {
    return fail(Reason::timestamp_malformed);
  }
  return timestamps;
}

Result<std::shared_ptr<const TransparencyLogs>>
TransparencyLogs::make(std::vector<TransparencyLog> logs) {
  std::shared_ptr<TransparencyLogs> known(new TransparencyLogs(std::move(logs)));
  for (const TransparencyLog& log : known->logs_) {
    const Result<Certificate> key = key_of(log.public_key_info);
    if (!key) {
      return std::unexpected(key.error());
    }
    known->ids_.push_back(fingerprint(log.public_key_info));
  }
  return known;
}

Result<std::vector<std::uint8_t>> public_key_from_pem(std::string_view pem) {
  der::PemScanner scanner(pem);
  while (const std::optional<der::PemBlock> block = scanner.next()) {
    if (block->label == "PUBLIC KEY") {
      return der::decode_pem(*block);
    }
  }
  return fail(Reason::pem_malformed);
}

const TransparencyLog* TransparencyLogs::find(Bytes log_id) const {
  const auto found =
      std::ranges::find_if(ids_, [&](const auto& id) { return std::ranges::equal(id, log_id); });
  return found == ids_.end() ? nullptr : &logs_[static_cast<std::size_t>(found - ids_.begin())];
}

Result<> check_timestamp(const CertificateTimestamp& timestamp, TimestampSource source,
                         const Certificate& certificate, const Certificate& issuer,
                         const TransparencyLog& log, UnixTime now) {
  // RFC 6962 §5.2: "TLS clients MUST reject SCTs whose timestamp is in the future."
  if (timestamp.time() > now) {
    return fail(Reason::timestamp_early);
  }
  const Result<Certificate> key = key_of(log.public_key_info);
  if (!key) {
    return std::unexpected(key.error());
  }
  const std::optional<crypto::SignatureAlgorithm> algorithm =
      algorithm_of(timestamp, key->key_kind);
  const auto log_id = fingerprint(log.public_key_info);
  if (!algorithm || !std::ranges::equal(timestamp.log_id, log_id)) {
    return fail(Reason::timestamp_invalid);
  }
  const Result<crypto::PublicKey> public_key = x509::public_key(*key);
  if (!public_key) {
    return std::unexpected(public_key.error());
  }
  const SignedData data = signed_data(timestamp, source, certificate, issuer);
  if (!public_key->verify(*algorithm, data.bytes(), timestamp.signature)) {
    return fail(Reason::timestamp_invalid);
  }
  return {};
}

}  // namespace handfast
