#include "handshake/ech_config.h"

#include "support/expect.h"
#include "support/hex.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::handshake {
namespace {

using crypto::hpke::AeadCode;
using crypto::hpke::Kdf;
using crypto::hpke::Kem;
using test::operator""_hex;

using Buffer = std::vector<std::uint8_t>;
using Suites = std::vector<message::HpkeSymmetricCipherSuite>;

// As a large operator has published it in DNS.
const Buffer published = "0045 fe0d 0041 ac 0020 0020"
                         "889df22076fa7ee31a8f90c62f3edd51bfbcf1b659569b74a32235b10681207c"
                         "0004 0001 0001 00 12 636c6f7564666c6172652d6563682e636f6d 0000"_hex;

template <class M>
Buffer written(const M& value) {
  Buffer memory(2000);
  codec::Writer out(memory);
  codec::write(out, value);
  memory.resize(out.written().size());
  return memory;
}

/// One configuration, as it is put together.
struct Parts {
  std::uint16_t version = message::EchConfig::known_version;
  std::uint8_t config_id = 7;
  Kem kem = Kem::dhkem_x25519_hkdf_sha256;
  Suites suites = {{Kdf::hkdf_sha256, AeadCode::aes_128_gcm}};
  std::string public_name = "public.example";
  std::vector<message::EchConfigExtension> extensions = {};

  [[nodiscard]] Buffer config() const {
    const Buffer key(32, 9);
    const Buffer name(public_name.begin(), public_name.end());
    const message::EchConfigContents contents{
        .key_config = {config_id, kem, key,
                       std::span<const message::HpkeSymmetricCipherSuite>(suites)},
        .maximum_name_length = 64,
        .public_name = name,
        .extensions = std::span<const message::EchConfigExtension>(extensions)};
    return written(message::EchConfig{version, written(contents)});
  }
};

Buffer list_of(const std::vector<Buffer>& configs) {
  Buffer all;
  for (const Buffer& config : configs) {
    all.insert(all.end(), config.begin(), config.end());
  }
  all.insert(all.begin(),
             {static_cast<std::uint8_t>(all.size() >> 8), static_cast<std::uint8_t>(all.size())});
  return all;
}

std::shared_ptr<const EchConfig> chosen(const Buffer& list) {
  const auto config = EchConfig::choose(list);
  return config ? *config : nullptr;
}

TEST(EchConfig, reads_what_is_published) {
  const auto config = chosen(published);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->public_name().text(), "cloudflare-ech.com");
  EXPECT_TRUE(std::ranges::equal(config->bytes(), Bytes(published).subspan(2)));
  const auto choices = read_ech_configs(published);
  ASSERT_TRUE(choices);
  ASSERT_EQ(choices->size(), 1U);
  const EchChoice& choice = choices->front();
  EXPECT_EQ(choice.contents.key_config.config_id, 0xac);
  EXPECT_EQ(choice.contents.key_config.public_key.size(), 32U);
  EXPECT_EQ(choice.contents.maximum_name_length, 0);
  EXPECT_EQ(choice.suite.kem, Kem::dhkem_x25519_hkdf_sha256);
  EXPECT_EQ(choice.suite.kdf, Kdf::hkdf_sha256);
  EXPECT_EQ(choice.suite.aead, AeadCode::aes_128_gcm);
}

TEST(EchConfig, is_written_as_it_was_read) {
  const auto list = codec::read<message::EchConfigList>(published).value();
  EXPECT_EQ(written(list), published);
  for (const message::EchConfig& config : list.configs) {
    EXPECT_EQ(written(codec::read<message::EchConfigContents>(config.contents).value()),
              Buffer(config.contents.begin(), config.contents.end()));
  }
}

TEST(EchConfig, is_the_first_that_can_be_used) {
  const Buffer good = Parts{.config_id = 1}.config();
  const std::vector<Parts> others = {
      {.version = 0xfe0c},
      {.kem = static_cast<Kem>(0x7777)},
      {.suites = {{static_cast<Kdf>(9), AeadCode::aes_128_gcm}}},
      {.suites = {{Kdf::hkdf_sha256, AeadCode::export_only}}},
      {.extensions = {{0x8000, {}}}},
  };
  for (const Parts& other : others) {
    const auto config = chosen(list_of({other.config(), good, Parts{.config_id = 2}.config()}));
    ASSERT_TRUE(config);
    EXPECT_TRUE(std::ranges::equal(config->bytes(), good));
    EXPECT_FAILS(EchConfig::choose(list_of({other.config()})), Reason::ech_config_unusable);
  }
}

TEST(EchConfig, uses_the_first_suite_that_is_known) {
  const Parts both = {.suites = {{Kdf::hkdf_sha256, static_cast<AeadCode>(77)},
                                 {Kdf::hkdf_sha384, AeadCode::chacha20_poly1305},
                                 {Kdf::hkdf_sha256, AeadCode::aes_128_gcm}},
                      .extensions = {{0x1234, {}}, {0x1235, {}}}};
  const Buffer config = both.config();
  const auto choice = read_ech_config(config);
  ASSERT_TRUE(choice && *choice);
  EXPECT_TRUE(is_usable(**choice));
  EXPECT_EQ((*choice)->suite.kdf, Kdf::hkdf_sha384);
  EXPECT_EQ((*choice)->suite.aead, AeadCode::chacha20_poly1305);
}

// RFC 9849 §6.1.7.
TEST(EchConfig, has_a_host_name_as_its_public_name) {
  for (const char* name : {"a", "public.example", "A-1.Example", "0x.example", "1.2.3.a"}) {
    EXPECT_TRUE(chosen(list_of({Parts{.public_name = name}.config()}))) << name;
  }
  const std::string long_label(64, 'a');
  for (const std::string& name :
       {std::string("not a name"), std::string("192.0.2.1"), std::string("a.example."),
        std::string(".example"), std::string("a..example"), std::string("under_score.example"),
        std::string("-a.example"), std::string("a-.example"), std::string("example.12"),
        std::string("example.0x"), std::string("example.0X1f"), long_label + ".example"}) {
    EXPECT_FAILS(EchConfig::choose(list_of({Parts{.public_name = name}.config()})),
                 Reason::ech_config_unusable);
  }
}

TEST(EchConfig, is_not_read_from_a_list_that_is_none) {
  for (std::size_t size = 0; size < published.size(); ++size) {
    EXPECT_FALSE(EchConfig::choose(Bytes(published).first(size))) << size;
  }
  Buffer longer = published;
  longer.push_back(0);
  EXPECT_FAILS(EchConfig::choose(longer), Reason::message_leftover);
  EXPECT_FAILS(EchConfig::choose("0000"_hex), Reason::value_out_of_bounds);
  EXPECT_FAILS(EchConfig::choose("0005 fe0d 0001 00"_hex), Reason::message_truncated);
  // Contents that end early, or go on, inside a configuration that is as long as it says.
  for (const std::size_t index : {std::size_t{1}, std::size_t{5}}) {
    Buffer changed = published;
    ++changed[index];
    changed.push_back(0);
    EXPECT_FALSE(EchConfig::choose(changed));
  }
  const Parts twice = {.extensions = {{1, {}}, {1, {}}}};
  EXPECT_FAILS(EchConfig::choose(list_of({twice.config()})), Reason::extension_duplicated);
  // What stands behind the one that is taken has a form, too.
  Buffer broken = Parts{}.config();
  broken[4 + 1 + 2] ^= 0xff;  // the length of the public key
  EXPECT_FALSE(EchConfig::choose(list_of({Parts{}.config(), broken})));
}

}  // namespace
}  // namespace handfast::handshake
