// Handshakes of everything with everything, in memory, and what both sides must agree on after.
#include "support/loopback.h"

#include "crypto/key_exchange.h"
#include "crypto/suites.h"
#include "support/expect.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

constexpr std::array groups = {NamedGroup::x25519,
                               NamedGroup::secp256r1,
                               NamedGroup::secp384r1,
                               NamedGroup::secp521r1,
                               NamedGroup::x448,
                               NamedGroup::mlkem1024,
                               NamedGroup::x25519mlkem768,
                               NamedGroup::secp256r1mlkem768,
                               NamedGroup::secp384r1mlkem1024};
constexpr std::array chunks = {Chunk{0}, Chunk{1}, Chunk{2}, Chunk{7}, Chunk{64}, Chunk{300, true}};

struct Key {
  CertificateKey kind;
  SignatureScheme scheme;
};

constexpr std::array keys = {
    Key{CertificateKey::ecdsa_p256, SignatureScheme::ecdsa_secp256r1_sha256},
    Key{CertificateKey::ecdsa_p384, SignatureScheme::ecdsa_secp384r1_sha384},
    Key{CertificateKey::ed25519, SignatureScheme::ed25519},
    Key{CertificateKey::rsa, SignatureScheme::rsa_pss_rsae_sha256},
    Key{CertificateKey::rsa, SignatureScheme::rsa_pss_rsae_sha384},
    Key{CertificateKey::rsa, SignatureScheme::rsa_pss_rsae_sha512},
};

/// Sends `size` bytes each way and expects them at the other end.
void exchange(Loopback& pair, std::size_t size, Chunk chunk = {}) {
  const auto up = sample_data(size);
  const auto down = sample_data(size / 2 + 1);
  pair.client.data.clear();
  pair.server.data.clear();
  pair.client.send(up);
  pair.server.send(down);
  pair.relay(chunk);
  EXPECT_TRUE(pair.server.data == up);
  EXPECT_TRUE(pair.client.data == down);
}

void expect_settled(const Settled& settled, const crypto::Suite& suite, NamedGroup group,
                    const Key& key, bool retried) {
  EXPECT_EQ(settled.version, ProtocolVersion::tls13);
  EXPECT_EQ(settled.suite, suite.id);
  EXPECT_EQ(settled.group, group);
  EXPECT_EQ(settled.scheme, key.scheme);
  EXPECT_EQ(settled.retried, retried);
}

/// RFC 9850 §2: five lines, each a label, the ClientHello's random and a secret of the hash's size.
void expect_key_log(const std::vector<std::string>& lines, std::size_t hash_size) {
  constexpr std::array<std::string_view, 5> labels = {
      "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
      "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"};
  ASSERT_EQ(lines.size(), labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string_view line = lines[i];
    const std::size_t random = labels[i].size() + 1;
    const std::size_t secret = random + 64 + 1;
    ASSERT_EQ(line.size(), secret + 2 * hash_size);
    EXPECT_EQ(line.substr(0, random - 1), labels[i]);
    EXPECT_EQ(line[random - 1], ' ');
    EXPECT_EQ(line[secret - 1], ' ');
    EXPECT_EQ(line.substr(random, 64), std::string_view(lines[0]).substr(32, 64));
    EXPECT_EQ(line.find_first_not_of("0123456789abcdef", random), secret - 1);
    EXPECT_EQ(line.find_first_not_of("0123456789abcdef", secret), std::string_view::npos);
  }
}

TEST(Loopback, connects_with_every_suite_group_key_and_way) {
  for (const crypto::Suite& suite : crypto::suites) {
    for (const NamedGroup group : groups) {
      if (!crypto::is_supported(group)) {
        continue;
      }
      for (const Key& key : keys) {
        for (const bool retry : {false, true}) {
          SCOPED_TRACE(std::string(name(suite.id)) + " " + std::string(name(group)) + " " +
                       std::string(name(key.scheme)) + (retry ? " retried" : ""));
          Sides sides = only(suite.id, group);
          sides.key = key.kind;
          // The authority signs with ECDSA P-256.
          sides.client.signature_schemes = {key.scheme, SignatureScheme::ecdsa_secp256r1_sha256};
          if (key.scheme == sides.client.signature_schemes.back()) {
            sides.client.signature_schemes.pop_back();
          }
          Loopback pair(retry ? retried(sides) : sides);
          pair.connect();
          EXPECT_TRUE(pair.client.trusted);
          expect_settled(pair.client.connection.settled(), suite, group, key, retry);
          expect_settled(pair.server.connection.settled(), suite, group, key, retry);
          expect_key_log(pair.client.key_log, crypto::digest_size(suite.hash));
          exchange(pair, 1000);
        }
      }
    }
  }
}

TEST(Loopback, connects_however_the_stream_is_cut) {
  for (const Chunk chunk : chunks) {
    for (const bool retry : {false, true}) {
      for (const CertificateKey key : {CertificateKey::ed25519, CertificateKey::rsa}) {
        SCOPED_TRACE(std::to_string(chunk.size) + (retry ? " retried" : ""));
        Sides sides;
        sides.key = key;
        Loopback pair(retry ? retried(sides) : sides);
        pair.connect(chunk);
        exchange(pair, 40'000, chunk);
        EXPECT_TRUE(pair.client.connection.close(pair.client.out).has_value());
        EXPECT_TRUE(pair.server.connection.close(pair.server.out).has_value());
        pair.relay(chunk);
        EXPECT_TRUE(pair.client.closed);
        EXPECT_TRUE(pair.server.closed);
      }
    }
  }
}

TEST(Loopback, connects_wherever_the_stream_is_cut_once) {
  Loopback sample;
  sample.client.run();
  const std::size_t hello_size = sample.client.out.pending().size();
  sample.carry(sample.client, sample.server);
  const std::size_t answer_size = sample.server.out.pending().size();
  for (std::size_t cut = 1; cut < std::max(hello_size, answer_size); ++cut) {
    Loopback pair;
    pair.client.run();
    for (End* from : {&pair.client, &pair.server, &pair.client}) {
      End& to = from == &pair.client ? pair.server : pair.client;
      const auto flight = from->take_output();
      const std::size_t first = std::min(cut, flight.size());
      to.receive(Bytes(flight).first(first));
      to.receive(Bytes(flight).subspan(first));
    }
    EXPECT_TRUE(pair.agrees());
  }
}

TEST(Loopback, is_the_same_with_the_same_chance) {
  Loopback first;
  Loopback second;
  first.connect();
  second.connect();
  EXPECT_EQ(first.client.key_log, second.client.key_log);
  Sides other;
  other.seed = 2;
  Loopback third(other);
  third.connect();
  EXPECT_NE(first.client.key_log, third.client.key_log);
}

TEST(Loopback, runs_the_messages_in_the_order_of_the_rfc) {
  using enum HandshakeType;
  Loopback pair;
  pair.connect();
  const std::vector<HandshakeType> down = {server_hello, encrypted_extensions, certificate,
                                           certificate_verify, finished};
  EXPECT_EQ(pair.client.sent_messages, (std::vector{client_hello, finished}));
  EXPECT_EQ(pair.server.received_messages, pair.client.sent_messages);
  EXPECT_EQ(pair.server.sent_messages, down);
  EXPECT_EQ(pair.client.received_messages, down);

  Loopback again(retried());
  again.connect();
  EXPECT_EQ(again.client.sent_messages, (std::vector{client_hello, client_hello, finished}));
  EXPECT_EQ(again.client.received_messages.front(), hello_retry_request);
  EXPECT_EQ(again.client.received_messages.size(), down.size() + 1);
}

TEST(Loopback, retries_when_the_share_is_of_another_group) {
  Sides sides;
  sides.client.groups = {NamedGroup::x25519, NamedGroup::secp384r1};
  sides.client.key_shares = {NamedGroup::x25519};
  sides.server.groups = {NamedGroup::secp384r1};
  Loopback pair(sides);
  pair.connect();
  EXPECT_TRUE(pair.client.connection.settled().retried);
  EXPECT_EQ(pair.client.connection.settled().group, NamedGroup::secp384r1);
}

TEST(Loopback, comes_to_the_hybrid_without_being_told) {
  Loopback pair;
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().group, NamedGroup::x25519mlkem768);
  EXPECT_FALSE(pair.client.connection.settled().retried);
}

TEST(Loopback, sends_six_of_the_longest_shares_and_takes_any_of_them) {
  using enum NamedGroup;
  Sides sides;
  sides.client.groups = {secp384r1mlkem1024, mlkem1024, secp256r1mlkem768,
                         x25519mlkem768,     secp521r1, secp384r1};
  sides.client.key_shares = sides.client.groups;
  for (const NamedGroup group : sides.client.groups) {
    sides.server.groups = {group};
    Loopback pair(sides);
    pair.connect(Chunk{300, true});
    EXPECT_TRUE(pair.agrees());
    EXPECT_EQ(pair.server.connection.settled().group, group);
    EXPECT_FALSE(pair.server.connection.settled().retried);
  }
}

TEST(Loopback, takes_the_servers_preference) {
  Sides sides;
  sides.server.cipher_suites = {CipherSuite::tls_chacha20_poly1305_sha256,
                                CipherSuite::tls_aes_128_gcm_sha256};
  sides.server.own_suite_order = true;
  sides.client.groups = {NamedGroup::x25519, NamedGroup::secp256r1};
  sides.server.groups = {NamedGroup::secp256r1, NamedGroup::x25519};
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().suite, CipherSuite::tls_chacha20_poly1305_sha256);
  EXPECT_EQ(pair.client.connection.settled().group, NamedGroup::secp256r1);
}

TEST(Loopback, chooses_the_application_protocol_by_the_servers_preference) {
  Sides sides;
  sides.client.alpn = {"http/1.1", "h2", "other"};
  sides.server.alpn = {"missing", "h2", "http/1.1"};
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().alpn, "h2");
  EXPECT_EQ(pair.server.connection.settled().alpn, "h2");

  sides.server.alpn = {};
  Loopback without(sides);
  without.connect();
  EXPECT_EQ(without.client.connection.settled().alpn, "");

  sides.server.alpn = {"h2"};
  sides.client.alpn = {};
  Loopback unasked(sides);
  unasked.connect();
  EXPECT_EQ(unasked.server.connection.settled().alpn, "");

  sides.client.alpn = {"h3"};
  Loopback strangers(sides);
  strangers.relay();
  EXPECT_FAILS(strangers.server.outcome(), Reason::alpn_none_common);
  EXPECT_EQ(strangers.client.received_alerts, std::vector{Alert::no_application_protocol});
}

/// A server with certificates for three names.
std::shared_ptr<const ServerConfig> three_names(UnknownName unknown) {
  return ServerConfig::make({credential(CertificateKey::ed25519, "one.test"),
                             credential(CertificateKey::ecdsa_p256, "two.test"),
                             credential(CertificateKey::ed25519, "two.test")},
                            {.unknown_name = unknown})
      .value();
}

struct Named {
  SeededChance chance{1};
  End client;
  End server;

  Named(std::string_view dns_name, const ClientOptions& options, UnknownName unknown)
      : client(ClientConfig::make(authorities(), options).value(), dns_name, chance),
        server(three_names(unknown), chance) {
    for (int i = 0; i < 4; ++i) {
      client.run();
      server.receive(client.take_output());
      client.receive(server.take_output());
    }
  }
};

TEST(Loopback, chooses_the_credential_by_name_and_schemes) {
  const Named two("two.test", {}, UnknownName::refuse);
  EXPECT_TRUE(two.client.connected && two.client.trusted);
  EXPECT_EQ(two.server.connection.settled().server_name, "two.test");
  EXPECT_EQ(two.client.connection.settled().scheme, SignatureScheme::ecdsa_secp256r1_sha256);

  const Named edwards("two.test", {.signature_schemes = {SignatureScheme::ed25519}},
                      UnknownName::refuse);
  EXPECT_TRUE(edwards.client.trusted);
  EXPECT_EQ(edwards.server.connection.settled().scheme, SignatureScheme::ed25519);

  const Named nobody("three.test", {}, UnknownName::refuse);
  EXPECT_FAILS(nobody.server.outcome(), Reason::server_name_unknown);
  EXPECT_EQ(nobody.client.received_alerts, std::vector{Alert::unrecognized_name});

  const Named wrong("three.test", {}, UnknownName::use_first);
  EXPECT_FAILS(wrong.client.outcome(), Reason::certificate_name_mismatch);

  const Named silent("one.test", {.send_server_name = false}, UnknownName::refuse);
  EXPECT_TRUE(silent.client.trusted);
  EXPECT_EQ(silent.server.connection.settled().server_name, "");

  const Named rsa_only("one.test", {.signature_schemes = {SignatureScheme::rsa_pss_rsae_sha256}},
                       UnknownName::refuse);
  EXPECT_FAILS(rsa_only.server.outcome(), Reason::signature_none_common);
  EXPECT_EQ(rsa_only.client.received_alerts, std::vector{Alert::handshake_failure});
}

TEST(Loopback, refuses_a_server_for_another_name) {
  Sides sides;
  sides.name = "elsewhere.test";
  sides.server.unknown_name = UnknownName::use_first;
  Loopback pair(sides);
  pair.relay();
  EXPECT_FAILS(pair.client.outcome(), Reason::certificate_name_mismatch);
  EXPECT_FAILS(pair.server.outcome(), Reason::alert_received);
  EXPECT_EQ(pair.server.error->received, Alert::bad_certificate);
  ASSERT_NE(pair.client.connection.verdict(), nullptr);
  EXPECT_FALSE(pair.client.connection.verdict()->is_trusted());
}

// RFC 9846 §E.4: a client's second flight begins with a change_cipher_spec, also where an alert is
// all that is in it.
TEST(Loopback, sends_change_cipher_spec_before_the_alert_of_a_client) {
  for (const bool is_retried : {false, true}) {
    Sides sides = is_retried ? retried() : Sides();
    sides.name = "elsewhere.test";
    sides.server.unknown_name = UnknownName::use_first;
    Loopback pair(sides);
    pair.client.run();
    while (!pair.client.error) {
      pair.carry(pair.client, pair.server);
      pair.carry(pair.server, pair.client);
    }
    const Bytes last = pair.client.out.pending();
    ASSERT_GT(last.size(), 5U);
    const auto expected =
        is_retried ? ContentType::application_data : ContentType::change_cipher_spec;
    EXPECT_EQ(static_cast<ContentType>(last.front()), expected) << "it sent one in the retry";
    EXPECT_FAILS(pair.client.outcome(), Reason::certificate_name_mismatch);
  }
}

TEST(Loopback, trusts_nobody_where_nobody_looks) {
  SeededChance chance(1);
  End client(ClientConfig::make(danger::AcceptAnyCertificate{}).value(), "elsewhere.test", chance);
  ServerOptions options;
  options.unknown_name = UnknownName::use_first;
  End server(ServerConfig::make({credential(CertificateKey::ed25519)}, options).value(), chance);
  client.run();
  server.receive(client.take_output());
  const auto flight = server.take_output();
  std::vector<std::uint8_t> memory(Input::least);
  Input in(memory);
  ASSERT_EQ(in.append(flight), flight.size());
  const auto event = client.connection.next(in, client.out);
  ASSERT_TRUE(event && std::holds_alternative<Connected>(*event));
  const Verdict* verdict = std::get<Connected>(*event).verdict;
  ASSERT_NE(verdict, nullptr);
  EXPECT_FALSE(verdict->is_trusted());
  EXPECT_NE(verdict->outcome(TrustStep::name), Outcome::passed);
  EXPECT_FALSE(verdict->error());
}

TEST(Loopback, finds_nothing_in_common) {
  Sides suites;
  suites.client.cipher_suites = {CipherSuite::tls_aes_256_gcm_sha384};
  suites.server.cipher_suites = {CipherSuite::tls_aes_128_gcm_sha256};
  Loopback by_suite(suites);
  by_suite.relay();
  EXPECT_FAILS(by_suite.server.outcome(), Reason::suite_none_common);
  EXPECT_EQ(by_suite.server.error->facts.ours[0], 0x1301);
  EXPECT_EQ(by_suite.server.error->facts.theirs[0], 0x1302);
  EXPECT_FAILS(by_suite.client.outcome(), Reason::alert_received);
  EXPECT_EQ(by_suite.client.error->received, Alert::handshake_failure);

  Sides groups_apart;
  groups_apart.client.groups = {NamedGroup::x25519};
  groups_apart.server.groups = {NamedGroup::secp256r1};
  Loopback by_group(groups_apart);
  by_group.relay();
  EXPECT_FAILS(by_group.server.outcome(), Reason::group_none_common);
  EXPECT_EQ(by_group.client.error->received, Alert::handshake_failure);
}

TEST(Loopback, pads_records_on_request) {
  for (const std::uint16_t padding : {std::uint16_t{1}, std::uint16_t{64}, std::uint16_t{4096}}) {
    Sides sides;
    sides.client.record_padding = sides.server.record_padding = padding;
    Loopback pair(sides);
    pair.connect();
    pair.client.take_records();
    for (const std::size_t size : {1U, 63U, 64U, 4000U, 16'384U}) {
      pair.client.data.clear();
      pair.server.data.clear();
      exchange(pair, size);
      for (const SentRecord& record : pair.client.take_records()) {
        const std::size_t inner = record.wire_size - 5 - 16;
        EXPECT_TRUE(inner % padding == 0 || inner == (1U << 14) + 1) << inner;
      }
    }
  }
}

TEST(Loopback, carries_a_mebibyte_each_way) {
  for (const Chunk chunk : {Chunk{0}, Chunk{1400}, Chunk{60'000, true}}) {
    Loopback pair;
    pair.connect();
    exchange(pair, 1U << 20, chunk);
  }
}

TEST(Loopback, gathers_many_parts) {
  Loopback pair;
  pair.connect();
  const auto data = sample_data(50'000);
  std::vector<Bytes> parts;
  std::size_t at = 0;
  for (std::size_t size = 0; at < data.size(); size = (size + 37) % 900) {
    const std::size_t taken = std::min(size, data.size() - at);
    parts.push_back(Bytes(data).subspan(at, taken));  // some are empty
    at += taken;
  }
  const auto sealed = pair.client.connection.seal(parts, pair.client.out);
  ASSERT_TRUE(sealed.has_value());
  EXPECT_EQ(*sealed, data.size());
  pair.relay();
  EXPECT_TRUE(pair.server.data == data);
}

TEST(Loopback, sends_nothing_for_nothing) {
  Loopback pair;
  pair.connect();
  const std::array<Bytes, 3> empty{};
  EXPECT_EQ(pair.client.connection.seal(Bytes{}, pair.client.out).value(), 0U);
  EXPECT_EQ(pair.client.connection.seal(empty, pair.client.out).value(), 0U);
  EXPECT_TRUE(pair.client.out.pending().empty());
}

TEST(Loopback, has_a_channel_binding_of_its_own) {
  Loopback pair;
  EXPECT_FAILS(pair.client.connection.channel_binding(), Reason::called_out_of_order);
  pair.connect();
  const auto binding = pair.client.connection.channel_binding().value();
  EXPECT_EQ(pair.server.connection.channel_binding().value(), binding);
  // RFC 9266 §3: the exporter with this label, no context and 32 bytes.
  std::array<std::uint8_t, 32> exported{};
  ASSERT_TRUE(
      pair.server.connection.export_keying_material("EXPORTER-Channel-Binding", {}, exported));
  EXPECT_EQ(exported, binding);
  Sides sides;
  sides.seed = 2;
  Loopback other(sides);
  other.connect();
  EXPECT_NE(other.client.connection.channel_binding().value(), binding);
}

TEST(Loopback, gives_exports_that_depend_on_label_and_context) {
  Loopback pair;
  std::array<std::uint8_t, 16> early{};
  EXPECT_FAILS(pair.client.connection.export_keying_material("label", {}, early),
               Reason::called_out_of_order);
  pair.connect();
  const auto material = [](const End& end, std::string_view label, Bytes context,
                           std::size_t size) {
    std::vector<std::uint8_t> out(size);
    EXPECT_TRUE(end.connection.export_keying_material(label, context, out).has_value());
    return out;
  };
  const std::array<std::uint8_t, 1> context = {7};
  const auto plain = material(pair.client, "a", {}, 40);
  EXPECT_EQ(plain, material(pair.server, "a", {}, 40));
  EXPECT_NE(plain, material(pair.server, "b", {}, 40));
  EXPECT_NE(plain, material(pair.server, "a", context, 40));
  EXPECT_EQ(material(pair.client, "a", context, 255), material(pair.server, "a", context, 255));
  std::vector<std::uint8_t> much(255 * 32 + 1);
  EXPECT_FAILS(pair.client.connection.export_keying_material("", {}, early),
               Reason::exporter_label_invalid);
  EXPECT_FAILS(pair.client.connection.export_keying_material(std::string(250, 'x'), {}, early),
               Reason::exporter_label_invalid);
  EXPECT_FAILS(pair.client.connection.export_keying_material("a", {}, much),
               Reason::exporter_label_invalid);
}

}  // namespace
}  // namespace handfast::test
