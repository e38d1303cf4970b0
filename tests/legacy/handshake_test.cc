// Handshakes of TLS 1.2 with old mechanisms, from end to end.
#include "crypto/suites.h"
#include "der/pem.h"
#include "handfast/issue.h"
#include "handfast/legacy.h"
#include "legacy/ffdhe.h"
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
      Policy::legacy(legacy::cbc_suites, legacy::rsa_key_exchange, legacy::ffdhe_key_exchange);
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
  if (suite.key_exchange == crypto::KeyExchangeMethod::dhe) {
    weaknesses.push_back(Weakness::ffdhe_key_exchange);
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

// RFC 5246 §7.4.2: neither side uses a key that its certificate keeps for signatures, and another
// suite of the same key takes its place.
TEST(RsaKeyExchange, wants_a_key_that_may_encrypt) {
  const auto& suite = *crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256);
  Sides sides = with_suite(suite);
  sides.shown = nullptr;
  Loopback alone(sides);
  alone.relay();
  EXPECT_FAILS(alone.server.outcome(), Reason::suite_none_common);
  sides.client.cipher_suites12.push_back(CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256);
  sides.server.cipher_suites12 = sides.client.cipher_suites12;
  sides.server.own_suite_order = true;
  Loopback pair(sides);
  pair.relay();
  EXPECT_EQ(pair.client.connection.settled().suite,
            CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256);
  const Refusal rows[] = {{"a suite that the key is not for",
                           by_client,
                           Reason::certificate_key_usage,
                           {{1, edit_hello([](OpenHello& h) { h.suites = {0x00, 0x9c}; })}},
                           sides}};
  expect_refusals(rows);
}

// RFC 5246 §7.4.2: keyEncipherment is what such a key must have; digitalSignature is for those that
// sign.
TEST(RsaKeyExchange, takes_a_key_that_may_not_sign) {
  Sides sides = with_suite(*crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256));
  sides.shown = credential_for_encryption_alone();
  sides.client.cipher_suites12.push_back(CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256);
  sides.server.cipher_suites12 = sides.client.cipher_suites12;
  sides = resuming(sides);
  for (const SessionOutcome outcome : {SessionOutcome::not_offered, SessionOutcome::resumed}) {
    Loopback pair(sides);
    pair.relay();
    ASSERT_TRUE(pair.client.outcome()) << pair.client.error->text();
    ASSERT_TRUE(pair.server.outcome()) << pair.server.error->text();
    EXPECT_TRUE(pair.client.trusted);
    EXPECT_EQ(pair.client.connection.settled().session, outcome);
    EXPECT_EQ(pair.client.connection.settled().suite, CipherSuite::tls_rsa_with_aes_128_gcm_sha256)
        << "the other one is signed";
  }
}

TEST(RsaKeyExchange, shows_a_key_that_may_not_sign_to_nobody_else) {
  const auto ecdhe = CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256;
  Sides sides = with_suite(*crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256));
  sides.shown = credential_for_encryption_alone();
  sides.server.cipher_suites12.push_back(ecdhe);
  sides.client.cipher_suites12 = {ecdhe};
  Loopback pair(sides);
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::signature_none_common);

  const auto& silent = credential_for_encryption_alone();
  const auto& signing = credential(CertificateKey::ed25519);
  const auto made = [](std::vector<std::shared_ptr<const Credential>> shown,
                       ServerOptions options) {
    return ServerConfig::make(std::move(shown), std::move(options));
  };
  EXPECT_FAILS(made({silent}, {}), Reason::certificate_key_usage);
  EXPECT_FAILS(made({signing, silent}, {}), Reason::certificate_key_usage);
  ServerOptions options = sides.server;
  options.versions = {ProtocolVersion::tls13, ProtocolVersion::tls12};
  EXPECT_FAILS(made({silent}, options), Reason::certificate_key_usage) << "TLS 1.3 is signed";
  EXPECT_TRUE(made({silent, signing}, options));
  options.versions = {ProtocolVersion::tls13};
  EXPECT_FAILS(made({silent, signing}, options), Reason::certificate_key_usage);
  ClientOptions client = sides.client;
  client.credentials = {silent};
  EXPECT_FAILS(ClientConfig::make(authorities(), client), Reason::certificate_key_usage);
}

/// The server shows `shown` in the place of what it is configured with.
Edit showing(const Credential& shown) {
  const std::vector<std::uint8_t>& der = shown.certificates().front();
  std::vector<std::uint8_t> body;
  for (const std::size_t size : {der.size() + 3, der.size()}) {
    body.insert(body.end(),
                {0, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  }
  body.insert(body.end(), der.begin(), der.end());
  return replace_body(HandshakeType::certificate, body);
}

TEST(RsaKeyExchange, is_alone_in_taking_a_key_that_may_not_sign) {
  const auto shows_it = showing(*credential_for_encryption_alone());
  for (const CipherSuite id : {CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256,
                               CipherSuite::tls_dhe_rsa_with_aes_128_gcm_sha256}) {
    const Refusal rows[] = {{"a key that may not sign",
                             by_client,
                             Reason::certificate_key_usage,
                             {{1, shows_it}},
                             with_suite(*crypto::find_suite12(id))}};
    expect_refusals(rows);
  }
}

TEST(RsaKeyExchange, reads_a_credential_that_may_not_sign) {
  const auto key = SigningKey::generate(CertificateKey::rsa).value();
  const auto pem_with = [&key](KeyUsage usage) {
    CertificateOrder order;
    order.common_name = "old.test";
    order.names = {"old.test"};
    order.not_before = {handshake_time.seconds - 1};
    order.not_after = {handshake_time.seconds + 1};
    order.key_usage = static_cast<std::uint16_t>(usage);
    return der::encode_pem("CERTIFICATE", issue_self_signed(order, key).value());
  };
  const auto key_bytes = key.to_pem().value();
  const std::string key_pem(key_bytes.begin(), key_bytes.end());
  const auto read = legacy::decrypting_credential(pem_with(KeyUsage::key_encipherment), key_pem);
  ASSERT_TRUE(read);
  EXPECT_FALSE((*read)->may_sign());
  EXPECT_FAILS(Credential::from_pem(pem_with(KeyUsage::key_encipherment), key_pem),
               Reason::certificate_key_usage);
  EXPECT_FAILS(legacy::decrypting_credential(pem_with(KeyUsage::digital_signature), key_pem),
               Reason::certificate_key_usage);
  EXPECT_FAILS(legacy::decrypting_credential(key_pem, key_pem), Reason::pem_malformed);
  EXPECT_FAILS(legacy::decrypting_credential(pem_with(KeyUsage::key_encipherment), ""),
               Reason::pem_malformed);
}

TEST(OldSuites, come_behind_all_others_whatever_a_client_prefers) {
  Sides sides = with_suite(*crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256));
  sides.client.cipher_suites12.push_back(CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256);
  sides.server.cipher_suites12 = sides.client.cipher_suites12;
  Loopback pair(sides);
  pair.relay();
  ASSERT_TRUE(pair.client.connected);
  EXPECT_EQ(pair.client.connection.settled().suite,
            CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256);
}

TEST(RsaKeyExchange, wants_an_rsa_key) {
  Sides sides = with_suite(*crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256));
  sides.shown = credential_for_encryption(CertificateKey::ecdsa_p256);
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

// RFC 5246 §7.4.1.4.1 is about what is signed, and here nothing is.
TEST(RsaKeyExchange, needs_no_signature_scheme) {
  Sides sides = with_suite(*crypto::find_suite12(CipherSuite::tls_rsa_with_aes_128_gcm_sha256));
  sides.client.signature_schemes = {SignatureScheme::ecdsa_secp256r1_sha256};
  Loopback pair(sides);
  pair.relay();
  ASSERT_TRUE(pair.client.outcome()) << pair.client.error->text();
  ASSERT_TRUE(pair.server.outcome()) << pair.server.error->text();
  const Edit erase =
      edit_hello([](OpenHello& hello) { hello.erase(ExtensionType::signature_algorithms); });
  // It is Finished that shows the change, and the list is not missed.
  const Refusal rows[] = {
      {"no list of schemes", by_server, Reason::record_unreadable, {{0, erase}}, sides}};
  expect_refusals(rows);
}

// ---- finite fields ------------------------------------------------------------------------------

Sides with_dhe() {
  return with_suite(*crypto::find_suite12(CipherSuite::tls_dhe_rsa_with_aes_128_gcm_sha256));
}

/// The client's list of groups: these, and X25519.
std::map<unsigned, Edit> listing(std::vector<std::uint8_t> groups) {
  return {{0, edit_hello([groups](OpenHello& hello) {
             std::vector<std::uint8_t> list = {0, static_cast<std::uint8_t>(groups.size() + 2)};
             list.insert(list.end(), groups.begin(), groups.end());
             list.insert(list.end(), {0, 29});
             hello[ExtensionType::supported_groups] = list;
           })}};
}

/// The group of the server's ServerKeyExchange, by the length of its prime.
std::size_t prime_size(const std::map<unsigned, Edit>& edits) {
  Loopback pair(with_dhe());
  Middle middle(pair);
  std::size_t size = 0;
  std::map<unsigned, Edit> all = edits;
  all[1] = [&size](Flight& flight) {
    const auto& said = find(flight, HandshakeType::server_key_exchange).content;
    size = said.at(4) * 256U + said.at(5);
  };
  middle.run(all);
  return size;
}

TEST(FfdheKeyExchange, takes_the_first_group_that_the_client_lists) {
  EXPECT_EQ(prime_size({}), 256U);
  EXPECT_EQ(prime_size(listing({1, 1, 1, 0})), 256U) << "the server's order";
  EXPECT_EQ(prime_size(listing({1, 1, 1, 2})), 384U);
  EXPECT_EQ(prime_size(listing({1, 2})), 512U);
  EXPECT_EQ(prime_size(listing({})), 256U) << "RFC 7919 §4: who lists none may be given one";
}

TEST(FfdheKeyExchange, tells_its_group) {
  Loopback pair(with_dhe());
  pair.connect();
  for (const End* const end : {&pair.client, &pair.server}) {
    EXPECT_EQ(end->connection.settled().group, NamedGroup::ffdhe2048);
  }
  Sides sides = with_dhe();
  sides.client.versions = {ProtocolVersion::tls13, ProtocolVersion::tls12};
  Loopback both(sides);
  both.connect();
  EXPECT_EQ(both.client.connection.settled().group, NamedGroup::ffdhe2048);
}

TEST(FfdheKeyExchange, needs_no_curve) {
  Sides sides = with_dhe();
  sides.client.groups = {NamedGroup::x25519};
  sides.server.groups = {NamedGroup::secp256r1};
  Loopback pair(sides);
  pair.connect();
}

/// Replaces one of the three numbers of ServerDHParams by `number`.
Edit with_number(unsigned which, std::vector<std::uint8_t> number) {
  return [which, number](Flight& flight) {
    std::vector<std::uint8_t>& said = find(flight, HandshakeType::server_key_exchange).content;
    std::vector<std::uint8_t> body;
    std::size_t at = 4;
    for (unsigned i = 0; i < 3; ++i) {
      const std::size_t size = said.at(at) * 256U + said.at(at + 1);
      const auto start = said.begin() + static_cast<std::ptrdiff_t>(at + 2);
      std::vector<std::uint8_t> own(start, start + static_cast<std::ptrdiff_t>(size));
      own = i == which ? number : own;
      body.push_back(static_cast<std::uint8_t>(own.size() >> 8));
      body.push_back(static_cast<std::uint8_t>(own.size()));
      body.insert(body.end(), own.begin(), own.end());
      at += 2 + size;
    }
    body.insert(body.end(), said.begin() + static_cast<std::ptrdiff_t>(at), said.end());
    replace_body(HandshakeType::server_key_exchange, body)(flight);
  };
}

/// A ClientKeyExchange with this public value.
std::vector<std::uint8_t> with_length(const std::vector<std::uint8_t>& number) {
  std::vector<std::uint8_t> body = {static_cast<std::uint8_t>(number.size() >> 8),
                                    static_cast<std::uint8_t>(number.size())};
  body.insert(body.end(), number.begin(), number.end());
  return body;
}

TEST(FfdheKeyExchange, refuses_groups_and_numbers_that_are_no_good) {
  using Number = std::vector<std::uint8_t>;
  const Number prime = legacy::ffdhe_group(NamedGroup::ffdhe2048)->p;
  Number other = prime;
  other.at(100) ^= 4;
  Number before = prime;
  before.back() -= 1;
  Sides or_rsa = with_dhe();  // and a key that does not decrypt
  or_rsa.client.cipher_suites12.push_back(CipherSuite::tls_rsa_with_aes_128_gcm_sha256);
  or_rsa.server.cipher_suites12 = or_rsa.client.cipher_suites12;
  const auto answer = [](const Number& number) {
    return std::map<unsigned, Edit>{
        {2, replace_body(HandshakeType::client_key_exchange, with_length(number))}};
  };
  const Refusal rows[] = {
      {"a prime of its own",
       by_client,
       Reason::ffdhe_group_unknown,
       {{1, with_number(0, other)}},
       with_dhe()},
      {"a prime of 8 bits",
       by_client,
       Reason::ffdhe_group_unknown,
       {{1, with_number(0, {251})}},
       with_dhe()},
      {"another generator",
       by_client,
       Reason::ffdhe_group_unknown,
       {{1, with_number(1, {5})}},
       with_dhe()},
      {"another public value than was signed",
       by_client,
       Reason::signature_invalid,
       {{1, with_number(2, {7})}},
       with_dhe()},
      {"no FFDHE group that is taken", by_server, Reason::ffdhe_group_none_common,
       listing({1, 3, 1, 4}), with_dhe()},
      {"no such group, and no key for RSA", by_server, Reason::ffdhe_group_none_common,
       listing({1, 3, 1, 4}), or_rsa},
      {"a public value of 0", by_server, Reason::key_share_invalid, answer({0}), with_dhe()},
      {"a public value of 1", by_server, Reason::key_share_invalid, answer({1}), with_dhe()},
      {"a public value of p - 1", by_server, Reason::key_share_invalid, answer(before), with_dhe()},
      {"a public value of p", by_server, Reason::key_share_invalid, answer(prime), with_dhe()},
      {"a public value beyond p", by_server, Reason::key_share_invalid, answer(Number(300, 0xff)),
       with_dhe()},
      {"a public value that is cut",
       by_server,
       Reason::message_truncated,
       {{2, replace_body(HandshakeType::client_key_exchange, {1, 0, 7})}},
       with_dhe()},
  };
  expect_refusals(rows);
}

/// RFC 5246 §8.1.2: "Leading bytes of Z that contain all zero bits are stripped".
TEST(FfdheKeyExchange, comes_to_one_secret_without_leading_zeros) {
  bool was_short = false;
  const auto server = legacy::generate_ffdhe(NamedGroup::ffdhe2048).value();
  for (unsigned i = 0; i < 3000 && !was_short; ++i) {
    const auto client = legacy::generate_ffdhe(NamedGroup::ffdhe2048).value();
    ASSERT_EQ(client.share.size(), 256U);
    const auto one =
        legacy::agree_ffdhe(NamedGroup::ffdhe2048, client.private_key, server.share).value();
    was_short = one.size() < 256;
    if (was_short || i == 0) {
      const auto other =
          legacy::agree_ffdhe(NamedGroup::ffdhe2048, server.private_key, client.share).value();
      EXPECT_TRUE(std::ranges::equal(one.expose(), other.expose()));
      EXPECT_NE(one.expose().front(), 0);
    }
  }
  EXPECT_TRUE(was_short) << "one in 256 begins with a zero";
}

TEST(FfdheKeyExchange, has_the_groups_of_rfc_7919_and_no_others) {
  for (const NamedGroup group : crypto::ffdhe_groups) {
    const auto numbers = legacy::ffdhe_group(group);
    ASSERT_TRUE(numbers);
    EXPECT_EQ(legacy::find_ffdhe(numbers->p, numbers->g), group);
    // RFC 7919 §A: 64 bits of ones at both ends.
    const std::vector<std::uint8_t> ones(8, 0xff);
    EXPECT_TRUE(std::ranges::equal(Bytes(numbers->p).first(8), ones));
    EXPECT_TRUE(std::ranges::equal(Bytes(numbers->p).last(8), ones));
    EXPECT_EQ(numbers->g, std::vector<std::uint8_t>{2});
  }
  EXPECT_FAILS(legacy::ffdhe_group(NamedGroup::ffdhe8192), Reason::configuration_unsupported);
  EXPECT_FAILS(legacy::generate_ffdhe(NamedGroup::x25519), Reason::configuration_unsupported);
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
