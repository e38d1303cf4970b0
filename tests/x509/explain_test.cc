#include "handfast/explain.h"

#include "handfast/credential.h"
#include "handfast/describe.h"
#include "handfast/verify.h"
#include "x509/chains.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using testing::HasSubstr;

// A question, its verdict, and the verdict's words.
class Told {
 public:
  Told(const std::vector<Party>& sent, const std::vector<Party>& trusted, UnixTime moment = now,
       std::string_view asked = "www.shop.test")
      : sent_(sent), name_(ServerName::parse(asked).value()),
        verdict_(Ask(sent, trusted).at(moment).name(asked).verdict()) {
    for (const Party& party : sent_) {
      chain_.emplace_back(party.der);
    }
    scene_ = {.chain = chain_, .name = &name_, .now = moment, .anchors = "roots.pem"};
    lines_ = explain(verdict_, scene_);
  }

  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;

  [[nodiscard]] TrustLine line(std::string_view title) const {
    const auto found = std::ranges::find(lines_, title, &TrustLine::title);
    return found == lines_.end() ? TrustLine{.title = "none", .outcome = {}, .text = {}} : *found;
  }

  [[nodiscard]] std::vector<std::string> given_up() const {
    return attempt_texts(verdict_, scene_);
  }

  [[nodiscard]] const Verdict& verdict() const { return verdict_; }

  [[nodiscard]] const TrustScene& scene() const { return scene_; }

 private:
  std::vector<Party> sent_;
  std::vector<Bytes> chain_;
  ServerName name_;
  Answer verdict_;
  TrustScene scene_;
  std::vector<TrustLine> lines_;
};

TEST(Explain, tells_every_step_of_a_good_chain) {
  const Three three;
  const Told told({three.leaf, three.intermediate}, {three.root});
  EXPECT_EQ(told.line("Name").text,
            "www.shop.test matches DNS:www.shop.test (the common name is not used)");
  EXPECT_EQ(told.line("Path").text, three.leaf.certificate().label() + " ‹ Intermediate ‹ Root");
  EXPECT_THAT(told.line("Anchor").text, HasSubstr("Root is in roots.pem (SHA-256 "));
  EXPECT_THAT(told.line("Time").text,
              HasSubstr("2027-01-15 08:00 UTC lies inside the dates of all 3"));
  EXPECT_THAT(told.line("Time").text, HasSubstr("in 30 days"));
  EXPECT_EQ(told.line("Use").text,
            "leaf: digitalSignature, serverAuth; Intermediate: CA; Root: CA");
  EXPECT_EQ(told.line("Constraints").text, "no authority is limited to some names");
  EXPECT_EQ(told.line("Signatures").text, "2 of 2 (ECDSA P-256 with SHA-256)");
  for (const char* title : {"Name", "Path", "Anchor", "Time", "Use", "Signatures"}) {
    EXPECT_EQ(told.line(title).outcome, Outcome::passed) << title;
    EXPECT_FALSE(told.line(title).rule.empty()) << title;
  }
}

TEST(Explain, never_calls_good_what_was_not_checked) {
  const Three three;
  const Told told({three.leaf, three.intermediate}, {three.root});
  EXPECT_EQ(told.line("Revocation").outcome, Outcome::not_checked);
  EXPECT_EQ(told.line("Possession").title, "none") << "there was no handshake";
}

TEST(Explain, calls_no_signature_good_of_a_leaf_that_nobody_signed) {
  CertificateOrder order = leaf_order();
  order.common_name = "alone";
  const Party alone = make(order);
  const Three three;
  const Told refused({alone}, {three.root});
  EXPECT_EQ(refused.line("Signatures").outcome, Outcome::not_checked);
  EXPECT_EQ(refused.line("Signatures").text, "not checked, since the path is refused without them");
  const Told pinned({alone}, {alone});
  EXPECT_TRUE(pinned.verdict().is_trusted());
  EXPECT_EQ(pinned.line("Signatures").text, "none to check: the certificate itself is trusted");
  EXPECT_EQ(pinned.line("Revocation").text, "nothing to ask: the certificate itself is trusted");
}

TEST(Explain, tells_the_rule_of_signatures_that_are_good) {
  const Three three;
  EXPECT_EQ(Told({three.leaf, three.intermediate}, {three.root}).line("Signatures").rule,
            rule(TrustStep::signatures));
}

TEST(Explain, tells_both_sides_of_a_wrong_name) {
  const Three three;
  const Told told({three.leaf, three.intermediate}, {three.root}, now, "other.test");
  EXPECT_EQ(told.line("Name").outcome, Outcome::failed);
  EXPECT_EQ(told.line("Name").text,
            "asked for other.test; the certificate is for www.shop.test, 192.0.2.1");
}

TEST(Explain, tells_which_certificate_ended_when) {
  const Three three;
  const Told told({three.leaf, three.intermediate}, {three.root}, {now.seconds + 33 * day});
  EXPECT_EQ(told.line("Time").outcome, Outcome::failed);
  EXPECT_EQ(told.line("Time").text, three.leaf.certificate().label() +
                                        " ended 2027-02-14 08:00 UTC, 3 days before "
                                        "2027-02-17 08:00 UTC");
  EXPECT_EQ(told.line("Signatures").outcome, Outcome::not_checked);
}

TEST(Explain, tells_whom_a_path_without_an_anchor_misses) {
  const Three three;
  const Party stranger = make(authority_order("Stranger"));
  const Told told({three.leaf, three.intermediate}, {stranger});
  EXPECT_EQ(told.line("Anchor").outcome, Outcome::failed);
  EXPECT_EQ(told.line("Anchor").text,
            "none: Intermediate names CN=Root as its issuer, whose certificate is neither here nor "
            "in roots.pem");
}

TEST(Explain, tells_the_paths_that_were_given_up) {
  const Three three;
  CertificateOrder old = authority_order("Intermediate");
  old.not_after = {now.seconds - day};
  const Party expired = make_for(three.intermediate, old, three.root);
  const Party other = make(authority_order("Elsewhere"));
  const Party crossed = make_for(three.intermediate, authority_order("Intermediate"), other);
  const Party namesake = make(authority_order("Elsewhere"));
  const Told told({three.leaf, crossed, three.intermediate, expired}, {three.root, namesake});
  ASSERT_TRUE(told.verdict().is_trusted());
  ASSERT_EQ(told.given_up().size(), 1U);
  EXPECT_EQ(told.given_up()[0], three.leaf.certificate().label() +
                                    " ‹ Intermediate ‹ Elsewhere: a certificate's signature is "
                                    "wrong");
  EXPECT_THAT(told.line("Path").text, HasSubstr("(1 other path given up)"));
}

TEST(Explain, tells_what_each_check_looked_at) {
  const Three three;
  const Told told({three.leaf, three.intermediate}, {three.root});
  const auto input = [&](TrustStep step, std::int8_t certificate) {
    const auto checks = told.verdict().checks();
    const auto found = std::ranges::find_if(checks, [&](const TrustCheck& check) {
      return check.step == step && check.certificate == certificate;
    });
    return found == checks.end() ? "no such check"
                                 : check_input(*found, told.verdict(), told.scene());
  };
  EXPECT_EQ(input(TrustStep::time, 0), "2026-12-16 08:00 UTC to 2027-02-14 08:00 UTC");
  EXPECT_EQ(input(TrustStep::basic_constraints, 1), "CA");
  EXPECT_EQ(input(TrustStep::key_usage, 0), "digitalSignature");
  EXPECT_EQ(input(TrustStep::extended_key_usage, 0), "serverAuth");
  EXPECT_EQ(input(TrustStep::signatures, 0), "by the key of Intermediate");
}

TEST(Explain, tells_why_a_raw_key_is_trusted) {
  const SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
  TrustSources sources;
  sources.keys = {fingerprint(key.public_key_info())};
  const auto trust = Trust::make(sources).value();
  const ServerName name = ServerName::parse("www.shop.test").value();
  const Bytes info = key.public_key_info();
  const TrustScene scene{.chain = std::span(&info, 1), .name = &name, .now = now};
  const auto lines = explain(x509::verify_raw_key(info, trust), scene);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].outcome, Outcome::not_applicable);
  EXPECT_THAT(lines[0].text, HasSubstr("whoever has the key is taken for www.shop.test"));
  EXPECT_EQ(lines[1].outcome, Outcome::passed);
  EXPECT_THAT(lines[1].text, HasSubstr("is one of those that are pinned here"));
  EXPECT_EQ(lines[1].rule, "RFC 7250 §6");
  EXPECT_EQ(lines[2].text, "Ed25519 is strong enough");
  const auto refused = explain(x509::verify_raw_key(info, nullptr), scene);
  ASSERT_GE(refused.size(), 2U);
  EXPECT_EQ(refused[1].outcome, Outcome::failed);
  EXPECT_THAT(refused[1].text, HasSubstr("is none of those that are pinned here"));
}

TEST(Explain, tells_of_a_chain_that_cannot_be_read) {
  const Three three;
  Party broken = three.leaf;
  broken.der.pop_back();
  const Told told({broken, three.intermediate}, {three.root});
  EXPECT_EQ(told.line("Path").outcome, Outcome::failed);
  EXPECT_THAT(told.line("Path").text, HasSubstr("not valid DER"));
}

}  // namespace
}  // namespace handfast
