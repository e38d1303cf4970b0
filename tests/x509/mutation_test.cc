// Every bit of a certificate counts: flipped, the chain is refused, whatever the bit meant.

#include "x509/chains.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

// Judges `sent` with each bit of its `place`-th certificate flipped in turn, and with each of its
// beginnings in its place.
void expect_no_change_is_trusted(std::vector<Party> sent, std::size_t place, const Party& root) {
  ASSERT_TRUE(Ask(sent, {root}).verdict().is_trusted());
  const std::vector<std::uint8_t> good = sent[place].der;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      sent[place].der = good;
      sent[place].der[at] ^= static_cast<std::uint8_t>(1U << bit);
      const Answer answer = Ask(sent, {root}).verdict();
      ASSERT_FALSE(answer.is_trusted()) << "bit " << bit << " of byte " << at;
      ASSERT_TRUE(answer.error().has_value());
    }
    sent[place].der.assign(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(at));
    ASSERT_FALSE(Ask(sent, {root}).verdict().is_trusted()) << "cut at " << at;
  }
}

TEST(Mutation, no_changed_leaf_is_trusted) {
  const Three three;
  expect_no_change_is_trusted({three.leaf, three.intermediate}, 0, three.root);
}

TEST(Mutation, no_changed_intermediate_is_trusted) {
  const Three three;
  expect_no_change_is_trusted({three.leaf, three.intermediate}, 1, three.root);
}

TEST(Mutation, no_changed_leaf_signed_with_rsa_is_trusted) {
  const Party root = make(authority_order("Root"), nullptr, CertificateKey::rsa);
  const Party leaf = make(leaf_order(), &root);
  expect_no_change_is_trusted({leaf}, 0, root);
}

}  // namespace
}  // namespace handfast
