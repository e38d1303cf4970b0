#include "x509/known_signatures.h"

#include "base/limits.h"
#include "handfast/trust.h"
#include "handfast/verify.h"
#include "support/expect.h"
#include "x509/chains.h"

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::x509 {
namespace {

using namespace test;

std::shared_ptr<const Trust> trusting(const Party& root, bool remember = true) {
  return Trust::make({.anchors = {{.certificate = root.der}}, .remember_signatures = remember})
      .value();
}

/// What `trust` says of leaf and intermediate.
std::optional<Reason> refusal(const std::shared_ptr<const Trust>& trust, const Party& leaf,
                              const Party& intermediate, UnixTime at = now,
                              std::string_view asked = "www.shop.test") {
  const std::array<Bytes, 2> sent = {leaf.der, intermediate.der};
  const ServerName name = ServerName::parse(asked).value();
  const Verdict verdict = verify({.chain = sent, .trust = trust, .name = &name, .now = at});
  return verdict.is_trusted() ? std::nullopt : std::optional(verdict.error()->reason);
}

bool knows(const Trust& trust, const Party& child, const Party& issuer) {
  return trust.known_signatures()->holds(
      KnownSignatures::key_of(child.certificate(), issuer.certificate()));
}

/// The same certificate with another signature, which is wrong but well-formed.
Party forged(const Party& party) {
  Party result = party;
  result.der.back() ^= 1;
  return result;
}

KnownSignatures::Key key(std::size_t n) {
  KnownSignatures::Key result{};
  result[0] = static_cast<std::uint8_t>(n);
  result[1] = static_cast<std::uint8_t>(n >> 8);
  return result;
}

TEST(KnownSignatures, are_those_of_a_path_that_was_trusted) {
  const Three three;
  const auto trust = trusting(three.root);
  EXPECT_FALSE(knows(*trust, three.leaf, three.intermediate));
  EXPECT_EQ(refusal(trust, three.leaf, three.intermediate), std::nullopt);
  EXPECT_TRUE(knows(*trust, three.leaf, three.intermediate));
  EXPECT_TRUE(knows(*trust, three.intermediate, three.root));
  EXPECT_FALSE(knows(*trust, three.leaf, three.root));
  EXPECT_EQ(refusal(trust, three.leaf, three.intermediate), std::nullopt);
}

TEST(KnownSignatures, are_not_computed_again) {
  const Three three;
  const auto trust = trusting(three.root);
  const Party wrong = forged(three.leaf);
  EXPECT_EQ(refusal(trust, wrong, three.intermediate), Reason::certificate_signature_invalid);
  // Only by noting what is not true can a test see that nobody computes.
  trust->known_signatures()->note(
      KnownSignatures::key_of(wrong.certificate(), three.intermediate.certificate()));
  EXPECT_EQ(refusal(trust, wrong, three.intermediate), std::nullopt);
}

TEST(KnownSignatures, say_nothing_of_time_name_or_use) {
  const Three three;
  const auto trust = trusting(three.root);
  ASSERT_EQ(refusal(trust, three.leaf, three.intermediate), std::nullopt);
  EXPECT_EQ(refusal(trust, three.leaf, three.intermediate, {now.seconds + 31 * day}),
            Reason::certificate_expired);
  EXPECT_EQ(refusal(trust, three.leaf, three.intermediate, now, "other.test"),
            Reason::certificate_name_mismatch);
  const std::array<Bytes, 2> sent = {three.leaf.der, three.intermediate.der};
  const Verdict as_client =
      verify({.chain = sent, .trust = trust, .now = now, .purpose = Purpose::client_auth});
  ASSERT_TRUE(as_client.error());
  EXPECT_EQ(as_client.error()->reason, Reason::certificate_extended_key_usage);
}

TEST(KnownSignatures, belong_to_these_bytes_and_this_key) {
  const Three three;
  const auto trust = trusting(three.root);
  ASSERT_EQ(refusal(trust, three.leaf, three.intermediate), std::nullopt);
  EXPECT_EQ(refusal(trust, forged(three.leaf), three.intermediate),
            Reason::certificate_signature_invalid);
  // The same names, another key: whoever stands between must have signed.
  const Party twin = make(authority_order("Intermediate"), &three.root);
  EXPECT_NE(refusal(trust, three.leaf, twin), std::nullopt);
  EXPECT_FALSE(knows(*trust, three.leaf, twin));
}

TEST(KnownSignatures, are_not_kept_of_a_path_that_was_refused) {
  const Three three;
  const auto trust = trusting(three.root);
  EXPECT_NE(refusal(trust, three.leaf, three.intermediate, now, "other.test"), std::nullopt);
  EXPECT_NE(refusal(trust, forged(three.leaf), three.intermediate), std::nullopt);
  EXPECT_FALSE(knows(*trust, three.intermediate, three.root));
  const Three stranger;
  EXPECT_NE(refusal(trust, stranger.leaf, stranger.intermediate), std::nullopt);
  EXPECT_FALSE(knows(*trust, stranger.leaf, stranger.intermediate));
}

TEST(KnownSignatures, are_none_where_nobody_may_remember) {
  const Three three;
  const auto trust = trusting(three.root, false);
  EXPECT_EQ(trust->known_signatures(), nullptr);
  EXPECT_EQ(refusal(trust, three.leaf, three.intermediate), std::nullopt);
  EXPECT_EQ(refusal(trust, three.leaf, three.intermediate), std::nullopt);
}

TEST(KnownSignatures, make_room_by_forgetting_the_oldest_of_a_row) {
  KnownSignatures known;
  for (std::size_t n = 0; n < 4 * limits::known_signatures; ++n) {
    known.note(key(n));
    EXPECT_TRUE(known.holds(key(n)));
  }
  std::size_t kept = 0;
  for (std::size_t n = 0; n < 4 * limits::known_signatures; ++n) {
    kept += known.holds(key(n)) ? 1U : 0U;
  }
  EXPECT_EQ(kept, limits::known_signatures);
}

TEST(KnownSignatures, are_noted_once) {
  KnownSignatures known;
  for (int times = 0; times < 10; ++times) {
    known.note(key(1));
  }
  known.note(key(1 + limits::known_signatures / 4));  // the same row
  EXPECT_TRUE(known.holds(key(1)));
}

TEST(KnownSignatures, do_not_hold_what_nobody_noted) {
  const KnownSignatures known;
  EXPECT_FALSE(known.holds({}));
}

TEST(KnownSignatures, are_shared_by_threads) {
  KnownSignatures known;
  const auto work = [&known](std::size_t from) {
    for (std::size_t n = 0; n < 2000; ++n) {
      known.note(key((from + n) % 64));
      EXPECT_TRUE(known.holds(key((from + n) % 64)));
    }
  };
  std::thread other(work, 0U);
  work(32);
  other.join();
}

}  // namespace
}  // namespace handfast::x509
