// Raw public keys in the place of certificates, of both sides. RFC 7250, RFC 9846 §4.5.1.
#include "handfast/describe.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "handfast/verify.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using enum CertificateType;
using Content = std::vector<std::uint8_t>;
using Types = std::vector<CertificateType>;
using CredentialPtr = std::shared_ptr<const Credential>;

constexpr std::array kinds = {CertificateKey::ecdsa_p256, CertificateKey::ecdsa_p384,
                              CertificateKey::ecdsa_p521, CertificateKey::ed25519,
                              CertificateKey::rsa};

/// A server that shows a raw key, and a client that pins it.
Sides raw_server(CertificateKey kind = CertificateKey::ed25519, Types taken = {raw_public_key}) {
  Sides sides;
  sides.shown = raw_credential(kind);
  sides.trust = pinned(*sides.shown);
  sides.client.peer_certificate_types = std::move(taken);
  return sides;
}

/// `sides` with a client that shows a raw key, and a server that asks for it and pins it.
Sides raw_client(Sides sides = {}, CertificateKey kind = CertificateKey::ed25519,
                 Types taken = {raw_public_key}) {
  sides.client.credentials = {raw_credential(kind)};
  sides.server.client_authentication =
      ClientAuthentication::require(pinned(*sides.client.credentials.front()));
  sides.server.peer_certificate_types = std::move(taken);
  return sides;
}

Content key_of(const Credential& credential) { return credential.certificates().front(); }

/// Another key than those that the sides have.
CredentialPtr stranger() {
  return Credential::of_raw_key(SigningKey::generate(CertificateKey::ed25519).value()).value();
}

/// A Certificate with these entries.
Content certificate_message(const std::vector<Content>& entries) {
  Content list;
  for (const Content& entry : entries) {
    list.insert(list.end(), {0, static_cast<std::uint8_t>(entry.size() >> 8),
                             static_cast<std::uint8_t>(entry.size())});
    list.insert(list.end(), entry.begin(), entry.end());
    list.insert(list.end(), {0, 0});
  }
  Content body = {0, 0, static_cast<std::uint8_t>(list.size() >> 8),
                  static_cast<std::uint8_t>(list.size())};
  body.insert(body.end(), list.begin(), list.end());
  return body;
}

// ---- what works ---------------------------------------------------------------------------------

TEST(RawKey, authenticates_a_server_with_every_kind_of_key) {
  for (const CertificateKey kind : kinds) {
    for (const bool retry : {false, true}) {
      const Sides sides = raw_server(kind);
      Loopback pair(retry ? retried(sides) : sides);
      Content shown;
      pair.client.on_connected = [&](const Connected& connected) {
        ASSERT_NE(connected.verdict, nullptr);
        EXPECT_TRUSTED(*connected.verdict);
        EXPECT_EQ(connected.verdict->outcome(TrustStep::pin), Outcome::passed);
        EXPECT_EQ(connected.verdict->outcome(TrustStep::possession), Outcome::passed);
        EXPECT_EQ(connected.verdict->outcome(TrustStep::name), Outcome::not_applicable);
        ASSERT_EQ(connected.verdict->path().size(), 1U);
        EXPECT_TRUE(connected.verdict->path().front().is_raw_key);
        const Bytes der = connected.verdict->path().front().der;
        shown.assign(der.begin(), der.end());
      };
      pair.connect({9, true});
      EXPECT_EQ(shown, key_of(*sides.shown));
      for (const End* end : {&pair.client, &pair.server}) {
        EXPECT_EQ(end->connection.settled().server_certificate_type, raw_public_key);
        EXPECT_EQ(end->connection.settled().client_certificate_type, x509);
      }
    }
  }
}

TEST(RawKey, authenticates_a_client_with_every_kind_of_key) {
  for (const CertificateKey kind : kinds) {
    const Sides sides = raw_client({}, kind);
    Loopback pair(sides);
    pair.connect();
    const Identity* client = pair.server.identity();
    ASSERT_NE(client, nullptr);
    EXPECT_TRUE(client->certificate().is_raw_key);
    EXPECT_TRUE(client->names().empty());
    ASSERT_EQ(client->path().size(), 1U);
    EXPECT_TRUE(
        std::ranges::equal(client->path().front(), key_of(*sides.client.credentials.front())));
    EXPECT_EQ(client->public_key_hash(), fingerprint(client->path().front()));
    for (const End* end : {&pair.client, &pair.server}) {
      EXPECT_EQ(end->connection.settled().client_certificate_type, raw_public_key);
      EXPECT_EQ(end->connection.settled().server_certificate_type, x509);
    }
  }
}

TEST(RawKey, authenticates_both_compressed_or_not) {
  for (const bool compressed : {false, true}) {
    Sides sides = raw_client(raw_server());
    if (compressed) {
      sides.client.certificate_compression = {CertificateCompressionAlgorithm::zlib};
      sides.server.certificate_compression = {CertificateCompressionAlgorithm::zlib};
    }
    Loopback pair(sides);
    pair.connect();
    EXPECT_NE(pair.server.identity(), nullptr);
    EXPECT_TRUE(pair.agrees());
  }
}

TEST(RawKey, is_not_spoken_of_unless_somebody_wants_it) {
  Loopback pair(authenticated());
  bool is_said = true;
  Middle(pair).run({{0, edit_hello([&](OpenHello& hello) {
                       is_said = std::ranges::any_of(hello.extensions, [](const auto& extension) {
                         return extension.type == client_certificate_type ||
                                extension.type == server_certificate_type;
                       });
                     })}});
  EXPECT_FALSE(is_said);
  EXPECT_TRUE(pair.client.connected);
}

TEST(RawKey, leaves_the_choice_among_its_credentials_to_the_server) {
  for (const Types& taken : {Types{x509, raw_public_key}, Types{raw_public_key, x509}}) {
    for (const bool raw_first : {false, true}) {
      TrustSources sources;
      sources.keys = {fingerprint(raw_credential(CertificateKey::ed25519)->certificates().front())};
      const Certificate root = authorities()->anchor(0);
      sources.anchors.push_back({.certificate = {root.der.begin(), root.der.end()}});
      ClientOptions wishes;
      wishes.peer_certificate_types = taken;
      std::vector<CredentialPtr> shown = {credential(CertificateKey::ed25519),
                                          raw_credential(CertificateKey::ed25519)};
      if (raw_first) {
        std::swap(shown[0], shown[1]);
      }
      SeededChance chance(1);
      End client(ClientConfig::make(Trust::make(sources).value(), wishes).value(), server_dns_name,
                 chance);
      End server(ServerConfig::make(shown).value(), chance);
      for (int i = 0; i < 3; ++i) {
        client.run();
        server.receive(client.take_output());
        client.receive(server.take_output());
      }
      EXPECT_TRUE(client.connected && client.trusted);
      EXPECT_EQ(client.connection.settled().server_certificate_type,
                raw_first ? raw_public_key : x509);
    }
  }
}

TEST(RawKey, of_a_client_is_chosen_as_the_server_prefers) {
  for (const bool raw_first : {false, true}) {
    Sides sides = authenticated();
    const CredentialPtr& raw = raw_credential(CertificateKey::ed25519);
    sides.client.credentials.push_back(raw);
    TrustSources sources;
    sources.keys = {fingerprint(key_of(*raw))};
    const Certificate root = client_authorities()->anchor(0);
    sources.anchors.push_back({.certificate = {root.der.begin(), root.der.end()}});
    sides.server.client_authentication =
        ClientAuthentication::require(Trust::make(sources).value());
    sides.server.peer_certificate_types =
        raw_first ? Types{raw_public_key, x509} : Types{x509, raw_public_key};
    Loopback pair(sides);
    pair.connect();
    ASSERT_NE(pair.server.identity(), nullptr);
    EXPECT_EQ(pair.server.identity()->certificate().is_raw_key, raw_first);
  }
}

TEST(RawKey, goes_unseen_by_a_client_that_looks_at_nothing) {
  Sides sides = raw_server();
  sides.insecure = true;
  Loopback pair(sides);
  pair.connect();
  EXPECT_FALSE(pair.client.trusted);
}

TEST(RawKey, is_shown_for_its_own_names_alone_where_it_has_any) {
  const std::array<std::string, 1> names = {"Other.test"};
  const CredentialPtr named =
      Credential::of_raw_key(SigningKey::generate(CertificateKey::ed25519).value(), names).value();
  EXPECT_TRUE(named->matches("other.TEST."));
  EXPECT_FALSE(named->matches(server_dns_name));
  EXPECT_TRUE(raw_credential(CertificateKey::ed25519)->matches(server_dns_name));
  Sides sides = raw_server();
  sides.shown = named;
  sides.trust = pinned(*named);
  Loopback pair(sides);
  pair.relay();
  expect_refusal(pair, by_server, Reason::server_name_unknown);
  const std::array<std::string, 1> no_names = {"not a name"};
  EXPECT_FAILS(
      Credential::of_raw_key(SigningKey::generate(CertificateKey::ed25519).value(), no_names),
      Reason::server_name_invalid);
}

TEST(RawKey, has_nothing_stapled_to_it) {
  const CredentialPtr& raw = raw_credential(CertificateKey::ed25519);
  EXPECT_TRUE(raw->with({}));
  EXPECT_FAILS(raw->with({.ocsp_response = "30 03 0a 01 06"_hex}), Reason::staple_malformed);
  EXPECT_FAILS(raw->with({.sct_list = "0004 0002 abcd"_hex}), Reason::staple_malformed);
}

// ---- what is refused ----------------------------------------------------------------------------

TEST(RawKey, is_trusted_only_where_it_is_pinned) {
  Sides of_server = raw_server();
  of_server.shown = stranger();
  Sides of_client = raw_client();
  of_client.client.credentials = {stranger()};
  // Who signed it makes no difference, nor does it whether a certificate has the key.
  Sides under_authority = raw_server();
  under_authority.trust = authorities();
  Sides by_certificate = raw_server();
  TrustSources sources;
  sources.certificates = {credential(CertificateKey::ed25519)->certificates().front()};
  by_certificate.trust = Trust::make(sources).value();
  by_certificate.shown =
      Credential::of_raw_key(SigningKey::generate(CertificateKey::ecdsa_p256).value()).value();
  const Refusal rows[] = {
      {"a server with another key", by_client, Reason::raw_key_unknown, {}, of_server},
      {"a client with another key", by_server, Reason::raw_key_unknown, {}, of_client},
      {"a client that trusts authorities", by_client, Reason::raw_key_unknown, {}, under_authority},
      {"a client that pins a certificate", by_client, Reason::raw_key_unknown, {}, by_certificate},
  };
  expect_refusals(rows);
}

TEST(RawKey, needs_a_type_in_common) {
  Sides x509_server = raw_server();
  x509_server.shown = nullptr;
  Sides x509_client = raw_client(authenticated());
  x509_client.client.credentials = {client_credential(CertificateKey::ed25519)};
  Sides x509_taker;
  x509_taker.shown = raw_credential(CertificateKey::ed25519);
  const Sides answered = raw_server(CertificateKey::ed25519, {x509, raw_public_key});
  const Refusal rows[] = {
      {"a server without raw keys",
       by_server,
       Reason::certificate_type_none_common,
       {},
       x509_server},
      {"a server with nothing else",
       by_server,
       Reason::certificate_type_none_common,
       {},
       x509_taker},
      {"a client without raw keys",
       by_server,
       Reason::certificate_type_none_common,
       {},
       x509_client},
      {"types that nobody knows",
       by_server,
       Reason::certificate_type_none_common,
       {{0, edit_hello([](OpenHello& hello) { hello[server_certificate_type] = {1, 9}; })}},
       answered},
      {"a server that does not answer",
       by_client,
       Reason::certificate_type_none_common,
       {{1, replace_extensions({})}},
       raw_server()},
  };
  expect_refusals(rows);
}

TEST(RawKey, refuses_what_was_not_offered) {
  const Sides both = raw_client(raw_server());
  const Refusal rows[] = {
      {"certificates where none are taken",
       by_client,
       Reason::certificate_type_not_offered,
       {{1, replace_extensions({{server_certificate_type, {0}}})}},
       raw_server()},
      {"a type that nobody knows",
       by_client,
       Reason::certificate_type_not_offered,
       {{1, replace_extensions({{server_certificate_type, {1}}})}},
       raw_server()},
      {"to be shown certificates",
       by_client,
       Reason::certificate_type_not_offered,
       {{1, replace_extensions({{server_certificate_type, {2}}, {client_certificate_type, {0}}})}},
       both},
      {"a raw key that nobody asked for",
       by_client,
       Reason::extension_unsolicited,
       {{1, replace_extensions({{server_certificate_type, {2}}})}}},
      {"two types in an answer",
       by_client,
       Reason::message_leftover,
       {{1, replace_extensions({{server_certificate_type, {2, 2}}})}},
       raw_server()},
      {"no type in an answer",
       by_client,
       Reason::message_truncated,
       {{1, replace_extensions({{server_certificate_type, {}}})}},
       raw_server()},
  };
  expect_refusals(rows);
}

TEST(RawKey, refuses_lists_of_types_that_are_none) {
  std::vector<Refusal> rows;
  for (const ExtensionType type : {server_certificate_type, client_certificate_type}) {
    const auto said = [type](Content content) {
      return std::map<unsigned, Edit>{
          {0, edit_hello([=](OpenHello& hello) { hello[type] = content; })}};
    };
    rows.push_back({"X.509 alone", by_server, Reason::certificate_types_invalid, said({1, 0})});
    rows.push_back({"twice", by_server, Reason::certificate_types_invalid, said({2, 0, 0})});
    rows.push_back({"no type", by_server, Reason::value_out_of_bounds, said({0})});
    rows.push_back({"cut off", by_server, Reason::message_truncated, said({2, 2})});
    rows.push_back({"too much", by_server, Reason::message_leftover, said({1, 2, 0})});
  }
  expect_refusals(rows);
}

TEST(RawKey, refuses_what_is_no_key) {
  const Content key = key_of(*raw_credential(CertificateKey::ed25519));
  Content longer = key;
  longer.push_back(0);
  Content huge = "30 82 10 00"_hex;
  huge.resize(4 + 0x1000);
  const Content a_certificate = credential(CertificateKey::ed25519)->certificates().front();
  const auto shown = [](const std::vector<Content>& entries) {
    return std::map<unsigned, Edit>{{1, replace_body(certificate, certificate_message(entries))}};
  };
  const Sides sides = raw_server();
  std::vector<Refusal> rows = {
      {"a certificate", by_client, Reason::raw_key_malformed, shown({a_certificate}), sides},
      {"a key with a byte behind it", by_client, Reason::raw_key_malformed, shown({longer}), sides},
      {"more bytes than any key", by_client, Reason::raw_key_malformed, shown({huge}), sides},
      {"an empty key", by_client, Reason::value_out_of_bounds, shown({{}}), sides},
      {"a key twice", by_client, Reason::raw_key_not_alone, shown({key, key}), sides},
      {"a key, a certificate", by_client, Reason::raw_key_not_alone, shown({key, a_certificate}),
       sides},
      {"no key", by_client, Reason::certificate_list_empty, shown({}), sides},
      {"a key where there should be a certificate", by_client, Reason::certificate_version_invalid,
       shown({key})},
  };
  expect_refusals(rows);
}

// A key of every length, and with every bit turned over: never trusted, and never out of bounds.
TEST(RawKey, refuses_every_damaged_key) {
  for (const CertificateKey kind : {CertificateKey::ed25519, CertificateKey::ecdsa_p256}) {
    const Content key = key_of(*raw_credential(kind));
    const auto trust = pinned(*raw_credential(kind));
    EXPECT_TRUE(x509::verify_raw_key(key, trust).is_trusted());
    for (std::size_t size = 0; size < key.size(); ++size) {
      const Bytes cut = Bytes(key).first(size);
      EXPECT_FAILS(Certificate::of_raw_key(cut), Reason::raw_key_malformed);
      const Verdict verdict = x509::verify_raw_key(cut, trust);
      EXPECT_FALSE(verdict.is_trusted());
      EXPECT_EQ(verdict.error()->reason, Reason::raw_key_malformed);
    }
    for (std::size_t bit = 0; bit < 8 * key.size(); ++bit) {
      Content flipped = key;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
      EXPECT_FALSE(x509::verify_raw_key(flipped, trust).is_trusted());
    }
  }
}

TEST(RawKey, wants_a_key_that_is_pinned_to_be_one_that_is_used) {
  // SubjectPublicKeyInfo of X25519, which signs nothing.
  Content info = "30 2a 30 05 06 03 2b 65 6e 03 21 00"_hex;
  info.resize(44, 9);
  TrustSources sources;
  sources.keys = {fingerprint(info)};
  const Verdict verdict = x509::verify_raw_key(info, Trust::make(sources).value());
  EXPECT_FALSE(verdict.is_trusted());
  EXPECT_EQ(verdict.outcome(TrustStep::pin), Outcome::passed);
  EXPECT_EQ(verdict.error()->reason, Reason::certificate_key_unsupported);
  EXPECT_FALSE(x509::verify_raw_key(info, nullptr).is_trusted());
}

TEST(RawKey, has_to_sign) {
  const CredentialPtr other = stranger();
  const CredentialPtr pinned_one = raw_credential(CertificateKey::ed25519);
  const auto signed_by_another = [&](Flight& flight) {
    find(flight, certificate_verify).forge = [&](End& to) {
      return forged_certificate_verify(to, *other, SignatureScheme::ed25519);
    };
  };
  const Refusal rows[] = {
      {"a server", by_client, Reason::signature_invalid, {{1, signed_by_another}}, raw_server()},
      {"a client", by_server, Reason::signature_invalid, {{2, signed_by_another}}, raw_client()},
      {"a server that leaves it out",
       by_client,
       Reason::message_unexpected,
       {{1, drop(certificate_verify)}},
       raw_server()},
  };
  expect_refusals(rows);
}

// RFC 9846 §4.5.1: a client without a suitable certificate MUST send an empty list.
TEST(RawKey, is_not_shown_to_a_server_that_asks_for_certificates) {
  Sides sides;
  sides.client.credentials = {raw_credential(CertificateKey::ed25519)};
  sides.server.client_authentication = ClientAuthentication::request(client_authorities());
  Loopback refused(sides);
  refused.relay();
  expect_refusal(refused, by_server, Reason::certificate_type_none_common);
  sides.client.own_certificate_types = {x509};
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.server.identity(), nullptr);
}

// ---- sessions -----------------------------------------------------------------------------------

TEST(RawKey, begins_sessions_that_go_on_under_the_same_rule) {
  const Sides sides = resuming(raw_client(raw_server()));
  Loopback(sides).connect();
  Loopback again(sides);
  again.client.on_connected = [](const Connected& connected) {
    ASSERT_NE(connected.verdict, nullptr);
    EXPECT_TRUSTED(*connected.verdict);
    ASSERT_EQ(connected.verdict->path().size(), 1U);
    EXPECT_TRUE(connected.verdict->path().front().is_raw_key);
  };
  again.connect();
  for (const End* end : {&again.client, &again.server}) {
    EXPECT_EQ(end->connection.settled().session, SessionOutcome::resumed);
    EXPECT_EQ(end->connection.settled().server_certificate_type, raw_public_key);
  }
  EXPECT_EQ(again.server.connection.settled().client_certificate_type, raw_public_key);
  ASSERT_NE(again.server.identity(), nullptr);
  EXPECT_TRUE(again.server.identity()->certificate().is_raw_key);
}

TEST(RawKey, begins_sessions_that_end_with_the_pin) {
  Sides sides = resuming(raw_client(raw_server()));
  Loopback(sides).connect();
  // Another pin beside it: another rule, so another handshake.
  TrustSources sources;
  sources.keys = {fingerprint(key_of(*sides.shown)), KeyPin{}};
  sides.trust = Trust::make(sources).value();
  Loopback again(sides);
  again.connect();
  EXPECT_EQ(again.client.connection.settled().session, SessionOutcome::not_offered);
  // The client's key is no longer pinned: it is let in by nothing that it kept.
  sides.server.client_authentication = ClientAuthentication::require(pinned(*stranger()));
  Loopback refused(sides);
  refused.relay();
  expect_refusal(refused, by_server, Reason::raw_key_unknown);
}

TEST(RawKey, begins_sessions_that_end_where_it_is_not_taken) {
  Sides sides = resuming(raw_server(CertificateKey::ed25519, {raw_public_key, x509}));
  Loopback(sides).connect();
  sides.client.peer_certificate_types = {raw_public_key};
  Loopback again(sides);
  again.connect();
  EXPECT_EQ(again.client.connection.settled().session, SessionOutcome::not_offered);
}

// ---- configurations -----------------------------------------------------------------------------

TEST(RawKey, is_configured_with_types_that_there_are) {
  ClientOptions options;
  options.peer_certificate_types = {};
  EXPECT_FAILS(ClientConfig::make(authorities(), options), Reason::configuration_empty);
  options.peer_certificate_types = {x509, x509};
  EXPECT_FAILS(ClientConfig::make(authorities(), options), Reason::configuration_duplicate);
  options.peer_certificate_types = {static_cast<CertificateType>(1)};  // OpenPGP
  EXPECT_FAILS(ClientConfig::make(authorities(), options), Reason::configuration_unsupported);
  options.peer_certificate_types = {x509};
  options.own_certificate_types = {raw_public_key, raw_public_key};
  EXPECT_FAILS(ClientConfig::make(authorities(), options), Reason::configuration_duplicate);
  ServerOptions accepts;
  accepts.peer_certificate_types = {};
  EXPECT_FAILS(ServerConfig::make({credential(CertificateKey::ed25519)}, accepts),
               Reason::configuration_empty);
}

}  // namespace
}  // namespace handfast::test
