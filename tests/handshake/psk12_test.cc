// External keys in TLS 1.2: who is known by one, and who is not; and what a policy lets in. RFC
// 4279, RFC 5489, RFC 7925.
#include "handshake/psk12.h"

#include "handfast/external_psk.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum CipherSuite;
using enum crypto::KeyExchangeMethod;
using Content = std::vector<std::uint8_t>;
using Psk = std::shared_ptr<const ExternalPsk>;

constexpr auto tls12 = ProtocolVersion::tls12;
constexpr auto tls13 = ProtocolVersion::tls13;

Content text(std::string_view characters) { return {characters.begin(), characters.end()}; }

ProvisionedPsk given(std::string_view identity, std::uint8_t secret, std::size_t size) {
  Content key(size, secret);
  key.front() = 0;
  return {text(identity), SecretBytes(std::move(key))};
}

Psk key12(PskRole role, std::string_view identity = "light bulb", std::uint8_t secret = 1,
          std::size_t size = 32) {
  return ExternalPsk::for_tls12(given(identity, secret, size), role).value();
}

/// Two sides that have one key, and nothing else where `alone`.
Sides keyed12(CipherSuite suite = tls_ecdhe_psk_with_aes_128_gcm_sha256, bool alone = true) {
  Sides sides;
  sides.client.versions = sides.server.versions = {tls12};
  sides.client.cipher_suites12 = sides.server.cipher_suites12 = {suite};
  sides.client.policy = sides.server.policy = Policy::iot();
  sides.client.external_psks = {key12(PskRole::client)};
  sides.server.external_psks = {key12(PskRole::server)};
  sides.only_psk = alone;
  sides.has_credential = !alone;
  return sides;
}

/// The same where both have certificates too, and the client offers first a suite for the key.
Sides either_way() {
  Sides sides = keyed12(tls_ecdhe_psk_with_aes_128_gcm_sha256, false);
  sides.client.cipher_suites12 = sides.server.cipher_suites12 = {
      tls_ecdhe_psk_with_aes_128_gcm_sha256, tls_ecdhe_ecdsa_with_aes_128_gcm_sha256};
  return sides;
}

Sides later(Sides sides) {
  ++sides.now.seconds;
  ++sides.seed;
  return sides;
}

std::string identity_of(const End& end) {
  const auto& identity = end.connection.settled().psk_identity;
  return {identity.begin(), identity.end()};
}

/// A handshake that must succeed, after which both sides know each other by `identity`; what the
/// server sent.
std::vector<HandshakeType> meet(const Sides& sides, std::string_view identity) {
  Loopback pair(sides);
  pair.connect();
  pair.client.send(sample_data(100));
  pair.server.send(sample_data(200));
  pair.relay();
  EXPECT_EQ(pair.server.data, sample_data(100));
  EXPECT_EQ(pair.client.data, sample_data(200));
  EXPECT_TRUE(pair.client.trusted);
  EXPECT_EQ(pair.client.exported(), pair.server.exported());
  EXPECT_EQ(identity_of(pair.client), identity);
  EXPECT_EQ(identity_of(pair.server), identity);
  EXPECT_EQ(pair.server.identity(), nullptr) << "a key is no certificate";
  EXPECT_TRUE(pair.server.unknown_psks.empty());
  return pair.server.sent_messages;
}

void expect_end(const Sides& sides, By by, Reason reason) {
  Loopback pair(sides);
  pair.relay();
  expect_refusal(pair, by, reason);
}

// ---- who is known -------------------------------------------------------------------------------

TEST(Psk12, knows_each_other_in_every_suite_for_keys) {
  unsigned count = 0;
  for (const crypto::Suite& suite : crypto::suites12) {
    if (crypto::shows_certificate(suite.key_exchange)) {
      continue;
    }
    SCOPED_TRACE(std::string(name(suite.id)));
    const bool agrees = suite.key_exchange == ecdhe_psk;
    const Sides sides = keyed12(suite.id);
    const auto sent = meet(sides, "light bulb");
    const std::vector<HandshakeType> alone = {server_hello, server_hello_done, finished};
    const std::vector<HandshakeType> with_share = {server_hello, server_key_exchange,
                                                   server_hello_done, finished};
    EXPECT_EQ(sent, agrees ? with_share : alone);
    Loopback pair(sides);
    pair.connect();
    for (const End* end : {&pair.client, &pair.server}) {
      EXPECT_EQ(end->connection.settled().suite, suite.id);
      EXPECT_EQ(end->connection.settled().group, agrees ? NamedGroup::x25519 : NamedGroup{});
      EXPECT_EQ(end->connection.settled().scheme, SignatureScheme{});
    }
    ++count;
  }
  EXPECT_EQ(count, 12U);
}

TEST(Psk12, may_have_a_key_of_any_length_that_is_allowed) {
  for (const std::size_t size : {16UL, 64UL, 256UL}) {
    for (const CipherSuite suite :
         {tls_psk_with_aes_128_gcm_sha256, tls_ecdhe_psk_with_aes_256_gcm_sha384}) {
      Sides sides = keyed12(suite);
      sides.client.external_psks = {key12(PskRole::client, "bulb", 3, size)};
      sides.server.external_psks = {key12(PskRole::server, "other", 4),
                                    key12(PskRole::server, "bulb", 3, size)};
      meet(sides, "bulb");
    }
  }
}

TEST(Psk12, is_told_what_only_a_policy_lets_in) {
  using Weaknesses = std::vector<Weakness>;
  const std::pair<CipherSuite, Weaknesses> rows[] = {
      {tls_ecdhe_psk_with_aes_128_gcm_sha256, {}},
      {tls_ecdhe_psk_with_aes_128_ccm_sha256, {}},
      {tls_ecdhe_psk_with_aes_128_ccm_8_sha256, {Weakness::short_tag}},
      {tls_psk_with_aes_256_gcm_sha384, {Weakness::no_forward_secrecy}},
      {tls_psk_with_aes_128_ccm_8, {Weakness::short_tag, Weakness::no_forward_secrecy}},
  };
  for (const auto& [suite, weaknesses] : rows) {
    Loopback pair(keyed12(suite));
    pair.connect();
    EXPECT_EQ(pair.client.weaknesses, weaknesses) << name(suite);
    EXPECT_EQ(pair.server.weaknesses, weaknesses) << name(suite);
  }
}

TEST(Ccm12, is_spoken_with_certificates_too) {
  for (const CipherSuite suite :
       {tls_ecdhe_ecdsa_with_aes_128_ccm, tls_ecdhe_ecdsa_with_aes_256_ccm,
        tls_ecdhe_ecdsa_with_aes_128_ccm_8, tls_ecdhe_ecdsa_with_aes_256_ccm_8}) {
    Sides sides = keyed12(suite, false);
    sides.client.external_psks = {};
    sides.server.external_psks = {};
    const auto sent = meet(sides, "");
    EXPECT_EQ(std::ranges::count(sent, certificate), 1) << name(suite);
  }
}

/// In TLS 1.2 the server has chosen before it hears which key is meant.
TEST(Psk12, lets_the_order_of_suites_decide_between_keys_and_certificates) {
  EXPECT_EQ(std::ranges::count(meet(either_way(), "light bulb"), certificate), 0);
  Sides sides = either_way();
  std::ranges::reverse(sides.client.cipher_suites12);
  EXPECT_EQ(std::ranges::count(meet(sides, ""), certificate), 1);
  sides.server.own_suite_order = true;
  EXPECT_EQ(std::ranges::count(meet(sides, "light bulb"), certificate), 0);
  sides.server.external_psks = {};
  EXPECT_EQ(std::ranges::count(meet(sides, ""), certificate), 1) << "it knows no key";
  sides = either_way();
  sides.client.external_psks = {};
  EXPECT_EQ(std::ranges::count(meet(sides, ""), certificate), 1) << "the client has no key";
}

TEST(Psk12, does_where_no_suite_is_for_the_certificate) {
  Sides sides = either_way();
  sides.client.cipher_suites12 = sides.server.cipher_suites12 = {
      CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256, tls_ecdhe_psk_with_aes_128_gcm_sha256};
  EXPECT_EQ(std::ranges::count(meet(sides, "light bulb"), certificate), 0) << "it is of Ed25519";
}

TEST(Psk12, stands_in_the_place_of_a_clients_certificate) {
  Sides sides = authenticated(either_way());
  const auto sent = meet(sides, "light bulb");
  EXPECT_EQ(std::ranges::count(sent, certificate_request), 0);
}

TEST(Psk12, needs_no_group_where_none_is_used) {
  Sides sides = keyed12(tls_psk_with_aes_128_gcm_sha256);
  sides.client.groups = {NamedGroup::x25519};
  sides.server.groups = {NamedGroup::secp256r1};
  meet(sides, "light bulb");
  sides.client.cipher_suites12 =
      sides.server.cipher_suites12 = {tls_ecdhe_psk_with_aes_128_gcm_sha256};
  expect_end(sides, by_server, Reason::group_none_common);
}

TEST(Psk12, keeps_keys_of_both_versions_apart) {
  Sides sides = keyed12();
  sides.client.versions = sides.server.versions = {tls13, tls12};
  const PskContext context = PskContext::agreed({}).value();
  const auto imported = [&](PskRole role) {
    return ExternalPsk::import_key(given("lamp", 7, 32), context, role).value();
  };
  sides.client.external_psks.push_back(imported(PskRole::client));
  sides.server.external_psks.push_back(imported(PskRole::server));
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.server.connection.settled().version, tls13);
  EXPECT_EQ(identity_of(pair.server), "lamp");
  sides.server.versions = {tls12};
  sides.server.external_psks = {key12(PskRole::server)};
  meet(sides, "light bulb");
}

// ---- who is not ---------------------------------------------------------------------------------

/// RFC 4279 §2: nobody learns whether it was the identity that is not known, or the key.
TEST(Psk12, tells_no_client_whether_its_identity_is_known) {
  for (const CipherSuite suite :
       {tls_psk_with_aes_128_gcm_sha256, tls_ecdhe_psk_with_aes_128_gcm_sha256}) {
    Sides sides = keyed12(suite);
    sides.client.external_psks = {key12(PskRole::client, "light bulb", 2)};
    expect_end(sides, by_server, Reason::record_unreadable);
    sides.client.external_psks = {key12(PskRole::client, "nobody", 1)};
    Loopback pair(sides);
    pair.relay();
    expect_refusal(pair, by_server, Reason::record_unreadable);
    EXPECT_EQ(pair.server.unknown_psks, std::vector<Content>(1, text("nobody")));
    EXPECT_EQ(pair.server.sent_messages.back(), server_hello_done);
  }
}

TEST(Psk12, takes_no_key_of_another_role_or_version_from_who_chooses) {
  Sides sides = keyed12();
  sides.server.external_psks = {};
  sides.server.pulled.psk_choice = true;
  const auto met_with = [&](const Psk& chosen) {
    Loopback pair(sides);
    pair.server.answering = [&](const Operation& operation) -> std::optional<Answer> {
      const auto* const choice = std::get_if<ChoosePsk>(&operation);
      if (choice == nullptr) {
        return std::nullopt;
      }
      EXPECT_TRUE(choice->kdfs.empty());
      EXPECT_EQ(choice->identities.size(), 1U);
      return ChosenPsk{chosen};
    };
    pair.relay();
    return pair.server.connected;
  };
  EXPECT_TRUE(met_with(key12(PskRole::server)));
  EXPECT_FALSE(met_with(key12(PskRole::client)));
  EXPECT_FALSE(met_with(key12(PskRole::server, "another")));
  EXPECT_FALSE(met_with(nullptr));
  EXPECT_FALSE(met_with(danger::raw_psk(given("light bulb", 1, 32), PskRole::server).value()));
}

std::map<unsigned, Edit> choosing(CipherSuite suite) {
  return {{1, edit_hello([suite](OpenHello& hello) {
             const auto code = static_cast<std::uint16_t>(suite);
             hello.suites = {static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)};
           })}};
}

TEST(Psk12, refuses_what_does_not_belong_there) {
  const Content request = handshake_message(certificate_request, Content{1, 1, 0, 2, 4, 3, 0, 0});
  const Content share(32, 9);
  Content on_p521 = {0, 0, 3, 0, 25, 32};
  on_p521.insert(on_p521.end(), share.begin(), share.end());
  Content explicit_curve = {0, 0, 1, 0, 29, 32};
  explicit_curve.insert(explicit_curve.end(), share.begin(), share.end());
  const auto plain = tls_psk_with_aes_128_gcm_sha256;
  const Refusal rows[] = {
      {"a CertificateRequest",
       by_client,
       Reason::message_unexpected,
       {{1, insert_before(server_hello_done, ContentType::handshake, request)}},
       keyed12()},
      {"a Certificate",
       by_client,
       Reason::message_unexpected,
       {{1, insert_before(server_key_exchange, ContentType::handshake,
                          handshake_message(certificate, Content{0, 0, 0}))}},
       keyed12()},
      {"no ServerKeyExchange where there must be one",
       by_client,
       Reason::message_unexpected,
       {{1, drop(server_key_exchange)}},
       keyed12()},
      {"a group that was not offered",
       by_client,
       Reason::group_not_offered,
       {{1, replace_body(server_key_exchange, on_p521)}},
       keyed12()},
      {"a curve that is written out",
       by_client,
       Reason::group_not_offered,
       {{1, replace_body(server_key_exchange, explicit_curve)}},
       keyed12()},
      {"a signature behind the share",
       by_client,
       Reason::message_leftover,
       {{1,
         [](Flight& flight) {
           Content body(find(flight, server_key_exchange).content.begin() + 4,
                        find(flight, server_key_exchange).content.end());
           body.insert(body.end(), {4, 3, 0, 1, 9});
           replace_body(server_key_exchange, body)(flight);
         }}},
       keyed12()},
      {"a hint that is cut",
       by_client,
       Reason::message_truncated,
       {{1, insert_before(server_hello_done, ContentType::handshake,
                          handshake_message(server_key_exchange, Content{0, 3, 9}))}},
       keyed12(plain)},
      {"two hints",
       by_client,
       Reason::message_unexpected,
       {{1,
         [](Flight& flight) {
           const Content hint = handshake_message(server_key_exchange, Content{0, 1, 9});
           insert_before(server_hello_done, ContentType::handshake, hint)(flight);
           insert_before(server_hello_done, ContentType::handshake, hint)(flight);
         }}},
       keyed12(plain)},
  };
  expect_refusals(rows);
}

TEST(Psk12, refuses_a_suite_that_it_could_not_offer) {
  const Refusal rows[] = {
      {"a suite with certificates, by a client that takes none", by_client,
       Reason::suite_not_offered, choosing(tls_ecdhe_ecdsa_with_aes_128_gcm_sha256),
       [] {
         Sides sides = keyed12();
         sides.client.cipher_suites12.push_back(tls_ecdhe_ecdsa_with_aes_128_gcm_sha256);
         return sides;
       }()},
      {"a suite for keys, by a client that has none", by_client, Reason::suite_not_offered,
       choosing(tls_ecdhe_psk_with_aes_128_gcm_sha256),
       [] {
         Sides sides = either_way();
         sides.client.external_psks = {};
         return sides;
       }()},
  };
  expect_refusals(rows);
}

TEST(Psk12, refuses_a_client_key_exchange_that_is_malformed) {
  const auto plain = tls_psk_with_aes_128_gcm_sha256;
  const Refusal rows[] = {
      {"an identity that is cut",
       by_server,
       Reason::message_truncated,
       {{2, replace_body(client_key_exchange, {0, 9, 'l'})}},
       keyed12(plain)},
      {"bytes behind the identity",
       by_server,
       Reason::message_leftover,
       {{2, replace_body(client_key_exchange, {0, 1, 'l', 0})}},
       keyed12(plain)},
      {"no share behind the identity",
       by_server,
       Reason::message_truncated,
       {{2, replace_body(client_key_exchange, {0, 1, 'l'})}},
       keyed12()},
      {"a share of zeros",
       by_server,
       Reason::key_share_invalid,
       {{2,
         [](Flight& flight) {
           Content body = {0, 1, 'l', 32};
           body.resize(body.size() + 32);
           replace_body(client_key_exchange, body)(flight);
         }}},
       keyed12()},
  };
  expect_refusals(rows);
}

TEST(Psk12, refuses_a_client_without_anything_in_common) {
  Sides sides = keyed12();
  sides.server.cipher_suites12 = {tls_ecdhe_psk_with_aes_256_gcm_sha384};
  expect_end(sides, by_server, Reason::suite_none_common);
  sides = either_way();
  sides.has_credential = false;
  sides.client.external_psks = {};
  expect_end(sides, by_server, Reason::suite_none_common);
}

// ---- sessions -----------------------------------------------------------------------------------

TEST(Psk12, resumes_sessions_while_the_key_is_known) {
  for (const CipherSuite suite :
       {tls_psk_with_aes_128_ccm_8, tls_ecdhe_psk_with_aes_256_gcm_sha384}) {
    Sides sides = resuming(keyed12(suite));
    meet(sides, "light bulb");
    sides = later(sides);
    Loopback pair(sides);
    pair.connect();
    EXPECT_EQ(pair.server.connection.settled().session, SessionOutcome::resumed);
    EXPECT_EQ(pair.client.connection.settled().session, SessionOutcome::resumed);
    EXPECT_EQ(identity_of(pair.server), "light bulb");
    EXPECT_EQ(identity_of(pair.client), "light bulb");
    EXPECT_TRUE(pair.client.trusted);
    EXPECT_EQ(pair.server.connection.settled().group, NamedGroup{});

    sides = later(sides);
    sides.server.external_psks.push_back(key12(PskRole::server, "new"));
    Loopback again(sides);
    again.connect();
    EXPECT_EQ(again.server.connection.settled().session, SessionOutcome::resumed);
  }
}

TEST(Psk12, resumes_no_session_of_a_key_that_is_another_now) {
  Sides sides = resuming(keyed12());
  meet(sides, "light bulb");
  sides = later(sides);
  sides.server.external_psks = {key12(PskRole::server, "light bulb", 9)};
  Loopback pair(sides);
  pair.relay();
  EXPECT_EQ(pair.server.connection.settled().session, SessionOutcome::other_psk);
  expect_refusal(pair, by_server, Reason::record_unreadable);
}

// ---- configurations -----------------------------------------------------------------------------

Result<> configured(const Sides& sides) {
  const auto client = sides.only_psk ? ClientConfig::make(OnlyPsk{}, sides.client)
                                     : ClientConfig::make(authorities(), sides.client);
  if (!client) {
    return std::unexpected(client.error());
  }
  const auto server = ServerConfig::make({}, sides.server);
  return server ? Result<>() : std::unexpected(server.error());
}

TEST(Policy, is_needed_for_what_is_worse_than_usual) {
  for (const crypto::Suite& suite : crypto::suites12) {
    SCOPED_TRACE(std::string(name(suite.id)));
    const bool is_old = suite.mac || suite.key_exchange == dhe || suite.key_exchange == rsa;
    const bool is_weak = suite.key_exchange == psk || crypto::tag_size(suite.aead) == 8;
    ClientOptions options;
    options.cipher_suites12 = {suite.id};
    const auto made = [&] { return ClientConfig::make(authorities(), options); };
    const auto expect = [&](bool is_let_in) {
      EXPECT_EQ(made().has_value(), is_let_in);
      if (!is_let_in) {
        EXPECT_FAILS(made(), Reason::configuration_needs_policy);
      }
    };
    expect(!is_weak && !is_old);
    options.policy = Policy::iot();
    expect(!is_old);  // of those, tests/legacy
    options.policy = Policy() | Policy::iot();
    expect(!is_old);
  }
}

TEST(Psk12, is_refused_where_a_configuration_has_no_use_for_it) {
  EXPECT_TRUE(configured(keyed12()));
  Sides sides = keyed12();
  sides.client.versions = {tls13};
  EXPECT_FAILS(configured(sides), Reason::configuration_unsupported);
  sides = keyed12(tls_ecdhe_ecdsa_with_aes_128_gcm_sha256);
  EXPECT_FAILS(configured(sides), Reason::configuration_unsupported);
  sides = keyed12();
  sides.server.versions = {tls13};
  EXPECT_FAILS(configured(sides), Reason::configuration_unsupported);
  sides = keyed12();
  sides.client.external_psks.push_back(key12(PskRole::client, "second"));
  EXPECT_FAILS(configured(sides), Reason::configuration_unsupported) << "which is to be named?";
  sides = keyed12();
  sides.server.external_psks.push_back(key12(PskRole::server));
  EXPECT_FAILS(configured(sides), Reason::configuration_duplicate);
  sides = keyed12();
  sides.client.external_psks = {key12(PskRole::server)};
  EXPECT_FAILS(configured(sides), Reason::psk_role_wrong);
  sides = keyed12();
  sides.client.versions = {tls13, tls12};
  EXPECT_FAILS(configured(sides), Reason::configuration_unsupported) << "no key for TLS 1.3";
  sides = keyed12();
  sides.only_psk = false;
  sides.client.external_psks = {};
  EXPECT_FAILS(configured(sides), Reason::configuration_empty) << "suites for keys, and no key";
}

TEST(Psk12, is_weak_or_badly_named_as_others_are) {
  const auto make = [](std::string_view identity, std::size_t size) {
    return ExternalPsk::for_tls12(given(identity, 1, size), PskRole::client);
  };
  EXPECT_FAILS(make("bulb", 15), Reason::psk_weak);
  EXPECT_FAILS(make("bulb", 257), Reason::psk_weak);
  EXPECT_FAILS(make("", 32), Reason::psk_identity_invalid);
  EXPECT_FAILS(make(std::string(129, 'x'), 32), Reason::psk_identity_invalid);
  const auto key = make("bulb", 16);
  ASSERT_TRUE(key);
  EXPECT_EQ((*key)->version(), tls12);
  EXPECT_FALSE((*key)->is_imported());
  for (const KdfIdentifier kdf : {KdfIdentifier::hkdf_sha256, KdfIdentifier::hkdf_sha384}) {
    EXPECT_TRUE((*key)->sent_identity(kdf).empty()) << "TLS 1.3 has no use for it";
    EXPECT_TRUE((*key)->expose(kdf).empty());
  }
  const auto raw = danger::raw_psk(given("bulb", 1, 16), PskRole::client).value();
  EXPECT_NE((*key)->fingerprint(), raw->fingerprint());
  EXPECT_TRUE(raw->expose12().empty());
}

}  // namespace
}  // namespace handfast::test
