// A chain as a peer sends it: certificates one after the other, each behind three bytes of length.
// Nobody but the makers of the seeds has their keys, so nothing that they did not sign is trusted.

#include "fuzz.h"
#include "handfast/describe.h"
#include "handfast/explain.h"
#include "handfast/verify.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace handfast::fuzz {

namespace {

constexpr UnixTime now = {1'800'000'000};  // 2027-01-15

struct Trusted {
  Trusted() {
    std::ifstream file(HANDFAST_FUZZ_ROOTS, std::ios::binary);
    const std::string pem{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto roots = Trust::from_pem(pem);
    must(roots.has_value());
    trust = *roots;
  }

  std::shared_ptr<const Trust> trust;
};

std::vector<Bytes> split(Bytes input) {
  std::vector<Bytes> chain;
  while (input.size() >= 3 && chain.size() < 16) {
    const std::size_t size = std::size_t{input[0]} << 16U | std::size_t{input[1]} << 8U | input[2];
    const Bytes rest = input.subspan(3);
    chain.push_back(rest.first(std::min(size, rest.size())));
    input = rest.subspan(chain.back().size());
  }
  return chain;
}

}  // namespace

void feed(Bytes input) {
  static const Trusted trusted;
  const std::vector<Bytes> chain = split(input);
  const ServerName name = ServerName::parse("www.shop.test").value();
  const Verdict verdict =
      x509::verify({.chain = chain, .trust = trusted.trust, .name = &name, .now = now});
  must(verdict.is_trusted() != verdict.error().has_value());
  if (verdict.is_trusted()) {
    must(verdict.path().size() >= 2);
    const bool ends_in_anchor = std::ranges::any_of(
        trusted.trust->find(verdict.path().back().subject), [&](std::uint32_t index) {
          return std::ranges::equal(trusted.trust->anchor(index).der, verdict.path().back().der);
        });
    must(ends_in_anchor);
    for (const TrustCheck& check : verdict.checks()) {
      must(check.outcome != Outcome::failed);
    }
  }
  const TrustScene scene{.chain = chain, .name = &name, .now = now, .anchors = "roots"};
  must(!explain(verdict, scene).empty());
  static_cast<void>(attempt_texts(verdict, scene));
}

}  // namespace handfast::fuzz
