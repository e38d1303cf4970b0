// BoringSSL's libpki: chains with a verdict that is known.

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

Octets decode(const std::string& pem) {
  der::PemScanner scanner(pem);
  return der::decode_pem(scanner.next().value()).value();
}

// What Handfast has no question for.
bool is_asked(const nlohmann::json& test) {
  const std::string purpose = test["purpose"];
  // Anything but a server's or client's purpose is none of TLS.
  const bool is_of_tls = purpose.starts_with("SERVER_AUTH") || purpose.starts_with("CLIENT_AUTH");
  // A Trust set has one kind of member, which may stand at the top of a path, and as a leaf.
  const std::string trust = test["trust"];
  const bool is_alone = test["chain"].size() == 1;
  const bool is_one_kind =
      is_alone ? trust != "TRUSTED_ANCHOR" && trust != "TRUSTED_LEAF_REQUIRE_SELF_SIGNED"
               : !trust.starts_with("TRUSTED_LEAF");
  return is_of_tls && is_one_kind;
}

Verdict ask(const nlohmann::json& test) {
  std::vector<Octets> ders;
  for (const std::string pem : test["chain"]) {
    ders.push_back(decode(pem));
  }
  const std::string how = test["trust"];
  const bool is_trusted = how.starts_with("TRUSTED");
  const auto trust = Trust::from_der({ders.back()});
  if (is_trusted && ders.size() > 1) {
    ders.pop_back();
  }
  const std::vector<Bytes> chain(ders.begin(), ders.end());
  const std::string purpose = test["purpose"];
  return x509::verify({.chain = chain,
                       .trust = is_trusted && trust ? *trust : nullptr,
                       .now = {test["time"].get<std::int64_t>()},
                       .purpose = purpose.starts_with("CLIENT") ? x509::Purpose::client_auth
                                                                : x509::Purpose::server_auth,
                       .profile = x509::Profile::internet});
}

// What we decide otherwise, and why: a case, or the start of several.
struct Decision {
  std::string_view id;
  std::string_view why;
};

// clang-format off
constexpr std::array decisions = {
    Decision{"expired-root/not-", "an anchor is trusted for as long as it says"},
    Decision{"intermediate-eku-any-and-clientauth/serverauth-strict", "\"any\" in an authority binds nothing"},
    Decision{"issuer-and-subject-not-byte-for-byte-equal/", "SHA-1"},
    Decision{"many-names/ok-all-types", "more names than any honest certificate has"},
    Decision{"policies-inhibit-anypolicy-by-root-fail/main", "an anchor's own demands count"},
    Decision{"policies-inhibit-mapping-by-root-fail/main", "an anchor's own demands count"},
    Decision{"policies-on-root-wrong/main", "an anchor's own policies count"},
    Decision{"policies-required-by-root-fail/main", "an anchor's own demands count"},
    Decision{"policy-mappings-on-root-fail/main", "an anchor's own policies count"},
    Decision{"root-basic-constraints-ca-false/main", "an anchor above others is an authority"},
    Decision{"root-eku-clientauth/serverauth", "an anchor's own purposes count"},
    Decision{"root-lacks-basic-constraints/", "an anchor above others is an authority"},
    Decision{"root-lacks-keycertsign-key-usage/main", "an anchor's own key usage counts"},
    Decision{"target-eku-any/", "a leaf names its purpose"},
    Decision{"target-eku-clientauth/clientauth-strict", "authorities need not name purposes"},
    Decision{"target-eku-many/", "authorities need not name purposes, and a leaf may have others too"},
    Decision{"target-eku-none/", "no extension binds nothing"},
    Decision{"target-has-ca-basic-constraints/strict", "the profile asked for is RFC 5280 alone; tls refuses it"},
    Decision{"target-has-pathlen-but-not-ca/", "RFC 5280 §4.2.1.9 has no path length without cA"},
    Decision{"target-msapplicationpolicies-and-eku/", "critical, and not known here"},
    Decision{"target-not-end-entity/", "a leaf's key must be allowed to sign, as TLS 1.3 has it do"},
    Decision{"target-serverauth-various-keyusages/", "a leaf's key must be allowed to sign, as TLS 1.3 has it do"},
    Decision{"violates-pathlen-1-from-root/main", "an anchor's own path length counts"},
};
// clang-format on

TEST(BoringsslChains, agree_but_where_we_decided_otherwise) {
  const nlohmann::json suite = test::load_json("boringssl-pki/chains.json.xz");
  std::array<bool, decisions.size()> needed{};
  std::size_t asked = 0;
  for (const auto& test : suite) {
    if (!is_asked(test)) {
      continue;
    }
    ++asked;
    const std::string id = test["id"];
    const Verdict verdict = ask(test);
    if (verdict.is_trusted() == test["accepted"].get<bool>()) {
      continue;
    }
    const auto* decision = std::ranges::find_if(
        decisions, [&](const Decision& candidate) { return id.starts_with(candidate.id); });
    EXPECT_NE(decision, decisions.end())
        << id << " " << test["trust"] << " " << test["purpose"] << " is "
        << (test["accepted"] ? "accepted" : "refused") << "; we say "
        << (verdict.error() ? verdict.error()->text() : "trusted");
    if (decision != decisions.end()) {
      needed[static_cast<std::size_t>(decision - decisions.begin())] = true;
    }
  }
  EXPECT_EQ(suite.size(), 197U);
  EXPECT_GT(asked, 150U);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    EXPECT_TRUE(needed[i]) << decisions[i].id << ": no longer a difference";
  }
}

}  // namespace
}  // namespace handfast
