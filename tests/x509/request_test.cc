#include "handfast/request.h"

#include "handfast/describe.h"
#include "support/expect.h"
#include "x509/chains.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

std::vector<std::uint8_t> request(CertificateKey kind = CertificateKey::ecdsa_p256) {
  CertificateOrder order;
  order.common_name = "shop";
  order.subject = parse_subject("O=Shop,C=DE").value();
  order.names = {"shop.test", "192.0.2.1"};
  order.must_staple = true;
  return issue_request(order, SigningKey::generate(kind).value()).value();
}

TEST(Request, says_what_was_ordered) {
  const SigningKey key = SigningKey::generate(CertificateKey::ecdsa_p384).value();
  CertificateOrder order;
  order.common_name = "Sub CA";
  order.is_authority = true;
  order.path_length = 0;
  order.client_auth = true;
  order.key_usage = 0x60;
  const std::vector<std::uint8_t> der = issue_request(order, key).value();
  const CertificateRequest read = CertificateRequest::parse(der).value();
  EXPECT_EQ(Certificate::name_text(read.wanted.subject), "CN=Sub CA");
  EXPECT_EQ(read.common_name(), "Sub CA");
  EXPECT_TRUE(read.wanted.basic_constraints->is_authority);
  EXPECT_EQ(read.wanted.basic_constraints->path_length, 0);
  EXPECT_EQ(read.wanted.key_usage, 0x60);
  EXPECT_EQ(extended_key_usage_texts(read.wanted), std::vector<std::string>{"clientAuth"});
  EXPECT_TRUE(std::ranges::equal(read.wanted.public_key_info, key.public_key_info()));
  EXPECT_EQ(key_text(read.wanted), "ECDSA P-384");
}

TEST(Request, is_made_by_keys_of_all_kinds) {
  for (const CertificateKey kind : {CertificateKey::ecdsa_p256, CertificateKey::ecdsa_p384,
                                    CertificateKey::ed25519, CertificateKey::rsa}) {
    const std::vector<std::uint8_t> der = request(kind);
    const Result<CertificateRequest> read = CertificateRequest::parse(der);
    ASSERT_TRUE(read);
    EXPECT_EQ(alt_name_texts(read->wanted), (std::vector<std::string>{"shop.test", "192.0.2.1"}));
    EXPECT_EQ(read->wanted.key_kind, kind);
  }
}

TEST(Request, comes_back_from_pem) {
  const std::vector<std::uint8_t> der = request();
  EXPECT_EQ(request_from_pem("text before\n" + request_to_pem(der)).value(), der);
  EXPECT_FAILS(request_from_pem(certificate_to_pem(der)), Reason::pem_malformed);
}

TEST(Request, may_ask_for_nothing_but_a_subject) {
  CertificateOrder order;
  order.common_name = "shop";
  const SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
  const std::vector<std::uint8_t> der = issue_request(order, key).value();
  EXPECT_FALSE(CertificateRequest::parse(der).value().wanted.has_subject_alt_name);
  EXPECT_FAILS(issue_request({}, key), Reason::configuration_empty);
}

TEST(Request, is_refused_with_any_byte_changed) {
  const std::vector<std::uint8_t> good = request();
  ASSERT_TRUE(CertificateRequest::parse(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::uint8_t> bad = good;
    bad[i] ^= 0x01;
    EXPECT_FALSE(CertificateRequest::parse(bad)) << i;
    EXPECT_FALSE(CertificateRequest::parse(Bytes(good).first(i))) << i;
  }
}

TEST(Request, is_refused_if_its_key_did_not_sign_it) {
  std::vector<std::uint8_t> bad = request();
  bad.back() ^= 0x01;
  EXPECT_FAILS(CertificateRequest::parse(bad), Reason::request_signature_invalid);
  bad.push_back(0);
  EXPECT_FAILS(CertificateRequest::parse(bad), Reason::request_malformed);
}

}  // namespace
}  // namespace handfast
