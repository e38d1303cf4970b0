// Handshakes of TLS 1.2 with old mechanisms, from end to end.
#include "crypto/suites.h"
#include "handfast/legacy.h"
#include "support/expect.h"
#include "support/loopback.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

/// Both sides speak TLS 1.2 with this suite, which a policy lets in.
Sides with_suite(const crypto::Suite& suite) {
  Sides sides;
  sides.key =
      suite.signer == crypto::SuiteSigner::rsa ? CertificateKey::rsa : CertificateKey::ecdsa_p256;
  sides.client.versions = sides.server.versions = {ProtocolVersion::tls12};
  sides.client.cipher_suites12 = sides.server.cipher_suites12 = {suite.id};
  sides.client.policy = sides.server.policy = Policy::legacy(legacy::cbc_suites);
  return sides;
}

class EachOldSuite : public testing::TestWithParam<crypto::Suite> {};

TEST_P(EachOldSuite, connects_and_says_what_is_weak) {
  Loopback pair(with_suite(GetParam()));
  pair.relay();
  ASSERT_TRUE(pair.client.outcome()) << pair.client.error->text();
  ASSERT_TRUE(pair.server.outcome()) << pair.server.error->text();
  EXPECT_EQ(pair.client.exported(), pair.server.exported());
  for (End* const end : {&pair.client, &pair.server}) {
    EXPECT_EQ(end->connection.settled().suite, GetParam().id);
    EXPECT_EQ(end->weaknesses, std::vector{Weakness::block_cipher});
    EXPECT_EQ(end->connection.settled().weaknesses, end->weaknesses);
  }
  const auto data = sample_data(100'000);
  pair.client.send(data);
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.data, data);
  pair.server.send(data);
  pair.carry(pair.server, pair.client);
  EXPECT_EQ(pair.client.data, data);
}

TEST_P(EachOldSuite, resumes) {
  const Sides sides = resuming(with_suite(GetParam()));
  for (int i = 0; i < 2; ++i) {
    Loopback pair(sides);
    pair.relay();
    ASSERT_TRUE(pair.client.connected && pair.server.connected);
    EXPECT_EQ(pair.client.connection.settled().session,
              i == 0 ? SessionOutcome::not_offered : SessionOutcome::resumed);
    EXPECT_EQ(pair.client.weaknesses, std::vector{Weakness::block_cipher});
    pair.client.send(sample_data(300));
    pair.relay();
    EXPECT_EQ(pair.server.data, sample_data(300));
  }
}

TEST_P(EachOldSuite, is_not_resumed_without_its_policy) {
  Sides sides = resuming(with_suite(GetParam()));
  Loopback first(sides);
  first.relay();
  ASSERT_TRUE(first.client.connected);
  sides.client.policy = sides.server.policy = {};
  sides.client.cipher_suites12 =
      sides.server.cipher_suites12 = {usual_suites12.begin(), usual_suites12.end()};
  Loopback second(sides);
  second.relay();
  ASSERT_TRUE(second.client.connected && second.server.connected);
  EXPECT_NE(second.client.connection.settled().session, SessionOutcome::resumed);
  EXPECT_TRUE(second.client.weaknesses.empty());
}

TEST_P(EachOldSuite, writes_into_whatever_room_there_is) {
  Loopback pair(with_suite(GetParam()));
  pair.relay({.size = 7});
  ASSERT_TRUE(pair.client.connected && pair.server.connected);
  pair.server.send(sample_data(20'000));
  pair.relay({.size = 1000, .random = true});
  EXPECT_EQ(pair.client.data, sample_data(20'000));
}

// RFC 5246 §7.2.2: bad_record_mac, whatever is wrong with a record.
TEST_P(EachOldSuite, answers_every_damage_alike) {
  for (std::size_t at = 5; at < 100; at += 5) {
    Loopback pair(with_suite(GetParam()));
    pair.relay();
    ASSERT_TRUE(pair.client.connected && pair.server.connected);
    pair.client.send(sample_data(20));
    std::vector<std::uint8_t> damaged = pair.client.take_output();
    damaged[std::min(at, damaged.size() - 1)] ^= 1;
    pair.server.receive(damaged);
    EXPECT_FAILS(pair.server.outcome(), Reason::record_unreadable) << at;
    EXPECT_EQ(pair.server.sent_alerts, std::vector{Alert::bad_record_mac});
  }
}

std::vector<crypto::Suite> old_suites() {
  std::vector<crypto::Suite> suites(crypto::suites12.begin(), crypto::suites12.end());
  std::erase_if(suites, [](const crypto::Suite& suite) { return !suite.mac; });
  return suites;
}

INSTANTIATE_TEST_SUITE_P(Suites, EachOldSuite, testing::ValuesIn(old_suites()),
                         [](const auto& test) { return std::string(name(test.param.id)); });

TEST(Policy, lets_in_what_it_names_and_no_more) {
  ClientOptions options;
  options.cipher_suites12 = {CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha};
  const auto made = [&] { return ClientConfig::make(danger::AcceptAnyCertificate{}, options); };
  EXPECT_FAILS(made(), Reason::configuration_needs_policy);
  options.policy = Policy::iot();
  EXPECT_FAILS(made(), Reason::configuration_needs_policy);
  options.policy = Policy::iot() | Policy::legacy(legacy::cbc_suites);
  EXPECT_TRUE(made());
}

TEST(Policy, does_nothing_by_itself) {
  Sides sides;
  sides.client.versions = sides.server.versions = {ProtocolVersion::tls12};
  sides.client.policy = sides.server.policy = Policy::legacy(legacy::cbc_suites);
  Loopback pair(sides);
  pair.relay();
  ASSERT_TRUE(pair.client.connected && pair.server.connected);
  EXPECT_TRUE(pair.client.weaknesses.empty() && pair.server.weaknesses.empty());
}

}  // namespace
}  // namespace handfast::test
