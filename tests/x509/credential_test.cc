#include "handfast/credential.h"

#include "der/pem.h"
#include "handfast/config.h"
#include "support/expect.h"
#include "support/hex.h"
#include "x509/chains.h"
#include "x509/credential_key.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

std::string pem_of(const std::vector<Party>& parties) {
  std::string text;
  for (const Party& party : parties) {
    text += der::encode_pem("CERTIFICATE", party.der);
  }
  return text;
}

std::string pem_of(const SigningKey& key) {
  const std::vector<std::uint8_t> pem = key.to_pem().value();
  return {pem.begin(), pem.end()};
}

TEST(Credential, reads_a_chain_and_its_key) {
  const Three three;
  const std::shared_ptr<const Credential> credential =
      Credential::from_pem(pem_of({three.leaf, three.intermediate}), pem_of(*three.leaf.key))
          .value();
  ASSERT_EQ(credential->certificates().size(), 2U);
  EXPECT_EQ(credential->certificates()[0], three.leaf.der);
  EXPECT_EQ(credential->certificates()[1], three.intermediate.der);
  EXPECT_EQ(credential->leaf().label(), "shop");
  EXPECT_EQ(credential->key().kind(), CertificateKey::ecdsa_p256);
}

TEST(Credential, signs_with_the_leafs_key) {
  const Three three;
  const std::shared_ptr<const Credential> credential =
      Credential::from_pem(pem_of({three.leaf}), pem_of(*three.leaf.key)).value();
  const auto message = "00 01 02"_hex;
  const Result<crypto::Signature> signature =
      x509::private_key(credential->key()).sign(SignatureScheme::ecdsa_secp256r1_sha256, message);
  ASSERT_TRUE(signature);
  const crypto::PublicKey key = x509::public_key(credential->leaf()).value();
  EXPECT_TRUE(key.verify({.kind = crypto::KeyKind::ecdsa_p256, .hash = crypto::HashId::sha256},
                         message, signature->bytes()));
}

TEST(Credential, takes_key_and_chain_from_one_text) {
  const Three three;
  const std::string text = pem_of(*three.leaf.key) + pem_of({three.leaf});
  EXPECT_TRUE(Credential::from_pem(text, text));
}

// ---- what is stapled ----------------------------------------------------------------------------

TEST(Credential, takes_staples_and_shares_the_rest) {
  const Three three;
  const auto plain =
      Credential::from_pem(pem_of({three.leaf, three.intermediate}), pem_of(*three.leaf.key))
          .value();
  EXPECT_TRUE(plain->stapled().ocsp_response.empty() && plain->stapled().sct_list.empty());
  const auto stapled = plain->with({"30 03 0a 01 00"_hex, "0004 0002 abcd"_hex}).value();
  EXPECT_EQ(stapled->stapled().ocsp_response, "30 03 0a 01 00"_hex);
  EXPECT_EQ(stapled->stapled().sct_list, "0004 0002 abcd"_hex);
  EXPECT_EQ(stapled->certificates().data(), plain->certificates().data());
  EXPECT_EQ(&stapled->key(), &plain->key());
  EXPECT_TRUE(plain->stapled().ocsp_response.empty()) << "the old one is as it was";
  const auto renewed = stapled->with({}).value();
  EXPECT_TRUE(renewed->stapled().ocsp_response.empty());
}

TEST(Credential, staples_only_what_could_be_a_staple) {
  const Three three;
  const auto plain = Credential::from_pem(pem_of({three.leaf}), pem_of(*three.leaf.key)).value();
  for (const auto& response :
       {"30 03 0a 01"_hex, "30 03 0a 01 00 00"_hex, "04 01 00"_hex, "ff"_hex}) {
    EXPECT_FAILS(plain->with({.ocsp_response = response}), Reason::staple_malformed);
  }
  std::vector<std::uint8_t> large = "30 82 40 00"_hex;
  large.resize(4 + 0x4000);
  EXPECT_FAILS(plain->with({.ocsp_response = large}), Reason::staple_malformed);
  for (const auto& list : {"0000"_hex, "0002 0000"_hex, "0004 0003 abcd"_hex,
                           "0004 0002 abcd 00"_hex, "00"_hex, "0003 0002 ab"_hex}) {
    EXPECT_FAILS(plain->with({.sct_list = list}), Reason::staple_malformed);
  }
  EXPECT_TRUE(plain->with({.sct_list = "0006 0001 aa 0001 bb"_hex}));
}

TEST(Credential, takes_a_staple_for_each_certificate) {
  const Three three;
  const auto plain =
      Credential::from_pem(pem_of({three.leaf, three.intermediate}), pem_of(*three.leaf.key))
          .value();
  ASSERT_EQ(plain->all_stapled().size(), 2U);
  const Stapled one = {.ocsp_response = "30 03 0a 01 00"_hex};
  const Stapled two = {.ocsp_response = "30 03 0a 01 06"_hex, .sct_list = "0003 0001 aa"_hex};
  const auto both = plain->with_each({one, two}).value();
  EXPECT_EQ(both->stapled().ocsp_response, one.ocsp_response);
  EXPECT_EQ(both->all_stapled()[1].ocsp_response, two.ocsp_response);
  EXPECT_EQ(both->all_stapled()[1].sct_list, two.sct_list);
  const auto second = plain->with_each({{}, two}).value();
  EXPECT_TRUE(second->stapled().ocsp_response.empty());
  const auto renewed = both->with(one).value();
  ASSERT_EQ(renewed->all_stapled().size(), 2U);
  EXPECT_TRUE(renewed->all_stapled()[1].ocsp_response.empty()) << "the old ones are gone";
  EXPECT_FAILS(plain->with_each({one, two, one}), Reason::staple_malformed);
  EXPECT_FAILS(plain->with_each({one, {.ocsp_response = "04 01 00"_hex}}),
               Reason::staple_malformed);
  // 32 KiB are the most, wherever they go.
  const auto long_list = [](std::size_t size) {
    std::vector<std::uint8_t> list = {
        static_cast<std::uint8_t>((size - 2) >> 8), static_cast<std::uint8_t>(size - 2),
        static_cast<std::uint8_t>((size - 4) >> 8), static_cast<std::uint8_t>(size - 4)};
    list.resize(size, 0x5a);
    return Stapled{.sct_list = std::move(list)};
  };
  EXPECT_TRUE(plain->with_each({long_list(0x4000), long_list(0x4000)}));
  Stapled too_much = long_list(0x4000);
  too_much.ocsp_response = one.ocsp_response;
  EXPECT_FAILS(plain->with_each({long_list(0x4000), too_much}), Reason::staple_malformed);
}

// ---- what it signs with -------------------------------------------------------------------------

TEST(Credential, keeps_its_schemes_beside_its_staples) {
  using enum SignatureScheme;
  const Three three;
  const auto plain = Credential::from_pem(pem_of({three.leaf}), pem_of(*three.leaf.key)).value();
  EXPECT_TRUE(plain->schemes().empty());
  const std::vector wanted = {rsa_pss_rsae_sha512, ed25519};
  const auto limited =
      plain->with({.sct_list = "0004 0002 abcd"_hex}).value()->signing_with(wanted);
  ASSERT_TRUE(limited);
  const auto renewed = (*limited)->with({.sct_list = "0003 0001 aa"_hex}).value();
  for (const auto& one : {*limited, renewed}) {
    EXPECT_TRUE(std::ranges::equal(one->schemes(), wanted));
    EXPECT_FALSE(one->stapled().sct_list.empty());
    EXPECT_EQ(&one->key(), &plain->key());
  }
}

TEST(Credential, refuses_lists_of_schemes_that_say_nothing) {
  using enum SignatureScheme;
  const Three three;
  const auto plain = Credential::from_pem(pem_of({three.leaf}), pem_of(*three.leaf.key)).value();
  EXPECT_FAILS(plain->signing_with({}), Reason::configuration_empty);
  EXPECT_FAILS(plain->signing_with({ed25519, ed25519}), Reason::configuration_duplicate);
  EXPECT_FAILS(plain->signing_with({ed25519, ed448}), Reason::configuration_unsupported);
}

TEST(Credential, knows_who_issued_its_certificates) {
  const Three three;
  const auto credential =
      Credential::from_pem(pem_of({three.leaf, three.intermediate}), pem_of(*three.leaf.key))
          .value();
  ASSERT_EQ(credential->issuers().size(), 2U);
  EXPECT_EQ(Certificate::name_text(credential->issuers()[0]),
            Certificate::name_text(three.intermediate.certificate().subject));
}

TEST(Credential, refuses_a_key_that_does_not_fit) {
  const Three three;
  EXPECT_FAILS(Credential::from_pem(pem_of({three.leaf}), pem_of(*three.intermediate.key)),
               Reason::key_does_not_fit);
  EXPECT_FAILS(
      Credential::from_pem(pem_of({three.intermediate, three.leaf}), pem_of(*three.leaf.key)),
      Reason::key_does_not_fit)
      << "the leaf comes first";
}

// RFC 9846 §4.5.1.2: where there is a key usage, it has digitalSignature.
TEST(Credential, refuses_a_key_that_may_not_sign) {
  const Three three;
  EXPECT_FAILS(Credential::from_pem(pem_of({three.intermediate}), pem_of(*three.intermediate.key)),
               Reason::certificate_key_usage);
}

// RFC 5246 §7.4.2: with RSA key exchange the leaf's key decrypts, and need not sign.
TEST(Credential, may_have_a_key_that_decrypts_and_does_not_sign) {
  const auto made = [](CertificateKey kind, std::optional<KeyUsage> usage) {
    CertificateOrder order = leaf_order();
    order.key_usage = static_cast<std::uint16_t>(usage ? std::to_underlying(*usage) : 0);
    SigningKey key = SigningKey::generate(kind).value();
    auto der = issue_self_signed(order, key).value();
    return Credential::make_decrypting({std::move(der)}, std::move(key));
  };
  const auto silent = made(CertificateKey::rsa, KeyUsage::key_encipherment);
  ASSERT_TRUE(silent);
  EXPECT_FALSE((*silent)->may_sign());
  EXPECT_TRUE((*silent)->may_decrypt());
  const auto free = made(CertificateKey::rsa, std::nullopt);
  ASSERT_TRUE(free);
  EXPECT_TRUE((*free)->may_sign() && (*free)->may_decrypt());
  EXPECT_FAILS(made(CertificateKey::rsa, KeyUsage::digital_signature),
               Reason::certificate_key_usage);
  EXPECT_FAILS(made(CertificateKey::ecdsa_p256, KeyUsage::key_encipherment),
               Reason::certificate_not_rsa);
}

TEST(Credential, knows_what_its_chain_is_signed_with) {
  const Three three;
  const auto credential = Credential::from_pem(pem_of({three.leaf, three.intermediate, three.root}),
                                               pem_of(*three.leaf.key))
                              .value();
  EXPECT_EQ(credential->signatures().size(), 2U) << "a root's own signature is nobody's concern";
  for (const CertificateSignature signature : credential->signatures()) {
    EXPECT_EQ(signature, CertificateSignature::ecdsa_sha256);
  }
}

TEST(Credential, refuses_files_without_what_it_needs) {
  const Three three;
  const std::string key = pem_of(*three.leaf.key);
  EXPECT_FAILS(Credential::from_pem("", key), Reason::pem_malformed);
  EXPECT_FAILS(Credential::from_pem(key, key), Reason::pem_malformed);
  EXPECT_FAILS(Credential::from_pem(pem_of({three.leaf}), ""), Reason::pem_malformed);
  EXPECT_FAILS(Credential::from_pem(pem_of({three.leaf}), pem_of({three.leaf})),
               Reason::pem_malformed);
  EXPECT_FAILS(
      Credential::from_pem("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n", key),
      Reason::pem_malformed);
}

TEST(Credential, says_which_certificate_cannot_be_read) {
  const Three three;
  const std::string text = pem_of({three.leaf, {nullptr, "30 00"_hex}});
  const auto credential = Credential::from_pem(text, pem_of(*three.leaf.key));
  EXPECT_FAILS(credential, Reason::certificate_malformed);
  EXPECT_EQ(credential.error().certificate, 1);
}

TEST(Credential, holds_no_more_certificates_than_a_message) {
  const Three three;
  std::vector<Party> many(11, three.intermediate);
  many.front() = three.leaf;
  EXPECT_FAILS(Credential::from_pem(pem_of(many), pem_of(*three.leaf.key)),
               Reason::certificate_list_too_long);
  many.pop_back();
  EXPECT_TRUE(Credential::from_pem(pem_of(many), pem_of(*three.leaf.key)));
}

TEST(Credential, is_chosen_by_its_names) {
  CertificateOrder order = leaf_order();
  order.names = {"shop.test", "*.shop.test", "192.0.2.1"};
  const Party leaf = make(order);
  const std::shared_ptr<const Credential> credential =
      Credential::from_pem(pem_of({leaf}), pem_of(*leaf.key)).value();
  EXPECT_TRUE(credential->matches("shop.test"));
  EXPECT_TRUE(credential->matches("WWW.shop.test."));
  EXPECT_FALSE(credential->matches("a.b.shop.test"));
  EXPECT_FALSE(credential->matches("bank.test"));
  EXPECT_FALSE(credential->matches("192.0.2.1")) << "SNI has no addresses";
  EXPECT_FALSE(credential->matches(""));
}

TEST(Credential, is_what_no_server_can_be_without) {
  const Three three;
  const std::shared_ptr<const Credential> credential =
      Credential::from_pem(pem_of({three.leaf}), pem_of(*three.leaf.key)).value();
  EXPECT_TRUE(ServerConfig::make({credential}));
  EXPECT_FAILS(ServerConfig::make({}), Reason::credential_missing);
  EXPECT_FAILS(ServerConfig::make({credential, nullptr}), Reason::credential_missing);
}

TEST(SigningKey, comes_back_from_pem) {
  for (const CertificateKey kind : {CertificateKey::ecdsa_p256, CertificateKey::ecdsa_p384,
                                    CertificateKey::ed25519, CertificateKey::rsa}) {
    const SigningKey key = SigningKey::generate(kind).value();
    EXPECT_EQ(key.kind(), kind);
    const SigningKey again = SigningKey::from_pem(pem_of(key)).value();
    EXPECT_EQ(again.kind(), kind);
    EXPECT_TRUE(std::ranges::equal(again.public_key_info(), key.public_key_info()));
  }
}

TEST(SigningKey, refuses_what_is_no_key) {
  EXPECT_FAILS(SigningKey::generate(CertificateKey::unsupported), Reason::key_unsupported);
  EXPECT_FAILS(SigningKey::from_pem("no key"), Reason::pem_malformed);
  EXPECT_FAILS(
      SigningKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
      Reason::key_malformed);
}

}  // namespace
}  // namespace handfast
