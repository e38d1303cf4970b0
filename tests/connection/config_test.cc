// What a configuration may not say.
#include "handfast/config.h"

#include "handfast/ech.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/parties.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

Result<std::shared_ptr<const ClientConfig>> client(void (*change)(ClientOptions&)) {
  ClientOptions options;
  change(options);
  return ClientConfig::make(authorities(), options);
}

Result<std::shared_ptr<const ServerConfig>> server(void (*change)(ServerOptions&)) {
  ServerOptions options;
  change(options);
  return ServerConfig::make({credential(CertificateKey::ed25519)}, options);
}

TEST(Config, is_good_as_it_comes) {
  EXPECT_TRUE(client([](ClientOptions&) {}));
  EXPECT_TRUE(server([](ServerOptions&) {}));
}

TEST(Config, wants_something_to_offer) {
  EXPECT_FAILS(client([](ClientOptions& o) { o.cipher_suites = {}; }), Reason::configuration_empty);
  EXPECT_FAILS(client([](ClientOptions& o) { o.groups = {}; }), Reason::configuration_empty);
  EXPECT_FAILS(client([](ClientOptions& o) { o.signature_schemes = {}; }),
               Reason::configuration_empty);
  EXPECT_FAILS(client([](ClientOptions& o) {
                 o.versions = {ProtocolVersion::tls13};
                 o.signature_schemes = {SignatureScheme::rsa_pkcs1_sha256};
               }),
               Reason::configuration_empty)
      << "for certificates alone";
  EXPECT_FAILS(server([](ServerOptions& o) { o.cipher_suites = {}; }), Reason::configuration_empty);
  EXPECT_FAILS(server([](ServerOptions& o) { o.groups = {}; }), Reason::configuration_empty);
}

TEST(Config, names_only_what_there_is) {
  EXPECT_FAILS(client([](ClientOptions& o) { o.groups = {NamedGroup::ffdhe2048}; }),
               Reason::configuration_unsupported);
  EXPECT_FAILS(client([](ClientOptions& o) { o.cipher_suites = {static_cast<CipherSuite>(5)}; }),
               Reason::configuration_unsupported);
  EXPECT_FAILS(client([](ClientOptions& o) {
                 o.signature_schemes.push_back(static_cast<SignatureScheme>(0x0201));
               }),
               Reason::configuration_unsupported);
}

/// A client of five curves and a hybrid, with `shares`.
Result<std::shared_ptr<const ClientConfig>> sharing(std::vector<NamedGroup> shares) {
  using enum NamedGroup;
  return ClientConfig::make(authorities(), {.groups = {x25519mlkem768, x25519, secp256r1, secp384r1,
                                                       secp521r1, x448, mlkem1024},
                                            .key_shares = std::move(shares)});
}

// RFC 9846 §4.3.8.
TEST(Config, sends_shares_of_its_groups_in_their_order) {
  using enum NamedGroup;
  EXPECT_TRUE(sharing({}));
  EXPECT_TRUE(sharing({x25519mlkem768}));
  EXPECT_TRUE(sharing({secp256r1})) << "and not of the first";
  EXPECT_TRUE(sharing({x25519, x448}));
  EXPECT_FAILS(sharing({x448, x25519}), Reason::configuration_key_shares);
  EXPECT_FAILS(sharing({x25519, x25519mlkem768, secp256r1}), Reason::configuration_key_shares);
  EXPECT_FAILS(sharing({secp256r1mlkem768}), Reason::configuration_key_shares) << "not among them";
  EXPECT_FAILS(sharing({x25519, secp384r1mlkem1024}), Reason::configuration_key_shares);
  EXPECT_FAILS(sharing({ffdhe2048}), Reason::configuration_key_shares);
  EXPECT_FAILS(sharing({x25519, x25519}), Reason::configuration_duplicate);
  EXPECT_FAILS(sharing({x25519, x448, x25519}), Reason::configuration_duplicate);
}

TEST(Config, sends_at_most_six_shares) {
  using enum NamedGroup;
  EXPECT_TRUE(sharing({x25519mlkem768, x25519, secp256r1, secp384r1, secp521r1, x448}));
  EXPECT_FAILS(sharing({x25519mlkem768, x25519, secp256r1, secp384r1, secp521r1, x448, mlkem1024}),
               Reason::configuration_key_shares);
}

TEST(Config, sends_fewer_shares_where_there_are_fewer_groups) {
  EXPECT_TRUE(client([](ClientOptions& o) { o.groups = {NamedGroup::secp256r1}; }));
}

TEST(Config, names_everything_once) {
  EXPECT_FAILS(
      client([](ClientOptions& o) { o.groups = {NamedGroup::x25519, NamedGroup::x25519}; }),
      Reason::configuration_duplicate);
  EXPECT_FAILS(client([](ClientOptions& o) { o.cipher_suites.push_back(o.cipher_suites.front()); }),
               Reason::configuration_duplicate);
  EXPECT_FAILS(
      client([](ClientOptions& o) { o.signature_schemes.push_back(o.signature_schemes.front()); }),
      Reason::configuration_duplicate);
  EXPECT_FAILS(server([](ServerOptions& o) { o.groups.push_back(o.groups.front()); }),
               Reason::configuration_duplicate);
}

TEST(Config, takes_protocol_names_of_1_to_255_bytes) {
  EXPECT_FAILS(client([](ClientOptions& o) { o.alpn = {"h2", ""}; }), Reason::alpn_name_invalid);
  EXPECT_FAILS(client([](ClientOptions& o) { o.alpn = {std::string(256, 'a')}; }),
               Reason::alpn_name_invalid);
  EXPECT_TRUE(client([](ClientOptions& o) { o.alpn = {std::string(255, 'a')}; }));
  EXPECT_TRUE(client([](ClientOptions& o) { o.alpn.assign(16, std::string(255, 'a')); }));
  EXPECT_FAILS(client([](ClientOptions& o) { o.alpn.assign(17, std::string(255, 'a')); }),
               Reason::alpn_name_invalid)
      << "together more than 4096 bytes";
}

TEST(Config, wants_somebody_to_vouch_for_clients) {
  for (const auto mode : {ClientAuthentication::request, ClientAuthentication::require}) {
    ServerOptions options;
    options.client_authentication = mode(nullptr);
    EXPECT_FAILS(ServerConfig::make({credential(CertificateKey::ed25519)}, options),
                 Reason::trust_empty);
    options.client_authentication = mode(authorities());
    EXPECT_TRUE(ServerConfig::make({credential(CertificateKey::ed25519)}, options));
  }
  EXPECT_FAILS(server([](ServerOptions& o) { o.signature_schemes = {}; }),
               Reason::configuration_empty);
}

/// A server that names `authorities` to its clients.
Result<std::shared_ptr<const ServerConfig>>
naming(std::vector<std::vector<std::uint8_t>> authorities) {
  ServerOptions options;
  options.client_authentication =
      ClientAuthentication::require(client_authorities()).naming(std::move(authorities));
  return ServerConfig::make({credential(CertificateKey::ed25519)}, options);
}

// RFC 9846 §4.3.4.
TEST(Config, names_authorities_to_clients_as_their_certificates_do) {
  const Bytes subject = client_authorities()->anchor(0).subject;
  const std::vector<std::uint8_t> name(subject.begin(), subject.end());
  EXPECT_TRUE(naming({}));
  EXPECT_TRUE(naming({name}));
  EXPECT_FAILS(naming({name, {}}), Reason::authority_name_invalid);
  EXPECT_FAILS(naming({{0x30, 0}}), Reason::authority_name_invalid) << "a Name of no attributes";
  EXPECT_FAILS(naming({{0x31, 0}}), Reason::authority_name_invalid);
  std::vector<std::uint8_t> longer = name;
  longer.push_back(0);
  EXPECT_FAILS(naming({longer}), Reason::authority_name_invalid);
  const std::vector<std::uint8_t> shorter(name.begin(), name.end() - 1);
  EXPECT_FAILS(naming({shorter}), Reason::authority_name_invalid);
  const std::size_t most = 4096 / (2 + name.size());
  EXPECT_TRUE(naming(std::vector(most, name)));
  EXPECT_FAILS(naming(std::vector(most + 1, name)), Reason::authority_name_invalid);
}

TEST(Config, hides_no_hello_of_tls12) {
  const auto hiding = [](const std::vector<ProtocolVersion>& versions) {
    ClientOptions options;
    options.versions = versions;
    const auto key = EchKey::generate("public.test").value();
    options.ech = EchConfig::choose(key->config_list()).value();
    return ClientConfig::make(authorities(), options);
  };
  EXPECT_TRUE(hiding({ProtocolVersion::tls13, ProtocolVersion::tls12}));
  EXPECT_FAILS(hiding({ProtocolVersion::tls12}), Reason::configuration_unsupported);
}

TEST(Config, takes_extensions_that_are_nobody_elses) {
  using List = std::vector<ApplicationExtension>;
  const auto with = [](const List& list) {
    return ClientConfig::make(authorities(), {.extensions = list});
  };
  EXPECT_FAILS(with({{0xff01, {}}}), Reason::configuration_unsupported) << "renegotiation_info";
  EXPECT_TRUE(with({{0xff03, {}}, {0xff02, std::vector<std::uint8_t>(8192)}}));
  EXPECT_FAILS(with({{0xff02, std::vector<std::uint8_t>(8193)}}),
               Reason::configuration_unsupported);
  EXPECT_FAILS(with({{43, {}}}), Reason::configuration_unsupported) << "supported_versions";
  EXPECT_FAILS(with({{0x1a1a, {}}}), Reason::configuration_unsupported) << "GREASE";
  EXPECT_FAILS(with({{0xff03, {}}, {0xff03, {}}}), Reason::configuration_duplicate);
  List many;
  for (std::uint16_t i = 0; i < 17; ++i) {
    many.push_back({static_cast<std::uint16_t>(0xee00 + i), {}});
  }
  EXPECT_FAILS(with(many), Reason::configuration_unsupported);
  many.pop_back();
  EXPECT_TRUE(with(many));
  EXPECT_FAILS(server([](ServerOptions& o) { o.extensions = {{16}}; }),
               Reason::configuration_unsupported);
  EXPECT_FAILS(
      server([](ServerOptions& o) { o.extensions = {{0xff03, std::vector<std::uint8_t>(8193)}}; }),
      Reason::configuration_unsupported);
  EXPECT_TRUE(server([](ServerOptions& o) { o.extensions = {{0xff03}}; }));
}

TEST(Config, wants_tls_13_for_what_is_nothing_in_tls_12) {
  constexpr auto tls12 = ProtocolVersion::tls12;
  constexpr auto tls13 = ProtocolVersion::tls13;
  EXPECT_TRUE(client([](ClientOptions& o) { o.versions = {tls12}; }));
  EXPECT_FAILS(client([](ClientOptions& o) { o.versions = {}; }), Reason::configuration_empty);
  EXPECT_FAILS(client([](ClientOptions& o) { o.versions = {ProtocolVersion::tls10}; }),
               Reason::configuration_unsupported);
  EXPECT_FAILS(client([](ClientOptions& o) { o.versions = {tls12, tls12}; }),
               Reason::configuration_duplicate);
  EXPECT_FAILS(client([](ClientOptions& o) {
                 o.versions = {tls12};
                 o.cipher_suites12 = {};
               }),
               Reason::configuration_empty);
  EXPECT_FAILS(client([](ClientOptions& o) {
                 o.versions = {tls12};
                 o.groups = {NamedGroup::x25519mlkem768};
               }),
               Reason::configuration_empty);
  EXPECT_FAILS(client([](ClientOptions& o) {
                 o.versions = {tls12};
                 o.peer_certificate_types = {CertificateType::raw_public_key};
               }),
               Reason::configuration_unsupported);
  EXPECT_TRUE(client([](ClientOptions& o) {
    o.versions = {tls13, tls12};
    o.signature_schemes = {SignatureScheme::rsa_pkcs1_sha256};
  }));
  EXPECT_FAILS(server([](ServerOptions& o) {
                 o.versions = {tls12};
                 o.always_retry = true;
                 o.cookie_keys = TicketKeys::make().value();
               }),
               Reason::configuration_empty);
}

TEST(Config, wants_keys_for_cookies_that_are_always_sent) {
  EXPECT_FAILS(server([](ServerOptions& o) { o.always_retry = true; }),
               Reason::configuration_unsupported);
  const auto careful = server([](ServerOptions& o) {
    o.always_retry = true;
    o.cookie_keys = TicketKeys::make().value();
  });
  ASSERT_TRUE(careful);
  EXPECT_EQ((*careful)->options().versions, std::vector{ProtocolVersion::tls13})
      << "TLS 1.2 has no cookies";
}

TEST(Config, wants_credentials_where_a_client_has_any) {
  EXPECT_FAILS(client([](ClientOptions& o) { o.credentials = {nullptr}; }),
               Reason::credential_missing);
}

TEST(Config, wants_somebody_to_trust) {
  EXPECT_FAILS(ClientConfig::make(nullptr), Reason::trust_empty);
}

}  // namespace
}  // namespace handfast::test
