// An OCSP response, for a certificate whose issuer's key nobody has but the seeds' maker.

#include "x509/ocsp.h"

#include "fuzz.h"
#include "handfast/describe.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace handfast::fuzz {

namespace {

// A leaf and its issuer.
struct Asked {
  Asked() {
    std::ifstream file(HANDFAST_FUZZ_OCSP_CHAIN, std::ios::binary);
    const std::string pem{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto read = certificates_from_pem(pem);
    must(read && read->size() >= 2);
    chain = *read;
  }

  std::vector<std::vector<std::uint8_t>> chain;
};

}  // namespace

void feed(Bytes input) {
  static const Asked asked;
  static const Certificate leaf = Certificate::parse(asked.chain[0]).value();
  static const Certificate issuer = Certificate::parse(asked.chain[1]).value();
  Budget budget;
  const x509::OcspTerms terms{.now = {1'800'000'000}, .policy = {}};
  const auto statement = x509::OcspStatement::check(input, leaf, issuer, terms, budget);
  if (statement) {
    must(statement->finding().source == RevocationFinding::Source::staple);
    must(statement->finding().this_update <= terms.now);
  }
}

}  // namespace handfast::fuzz
