#include "handfast/issue.h"

#include "crypto/hash.h"
#include "handfast/describe.h"
#include "support/expect.h"
#include "support/hex.h"
#include "x509/chains.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

std::vector<std::string> dns_names(const Certificate& certificate) {
  std::vector<std::string> names;
  certificate.each_alt_name([&](std::uint8_t kind, Bytes value) {
    if (kind == 2) {
      names.emplace_back(value.begin(), value.end());
    }
  });
  return names;
}

TEST(Issue, writes_what_was_ordered) {
  CertificateOrder order = leaf_order();
  order.names = {"Shop.TEST", "*.shop.test", "192.0.2.1", "2001:db8::1"};
  order.client_auth = true;
  const Three three;
  const Party party = make(order, &three.intermediate);
  const Certificate leaf = party.certificate();
  EXPECT_EQ(Certificate::name_text(leaf.subject), "CN=shop");
  EXPECT_EQ(Certificate::name_text(leaf.issuer), "CN=Intermediate");
  EXPECT_EQ(dns_names(leaf), (std::vector<std::string>{"shop.test", "*.shop.test"}));
  EXPECT_EQ(leaf.not_before, order.not_before);
  EXPECT_EQ(leaf.not_after, order.not_after);
  EXPECT_FALSE(leaf.basic_constraints);
  EXPECT_EQ(leaf.key_usage, static_cast<std::uint16_t>(KeyUsage::digital_signature));
  EXPECT_EQ(leaf.extended_key_usage.size(), 20U);
  EXPECT_TRUE(std::ranges::equal(leaf.public_key_info, party.key->public_key_info()));
  EXPECT_TRUE(
      std::ranges::equal(leaf.authority_key_id, three.intermediate.certificate().subject_key_id));
}

TEST(Issue, identifies_keys_by_the_start_of_their_hash) {
  const Party root = make(authority_order("Root"));
  const Certificate certificate = root.certificate();
  const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, certificate.public_key);
  EXPECT_TRUE(std::ranges::equal(certificate.subject_key_id, digest.bytes().first(20)));
  EXPECT_TRUE(certificate.authority_key_id.empty());
}

TEST(Issue, makes_authorities) {
  CertificateOrder order = authority_order("Root");
  order.path_length = 0;
  const Party root = make(order);
  const Certificate certificate = root.certificate();
  EXPECT_TRUE(certificate.is_self_issued());
  EXPECT_TRUE(certificate.basic_constraints->is_authority);
  EXPECT_EQ(certificate.basic_constraints->path_length, 0);
  EXPECT_EQ(certificate.key_usage, static_cast<unsigned>(KeyUsage::key_cert_sign) |
                                       static_cast<unsigned>(KeyUsage::crl_sign));
  EXPECT_FALSE(certificate.has_subject_alt_name);
  EXPECT_TRUE(certificate.extended_key_usage.empty());
}

TEST(Issue, gives_every_certificate_a_serial_number_of_its_own) {
  const Party root = make(authority_order("Root"));
  const Party one = make_for(root, leaf_order(), root);
  const Party two = make_for(root, leaf_order(), root);
  EXPECT_EQ(one.certificate().serial.size(), 16U);
  EXPECT_LT(one.certificate().serial[0], 0x80);
  EXPECT_FALSE(std::ranges::equal(one.certificate().serial, two.certificate().serial));
}

TEST(Issue, marks_the_names_critical_where_they_are_all_there_is) {
  CertificateOrder order = leaf_order();
  order.common_name.clear();
  const Party root = make(authority_order("Root"));
  const Party leaf = make(order, &root);
  const auto critical = "06 03 55 1d 11 01 01 ff"_hex;
  EXPECT_FALSE(std::ranges::search(leaf.der, critical).empty());
  const Party named = make(leaf_order(), &root);
  EXPECT_TRUE(std::ranges::search(named.der, critical).empty());
  EXPECT_TRUSTED(Ask({leaf}, {root}).verdict());
}

TEST(Issue, limits_an_authority_to_names) {
  CertificateOrder order = authority_order("Dev");
  order.permitted_names = {"test", "localhost", "127.0.0.0/8", "::1"};
  const Party root = make(order);

  struct {
    const char* name;
    bool is_good;
  } const cases[] = {
      {"www.shop.test", true}, {"localhost", true},     {"127.1.2.3", true},
      {"::1", true},           {"bank.example", false}, {"128.0.0.1", false},
      {"::2", false},          {"*.test", false},       {"*.shop.test", true},
  };

  for (const auto& c : cases) {
    CertificateOrder leaf = leaf_order();
    leaf.names = {"a.test", c.name};
    const Result<std::vector<std::uint8_t>> issued =
        issue(leaf, root.key->public_key_info(), {root.certificate(), *root.key});
    if (!issued) {
      EXPECT_STREQ(c.name, "*.test") << "a wildcard needs two labels";
      continue;
    }
    const Answer verdict = Ask({{nullptr, *issued}}, {root}).name("a.test").verdict();
    if (c.is_good) {
      EXPECT_TRUSTED(verdict) << c.name;
    } else {
      EXPECT_REFUSED(verdict, Reason::certificate_name_constrained) << c.name;
    }
  }
}

TEST(Issue, forbids_the_kind_of_name_that_was_not_permitted) {
  const auto trusted = [](const char* permitted, const char* name) {
    CertificateOrder order = authority_order("Dev");
    order.permitted_names = {permitted};
    const Party root = make(order);
    CertificateOrder leaf = leaf_order();
    leaf.names = {name};
    return Ask({make(leaf, &root)}, {root}).name(name).verdict().is_trusted();
  };
  EXPECT_TRUE(trusted("shop.test", "www.shop.test"));
  EXPECT_FALSE(trusted("shop.test", "192.0.2.1"));
  EXPECT_FALSE(trusted("shop.test", "::1"));
  EXPECT_TRUE(trusted("192.0.2.0/24", "192.0.2.1"));
  EXPECT_FALSE(trusted("192.0.2.0/24", "::1"));
  EXPECT_FALSE(trusted("192.0.2.0/24", "www.shop.test"));
  EXPECT_TRUE(trusted("192.0.0.0/2", "193.0.2.1"));
  EXPECT_TRUE(trusted("0.0.0.0/0", "193.0.2.1"));
  EXPECT_FALSE(trusted("192.0.2.130/25", "192.0.2.1")) << "the base is what the mask leaves";
}

TEST(Issue, refuses_names_that_are_none) {
  const SigningKey key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
  for (const char* name : {"", "a b", "*.test", "shop.test.", "-a", "1.2.3", "\xc3\xbc.test"}) {
    CertificateOrder order = leaf_order();
    order.names = {name};
    EXPECT_FAILS(issue_self_signed(order, key), Reason::server_name_invalid) << name;
  }
  for (const char* name : {"", "*.test", ".test", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x",
                           "::1/129", "10.0.0.0/-1"}) {
    CertificateOrder order = authority_order("Root");
    order.permitted_names = {name};
    EXPECT_FAILS(issue_self_signed(order, key), Reason::server_name_invalid) << name;
  }
}

TEST(Issue, refuses_orders_that_cannot_be_filled) {
  const SigningKey key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
  CertificateOrder backwards = leaf_order();
  std::swap(backwards.not_before, backwards.not_after);
  EXPECT_FAILS(issue_self_signed(backwards, key), Reason::configuration_unsupported);

  CertificateOrder too_late = leaf_order();
  too_late.not_after = {253'402'300'800};
  EXPECT_FAILS(issue_self_signed(too_late, key), Reason::configuration_unsupported)
      << "the year 10000";

  CertificateOrder long_name = leaf_order();
  long_name.common_name = std::string(65, 'a');
  EXPECT_FAILS(issue_self_signed(long_name, key), Reason::subject_invalid);

  CertificateOrder nameless = leaf_order();
  nameless.common_name.clear();
  EXPECT_FAILS(issue_self_signed(nameless, key), Reason::configuration_empty)
      << "an issuer has a name";
  nameless.names.clear();
  EXPECT_FAILS(issue_self_signed(nameless, key), Reason::configuration_empty);
}

TEST(Issue, refuses_keys_that_do_not_fit) {
  const Party root = make(authority_order("Root"));
  const Party other = make(authority_order("Other"));
  const Certificate certificate = root.certificate();
  EXPECT_FAILS(issue(leaf_order(), root.key->public_key_info(), {certificate, *other.key}),
               Reason::key_does_not_fit);
  EXPECT_FAILS(issue(leaf_order(), "30 00"_hex, {certificate, *root.key}), Reason::key_malformed);
}

std::vector<std::uint8_t> self_signed(const CertificateOrder& order) {
  const SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
  return issue_self_signed(order, key).value();
}

TEST(Issue, writes_whole_subjects_as_they_are_read) {
  for (const char* text : {"CN=Shop,O=Shop\\, Inc.,C=DE",
                           "CN=b\xc3\xbc"
                           "cher,OU=x,DC=shop,DC=test",
                           "CN=a,emailAddress=a@b.test,serialNumber=12", "O=only"}) {
    CertificateOrder order = leaf_order();
    order.common_name.clear();
    order.subject = parse_subject(text).value();
    const std::vector<std::uint8_t> der = self_signed(order);
    std::string shown = Certificate::name_text(Certificate::parse(der).value().subject);
    for (std::size_t at = shown.find(", "); at != std::string::npos;
         at = shown.find(", ", at + 1)) {
      if (shown[at - 1] != '\\') {
        shown.erase(at + 1, 1);
      }
    }
    EXPECT_EQ(shown, text);
  }
  CertificateOrder copy = leaf_order();
  const Three three;
  copy.whole_subject = three.intermediate.certificate().subject;
  const std::vector<std::uint8_t> der = self_signed(copy);
  EXPECT_EQ(Certificate::name_text(Certificate::parse(der).value().subject), "CN=Intermediate");
}

TEST(Issue, refuses_subjects_that_cannot_be_written) {
  for (const char* text : {"", "CN", "CN=", "XX=y", "C=DEU", "C=D", "CN=a+O=b", "CN=a,", "CN=a\\",
                           "CN=a\x01"
                           "b",
                           "CN=\xff", "emailAddress=\xc3\xbc@b", "=x"}) {
    EXPECT_FAILS(parse_subject(text), Reason::subject_invalid) << text;
  }
  EXPECT_EQ(parse_subject(" cn = a , o=b").value().back().value, "a");
  EXPECT_EQ(parse_subject("CN=\\41\\2c").value().front().value, "A,");
}

TEST(Issue, writes_mail_and_uris_among_the_names) {
  CertificateOrder order = leaf_order();
  order.names = {"ann@shop.test", "email:bob@shop.test", "spiffe://shop.test/web",
                 "URI:https://shop.test/", "shop.test"};
  const std::vector<std::uint8_t> der = self_signed(order);
  EXPECT_EQ(alt_name_texts(Certificate::parse(der).value()),
            (std::vector<std::string>{"email:ann@shop.test", "email:bob@shop.test",
                                      "URI:spiffe://shop.test/web", "URI:https://shop.test/",
                                      "shop.test"}));
  const SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
  for (const char* name : {"@shop.test", "a@", "a@b c", "a@b@c", "email:x", "URI:x", "://x", "1://",
                           "http://a b", "a@*.b.test"}) {
    order.names = {name};
    EXPECT_FAILS(issue_self_signed(order, key), Reason::server_name_invalid) << name;
  }
}

TEST(Issue, writes_where_to_ask_and_what_must_be_stapled) {
  CertificateOrder order = leaf_order();
  order.must_staple = true;
  order.ocsp_signing = true;
  order.policies = {"2.23.140.1.2.1", "1.3.6.1.4.1.4294967295"};
  order.crl_urls = {"http://ca.test/a.crl"};
  order.ocsp_urls = {"http://ca.test/ocsp"};
  order.authority_urls = {"http://ca.test/ca.cer"};
  const std::vector<std::uint8_t> der = self_signed(order);
  const Certificate certificate = Certificate::parse(der).value();
  EXPECT_FALSE(certificate.unknown_critical_extension);
  EXPECT_EQ(extended_key_usage_texts(certificate),
            (std::vector<std::string>{"serverAuth", "OCSPSigning"}));
  for (const auto& part : {"06 08 2b 06 01 05 05 07 01 18 04 05 30 03 02 01 05"_hex,
                           "06 06 67 81 0c 01 02 01"_hex, "06 0a 2b 06 01 04 01 8f ff ff ff 7f"_hex,
                           "06 09 2b 06 01 05 05 07 30 01 05 04 02 05 00"_hex}) {
    EXPECT_FALSE(std::ranges::search(der, part).empty());
  }
  const SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
  for (const char* policy : {"", "1", "3.1", "1.40", "1.2.", "1.02", "1.2.4294967296", "a.b"}) {
    order.policies = {policy};
    EXPECT_FAILS(issue_self_signed(order, key), Reason::configuration_unsupported) << policy;
  }
  order.policies.clear();
  order.crl_urls = {"ca.test/a.crl"};
  EXPECT_FAILS(issue_self_signed(order, key), Reason::configuration_unsupported);
}

TEST(Issue, excludes_names_and_constrains_mail) {
  CertificateOrder order = authority_order("Root");
  order.excluded_names = {"bank.test", "10.0.0.0/8"};
  const std::vector<std::uint8_t> der = self_signed(order);
  const NameConstraintTexts texts = name_constraint_texts(Certificate::parse(der).value());
  EXPECT_TRUE(texts.permitted.empty());
  EXPECT_EQ(texts.excluded, (std::vector<std::string>{"bank.test", "10.0.0.0/8"}));

  order.excluded_names.clear();
  order.permitted_names = {"email:shop.test", "email:.shop.test", "email:ann@shop.test",
                           "URI:.shop.test",  "shop.test",        "::1"};
  const std::vector<std::uint8_t> mail = self_signed(order);
  EXPECT_EQ(name_constraint_texts(Certificate::parse(mail).value()).permitted,
            (std::vector<std::string>{"email:shop.test", "email:.shop.test", "email:ann@shop.test",
                                      "URI:.shop.test", "shop.test", "::1/128"}));
}

TEST(Issue, writes_dates_beyond_2049) {
  CertificateOrder order = authority_order("Root");
  order.not_after = {4'102'444'800};  // 2100-01-01
  EXPECT_EQ(make(order).certificate().not_after, order.not_after);
}

}  // namespace
}  // namespace handfast
