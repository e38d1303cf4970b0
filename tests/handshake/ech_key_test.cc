// Keys for Encrypted Client Hello, and the form in which they are kept. RFC 9849 §4, RFC 9934.
#include "handfast/config.h"
#include "handfast/ech.h"
#include "support/expect.h"
#include "support/parties.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Buffer = std::vector<std::uint8_t>;

std::string text_of(const EchKey& key) {
  const SecretBytes pem = key.pem();
  return {pem.expose().begin(), pem.expose().end()};
}

// RFC 9934 §3, the example: one key, and the list of configurations that belongs to it.
constexpr std::string_view example = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEICjd4yGRdsoP9gU7YT7My8DHx1Tjme8GYDXrOMCi8v1V
-----END PRIVATE KEY-----
-----BEGIN ECHCONFIG-----
AD7+DQA65wAgACA8wVN2BtscOl3vQheUzHeIkVmKIiydUhDCliA4iyQRCwAEAAEA
AQALZXhhbXBsZS5jb20AAA==
-----END ECHCONFIG-----
)";

TEST(EchKey, reads_the_example_of_the_rfc) {
  const auto key = EchKey::parse_pem(example);
  ASSERT_TRUE(key);
  EXPECT_EQ((*key)->config_id(), 0xe7);
  EXPECT_EQ(EchConfig::choose((*key)->config_list()).value()->public_name().text(), "example.com");
  EXPECT_EQ(text_of(**key), example);
}

TEST(EchKey, reads_what_it_writes) {
  const auto key = EchKey::generate("public.example").value();
  const auto read = EchKey::parse_pem(text_of(*key)).value();
  EXPECT_TRUE(std::ranges::equal(read->config(), key->config()));
  EXPECT_EQ(read->config_id(), key->config_id());
  EXPECT_EQ(text_of(*read), text_of(*key));
}

TEST(EchKey, is_another_one_each_time) {
  std::set<Buffer> configs;
  std::set<unsigned> ids;
  for (int i = 0; i < 20; ++i) {
    const auto key = EchKey::generate("public.example").value();
    configs.insert(key->config_list());
    ids.insert(key->config_id());
  }
  EXPECT_EQ(configs.size(), 20U);
  EXPECT_GT(ids.size(), 10U);
}

TEST(EchKey, refuses_names_that_clients_do_not_take) {
  for (const std::string& name :
       {std::string(), std::string("192.0.2.1"), std::string("a_b.test"), std::string(300, 'a')}) {
    EXPECT_FAILS(EchKey::generate(name), Reason::ech_config_unusable) << name;
  }
}

TEST(EchKey, refuses_what_does_not_belong_together) {
  const auto one = EchKey::generate("public.example").value();
  const auto two = EchKey::generate("public.example").value();
  EXPECT_FAILS(EchKey::make(one->config(), two->expose_private_key()), Reason::key_does_not_fit);
  EXPECT_FAILS(EchKey::make(one->config(), two->expose_private_key().first(31)),
               Reason::key_malformed);
  EXPECT_FAILS(EchKey::make(one->config().first(20), one->expose_private_key()),
               Reason::message_truncated);
}

TEST(EchKey, refuses_files_that_are_not_of_this_kind) {
  const std::string text(example);
  const std::size_t second = text.find("-----BEGIN ECHCONFIG");
  EXPECT_FAILS(EchKey::parse_pem(""), Reason::pem_malformed);
  EXPECT_FAILS(EchKey::parse_pem(text.substr(0, second)), Reason::pem_malformed);
  EXPECT_FAILS(EchKey::parse_pem(text.substr(second)), Reason::pem_malformed);
  std::string ed25519 = text;  // the algorithm is one byte further
  ed25519.replace(ed25519.find("K2Vu"), 4, "K2Vw");
  EXPECT_FAILS(EchKey::parse_pem(ed25519), Reason::key_unsupported);
  std::string broken = text;
  broken.replace(broken.find("MC4C"), 4, "MC0C");
  EXPECT_FAILS(EchKey::parse_pem(broken), Reason::key_malformed);
}

TEST(ServerConfig, has_keys_that_clients_can_be_told) {
  const auto key = EchKey::generate("public.example").value();
  const auto make = [](std::vector<EchServerKey> keys) {
    ServerOptions options;
    options.ech_keys = std::move(keys);
    return ServerConfig::make({credential(CertificateKey::ed25519)}, std::move(options));
  };
  EXPECT_TRUE(make({{key}, {key, true}}));
  EXPECT_FAILS(make({{nullptr}}), Reason::credential_missing);
  EXPECT_FAILS(make({{key, true}}), Reason::ech_config_unusable);
  EXPECT_FAILS(make(std::vector<EchServerKey>(17, {key})), Reason::configuration_unsupported);
}

}  // namespace
}  // namespace handfast::test
