#include "handfast/container.h"

#include "support/expect.h"
#include "support/hex.h"
#include "support/vectors.h"
#include "x509/chains.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

// Three certificates of one chain, from the root down.
std::array<Bytes, 3> from_the_top(const Three& three) {
  return {three.root.der, three.intermediate.der, three.leaf.der};
}

TEST(Pkcs12, holds_key_and_chain) {
  const Three three;
  const std::array<Bytes, 3> chain = {three.leaf.der, three.root.der, three.intermediate.der};
  const auto file = write_pkcs12(three.leaf.key.get(), chain, "secret", "shop").value();
  EXPECT_TRUE(is_pkcs12(file));
  const Result<KeyStore> store = read_pkcs12(file, "secret");
  ASSERT_TRUE(store);
  EXPECT_TRUE(std::ranges::equal(store->key->public_key_info(), three.leaf.key->public_key_info()));
  EXPECT_EQ(store->certificates, (std::vector<std::vector<std::uint8_t>>{
                                     three.leaf.der, three.intermediate.der, three.root.der}));
  EXPECT_FAILS(read_pkcs12(file, "Secret"), Reason::password_wrong);
  EXPECT_FAILS(read_pkcs12(file, ""), Reason::password_wrong);
}

TEST(Pkcs12, may_have_an_empty_password_and_no_key) {
  const Three three;
  const auto file = write_pkcs12(nullptr, from_the_top(three), "", "").value();
  const Result<KeyStore> store = read_pkcs12(file, "");
  ASSERT_TRUE(store);
  EXPECT_FALSE(store->key);
  EXPECT_EQ(store->certificates.size(), 3U);
}

TEST(Pkcs12, is_not_made_of_what_does_not_belong_together) {
  const Three three;
  EXPECT_FAILS(write_pkcs12(three.leaf.key.get(), from_the_top(three), "x", ""),
               Reason::key_does_not_fit);
  EXPECT_FAILS(write_pkcs12(nullptr, {}, "x", ""), Reason::container_malformed);
  const std::array<Bytes, 1> junk = {Bytes(three.leaf.der).first(20)};
  EXPECT_FAILS(write_pkcs12(nullptr, junk, "x", ""), Reason::certificate_malformed);
}

TEST(Pkcs12, is_refused_when_damaged) {
  const Party root = make(authority_order("Root"));
  const std::array<Bytes, 1> one = {root.der};
  const auto file = write_pkcs12(nullptr, one, "", "").value();
  EXPECT_FAILS(read_pkcs12(Bytes(file).first(file.size() - 1), ""), Reason::container_malformed);
  EXPECT_FAILS(read_pkcs12(root.der, ""), Reason::container_malformed);
  EXPECT_FALSE(is_pkcs12(root.der));
  EXPECT_FALSE(is_pkcs12({}));
  auto other_version = file;
  const auto version = std::ranges::search(other_version, "02 01 03"_hex);
  version[2] = 0xfe;
  EXPECT_FALSE(is_pkcs12(other_version));
  EXPECT_FAILS(read_pkcs12(other_version, ""), Reason::container_malformed);
}

// The iterations stand in clear, for the certificates and, at the very end, for the MAC: 600,000 is
// 02 03 09 27 c0. No single number of that size is too large, but together they are.
TEST(Pkcs12, is_refused_before_it_costs_too_much) {
  const Party root = make(authority_order("Root"));
  const std::array<Bytes, 1> one = {root.der};
  auto file = write_pkcs12(nullptr, one, "", "").value();
  const auto iterations = "02 03 09 27 c0"_hex;
  ASSERT_TRUE(std::ranges::equal(Bytes(file).last(5), iterations));
  int changed = 0;
  for (auto found = std::ranges::search(file, iterations); !found.empty();
       found = std::ranges::search(file, iterations)) {
    found[2] = 0x7f;
    ++changed;
  }
  EXPECT_EQ(changed, 2);
  EXPECT_FAILS(read_pkcs12(file, ""), Reason::encryption_too_costly);
}

Result<KeyStore> open_file(std::string_view name, std::string_view password) {
  const std::string text = load_text("pkcs12/" + std::string(name) + ".p12");
  return read_pkcs12(std::vector<std::uint8_t>(text.begin(), text.end()), password);
}

TEST(Pkcs12, opens_triple_des_and_what_is_not_encrypted_at_all) {
  for (const auto& [name, password] : {std::pair("triple_des", "secret"), {"in_clear", ""}}) {
    const Result<KeyStore> store = open_file(name, password);
    ASSERT_TRUE(store) << name;
    ASSERT_TRUE(store->key) << name;
    ASSERT_EQ(store->certificates.size(), 1U) << name;
    const Certificate certificate = Certificate::parse(store->certificates[0]).value();
    EXPECT_TRUE(std::ranges::equal(certificate.public_key_info, store->key->public_key_info()));
  }
}

TEST(Pkcs12, says_that_rc2_is_a_thing_of_the_past) {
  EXPECT_FAILS(open_file("rc2_40", "secret"), Reason::encryption_outdated);
}

TEST(Pkcs7, holds_certificates) {
  const Three three;
  const std::vector<std::uint8_t> der = write_pkcs7(from_the_top(three));
  auto read = read_pkcs7(der).value();
  std::vector<std::vector<std::uint8_t>> wanted = {three.root.der, three.intermediate.der,
                                                   three.leaf.der};
  std::ranges::sort(wanted);
  EXPECT_EQ(read, wanted);
  EXPECT_TRUE(read_pkcs7(write_pkcs7({})).value().empty());
}

TEST(Pkcs7, is_refused_when_damaged) {
  const Party root = make(authority_order("Root"));
  const std::array<Bytes, 1> one = {root.der};
  const std::vector<std::uint8_t> der = write_pkcs7(one);
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FAILS(read_pkcs7(Bytes(der).first(size)), Reason::container_malformed);
  }
  EXPECT_FAILS(read_pkcs7(root.der), Reason::container_malformed);
}

TEST(EncryptedKey, opens_with_its_password_alone) {
  const SigningKey key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
  const std::vector<std::uint8_t> bytes = key.to_pem("secret").value();
  const std::string pem(bytes.begin(), bytes.end());
  EXPECT_TRUE(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
  const Result<SigningKey> again = SigningKey::from_pem(pem, "secret");
  ASSERT_TRUE(again);
  EXPECT_TRUE(std::ranges::equal(again->public_key_info(), key.public_key_info()));
  EXPECT_FAILS(SigningKey::from_pem(pem, "wrong"), Reason::password_wrong);
  EXPECT_FAILS(SigningKey::from_pem(pem), Reason::password_missing);
}

TEST(SigningKey, comes_in_the_sizes_that_may_be) {
  EXPECT_FAILS(SigningKey::generate(CertificateKey::rsa, 1024), Reason::key_unsupported);
  EXPECT_FAILS(SigningKey::generate(CertificateKey::rsa, 16384), Reason::key_unsupported);
  const SigningKey key = SigningKey::generate(CertificateKey::rsa, 3072).value();
  EXPECT_GT(key.public_key_info().size(), 400U);
}

}  // namespace
}  // namespace handfast
