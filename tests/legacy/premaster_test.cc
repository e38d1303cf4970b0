#include "legacy/premaster.h"

#include "handfast/certificate.h"
#include "handfast/config.h"
#include "handfast/legacy.h"
#include "handshake/legacy_mechanism.h"
#include "legacy/rsa.h"
#include "support/expect.h"
#include "support/parties.h"
#include "x509/algorithm.h"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::legacy {
namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr auto tls12 = ProtocolVersion::tls12;

const crypto::PrivateKey& some_key() {
  static const crypto::PrivateKey key = *crypto::PrivateKey::generate(crypto::KeyKind::rsa);
  return key;
}

// CVE-2022-4304.
TEST(RsaDecryption, wants_a_libcrypto_that_keeps_the_time) {
  for (const unsigned long old : {0x1010113fUL, 0x30000000UL, 0x30000020UL, 0x30000070UL}) {
    EXPECT_FAILS(check_rsa_decryption(old), Reason::configuration_needs_libcrypto) << old;
  }
  for (const unsigned long good : {0x30000080UL, 0x30000110UL, 0x30100000UL, 0x30500000UL}) {
    EXPECT_TRUE(check_rsa_decryption(good)) << good;
  }
  EXPECT_TRUE(check_rsa_decryption_here()) << "Debian 12 has a later one";
}

TEST(RsaDecryption, is_not_configured_where_libcrypto_is_too_old) {
  static constexpr LegacyMechanism on_old_machine = {
      .weakness = Weakness::rsa_key_exchange,
      .check_server = [] { return check_rsa_decryption(0x30000070); }};
  ServerOptions server;
  server.policy = Policy::legacy(on_old_machine);
  EXPECT_FAILS(ServerConfig::make({test::credential_for_encryption()}, server),
               Reason::configuration_needs_libcrypto);
  ClientOptions client;
  client.policy = server.policy;
  EXPECT_TRUE(ClientConfig::make(test::authorities(), client)) << "it decrypts nothing";
  server.policy = Policy::legacy(cbc_suites);
  EXPECT_TRUE(ServerConfig::make({test::credential_for_encryption()}, server));
}

Buffer encrypted(Bytes message) {
  const Certificate certificate = *Certificate::of_raw_key(some_key().public_key_info());
  const auto parts = x509::rsa_parts(certificate.public_key);
  return *rsa_encrypt(parts->modulus, parts->exponent, message);
}

Buffer opened(Bytes ciphertext) {
  const auto premaster = open_premaster(some_key(), ciphertext, tls12);
  const Bytes bytes = premaster->expose();
  return {bytes.begin(), bytes.end()};
}

Buffer some_premaster() {
  const auto made = make_premaster(tls12);
  const Bytes bytes = made->expose();
  return {bytes.begin(), bytes.end()};
}

TEST(Premaster, comes_back_as_it_was) {
  const Buffer premaster = some_premaster();
  EXPECT_EQ(premaster.size(), premaster_size);
  EXPECT_EQ(premaster[0], 3);
  EXPECT_EQ(premaster[1], 3);
  EXPECT_EQ(opened(encrypted(premaster)), premaster);
}

// RFC 5246 §7.4.7.1: what is wrong gives a random one, each time another.
TEST(Premaster, is_random_where_anything_is_wrong) {
  const Buffer right = some_premaster();
  Buffer version = right;
  version[1] = 2;
  Buffer shorter(right.begin(), right.end() - 1);
  Buffer longer = right;
  longer.push_back(0);
  Buffer damaged = encrypted(right);
  damaged.back() ^= 1;
  Buffer cut = encrypted(right);
  cut.pop_back();
  const Buffer too_large(256, 0xff);
  std::set<Buffer> seen = {right};
  for (const Buffer& ciphertext : {encrypted(version), encrypted(shorter), encrypted(longer),
                                   encrypted({}), damaged, cut, too_large, Buffer{}}) {
    for (int i = 0; i < 2; ++i) {
      const Buffer found = opened(ciphertext);
      EXPECT_EQ(found.size(), premaster_size);
      EXPECT_TRUE(seen.insert(found).second);
    }
  }
}

// Every byte of an encryption block: 00 02, padding, 00, the version, the rest.
TEST(Premaster, is_refused_for_each_byte_of_its_block) {
  const Buffer instead(premaster_size, 0xee);
  Buffer block(256, 0x11);
  block[0] = 0;
  block[1] = 2;
  const std::size_t zero_at = block.size() - premaster_size - 1;
  block[zero_at] = 0;
  block[zero_at + 1] = 3;
  block[zero_at + 2] = 3;
  const auto chosen = [&](const Buffer& one) {
    const Premaster premaster = choose_premaster(one, tls12, instead);
    return Buffer(premaster.expose().begin(), premaster.expose().end());
  };
  const Buffer message(block.begin() + static_cast<std::ptrdiff_t>(zero_at) + 1, block.end());
  ASSERT_EQ(chosen(block), message);
  for (std::size_t i = 0; i < zero_at + 3; ++i) {
    Buffer wrong = block;
    const bool is_padding = i > 1 && i < zero_at;
    wrong[i] = is_padding ? 0 : static_cast<std::uint8_t>(wrong[i] ^ 0x80);
    EXPECT_EQ(chosen(wrong), instead) << i;
  }
  Buffer other = block;
  other.back() ^= 1;
  EXPECT_NE(chosen(other), instead);
  EXPECT_EQ(chosen(Buffer(58)), instead);
}

TEST(RsaEncrypt, refuses_what_does_not_fit) {
  const Certificate certificate = *Certificate::of_raw_key(some_key().public_key_info());
  const auto parts = x509::rsa_parts(certificate.public_key);
  EXPECT_FALSE(rsa_encrypt(parts->modulus, parts->exponent, Buffer(246)));
  EXPECT_FALSE(rsa_encrypt({}, {}, Buffer(48)));
}

TEST(RsaDecryptRaw, needs_an_rsa_key) {
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::ed25519);
  EXPECT_EQ(modulus_size(*other), 0U);
  Buffer out(256, 1);
  EXPECT_FALSE(rsa_decrypt_raw(*other, Buffer(256, 1), out));
  EXPECT_EQ(out, Buffer(256));
}

}  // namespace
}  // namespace handfast::legacy
