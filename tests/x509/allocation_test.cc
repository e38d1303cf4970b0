// Verification runs on what strangers send, in every handshake: its memory must have a bound, which
// is easiest to see where it asks for none. What libcrypto takes for itself while it checks a
// signature does not come through operator new, and is not counted.
#include "support/counting_new.h"
#include "support/expect.h"
#include "x509/chains.h"
#include "x509/lists.h"
#include "x509/verify.h"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

/// A verdict, and how often the heap was asked for memory on the way to it.
struct Counted {
  Verdict verdict;
  std::size_t allocations;
};

/// Asks `verify`. The path in the verdict is not to be looked at: its certificates may be gone.
Counted verify(const std::vector<Party>& sent, const Party& trusted, UnixTime at = test::now,
               std::string_view name = "www.shop.test") {
  std::vector<Bytes> chain;
  for (const Party& party : sent) {
    chain.emplace_back(party.der);
  }
  const auto trust = Trust::from_der({trusted.der}).value();
  const ServerName asked = ServerName::parse(name).value();
  const std::size_t before = allocations;
  Verdict verdict = x509::verify({.chain = chain, .trust = trust, .name = &asked, .now = at});
  return {std::move(verdict), allocations - before};
}

TEST(Allocations, are_counted) {
  const std::size_t before = allocations;
  ::operator delete(::operator new(1));
  ::operator delete[](::operator new[](1, std::nothrow));
  EXPECT_EQ(allocations, before + 2);
}

TEST(Verify, asks_the_heap_for_its_verdict_alone_for_a_chain_that_it_trusts) {
  for (const CertificateKey kind : {CertificateKey::ecdsa_p256, CertificateKey::ecdsa_p384,
                                    CertificateKey::ed25519, CertificateKey::rsa}) {
    const Party root = make(authority_order("Root"), nullptr, kind);
    const Party intermediate = make(authority_order("Intermediate"), &root, kind);
    const Party leaf = make(leaf_order(), &intermediate, kind);
    const Counted counted = verify({leaf, intermediate}, root);
    EXPECT_TRUSTED(counted.verdict);
    EXPECT_EQ(counted.allocations, 1U);
  }
}

TEST(Verify, asks_the_heap_for_its_verdict_alone_for_a_chain_that_it_refuses) {
  const Three three;
  const Three other;
  const Party junk = {nullptr, {0x30, 0x03, 0x02, 0x01, 0x00}};
  const UnixTime late = {test::now.seconds + 365 * day};
  const std::vector<Party> chain = {three.leaf, three.intermediate};

  const Counted expired = verify(chain, three.root, late);
  EXPECT_REFUSED(expired.verdict, Reason::certificate_expired);
  EXPECT_EQ(expired.allocations, 1U);

  const Counted another_name = verify(chain, three.root, test::now, "bank.test");
  EXPECT_REFUSED(another_name.verdict, Reason::certificate_name_mismatch);
  EXPECT_EQ(another_name.allocations, 1U);

  const Counted forged = verify({three.leaf, other.intermediate, junk}, other.root);
  EXPECT_REFUSED(forged.verdict, Reason::certificate_signature_invalid);
  EXPECT_EQ(forged.allocations, 1U);

  const Counted unreadable = verify({junk}, three.root);
  EXPECT_REFUSED(unreadable.verdict, Reason::certificate_malformed);
  EXPECT_EQ(unreadable.allocations, 1U);
}

TEST(Verify, asks_the_heap_for_its_verdict_alone_under_name_constraints) {
  CertificateOrder order = authority_order("Root");
  order.permitted_names = {"shop.test", "192.0.2.0/24"};
  const Party root = make(order);
  const Counted counted = verify({make(leaf_order(), &root)}, root);
  EXPECT_TRUSTED(counted.verdict);
  EXPECT_EQ(counted.verdict.outcome(TrustStep::name_constraints), Outcome::passed);
  EXPECT_EQ(counted.allocations, 1U);
}

// Staples are the peer's; lists are ours, and were indexed when they were read.
TEST(Verify, asks_the_heap_for_its_verdict_alone_when_it_looks_up_revocation) {
  const Party root = make(authority_order("Root"));
  const Party leaf = make(leaf_order(), &root);
  const auto revoked = lists({make_list({.entries = {entry_of(leaf)}}, root)});
  const std::vector<std::uint8_t> staple =
      make_response({.singles = {single_of(leaf, root)}}, root);
  const std::vector<Bytes> chain = {leaf.der};
  const std::vector<Bytes> staples = {staple};
  const auto trust = Trust::from_der({root.der}).value();
  const std::size_t before = allocations;
  const Verdict verdict = x509::verify(
      {.chain = chain, .trust = trust, .now = test::now, .staples = staples, .lists = revoked});
  EXPECT_EQ(allocations, before + 1);
  EXPECT_REFUSED(verdict, Reason::certificate_revoked);
}

}  // namespace
}  // namespace handfast
