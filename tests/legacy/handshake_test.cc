// Handshakes of TLS 1.2 with old mechanisms, from end to end.
#include "crypto/suites.h"
#include "handfast/legacy.h"
#include "support/expect.h"
#include "support/loopback.h"
#include "support/refusals.h"

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
  sides.client.policy = sides.server.policy =
      Policy::legacy(legacy::cbc_suites, legacy::rsa_key_exchange);
  if (suite.key_exchange == crypto::KeyExchangeMethod::rsa) {
    sides.shown = credential_for_encryption();
  }
  return sides;
}

std::vector<Weakness> weaknesses_of(const crypto::Suite& suite) {
  std::vector<Weakness> weaknesses;
  if (suite.mac) {
    weaknesses.push_back(Weakness::block_cipher);
  }
  if (suite.key_exchange == crypto::KeyExchangeMethod::rsa) {
    weaknesses.push_back(Weakness::rsa_key_exchange);
  }
  return weaknesses;
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
    EXPECT_EQ(end->weaknesses, weaknesses_of(GetParam()));
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
    EXPECT_EQ(pair.client.weaknesses, weaknesses_of(GetParam()));
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
  std::erase_if(suites, [](const crypto::Suite& suite) { return weaknesses_of(suite).empty(); });
  return suites;
}

INSTANTIATE_TEST_SUITE_P(Suites, EachOldSuite, testing::ValuesIn(old_suites()),
                         [](const auto& test) { return std::string(name(test.param.id)); });

// RFC 5246 §7.4.7.1: whatever is wrong with the premaster secret, the client hears the same, when
// its Finished has come.
TEST(RsaKeyExchange, answers_every_damaged_premaster_secret_alike) {
  const auto& suite = *crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256);
  for (const std::size_t at : {6UL, 100UL, 261UL}) {
    const Edit damage = [at](Flight& flight) {
      find(flight, HandshakeType::client_key_exchange).content.at(at) ^= 1;
    };
    const Refusal rows[] = {{"a byte of the ciphertext",
                             by_server,
                             Reason::record_unreadable,
                             {{2, damage}},
                             with_suite(suite)}};
    expect_refusals(rows);
  }
}

TEST(RsaKeyExchange, wants_a_key_that_may_encrypt) {
  const auto& suite = *crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256);
  Sides sides = with_suite(suite);
  sides.shown = nullptr;
  Loopback pair(sides);
  pair.relay();
  EXPECT_FAILS(pair.client.outcome(), Reason::certificate_key_usage);
}

TEST(RsaKeyExchange, wants_an_rsa_key) {
  Sides sides = with_suite(*crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256));
  sides.shown = nullptr;
  sides.key = CertificateKey::ecdsa_p256;
  sides.client.cipher_suites12.push_back(CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256);
  sides.server.cipher_suites12 = sides.client.cipher_suites12;
  const Refusal rows[] = {{"an ECDSA key",
                           by_client,
                           Reason::certificate_not_rsa,
                           {{1, edit_hello([](OpenHello& h) { h.suites = {0x00, 0x9c}; })}},
                           sides}};
  expect_refusals(rows);
}

TEST(RsaKeyExchange, needs_no_group) {
  Sides sides = with_suite(*crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256));
  sides.client.groups = {NamedGroup::x25519};
  sides.server.groups = {NamedGroup::secp256r1};
  Loopback pair(sides);
  pair.relay();
  ASSERT_TRUE(pair.client.connected && pair.server.connected);
  EXPECT_EQ(pair.client.connection.settled().group, NamedGroup{});
  EXPECT_EQ(pair.client.connection.settled().scheme, SignatureScheme{});
  sides.client.cipher_suites12 =
      sides.server.cipher_suites12 = {CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256};
  Loopback other(sides);
  other.relay();
  EXPECT_FAILS(other.server.outcome(), Reason::group_none_common);
}

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
