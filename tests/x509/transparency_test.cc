#include "handfast/transparency.h"

#include "handfast/describe.h"
#include "support/expect.h"
#include "x509/transparency_log.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
constexpr std::uint64_t milliseconds_in_vector = 0x013d'db27'df93;  // 2013-04-05

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
