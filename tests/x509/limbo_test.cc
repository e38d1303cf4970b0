// x509-limbo: chains with a verdict that is known, from people who write other verifiers.

#include "der/pem.h"
#include "support/vectors.h"
#include "x509/verify.h"

#include <array>
#include <ctime>
#include <string_view>

#include <gtest/gtest.h>

namespace handfast {
namespace {

// What we decide otherwise, and why.
struct Decision {
  std::string_view id;  // or the start of several
  std::string_view why;
};

constexpr std::array decisions = {
    Decision{"rfc5280::nc::nc-permits-email-",
             "constraints on e-mail names are not compared: such names are refused"},
    Decision{"rfc5280::serial::zero",
             "trusted roots have had it, and nothing depends on a serial number here"},
    Decision{"rfc5280::ski::intermediate-missing-ski", "key identifiers only order the search"},
    Decision{"rfc5280::aki::cross-signed-root-missing-aki",
             "key identifiers only order the search"},
    Decision{"webpki::aki::root-with-aki-", "key identifiers only order the search"},
    Decision{"rfc5280::root-non-critical-basic-constraints",
             "binds CAs; private roots often have it so, and we heed it"},
    Decision{"webpki::cn::", "the common name is never looked at, so it cannot mislead either"},
    Decision{"webpki::eku::", "binds CAs: serverAuth is there; a root's purposes are heeded"},
    Decision{"webpki::san::public-suffix-multi-label-wildcard-san",
             "there is no list of public suffixes here"},
    Decision{"webpki::san::san-critical-with-nonempty-subject",
             "binds CAs; the extension is known, critical or not"},
};

const Decision* decision_on(std::string_view id) {
  for (const Decision& decision : decisions) {
    if (id.starts_with(decision.id)) {
      return &decision;
    }
  }
  return nullptr;
}

std::vector<std::uint8_t> decode(const std::string& pem) {
  der::PemScanner scanner(pem);
  return der::decode_pem(scanner.next().value()).value();
}

UnixTime time_of(const nlohmann::json& text) {
  if (text.is_null()) {
    return {1'795'000'000};  // any moment: those chains are valid for a thousand years
  }
  std::tm tm{};
  strptime(text.get<std::string>().c_str(), "%Y-%m-%dT%H:%M:%S", &tm);
  return {timegm(&tm)};
}

bool is_trusted(const nlohmann::json& test) {
  std::vector<std::vector<std::uint8_t>> ders = {decode(test["peer_certificate"])};
  for (const auto& pem : test["untrusted_intermediates"]) {
    ders.push_back(decode(pem));
  }
  const std::vector<Bytes> chain(ders.begin(), ders.end());
  std::vector<std::vector<std::uint8_t>> anchors;
  for (const auto& pem : test["trusted_certs"]) {
    anchors.push_back(decode(pem));
  }
  const auto trust = Trust::from_der(std::move(anchors));
  std::optional<ServerName> name;
  const auto& peer = test["expected_peer_name"];
  if (!peer.is_null() && peer["kind"] != "RFC822") {
    const auto parsed = ServerName::parse(peer["value"].get<std::string>());
    if (!parsed) {
      return false;
    }
    name = *parsed;
  }
  const bool is_client = test["validation_kind"] == "CLIENT";
  const Verdict verdict = x509::verify(
      {.chain = chain,
       .trust = trust ? *trust : nullptr,
       .name = name ? &*name : nullptr,
       .now = time_of(test["validation_time"]),
       .purpose = is_client ? x509::Purpose::client_auth : x509::Purpose::server_auth});
  EXPECT_NE(verdict.is_trusted(), verdict.error().has_value()) << "trusted, or a reason";
  return verdict.is_trusted();
}

TEST(Limbo, agrees_but_where_we_decided_otherwise) {
  const nlohmann::json suite = test::load_json("x509-limbo/limbo.json.xz");
  std::array<bool, decisions.size()> needed{};
  for (const auto& test : suite["testcases"]) {
    const std::string id = test["id"];
    const bool expected = test["expected_result"] == "SUCCESS";
    const Decision* decision = decision_on(id);
    if (is_trusted(test) == expected) {
      continue;
    }
    EXPECT_TRUE(decision) << id << " expects " << (expected ? "success" : "failure");
    if (decision != nullptr) {
      needed[static_cast<std::size_t>(decision - decisions.data())] = true;
    }
  }
  EXPECT_GT(suite["testcases"].size(), 250U);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    EXPECT_TRUE(needed[i]) << decisions[i].id << ": no longer a difference";
  }
}

}  // namespace
}  // namespace handfast
