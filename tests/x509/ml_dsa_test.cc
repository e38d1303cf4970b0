// Certificates, lists and responses of ML-DSA, which libcrypto has from 3.5 on. What is read does
// not depend on that; what is verified does, and where it cannot be, the reason says so. RFC 9881.
#include "crypto/signature.h"
#include "der/writer.h"
#include "handfast/describe.h"
#include "handfast/explain.h"
#include "handfast/issue_crl.h"
#include "handfast/issue_ocsp.h"
#include "handfast/request.h"
#include "support/expect.h"
#include "support/vectors.h"
#include "x509/algorithm.h"
#include "x509/lists.h"
#include "x509/ocsp.h"
#include "x509/oids.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using der::Tag;
using der::Writer;

bool has_ml_dsa() { return crypto::is_available(crypto::KeyKind::ml_dsa_44); }

struct Row {
  const der::Oid& oid;
  CertificateKey key;
  CertificateSignature signature;
  std::size_t size;
  const char* name;
};

const std::array rows = {
    Row{x509::oid::ml_dsa_44, CertificateKey::ml_dsa_44, CertificateSignature::ml_dsa_44, 1312,
        "ML-DSA-44"},
    Row{x509::oid::ml_dsa_65, CertificateKey::ml_dsa_65, CertificateSignature::ml_dsa_65, 1952,
        "ML-DSA-65"},
    Row{x509::oid::ml_dsa_87, CertificateKey::ml_dsa_87, CertificateSignature::ml_dsa_87, 2592,
        "ML-DSA-87"},
};

// The content of an AlgorithmIdentifier.
Octets algorithm(const der::Oid& oid, bool has_null) {
  Writer writer;
  writer.object_identifier(oid);
  if (has_null) {
    writer.element(Tag::null, Bytes{});
  }
  return writer.take();
}

// A SubjectPublicKeyInfo with any bytes for a key: all of the right size are one.
Octets key_info(const Row& row, std::size_t size) {
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& info) {
    info.inside(Tag::sequence, [&](Writer& fields) { fields.object_identifier(row.oid); });
    info.bit_string(Octets(size, 0x5a));
  });
  return writer.take();
}

TEST(MlDsaNames, are_those_of_rfc_9881) {
  for (const Row& row : rows) {
    EXPECT_EQ(x509::key_kind(algorithm(row.oid, false)), row.key);
    EXPECT_EQ(x509::signature_algorithm(algorithm(row.oid, false)), row.signature);
    EXPECT_EQ(name(row.signature), row.name);
    // RFC 9881 §2: the parameters MUST be absent, and NULL is not absent.
    EXPECT_EQ(x509::key_kind(algorithm(row.oid, true)), CertificateKey::unsupported);
    EXPECT_EQ(x509::signature_algorithm(algorithm(row.oid, true)),
              CertificateSignature::unsupported);
  }
  // HashML-DSA-44 (2.16.840.1.101.3.4.3.32) is for no certificate.
  const der::Oid hashed = {2, 16, 840, 1, 101, 3, 4, 3, 32};
  EXPECT_EQ(x509::key_kind(algorithm(hashed, false)), CertificateKey::unsupported);
}

// ---- a chain of BoringSSL's: ML-DSA-87 signs ML-DSA-65, which signs ML-DSA-44

struct Foreign {
  std::vector<std::vector<std::uint8_t>> chain =
      certificates_from_pem(load_text("boringssl-pki/mldsa_chain.pem.xz")).value();

  [[nodiscard]] Party party(std::size_t at) const { return {nullptr, chain.at(at)}; }

  // Judged while it was good, for two days of April 2026, and for no name, as it has none.
  [[nodiscard]] Ask ask() const {
    Ask asked({party(0), party(1)}, {party(2)});
    asked.name("").at({1'775'400'000}).profile(x509::Profile::internet);
    return asked;
  }
};

TEST(MlDsaChain, of_others_is_read_without_a_libcrypto_that_has_it) {
  const Foreign foreign;
  ASSERT_EQ(foreign.chain.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const Party party = foreign.party(i);
    const Certificate certificate = party.certificate();
    EXPECT_EQ(certificate.key_kind, rows.at(i).key);
    EXPECT_EQ(certificate.signature_algorithm, rows.at(std::min<std::size_t>(i + 1, 2)).signature);
    EXPECT_EQ(key_text(certificate), rows.at(i).name);
    EXPECT_EQ(certificate.public_key.size(), rows.at(i).size);
  }
}

TEST(MlDsaChain, of_others_is_trusted_or_the_reason_says_what_is_missing) {
  const Foreign foreign;
  const Answer verdict = foreign.ask().verdict();
  if (has_ml_dsa()) {
    EXPECT_TRUSTED(verdict);
    return;
  }
  EXPECT_REFUSED(verdict, Reason::certificate_needs_ml_dsa);
  EXPECT_EQ(verdict.outcome(TrustStep::algorithms), Outcome::failed);
  EXPECT_EQ(verdict.outcome(TrustStep::signatures), Outcome::not_checked);
  const Fault& fault = fault_of(Reason::certificate_needs_ml_dsa);
  EXPECT_EQ(fault.alert, Alert::unsupported_certificate);
  EXPECT_TRUE(fault.text.contains("ML-DSA (2.16.840.1.101.3.4.3.17 to 19)"));
  EXPECT_TRUE(fault.advice.contains("OpenSSL 3.5"));
  const std::vector<Bytes> views(foreign.chain.begin(), foreign.chain.end());
  const std::vector<TrustLine> lines =
      explain(verdict, {.chain = views, .now = UnixTime{1'775'400'000}});
  EXPECT_TRUE(std::ranges::any_of(lines, [](const TrustLine& line) {
    return line.outcome == Outcome::failed && line.text.contains("ML-DSA") &&
           line.rule == "RFC 9881 §2";
  }));
}

TEST(MlDsaChain, of_others_is_refused_with_a_signature_turned) {
  Foreign foreign;
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) {
    Foreign changed = foreign;
    changed.chain[at].back() ^= 1;  // the last of the signature
    const Answer verdict = changed.ask().verdict();
    if (has_ml_dsa()) {
      EXPECT_REFUSED(verdict, Reason::certificate_signature_invalid);
      EXPECT_EQ(verdict.error()->certificate, static_cast<int>(at));
    } else {
      EXPECT_REFUSED(verdict, Reason::certificate_needs_ml_dsa);
    }
  }
}

// ---- keys below authorities of today

TEST(MlDsaKey, of_a_leaf_is_taken_or_refused_by_its_name) {
  const Party root = make(authority_order("Root"));
  for (const Row& row : rows) {
    const Party leaf = make_for_key(key_info(row, row.size), leaf_order(), root);
    const Answer verdict = Ask({leaf}, {root}).verdict();
    if (has_ml_dsa()) {
      EXPECT_TRUSTED(verdict);
      EXPECT_EQ(x509::public_key(leaf.certificate())->bits(), 8 * row.size);
    } else {
      EXPECT_REFUSED(verdict, Reason::certificate_needs_ml_dsa);
      EXPECT_EQ(verdict.error()->certificate, 0);
      EXPECT_FAILS(x509::public_key(leaf.certificate()), Reason::certificate_needs_ml_dsa);
    }
    for (const std::size_t size : {row.size - 1, row.size + 1, std::size_t{0}}) {
      const Party other = make_for_key(key_info(row, size), leaf_order(), root);
      EXPECT_FAILS(x509::public_key(other.certificate()), Reason::certificate_malformed);
    }
  }
}

// RFC 9881 §5: keyEncipherment, dataEncipherment, keyAgreement, encipherOnly, decipherOnly.
TEST(MlDsaKey, is_for_signatures_alone_where_authorities_are_held_to_the_rules) {
  const Party root = make(authority_order("Root"));
  for (const KeyUsage wrong :
       {KeyUsage::key_encipherment, KeyUsage::data_encipherment, KeyUsage::key_agreement}) {
    CertificateOrder order = leaf_order();
    order.key_usage = static_cast<std::uint16_t>(std::to_underlying(KeyUsage::digital_signature) |
                                                 std::to_underlying(wrong));
    const Party leaf = make_for_key(key_info(rows[1], rows[1].size), order, root);
    const Party classic = make(order, &root);
    const auto outcome = [&](const Party& party, x509::Profile profile) {
      return Ask({party}, {root}).profile(profile).verdict().outcome(TrustStep::profile);
    };
    EXPECT_EQ(outcome(leaf, x509::Profile::conforming), Outcome::failed);
    EXPECT_NE(outcome(leaf, x509::Profile::internet), Outcome::failed);
    EXPECT_EQ(outcome(classic, x509::Profile::conforming), Outcome::passed);
  }
}

// What says nothing against a list or a response is not told as if it did.
TEST(MlDsaKey, of_who_signs_lists_and_responses_is_named_too) {
  const Three three;
  const Reason reason =
      has_ml_dsa() ? Reason::crl_signature_invalid : Reason::certificate_needs_ml_dsa;
  CertificateOrder order = authority_order("Intermediate");  // the same name, a key for lists alone
  order.is_authority = false;
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::crl_sign);
  Party signer = make_for_key(key_info(rows[0], rows[0].size), order, three.root);
  signer.key = three.root.key;  // the private half of that nobody has
  const RevocationPolicy soft;
  const Answer by_list = Ask({three.leaf, three.intermediate, signer}, {three.root})
                             .revocation(soft, lists({make_list({}, signer)}))
                             .verdict();
  ASSERT_FALSE(by_list.revocation().empty());
  EXPECT_EQ(by_list.revocation()[0].flaw, reason);

  CertificateOrder responding = leaf_order();
  responding.names = {};
  responding.common_name = "Responder";
  responding.ocsp_signing = true;
  responding.server_auth = false;
  Party responder = make_for_key(key_info(rows[0], rows[0].size), responding, three.intermediate);
  responder.key = three.root.key;
  const Octets response = make_response(
      {.singles = {single_of(three.leaf, three.intermediate)}, .certificates = {responder}},
      responder);
  Budget budget;
  const auto statement =
      x509::OcspStatement::check(response, three.leaf.certificate(),
                                 three.intermediate.certificate(), {.now = test::now}, budget);
  if (has_ml_dsa()) {
    EXPECT_FAILS(statement, Reason::ocsp_signature_invalid);
  } else {
    EXPECT_FAILS(statement, Reason::certificate_needs_ml_dsa);
  }
}

// ---- what is issued here

class IssuedByMlDsa : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override {
    if (!has_ml_dsa()) {
      GTEST_SKIP() << "this libcrypto has no ML-DSA; 3.5 has";
    }
  }
};

INSTANTIATE_TEST_SUITE_P(MlDsa, IssuedByMlDsa, testing::ValuesIn(rows));

TEST_P(IssuedByMlDsa, chains_are_trusted_in_every_profile) {
  const Party root = make(authority_order("Root"), nullptr, GetParam().key);
  const Party middle = make(authority_order("Middle"), &root, GetParam().key);
  CertificateOrder order = leaf_order();
  order.common_name = "www.shop.test";
  const Party leaf = make(order, &middle, GetParam().key);
  for (const x509::Profile profile :
       {x509::Profile::internet, x509::Profile::tls, x509::Profile::conforming,
        x509::Profile::pedantic, x509::Profile::web}) {
    EXPECT_TRUSTED(Ask({leaf, middle}, {root}).profile(profile).verdict());
  }
  EXPECT_EQ(leaf.certificate().signature_algorithm, GetParam().signature);
  Party forged = leaf;
  const Certificate certificate = forged.certificate();
  forged.der[static_cast<std::size_t>(certificate.serial.data() - forged.der.data()) + 3] ^= 1;
  EXPECT_REFUSED(Ask({forged, middle}, {root}).verdict(), Reason::certificate_signature_invalid);
}

TEST_P(IssuedByMlDsa, chains_of_mixed_kinds_are_trusted) {
  const Party root = make(authority_order("Root"), nullptr, GetParam().key);
  const Party middle = make(authority_order("Middle"), &root);
  const Party leaf = make(leaf_order(), &middle, GetParam().key);
  EXPECT_TRUSTED(Ask({leaf, middle}, {root}).verdict());
}

TEST_P(IssuedByMlDsa, lists_are_believed) {
  const Party root = make(authority_order("Root"), nullptr, GetParam().key);
  const Party leaf = make(leaf_order(), &root, GetParam().key);
  const Certificate issuer = root.certificate();
  const auto listed = [&](std::vector<RevokedCertificate> revoked) {
    return issue_crl({.number = {1},
                      .base_number = std::nullopt,
                      .this_update = {test::now.seconds - day},
                      .next_update = {test::now.seconds + day},
                      .revoked = std::move(revoked)},
                     {issuer, *root.key})
        .value();
  };
  const Bytes serial = leaf.certificate().serial;
  const Octets revoking =
      listed({{.serial = Octets(serial.begin(), serial.end()), .revoked_at = test::now}});
  EXPECT_EQ(read_crl(revoking, issuer)->signature_algorithm, GetParam().signature);
  const RevocationPolicy policy = {.demand = RevocationDemand::hard_leaf};
  EXPECT_TRUSTED(Ask({leaf}, {root}).revocation(policy, lists({listed({})})).verdict());
  EXPECT_REFUSED(Ask({leaf}, {root}).revocation(policy, lists({revoking})).verdict(),
                 Reason::certificate_revoked);
}

TEST_P(IssuedByMlDsa, responses_are_believed) {
  const Party root = make(authority_order("Root"), nullptr, GetParam().key);
  const Party leaf = make(leaf_order(), &root, GetParam().key);
  const Certificate certificate = leaf.certificate();
  const Certificate issuer = root.certificate();
  const auto id = ocsp_certificate_id(certificate, issuer).value();
  const OcspAnswer answer = {.id = id,
                             .status = OcspAnswer::Status::good,
                             .revoked_at = {},
                             .this_update = {test::now.seconds - day},
                             .next_update = UnixTime{test::now.seconds + day}};
  auto response =
      issue_ocsp_response(std::span(&answer, 1), {}, test::now, {issuer, *root.key}).value();
  // Which is small enough to be stapled, also of the largest kind.
  EXPECT_LT(response.size(), limits::staple / 2);
  Budget budget;
  EXPECT_TRUE(
      x509::OcspStatement::check(response, certificate, issuer, {.now = test::now}, budget));
  response.back() ^= 1;
  EXPECT_FAILS(
      x509::OcspStatement::check(response, certificate, issuer, {.now = test::now}, budget),
      Reason::ocsp_signature_invalid);
}

TEST_P(IssuedByMlDsa, requests_are_read) {
  const SigningKey key = SigningKey::generate(GetParam().key).value();
  auto request = issue_request(leaf_order(), key).value();
  const auto read = CertificateRequest::parse(request);
  ASSERT_TRUE(read);
  EXPECT_EQ(key_text(read->wanted), GetParam().name);
  request.back() ^= 1;
  EXPECT_FAILS(CertificateRequest::parse(request), Reason::request_signature_invalid);
}

}  // namespace
}  // namespace handfast
