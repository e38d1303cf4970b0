// NIST PKITS: the suite that RFC 3280 grew up with, 249 questions of path validation.

#include "der/pem.h"
#include "support/vectors.h"
#include "x509/verify.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using Octets = std::vector<std::uint8_t>;

const nlohmann::json& suite() {
  static const nlohmann::json loaded = test::load_json("pkits/pkits.json.xz");
  return loaded;
}

Octets decode(const std::string& pem) {
  der::PemScanner scanner(pem);
  return der::decode_pem(scanner.next().value()).value();
}

// NIST-test-policy-N is 2.16.840.1.101.3.2.1.48.N; PKITS uses N below ten.
Octets policy(const std::string& name) {
  Octets oid = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x02, 0x01, 0x30};
  oid.push_back(static_cast<std::uint8_t>(name.back() - '0'));
  return oid;
}

// One test with everything that it is about.
struct Case {
  explicit Case(const nlohmann::json& test) : id(test["test"]), title(test["title"]) {
    is_valid = test["expect"] == "valid";
    for (const std::string name : test["certs"]) {
      // The anchor comes first and the target last, while a peer sends its own first.
      chain.insert(chain.begin(), decode(suite()["certificates"][name]));
    }
    anchor = chain.back();
    chain.pop_back();
    for (const std::string name : test["crls"]) {
      crls.push_back(decode(suite()["crls"][name]));
    }
    for (const std::string name : test.value("initial_policy_set", nlohmann::json::array())) {
      policies.push_back(policy(name));
    }
    acceptable.assign(policies.begin(), policies.end());
    demands = {.acceptable = acceptable,
               .explicit_policy = test.value("initial_explicit_policy", false),
               .inhibit_mapping = test.value("initial_policy_mapping_inhibit", false),
               .inhibit_any_policy = test.value("initial_inhibit_any_policy", false)};
  }

  [[nodiscard]] Verdict verdict(RevocationDemand demand) const {
    const std::vector<Bytes> views(chain.begin(), chain.end());
    const auto trust = Trust::from_der({anchor});
    const auto lists = RevocationLists::parse(crls);
    return x509::verify({.chain = views,
                         .trust = trust ? *trust : nullptr,
                         .now = {1'302'825'600},  // 2011-04-15 00:00:00 UTC
                         .profile = x509::Profile::internet,
                         .policies = demands,
                         .revocation = {.demand = demand},
                         .lists = lists ? *lists : nullptr});
  }

  std::string id;
  std::string title;
  bool is_valid;
  std::vector<Octets> chain;  // the target first
  Octets anchor;
  std::vector<Octets> crls;
  std::vector<Octets> policies;
  std::vector<Bytes> acceptable;
  x509::PolicyDemands demands;
};

// What we decide otherwise, and why.
struct Decision {
  std::string_view id;
  std::string_view why;
};

constexpr std::array decisions = {
    Decision{"4.1.4", "DSA: no key of this kind is supported"},
    Decision{"4.1.5", "DSA: no key of this kind is supported"},
};

// Every test comes with the lists of its authorities, and expects them to be asked.
TEST(Pkits, agrees_where_every_certificate_must_be_proven_good) {
  std::array<bool, decisions.size()> needed{};
  const nlohmann::json& tests = suite()["tests"];
  for (const auto& test : tests) {
    const Case c(test);
    const Verdict verdict = c.verdict(RevocationDemand::hard);
    if (verdict.is_trusted() == c.is_valid) {
      continue;
    }
    const auto* decision = std::ranges::find(decisions, c.id, &Decision::id);
    EXPECT_NE(decision, decisions.end())
        << c.id << " " << c.title << ": expected " << (c.is_valid ? "valid" : "invalid") << " "
        << (verdict.error() ? verdict.error()->text() : "");
    if (decision != decisions.end()) {
      needed[static_cast<std::size_t>(decision - decisions.begin())] = true;
    }
  }
  EXPECT_EQ(suite()["tests"].size(), 249U);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    EXPECT_TRUE(needed[i]) << decisions[i].id << ": no longer a difference";
  }
}

// Where lists are only looked at, more is let through, and never less.
TEST(Pkits, refuses_nothing_more_where_no_proof_is_demanded) {
  const nlohmann::json& tests = suite()["tests"];
  for (const auto& test : tests) {
    const Case c(test);
    if (c.verdict(RevocationDemand::hard).is_trusted()) {
      EXPECT_TRUE(c.verdict(RevocationDemand::soft).is_trusted()) << c.id;
      EXPECT_TRUE(c.verdict(RevocationDemand::off).is_trusted()) << c.id;
    }
  }
}

}  // namespace
}  // namespace handfast
