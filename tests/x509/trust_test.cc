#include "handfast/trust.h"

#include "der/pem.h"
#include "handfast/describe.h"
#include "handfast/verify.h"
#include "support/expect.h"
#include "support/vectors.h"
#include "x509/chains.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

TEST(Trust, reads_the_certificates_of_pem_text) {
  const std::shared_ptr<const Trust> trust =
      Trust::from_pem(load_text("certificates/roots.pem")).value();
  EXPECT_EQ(trust->size(), 7U);
  EXPECT_EQ(trust->unreadable(), 0U);
  for (std::uint32_t i = 0; i < trust->size(); ++i) {
    const std::span<const std::uint32_t> found = trust->find(trust->anchor(i).subject);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0], i);
  }
}

TEST(Trust, passes_over_other_blocks) {
  const Party root = make(authority_order("Root"));
  const std::vector<std::uint8_t> key = root.key->to_pem().value();
  const std::string text =
      std::string(key.begin(), key.end()) + der::encode_pem("CERTIFICATE", root.der);
  const std::shared_ptr<const Trust> trust = Trust::from_pem(text).value();
  EXPECT_EQ(trust->size(), 1U);
  EXPECT_EQ(trust->unreadable(), 0U);
}

TEST(Trust, counts_what_it_cannot_read) {
  const Party root = make(authority_order("Root"));
  const std::string text =
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" +
      der::encode_pem("CERTIFICATE", root.der) +
      "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n";
  const std::shared_ptr<const Trust> trust = Trust::from_pem(text).value();
  EXPECT_EQ(trust->size(), 1U);
  EXPECT_EQ(trust->unreadable(), 3U);
}

TEST(Trust, is_never_empty) {
  EXPECT_FAILS(Trust::from_pem(""), Reason::trust_empty);
  EXPECT_FAILS(Trust::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
               Reason::trust_empty);
  EXPECT_FAILS(Trust::from_der({}), Reason::trust_empty);
}

TEST(Trust, finds_all_anchors_of_a_name_in_any_spelling) {
  std::vector<std::vector<std::uint8_t>> ders;
  for (const char* name : {"A", "Root", "B", "ROOT", "C", " root", "Roots"}) {
    ders.push_back(make(authority_order(name)).der);
  }
  const std::shared_ptr<const Trust> trust = Trust::from_der(ders).value();
  const Party asked = make(authority_order("rOOT "));
  std::vector<std::string> labels;
  for (const std::uint32_t index : trust->find(asked.certificate().subject)) {
    labels.push_back(trust->anchor(index).label());
  }
  std::ranges::sort(labels);
  EXPECT_EQ(labels, (std::vector<std::string>{" root", "ROOT", "Root"}));
  EXPECT_TRUE(trust->find(make(authority_order("D")).certificate().subject).empty());
}

TEST(Trust, trusts_the_chains_it_is_for) {
  struct {
    const char* file;
    const char* name;
    std::int64_t time;
  } const cases[] = {
      {"certificates/google.com.pem", "google.com", 1'770'021'399},
      {"certificates/microsoft.com.pem", "microsoft.com", 1'773'167'516},
      {"certificates/cloudflare.com.pem", "cloudflare.com", 1'773'349'252},
      {"certificates/docs.python.org.pem", "docs.python.org", 1'768'309'427},
      {"certificates/cryptography.io.pem", "cryptography.io", 1'688'947'200},
  };

  for (const auto& c : cases) {
    const std::string text = load_text(c.file);
    std::vector<std::vector<std::uint8_t>> ders;
    der::PemScanner scanner(text);
    while (const auto block = scanner.next()) {
      ders.push_back(der::decode_pem(*block).value());
    }
    const std::vector<std::uint8_t> root = ders.back();
    ders.pop_back();
    const std::vector<Bytes> chain(ders.begin(), ders.end());
    const ServerName name = ServerName::parse(c.name).value();
    x509::Question question{
        .chain = chain, .trust = Trust::from_der({root}).value(), .name = &name, .now = {c.time}};
    EXPECT_TRUSTED(x509::verify(question)) << c.file;
    question.now.seconds += 400 * day;
    EXPECT_REFUSED(x509::verify(question), Reason::certificate_expired) << c.file;
  }
}

// Three parties and what trusts them; the verdict for their chain.
Verdict judge(const Three& three, const TrustSources& sources,
              x509::Purpose purpose = x509::Purpose::server_auth,
              std::string_view name = "www.shop.test") {
  const ServerName asked = ServerName::parse(name).value();
  const std::array<Bytes, 2> chain = {three.leaf.der, three.intermediate.der};
  return x509::verify({.chain = chain,
                       .trust = Trust::make(sources).value(),
                       .name = &asked,
                       .now = now,
                       .purpose = purpose});
}

Reason refusal(const Verdict& verdict) {
  return verdict.error() ? verdict.error()->reason : Reason::count;
}

TEST(Trust, holds_an_anchor_to_limits_of_our_own) {
  const Three three;
  const auto with = [&](auto&& change) {
    LimitedAnchor anchor{.certificate = three.root.der};
    change(anchor);
    return judge(three, {.anchors = {anchor}});
  };
  EXPECT_TRUE(with([](LimitedAnchor&) {}).is_trusted());
  EXPECT_TRUE(with([](LimitedAnchor& a) {
                a.permitted_names = {"shop.test", "192.0.2.0/24"};
                a.excluded_names = {"other.test"};
                a.path_length = 1;
                a.client_auth = false;
              }).is_trusted());
  EXPECT_EQ(refusal(with([](LimitedAnchor& a) { a.permitted_names = {"other.test"}; })),
            Reason::certificate_name_constrained);
  EXPECT_EQ(refusal(with([](LimitedAnchor& a) { a.permitted_names = {"shop.test"}; })),
            Reason::certificate_name_constrained)
      << "the address of the leaf";
  EXPECT_EQ(refusal(with([](LimitedAnchor& a) { a.excluded_names = {"www.shop.test"}; })),
            Reason::certificate_name_constrained);
  EXPECT_EQ(refusal(with([](LimitedAnchor& a) { a.path_length = 0; })),
            Reason::certificate_path_too_long);
  EXPECT_EQ(refusal(with([](LimitedAnchor& a) { a.server_auth = false; })),
            Reason::certificate_extended_key_usage);
  EXPECT_EQ(refusal(with([](LimitedAnchor& a) { a.server_auth = a.client_auth = false; })),
            Reason::certificate_extended_key_usage);
}

TEST(Trust, believes_a_leaf_by_its_bytes_and_by_its_key) {
  const Three three;
  const Certificate leaf = three.leaf.certificate();
  EXPECT_TRUE(judge(three, {.certificates = {three.leaf.der}}).is_trusted());
  EXPECT_TRUE(judge(three, {.keys = {fingerprint(leaf.public_key_info)}}).is_trusted());

  const Party renewed = make_for(three.leaf, leaf_order(), three.intermediate);
  Three later = three;
  later.leaf = renewed;
  EXPECT_TRUE(judge(later, {.keys = {fingerprint(leaf.public_key_info)}}).is_trusted());
  EXPECT_FALSE(judge(later, {.certificates = {three.leaf.der}}).is_trusted());
}

TEST(Trust, asks_a_pinned_leaf_for_its_name_and_dates_all_the_same) {
  const Three three;
  const TrustSources pin{.keys = {fingerprint(three.leaf.certificate().public_key_info)}};
  EXPECT_EQ(refusal(judge(three, pin, x509::Purpose::server_auth, "other.test")),
            Reason::certificate_name_mismatch);
  EXPECT_EQ(refusal(judge(three, pin, x509::Purpose::client_auth)),
            Reason::certificate_extended_key_usage);
}

TEST(Trust, lets_a_pinned_certificate_vouch_for_nobody) {
  const Three three;
  EXPECT_FALSE(judge(three, {.certificates = {three.root.der}}).is_trusted());
  EXPECT_FALSE(judge(three, {.certificates = {three.intermediate.der}}).is_trusted());
  EXPECT_FALSE(
      judge(three, {.keys = {fingerprint(three.root.certificate().public_key_info)}}).is_trusted());
}

TEST(Trust, pins_the_key_of_pem_text) {
  const Party leaf = make(leaf_order());
  const Bytes info = leaf.key->public_key_info();
  const KeyPin pin = fingerprint(info);
  EXPECT_EQ(key_pin_from_pem(der::encode_pem("PUBLIC KEY", info)).value(), pin);
  EXPECT_EQ(key_pin_from_pem(der::encode_pem("CERTIFICATE", leaf.der)).value(), pin);
  const std::vector<std::uint8_t> secret = leaf.key->to_pem().value();
  const std::string text(secret.begin(), secret.end());
  EXPECT_EQ(key_pin_from_pem(text + der::encode_pem("PUBLIC KEY", info)).value(), pin);
  EXPECT_FAILS(key_pin_from_pem(text), Reason::pem_malformed);
  EXPECT_FAILS(key_pin_from_pem(""), Reason::pem_malformed);
  EXPECT_FAILS(key_pin_from_pem(der::encode_pem("PUBLIC KEY", leaf.der)),
               Reason::raw_key_malformed);
  EXPECT_FAILS(key_pin_from_pem(der::encode_pem("CERTIFICATE", info)),
               Reason::certificate_version_invalid);
}

TEST(Trust, is_made_of_no_half_good_parts) {
  const Three three;
  EXPECT_FAILS(Trust::make(TrustSources{}), Reason::trust_empty);
  EXPECT_FAILS(Trust::make({.anchors = {{.certificate = {0x30, 0x00}}}}),
               Reason::certificate_malformed);
  EXPECT_FAILS(Trust::make({.certificates = {{0x30, 0x00}}}), Reason::certificate_malformed);
  EXPECT_FAILS(
      Trust::make({.anchors = {{.certificate = three.root.der, .permitted_names = {"a..b"}}}}),
      Reason::server_name_invalid);
}

}  // namespace
}  // namespace handfast
