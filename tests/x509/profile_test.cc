#include "x509/profile.h"

#include "support/expect.h"
#include "support/hex.h"
#include "x509/chains.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using x509::Profile;

// A leaf as public authorities issue them.
CertificateOrder web_order() {
  CertificateOrder order = leaf_order();
  order.common_name = "www.shop.test";
  return order;
}

struct Chain {
  Party root = make(authority_order("Root"));
  Party middle = make(authority_order("Middle"), &root);
  Party leaf = make(web_order(), &middle);

  [[nodiscard]] Answer verdict(Profile profile) const {
    return Ask({leaf, middle}, {root}).profile(profile).verdict();
  }
};

constexpr std::array profiles = {Profile::internet, Profile::tls, Profile::conforming,
                                 Profile::pedantic, Profile::web};

// Refused by those that `strict` names, trusted by the others.
void expect_refused_by(std::initializer_list<Profile> strict, const Chain& chain) {
  for (const Profile profile : profiles) {
    const Answer verdict = chain.verdict(profile);
    if (std::ranges::find(strict, profile) == strict.end()) {
      EXPECT_TRUSTED(verdict) << static_cast<int>(profile);
    } else {
      EXPECT_REFUSED(verdict, Reason::certificate_profile) << static_cast<int>(profile);
      EXPECT_EQ(verdict.outcome(TrustStep::profile), Outcome::failed);
    }
  }
}

TEST(Profile, all_trust_a_chain_that_keeps_every_rule) { expect_refused_by({}, Chain()); }

TEST(Profile, lets_an_authority_be_a_leaf_where_rfc_5280_alone_rules) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = web_order();
  order.is_authority = true;
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::digital_signature) |
                    static_cast<std::uint16_t>(KeyUsage::key_cert_sign);
  const Ask ask({make(order, &root)}, {root});
  const auto verdict = [&](Profile profile) { return Ask(ask).profile(profile).verdict(); };
  EXPECT_TRUSTED(verdict(Profile::internet));
  EXPECT_TRUSTED(verdict(Profile::conforming));
  EXPECT_REFUSED(verdict(Profile::tls), Reason::certificate_authority_as_leaf);
  EXPECT_REFUSED(verdict(Profile::web), Reason::certificate_authority_as_leaf);
}

// What is patched away becomes an extension that nobody knows.
const std::vector<std::uint8_t> unknown = "06 03 55 1d 7f"_hex;

TEST(Profile, asks_for_key_identifiers) {
  Chain chain;
  chain.leaf = patched(chain.leaf, "06 03 55 1d 23"_hex, unknown, chain.middle);
  expect_refused_by({Profile::conforming, Profile::pedantic, Profile::web}, chain);

  Chain without_own;
  without_own.middle = patched(without_own.middle, "06 03 55 1d 0e"_hex, unknown, without_own.root);
  expect_refused_by({Profile::conforming, Profile::pedantic, Profile::web}, without_own);
}

TEST(Profile, asks_who_signed_an_anchor_only_pedantically) {
  const Party above = make(authority_order("Above"));
  Chain chain;
  const Party crossed = make_for(chain.root, authority_order("Root"), above);
  chain.root = patched(crossed, "06 03 55 1d 23"_hex, unknown, above);
  expect_refused_by({Profile::pedantic}, chain);
}

TEST(Profile, asks_for_key_cert_sign_only_with_ca) {
  CertificateOrder order = web_order();
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::digital_signature) |
                    static_cast<std::uint16_t>(KeyUsage::key_cert_sign);
  Chain chain;
  chain.leaf = make(order, &chain.middle);
  expect_refused_by({Profile::conforming, Profile::pedantic, Profile::web}, chain);
}

TEST(Profile, of_the_web_has_leafs_name_their_purposes) {
  CertificateOrder order = web_order();
  order.server_auth = false;
  Chain chain;
  chain.leaf = make(order, &chain.middle);
  expect_refused_by({Profile::web}, chain);
}

TEST(Profile, of_the_web_has_roots_without_purposes) {
  CertificateOrder order = authority_order("Root");
  order.server_auth = true;
  Chain chain;
  chain.root = make(order);
  chain.middle = make(authority_order("Middle"), &chain.root);
  chain.leaf = make(web_order(), &chain.middle);
  expect_refused_by({Profile::web}, chain);
}

TEST(Profile, of_the_web_has_authorities_with_a_key_usage) {
  CertificateOrder order = authority_order("Middle");
  order.key_usage = 0;
  Chain chain;
  chain.middle = make(order, &chain.root);
  chain.leaf = make(web_order(), &chain.middle);
  expect_refused_by({Profile::web}, chain);
}

TEST(Profile, of_the_web_takes_no_common_name_for_a_rival_of_the_names) {
  const auto verdict_for = [](std::string_view common_name, std::vector<std::string> names) {
    CertificateOrder order = web_order();
    order.common_name = common_name;
    order.names = std::move(names);
    Chain chain;
    chain.leaf = make(order, &chain.middle);
    return Ask({chain.leaf, chain.middle}, {chain.root})
        .name("")
        .profile(Profile::web)
        .verdict()
        .is_trusted();
  };
  const std::string shop = "www.shop.test";
  EXPECT_TRUE(verdict_for("www.shop.test", {shop}));
  EXPECT_TRUE(verdict_for("", {shop}));
  EXPECT_TRUE(verdict_for("The Shop Ltd.", {shop})) << "names nothing";
  EXPECT_TRUE(verdict_for("shop.test", {"*.shop.test"}));
  EXPECT_TRUE(verdict_for("192.0.2.1", {shop, "192.0.2.1"}));
  EXPECT_TRUE(verdict_for("shop.test", {"192.0.2.1"})) << "no domain beside it";
  EXPECT_FALSE(verdict_for("WWW.shop.test", {shop}));
  EXPECT_TRUE(verdict_for("shop.test", {shop})) << "a domain above";
  EXPECT_FALSE(verdict_for("bank.test", {shop}));
  EXPECT_FALSE(verdict_for("op.test", {shop}));
  EXPECT_FALSE(verdict_for("0xC0000201", {"192.0.2.1"}));
  EXPECT_FALSE(verdict_for("192.000.002.001", {"192.0.2.1"}));
  EXPECT_FALSE(verdict_for("2001:DB8::1", {"2001:db8::1"}));
}

TEST(Profile, has_no_underscores_where_names_are_taken_strictly) {
  CertificateOrder order = web_order();
  order.names.emplace_back("a_b.shop.test");
  Chain chain;
  chain.leaf = make(order, &chain.middle);
  expect_refused_by({Profile::pedantic, Profile::web}, chain);
}

}  // namespace
}  // namespace handfast
