// External pre-shared keys in the handshake: who is known by one, and who is not. RFC 9846 §4.3.11,
// RFC 9257, RFC 9258.
#include "handshake/psk13.h"

#include "handfast/external_psk.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum ExtensionType;
using enum HandshakeType;
using enum CipherSuite;
using Content = std::vector<std::uint8_t>;
using Psk = std::shared_ptr<const ExternalPsk>;

Content text(std::string_view characters) { return {characters.begin(), characters.end()}; }

ProvisionedPsk given(std::string_view identity, std::uint8_t secret = 1,
                     KdfIdentifier kdf = KdfIdentifier::hkdf_sha256) {
  Content key(32, secret);
  key.front() = 0;
  return {text(identity), SecretBytes(std::move(key)), kdf};
}

Psk imported(PskRole role, std::string_view identity = "light bulb", std::uint8_t secret = 1,
             std::string_view context = "house") {
  return ExternalPsk::import_key(given(identity, secret), PskContext::agreed(text(context)).value(),
                                 role)
      .value();
}

Psk raw(PskRole role, KdfIdentifier kdf) {
  return danger::raw_psk(given("old bulb", 2, kdf), role).value();
}

/// Two sides that have one key, and nothing else where `alone`.
Sides keyed(Sides sides = {}, bool alone = true) {
  sides.client.external_psks = {imported(PskRole::client)};
  sides.server.external_psks = {imported(PskRole::server)};
  sides.only_psk = alone;
  sides.has_credential = !alone;
  return sides;
}

/// The same with a key that is used as it is.
Sides keyed_raw(KdfIdentifier kdf = KdfIdentifier::hkdf_sha256, Sides sides = {}) {
  sides = keyed(std::move(sides));
  sides.client.external_psks = {raw(PskRole::client, kdf)};
  sides.server.external_psks = {raw(PskRole::server, kdf)};
  return sides;
}

Sides later(Sides sides) {
  ++sides.now.seconds;
  ++sides.seed;
  return sides;
}

/// How a handshake went that must succeed: the identity by which both know each other, and what the
/// server sent.
struct Met {
  std::string identity;
  SessionOutcome session{};
  std::vector<HandshakeType> from_server;
  CipherSuite suite{};
};

Met meet(const Sides& sides, Chunk chunk = {}) {
  Loopback pair(sides);
  pair.connect(chunk);
  pair.client.send(sample_data(100));
  pair.server.send(sample_data(200));
  pair.relay();
  EXPECT_EQ(pair.server.data, sample_data(100));
  EXPECT_EQ(pair.client.data, sample_data(200));
  EXPECT_TRUE(pair.client.trusted);
  EXPECT_EQ(pair.client.exported(), pair.server.exported());
  const Settled& client = pair.client.connection.settled();
  const Settled& server = pair.server.connection.settled();
  EXPECT_EQ(client.psk_identity, server.psk_identity);
  EXPECT_EQ(pair.server.identity(), nullptr) << "a key is no certificate";
  return {{server.psk_identity.begin(), server.psk_identity.end()},
          server.session,
          pair.server.sent_messages,
          server.suite};
}

/// Runs a handshake that one side must end.
void expect_end(const Sides& sides, By by, Reason reason) {
  Loopback pair(sides);
  pair.relay();
  expect_refusal(pair, by, reason);
}

bool showed_certificate(const Met& met) {
  return std::ranges::count(met.from_server, certificate) == 1;
}

// ---- a key in the place of certificates ---------------------------------------------------------

TEST(ExternalPsks, stand_in_the_place_of_certificates) {
  const Met met = meet(keyed());
  EXPECT_EQ(met.identity, "light bulb");
  EXPECT_EQ(met.from_server,
            (std::vector<HandshakeType>{server_hello, encrypted_extensions, finished}));
  EXPECT_EQ(met.session, SessionOutcome::not_offered);
}

TEST(ExternalPsks, work_with_every_suite_however_it_is_cut_and_retried) {
  for (const CipherSuite suite :
       {tls_aes_128_gcm_sha256, tls_aes_256_gcm_sha384, tls_chacha20_poly1305_sha256}) {
    for (const bool retry : {false, true}) {
      for (const Chunk chunk : {Chunk{0}, Chunk{1}}) {
        Sides sides = keyed(only(suite, NamedGroup::x25519));
        const Met met = meet(retry ? retried(sides) : sides, chunk);
        EXPECT_EQ(met.identity, "light bulb");
        EXPECT_EQ(met.suite, suite);
      }
    }
  }
}

TEST(ExternalPsks, are_believed_by_the_verdict_of_the_client) {
  Loopback pair(keyed());
  unsigned looked = 0;
  pair.client.on_connected = [&](const Connected& connected) {
    ASSERT_NE(connected.verdict, nullptr);
    EXPECT_TRUSTED(*connected.verdict);
    EXPECT_EQ(connected.verdict->outcome(TrustStep::external_psk), Outcome::passed);
    EXPECT_TRUE(connected.verdict->path().empty());
    ++looked;
  };
  pair.relay();
  EXPECT_EQ(looked, 1U);
}

TEST(ExternalPsks, go_before_certificates) {
  EXPECT_FALSE(showed_certificate(meet(keyed({}, false))));
}

TEST(ExternalPsks, that_are_not_known_leave_the_certificate) {
  Sides sides = keyed({}, false);
  sides.server.external_psks = {imported(PskRole::server, "lamp")};
  const Met met = meet(sides);
  EXPECT_TRUE(showed_certificate(met));
  EXPECT_EQ(met.identity, "");
  sides.server.external_psks.clear();
  EXPECT_TRUE(showed_certificate(meet(sides)));
}

// RFC 9846 §4.4.2: a server that authenticates with a PSK MUST NOT send a CertificateRequest.
TEST(ExternalPsks, stand_in_the_place_of_the_certificate_of_a_client) {
  Sides sides = keyed(authenticated(), false);
  EXPECT_EQ(std::ranges::count(meet(sides).from_server, certificate_request), 0);
}

TEST(ExternalPsks, are_chosen_in_the_order_of_the_server) {
  Sides sides = keyed();
  sides.client.external_psks = {imported(PskRole::client, "a"), imported(PskRole::client, "b"),
                                imported(PskRole::client, "c")};
  sides.server.external_psks = {imported(PskRole::server, "x"), imported(PskRole::server, "c"),
                                imported(PskRole::server, "b")};
  EXPECT_EQ(meet(sides).identity, "c");
  EXPECT_EQ(meet(retried(sides)).identity, "c");
}

TEST(ExternalPsks, that_are_raw_work_with_peers_that_import_none) {
  for (const KdfIdentifier kdf : {KdfIdentifier::hkdf_sha256, KdfIdentifier::hkdf_sha384}) {
    for (const bool own_order : {false, true}) {
      // The suite follows the key: its hash is the only one that will do.
      Sides sides = keyed_raw(kdf);
      sides.server.own_suite_order = own_order;
      for (const Sides& each : {sides, retried(sides)}) {
        const Met met = meet(each);
        EXPECT_EQ(met.identity, "old bulb");
        EXPECT_EQ(met.suite == tls_aes_256_gcm_sha384, kdf == KdfIdentifier::hkdf_sha384);
      }
    }
  }
}

TEST(ExternalPsks, do_not_fit_one_another_imported_and_raw) {
  Sides sides = keyed();
  sides.client.external_psks = {danger::raw_psk(given("light bulb"), PskRole::client).value()};
  expect_end(sides, by_server, Reason::psk_identity_unknown);
}

TEST(ExternalPsks, are_not_what_early_data_is_sent_under) {
  Sides sides = with_early_data(keyed());
  Loopback pair(sides);
  pair.client.run();
  EXPECT_EQ(pair.client.connection.early_data_left(), 0U);
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().early_data, EarlyDataOutcome::not_offered);
}

TEST(ExternalPsks, log_their_secrets_as_any_handshake_does) {
  Loopback pair(keyed());
  pair.connect();
  for (const std::string_view label :
       {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"}) {
    EXPECT_FALSE(pair.client.secret(label).empty()) << label;
    EXPECT_EQ(pair.client.secret(label), pair.server.secret(label)) << label;
  }
}

// ---- whoever has no key -------------------------------------------------------------------------

TEST(ExternalPsks, of_another_name_context_or_hash_are_unknown) {
  for (const Psk& other :
       {imported(PskRole::client, "lamp"), imported(PskRole::client, "light bul"),
        imported(PskRole::client, "light bulb", 1, "flat"),
        imported(PskRole::client, std::string_view("light bulb\0", 11))}) {
    Sides sides = keyed();
    sides.client.external_psks = {other};
    expect_end(sides, by_server, Reason::psk_identity_unknown);
  }
  // The server speaks one hash, and the client imports for the other.
  Sides sides = keyed_raw(KdfIdentifier::hkdf_sha384);
  sides.server.cipher_suites = {tls_aes_128_gcm_sha256};
  sides.server.external_psks = {imported(PskRole::server)};
  expect_end(sides, by_server, Reason::psk_identity_unknown);
}

TEST(ExternalPsks, of_the_right_name_and_another_key_are_found_out) {
  Sides sides = keyed();
  sides.client.external_psks = {imported(PskRole::client, "light bulb", 2)};
  expect_end(sides, by_server, Reason::psk_binder_invalid);
  expect_end(retried(sides), by_server, Reason::psk_binder_invalid);
  sides = keyed(sides, false);
  sides.client.external_psks = {imported(PskRole::client, "light bulb", 2)};
  expect_end(sides, by_server, Reason::psk_binder_invalid);
}

TEST(ExternalPsks, are_needed_where_there_is_no_certificate) {
  Sides sides;
  sides.server.external_psks = {imported(PskRole::server)};
  sides.has_credential = false;
  expect_end(sides, by_server, Reason::psk_needed);
}

TEST(ExternalPsks, are_all_that_some_clients_take) {
  Sides sides = keyed();
  sides.has_credential = true;
  sides.server.external_psks.clear();
  expect_end(sides, by_server, Reason::extension_missing);  // of signatures the client said nothing
  // A server that shows a certificate to who wants none.
  Loopback pair(keyed());
  Middle middle(pair);
  middle.run({{1, edit_hello([](OpenHello& hello) { hello.erase(pre_shared_key); })}});
  expect_refusal(pair, by_client, Reason::psk_not_chosen);
}

TEST(ExternalPsks, that_fit_no_suite_of_a_retry_end_it) {
  Sides sides = retried(keyed_raw());
  Loopback pair(sides);
  Middle middle(pair);
  middle.run({{1, edit_hello([](OpenHello& hello) { hello.suites = {0x13, 0x02}; })}});
  expect_refusal(pair, by_client, Reason::psk_not_chosen);
}

// RFC 9846 §4.3.9: psk_ke alone, without (EC)DHE, is no mode of ours.
TEST(ExternalPsks, are_not_used_without_forward_secrecy) {
  const std::array rows = {
      Refusal{"psk_ke alone",
              by_server,
              Reason::psk_mode_none_common,
              {{0, edit_hello([](OpenHello& hello) { hello[psk_key_exchange_modes] = {1, 0}; })}},
              keyed()}};
  expect_refusals(rows);
  Loopback pair(keyed({}, false));
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& hello) { hello[psk_key_exchange_modes] = {1, 0}; })}});
  EXPECT_EQ(std::ranges::count(pair.server.sent_messages, certificate), 1);
}

/// The server chooses the n-th key.
Edit choose(std::uint8_t index) {
  return edit_hello([index](OpenHello& hello) { hello[pre_shared_key] = {0, index}; });
}

TEST(ExternalPsks, are_chosen_among_those_that_were_offered) {
  const std::array rows = {
      Refusal{"more than were offered: one for each hash",
              by_client,
              Reason::psk_not_offered,
              {{1, choose(2)}},
              keyed()},
      Refusal{"the one for the other hash",
              by_client,
              Reason::psk_hash_mismatch,
              {{1, choose(1)}},
              keyed()},
      Refusal{"one that was withdrawn when the hash was known",
              by_client,
              Reason::psk_not_offered,
              {{3, choose(1)}},
              retried(keyed())},
      Refusal{"a certificate besides",
              by_client,
              Reason::message_unexpected,
              {{1, insert_before(finished, ContentType::handshake,
                                 handshake_message(certificate_request, Content{0, 0, 0}))}},
              keyed()},
      Refusal{"a binder that was changed on the way",
              by_server,
              Reason::psk_binder_invalid,
              {{0, edit_hello([](OpenHello& hello) { hello.random[0] ^= 1; })}},
              keyed()},
  };
  expect_refusals(rows);
}

// The Selfie attack: what a machine says is sent back to it, which is server too.
TEST(ExternalPsks, do_not_open_a_machine_to_itself) {
  const auto key = [](PskRole role, std::string_view client, std::string_view server) {
    return ExternalPsk::import_key(given("pair"), PskContext::of_parties(client, server).value(),
                                   role)
        .value();
  };
  Sides sides = keyed();
  sides.client.external_psks = {key(PskRole::client, "here", "there")};
  sides.server.external_psks = {key(PskRole::server, "there", "here")};
  expect_end(sides, by_server, Reason::psk_identity_unknown);
  sides.server.external_psks = {key(PskRole::server, "here", "there")};
  EXPECT_EQ(meet(sides).identity, "pair") << "the other machine";
}

// ---- sessions -----------------------------------------------------------------------------------

TEST(SessionsOfKeys, go_on_with_the_same_identity) {
  for (const bool alone : {true, false}) {
    const Sides sides = resuming(keyed({}, alone));
    EXPECT_EQ(meet(sides).session, SessionOutcome::not_offered);
    ASSERT_EQ(sides.client.sessions->size(), 2U);
    const Met met = meet(later(sides));
    EXPECT_EQ(met.session, SessionOutcome::resumed);
    EXPECT_EQ(met.identity, "light bulb");
    EXPECT_EQ(meet(later(later(sides))).session, SessionOutcome::resumed) << "and on";
  }
}

TEST(SessionsOfKeys, end_with_the_key) {
  Sides sides = resuming(keyed());
  meet(sides);
  sides.server.external_psks = {imported(PskRole::server, "lamp"),
                                imported(PskRole::server, "light bulb", 2)};
  sides.client.external_psks.push_back(imported(PskRole::client, "lamp"));
  const Met met = meet(later(sides));
  EXPECT_NE(met.session, SessionOutcome::resumed) << "the client has other keys, or takes it back";
  EXPECT_EQ(met.identity, "lamp");
}

TEST(SessionsOfKeys, are_not_resumed_by_a_server_that_knows_another_key_of_the_name) {
  Sides sides = resuming(keyed());
  meet(sides);
  // The client offers the session, then its key; the name is known still, and the key is not.
  sides.server.external_psks = {imported(PskRole::server, "light bulb", 2)};
  expect_end(later(sides), by_server, Reason::psk_binder_invalid);
  // With another key that both have, the server can say what became of the session.
  sides.client.external_psks = {imported(PskRole::client), imported(PskRole::client, "lamp")};
  sides.server.external_psks = {imported(PskRole::server), imported(PskRole::server, "lamp")};
  sides.client.sessions = std::make_shared<SessionCache>();
  meet(sides);
  sides.server.external_psks = {imported(PskRole::server, "lamp")};
  const Met met = meet(later(sides));
  EXPECT_EQ(met.session, SessionOutcome::other_psk);
  EXPECT_EQ(met.identity, "lamp");
}

TEST(SessionsOfKeys, and_of_certificates_do_not_pass_for_one_another) {
  // Begun with a certificate; then both have a key.
  Sides sides = resuming();
  meet(sides);
  Sides with_key = keyed(sides, false);
  with_key.client.sessions = sides.client.sessions;
  const Met met = meet(later(with_key));
  EXPECT_EQ(met.identity, "light bulb");
  EXPECT_NE(met.session, SessionOutcome::resumed);
  // Begun with a key; then nobody has it.
  Sides without = resuming(keyed({}, false));
  meet(without);
  without.client.external_psks.clear();
  without.server.external_psks.clear();
  const Met after = meet(later(without));
  EXPECT_TRUE(showed_certificate(after));
  EXPECT_NE(after.session, SessionOutcome::resumed);
}

// ---- a choice elsewhere -------------------------------------------------------------------------

TEST(ChoosePsk, is_pulled_with_all_that_the_client_offers) {
  Sides sides = keyed();
  const Psk psk = sides.server.external_psks.front();
  sides.server.external_psks.clear();
  sides.server.pulled.psk_choice = true;
  Loopback pair(sides);
  unsigned asked = 0;
  pair.server.answering = [&](const Operation& operation) -> std::optional<Answer> {
    const auto* choice = std::get_if<ChoosePsk>(&operation);
    if (choice == nullptr) {
      return answer(operation);
    }
    ++asked;
    EXPECT_EQ(choice->identities.size(), 2U);
    EXPECT_TRUE(match(*psk, choice->identities, choice->kdfs));
    return ChosenPsk{psk};
  };
  pair.connect();
  EXPECT_EQ(asked, 1U);
}

TEST(ChoosePsk, cannot_be_answered_with_a_key_that_was_not_meant) {
  const std::array<std::function<Answer()>, 4> answers = {
      [] { return ChosenPsk{}; }, [] { return Refused{}; },
      [] { return ChosenPsk{imported(PskRole::server, "lamp")}; },
      [] { return ChosenPsk{imported(PskRole::client)}; }};
  for (const auto& given_answer : answers) {
    Sides sides = keyed();
    sides.server.pulled.psk_choice = true;
    Loopback pair(sides);
    pair.server.answering = [&](const Operation& /*operation*/) { return given_answer(); };
    pair.relay();
    expect_refusal(pair, by_server, Reason::psk_identity_unknown);
  }
}

// ---- configurations -----------------------------------------------------------------------------

TEST(PskConfiguration, takes_keys_of_its_role_each_once) {
  ClientOptions client;
  EXPECT_FAILS(ClientConfig::make(OnlyPsk{}, client), Reason::configuration_empty);
  client.external_psks = {nullptr};
  EXPECT_FAILS(ClientConfig::make(OnlyPsk{}, client), Reason::configuration_empty);
  client.external_psks = {imported(PskRole::server)};
  EXPECT_FAILS(ClientConfig::make(OnlyPsk{}, client), Reason::psk_role_wrong);
  client.external_psks = {imported(PskRole::client), imported(PskRole::client, "light bulb", 2)};
  EXPECT_FAILS(ClientConfig::make(OnlyPsk{}, client), Reason::configuration_duplicate);
  client.external_psks.clear();
  for (int i = 0; i < 9; ++i) {
    client.external_psks.push_back(imported(PskRole::client, std::to_string(i)));
  }
  EXPECT_FAILS(ClientConfig::make(OnlyPsk{}, client), Reason::configuration_unsupported);
  client.external_psks = {raw(PskRole::client, KdfIdentifier::hkdf_sha384)};
  client.cipher_suites = {tls_aes_128_gcm_sha256};
  EXPECT_FAILS(ClientConfig::make(OnlyPsk{}, client), Reason::configuration_unsupported);
  ServerOptions server;
  EXPECT_FAILS(ServerConfig::make({}, server), Reason::credential_missing);
  server.external_psks = {imported(PskRole::client)};
  EXPECT_FAILS(ServerConfig::make({}, server), Reason::psk_role_wrong);
  server.external_psks = {imported(PskRole::server)};
  EXPECT_TRUE(ServerConfig::make({}, server));
}

TEST(PskConfiguration, has_bounds_and_no_public_name_that_nobody_could_prove) {
  ServerOptions server;
  for (std::size_t i = 0; i < limits::psks_known; ++i) {
    server.external_psks.push_back(imported(PskRole::server, std::to_string(i)));
  }
  EXPECT_TRUE(ServerConfig::make({}, server));
  server.external_psks.push_back(imported(PskRole::server, "one more"));
  EXPECT_FAILS(ServerConfig::make({}, server), Reason::configuration_unsupported);
  ClientOptions client;
  client.external_psks = {imported(PskRole::client)};
  EXPECT_TRUE(ClientConfig::make(OnlyPsk{}, client));
  client.ech = EchConfig::choose(EchKey::generate("public.test").value()->config_list()).value();
  EXPECT_FAILS(ClientConfig::make(OnlyPsk{}, client), Reason::configuration_unsupported);
}

}  // namespace
}  // namespace handfast::test
