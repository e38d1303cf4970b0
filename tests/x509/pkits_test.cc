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

  [[nodiscard]] Verdict verdict() const {
    const std::vector<Bytes> views(chain.begin(), chain.end());
    const auto trust = Trust::from_der({anchor});
    return x509::verify({.chain = views,
                         .trust = trust ? *trust : nullptr,
                         .now = {1'302'825'600},  // 2011-04-15 00:00:00 UTC
                         .profile = x509::Profile::internet,
                         .policies = demands});
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
    Decision{"4.13.21", "constraints on e-mail names are not compared: such names are refused"},
    Decision{"4.13.23", "constraints on e-mail names are not compared: such names are refused"},
    Decision{"4.13.25", "constraints on e-mail names are not compared: such names are refused"},
    Decision{"4.13.27", "constraints on e-mail names are not compared: such names are refused"},
    Decision{"4.13.34", "constraints on URIs are not compared: such names are refused"},
    Decision{"4.13.36", "constraints on URIs are not compared: such names are refused"},
};

// What only a CRL tells: the sections on revocation, and here and there a test of another.
bool is_told_by_crls(const Case& c) {
  constexpr std::array<std::string_view, 3> sections = {"4.4.", "4.14.", "4.15."};
  constexpr std::array<std::string_view, 5> tests = {"4.5.2", "4.5.5", "4.5.7", "4.7.4", "4.7.5"};
  return std::ranges::any_of(sections, [&](auto section) { return c.id.starts_with(section); }) ||
         std::ranges::find(tests, c.id) != tests.end();
}

TEST(Pkits, agrees_wherever_no_crl_is_needed) {
  std::array<bool, decisions.size()> needed{};
  std::size_t count = 0;
  for (const auto& test : suite()["tests"]) {
    const Case c(test);
    if (!c.is_valid && is_told_by_crls(c)) {
      continue;
    }
    ++count;
    const Verdict verdict = c.verdict();
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
  EXPECT_GT(count, 200U);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    EXPECT_TRUE(needed[i]) << decisions[i].id << ": no longer a difference";
  }
}

}  // namespace
}  // namespace handfast
