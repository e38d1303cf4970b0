#include "handfast/describe.h"

#include "support/expect.h"
#include "support/hex.h"
#include "x509/chains.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using Texts = std::vector<std::string>;

TEST(Describe, tells_names_and_addresses) {
  CertificateOrder order = leaf_order();
  order.names = {"shop.test", "*.shop.test", "192.0.2.1", "2001:db8::1"};
  const Party leaf = make(order);
  EXPECT_EQ(alt_name_texts(leaf.certificate()),
            (Texts{"shop.test", "*.shop.test", "192.0.2.1", "2001:db8::1"}));
}

// A certificate with these names, whatever is in them: type and value.
Certificate with_names(const std::vector<std::pair<std::uint8_t, std::string>>& names,
                       std::vector<std::uint8_t>& memory) {
  memory.clear();
  for (const auto& [kind, value] : names) {
    memory.push_back(static_cast<std::uint8_t>(0x80U | kind));
    memory.push_back(static_cast<std::uint8_t>(value.size()));
    memory.insert(memory.end(), value.begin(), value.end());
  }
  Certificate certificate;
  certificate.subject_alt_name = memory;
  return certificate;
}

TEST(AltNames, have_a_kind_and_one_form) {
  using enum AltName::Kind;
  std::vector<std::uint8_t> memory;
  const Certificate leaf = with_names({{2, "Shop.TEST"},
                                       {2, "*.shop.test"},
                                       {7, {'\xc0', 0, 2, 1}},
                                       {1, "Ann@Shop.test"},
                                       {6, "spiffe://shop.test/Web"}},
                                      memory);
  EXPECT_EQ(alt_names(leaf),
            (std::vector<AltName>{{dns_name, "shop.test"},
                                  {dns_name, "*.shop.test"},
                                  {ip_address, "192.0.2.1"},
                                  {rfc822_name, "Ann@shop.test"},
                                  {uniform_resource_identifier, "spiffe://shop.test/Web"}}));
}

TEST(AltNames, are_called_as_rfc5280_calls_them) {
  using enum AltName::Kind;
  EXPECT_EQ(name(dns_name), "dNSName");
  EXPECT_EQ(name(ip_address), "iPAddress");
  EXPECT_EQ(name(rfc822_name), "rfc822Name");
  EXPECT_EQ(name(uniform_resource_identifier), "uniformResourceIdentifier");
}

// An authority that may sign no mailbox could sign a dNSName that reads like one.
TEST(AltNames, cannot_be_taken_for_another_kind) {
  std::vector<std::uint8_t> memory;
  const Certificate leaf = with_names({{2, "email:ceo@bank.test"},
                                       {2, "URI:spiffe://prod/admin"},
                                       {2, "10.0.0.1"},
                                       {2, "shop.test."},
                                       {2, ""},
                                       {1, "bank.test"},
                                       {1, "ceo@bank.test\n"},
                                       {6, "spiffe://prod/a b"},
                                       {6, "/relative"},
                                       {7, "abc"},
                                       {4, "x"},
                                       {8, "x"}},
                                      memory);
  EXPECT_EQ(alt_names(leaf), std::vector<AltName>{});
  const Texts texts = alt_name_texts(leaf);
  EXPECT_EQ(texts[0], "DNS:email:ceo@bank.test");
  EXPECT_EQ(texts[2], "DNS:10.0.0.1");
}

TEST(Describe, tells_what_an_authority_may_sign) {
  CertificateOrder order = authority_order("Limited");
  order.permitted_names = {"test", "127.0.0.0/8", "::1"};
  const Party limited = make(order);
  const NameConstraintTexts texts = name_constraint_texts(limited.certificate());
  EXPECT_EQ(texts.permitted, (Texts{"test", "127.0.0.0/8", "::1/128"}));
  EXPECT_EQ(texts.excluded, Texts{});
}

TEST(Describe, tells_that_a_kind_of_names_is_forbidden) {
  CertificateOrder order = authority_order("Names only");
  order.permitted_names = {"test"};
  const Party limited = make(order);
  EXPECT_EQ(name_constraint_texts(limited.certificate()).excluded, (Texts{"0.0.0.0/0", "::/0"}));
}

TEST(Describe, has_nothing_to_tell_of_an_authority_without_limits) {
  const Party root = make(authority_order("Root"));
  const NameConstraintTexts texts = name_constraint_texts(root.certificate());
  EXPECT_TRUE(texts.permitted.empty() && texts.excluded.empty());
}

TEST(Describe, tells_usages_in_the_order_of_their_bits) {
  const Three three;
  EXPECT_EQ(key_usage_texts(three.root.certificate()), (Texts{"keyCertSign", "cRLSign"}));
  EXPECT_EQ(key_usage_texts(three.leaf.certificate()), Texts{"digitalSignature"});
  EXPECT_EQ(extended_key_usage_texts(three.root.certificate()), Texts{});
  EXPECT_EQ(extended_key_usage_texts(three.leaf.certificate()), Texts{"serverAuth"});
}

TEST(Describe, tells_unknown_purposes_by_number) {
  Certificate certificate;
  const auto list = "06 08 2b 06 01 05 05 07 03 02  06 03 2a 03 04"_hex;
  certificate.extended_key_usage = list;
  EXPECT_EQ(extended_key_usage_texts(certificate), (Texts{"clientAuth", "1.2.3.4"}));
}

TEST(Describe, hashes_with_sha256) {
  // FIPS 180-2, appendix B.1: "abc".
  const auto abc = "61 62 63"_hex;
  const auto digest = fingerprint(abc);
  EXPECT_EQ(std::vector(digest.begin(), digest.end()),
            "ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad"_hex);
}

TEST(Describe, writes_pem_that_it_reads_again) {
  const Three three;
  const std::string text = "leaf:\n" + certificate_to_pem(three.leaf.der) + "and its issuer\n" +
                           certificate_to_pem(three.intermediate.der);
  const auto read = certificates_from_pem(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::vector{three.leaf.der, three.intermediate.der}));
}

TEST(Describe, refuses_pem_without_a_whole_certificate) {
  for (const std::string_view text :
       {"", "text", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
    const auto read = certificates_from_pem(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().reason, Reason::pem_malformed);
  }
}

}  // namespace
}  // namespace handfast
