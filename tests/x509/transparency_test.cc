#include "handfast/transparency.h"

#include "handfast/describe.h"
#include "support/expect.h"
#include "support/vectors.h"
#include "x509/chains.h"
#include "x509/credential_key.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint64_t milliseconds_in_vector = 0x013d'db27'df93;  // 2013-04-05

// A certificate with its timestamp, its issuer, and the log, as their makers published them.
struct Published {
  std::vector<Octets> chain = certificates_from_pem(load_text("transparency/logged.pem")).value();
  Certificate certificate = Certificate::parse(chain[0]).value();
  Certificate issuer = Certificate::parse(chain[1]).value();
  TransparencyLog log = {"Test Tube", "Google",
                         public_key_from_pem(load_text("transparency/log.pem")).value()};
  std::vector<CertificateTimestamp> timestamps =
      read_timestamps(certificate.signed_certificate_timestamps).value();

  [[nodiscard]] Result<> check(TimestampSource source = TimestampSource::certificate,
                               UnixTime now = test::now) const {
    return check_timestamp(timestamps.at(0), source, certificate, issuer, log, now);
  }
};

void append(Octets& octets, std::uint64_t value, unsigned width) {
  while (width-- > 0) {
    octets.push_back(static_cast<std::uint8_t>(value >> (8 * width)));
  }
}

void append(Octets& octets, Bytes more) { octets.insert(octets.end(), more.begin(), more.end()); }

// A log of our own, which signs what it is told.
class Log {
 public:
  explicit Log(CertificateKey kind = CertificateKey::ecdsa_p256)
      : key_(SigningKey::generate(kind).value()) {}

  [[nodiscard]] TransparencyLog entry() const {
    const Bytes info = key_.public_key_info();
    return {"Log", "Nobody", {info.begin(), info.end()}};
  }

  // The list that a server sends in the handshake: one timestamp for `certificate`.
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

  // The list of `timestamps`, each as the log made it.
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

TEST(Transparency, reads_what_a_public_log_made) {
  const Published published;
  ASSERT_EQ(published.timestamps.size(), 1U);
  EXPECT_EQ(published.timestamps[0].milliseconds, milliseconds_in_vector);
  EXPECT_TRUE(std::ranges::equal(published.timestamps[0].log_id,
                                 fingerprint(published.log.public_key_info)));
}

TEST(Transparency, believes_what_a_public_log_signed_inside_a_certificate) {
  const Published published;
  EXPECT_TRUE(published.check());
}

TEST(Transparency, believes_no_timestamp_that_came_another_way_than_it_was_made_for) {
  const Published published;
  EXPECT_FAILS(published.check(TimestampSource::handshake), Reason::timestamp_invalid);
}

TEST(Transparency, believes_no_timestamp_of_the_future) {
  const Published published;
  EXPECT_FAILS(published.check(TimestampSource::certificate, {1'300'000'000}),
               Reason::timestamp_early);
}

TEST(Transparency, believes_no_timestamp_of_another_log_or_issuer) {
  Published published;
  TransparencyLog other = Log().entry();
  EXPECT_FAILS(check_timestamp(published.timestamps[0], TimestampSource::certificate,
                               published.certificate, published.issuer, other, test::now),
               Reason::timestamp_invalid);
  EXPECT_FAILS(check_timestamp(published.timestamps[0], TimestampSource::certificate,
                               published.certificate, published.certificate, published.log,
                               test::now),
               Reason::timestamp_invalid);
}

TEST(Transparency, believes_timestamps_of_the_handshake) {
  const Three three;
  for (const CertificateKey kind : {CertificateKey::ecdsa_p256, CertificateKey::rsa}) {
    const Log log(kind);
    const Octets list = log.list(three.leaf.certificate(), 1'000);
    const auto timestamps = read_timestamps(list).value();
    ASSERT_EQ(timestamps.size(), 1U);
    const auto check = [&](const CertificateTimestamp& timestamp, const Party& party) {
      return check_timestamp(timestamp, TimestampSource::handshake, party.certificate(),
                             three.intermediate.certificate(), log.entry(), test::now);
    };
    EXPECT_TRUE(check(timestamps[0], three.leaf));
    EXPECT_FAILS(check(timestamps[0], three.intermediate), Reason::timestamp_invalid);

    CertificateTimestamp changed = timestamps[0];
    changed.milliseconds += 1;
    EXPECT_FAILS(check(changed, three.leaf), Reason::timestamp_invalid);
    changed = timestamps[0];
    changed.hash = 2;
    EXPECT_FAILS(check(changed, three.leaf), Reason::timestamp_invalid) << "SHA-1";
    changed = timestamps[0];
    changed.algorithm = kind == CertificateKey::rsa ? 3 : 1;
    EXPECT_FAILS(check(changed, three.leaf), Reason::timestamp_invalid);
  }
}

TEST(Transparency, reads_lists_strictly_and_passes_over_other_versions) {
  const Three three;
  const Octets good = Log().list(three.leaf.certificate(), 1'000);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FAILS(read_timestamps(Bytes(good).first(size)), Reason::timestamp_malformed) << size;
  }
  Octets longer = good;
  longer.push_back(0);
  EXPECT_FAILS(read_timestamps(longer), Reason::timestamp_malformed);

  const Octets timestamp(good.begin() + 4, good.end());
  const Octets version_2 = {1, 2, 3};
  EXPECT_EQ(read_timestamps(Log::wrapped({version_2, timestamp})).value().size(), 1U);
  EXPECT_FAILS(read_timestamps(Log::wrapped({{}})), Reason::timestamp_malformed);
  EXPECT_FAILS(read_timestamps(Log::wrapped(std::vector<Octets>(33, timestamp))),
               Reason::timestamp_malformed);
}

TEST(Transparency, finds_a_log_by_its_key) {
  const Log one;
  const Log other;
  const auto logs = TransparencyLogs::make({one.entry(), other.entry()}).value();
  EXPECT_EQ(logs->size(), 2U);
  const auto id = fingerprint(other.entry().public_key_info);
  ASSERT_NE(logs->find(id), nullptr);
  EXPECT_EQ(logs->find(id)->public_key_info, other.entry().public_key_info);
  EXPECT_EQ(logs->find(Octets(32, 1)), nullptr);
}

TEST(Transparency, takes_no_log_whose_key_is_none) {
  EXPECT_FAILS(TransparencyLogs::make({{"", "", {0x30, 0x00}}}), Reason::key_malformed);
  EXPECT_FAILS(TransparencyLogs::make({Log(CertificateKey::ed25519).entry()}),
               Reason::key_unsupported);
}

}  // namespace
}  // namespace handfast
