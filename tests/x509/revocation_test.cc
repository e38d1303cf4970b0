#include "x509/revocation.h"

#include "support/expect.h"
#include "x509/lists.h"
#include "x509/oids.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using Source = RevocationFinding::Source;
using Status = RevocationFinding::Status;

constexpr RevocationPolicy off = {.demand = RevocationDemand::off};
constexpr RevocationPolicy soft = {};
constexpr RevocationPolicy hard_leaf = {.demand = RevocationDemand::hard_leaf};
constexpr RevocationPolicy hard = {.demand = RevocationDemand::hard};

struct Revocation : testing::Test {
  Three three;

  [[nodiscard]] Ask ask() const { return Ask({three.leaf, three.intermediate}, {three.root}); }

  [[nodiscard]] Ask ask(const Party& leaf) const {
    return Ask({leaf, three.intermediate}, {three.root});
  }

  [[nodiscard]] Octets staple(OcspStatus status = OcspStatus::good) const {
    return staple(three.leaf, status);
  }

  [[nodiscard]] Octets staple(const Party& leaf, OcspStatus status = OcspStatus::good) const {
    return make_response({.singles = {single_of(leaf, three.intermediate, status)}},
                         three.intermediate);
  }

  [[nodiscard]] Octets list_of_root(std::vector<EntryOrder> entries = {}) const {
    return make_list({.entries = std::move(entries)}, three.root);
  }

  [[nodiscard]] Octets list_of_intermediate(std::vector<EntryOrder> entries = {}) const {
    return make_list({.entries = std::move(entries)}, three.intermediate);
  }
};

Party with_must_staple(const Party& issuer) {
  CertificateOrder order = leaf_order();
  order.must_staple = true;
  return make(order, &issuer);
}

// ---- nothing given

TEST_F(Revocation, is_not_checked_where_nothing_is_given) {
  const Answer verdict = ask().verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(verdict.outcome(TrustStep::revocation), Outcome::not_checked);
  ASSERT_EQ(verdict.revocation().size(), 2U);
  EXPECT_EQ(verdict.revocation()[0].source, Source::none);
  EXPECT_EQ(verdict.revocation()[0].status, Status::not_known);
}

TEST_F(Revocation, is_proven_where_it_is_demanded) {
  EXPECT_REFUSED(ask().revocation(hard_leaf).verdict(), Reason::revocation_unknown);
  EXPECT_REFUSED(ask().revocation(hard).verdict(), Reason::revocation_unknown);
  EXPECT_TRUSTED(ask().revocation(hard_leaf).staples({staple()}).verdict());
  const Answer verdict = ask().revocation(hard).staples({staple()}).verdict();
  EXPECT_REFUSED(verdict, Reason::revocation_unknown);
  EXPECT_EQ(verdict.error()->certificate, 1) << "the intermediate";
  EXPECT_TRUSTED(ask().revocation(hard, lists({list_of_root()})).staples({staple()}).verdict());
  EXPECT_TRUSTED(
      ask()
          .revocation(hard)
          .staples(
              {staple(),
               make_response({.singles = {single_of(three.intermediate, three.root)}}, three.root)})
          .verdict());
}

TEST_F(Revocation, needs_no_proof_of_a_pinned_leaf) {
  const Ask pinned({three.leaf}, {three.leaf});
  EXPECT_TRUSTED(Ask(pinned).revocation(hard).verdict());
}

// ---- staples

TEST_F(Revocation, verifies_a_staple_without_being_asked) {
  const Answer good = ask().staples({staple()}).verdict();
  EXPECT_TRUSTED(good);
  ASSERT_EQ(good.revocation().size(), 2U);
  EXPECT_EQ(good.revocation()[0].source, Source::staple);
  EXPECT_EQ(good.revocation()[0].status, Status::good);
  EXPECT_EQ(good.revocation()[0].next_update->seconds, test::now.seconds + day);

  const Answer revoked = ask().staples({staple(OcspStatus::revoked)}).verdict();
  EXPECT_REFUSED(revoked, Reason::certificate_revoked);
  EXPECT_EQ(revoked.error()->alert(), Alert::certificate_revoked);
  EXPECT_EQ(revoked.error()->fault().exit, 33);
  EXPECT_EQ(revoked.outcome(TrustStep::revocation), Outcome::failed);
  EXPECT_EQ(revoked.revocation()[0].revoked_at->seconds, test::now.seconds - 2 * day);
}

// RFC 6066 §8 leaves no choice about a response that is not satisfactory.
TEST_F(Revocation, refuses_a_staple_that_is_not_satisfactory) {
  SingleOrder expired = single_of(three.leaf, three.intermediate);
  expired.this_update = {test::now.seconds - 9 * day};
  expired.next_update = UnixTime{test::now.seconds - 2 * day};
  const auto refused = [&](const Octets& response) { return ask().staples({response}).verdict(); };
  EXPECT_REFUSED(refused(make_response({.singles = {expired}}, three.intermediate)),
                 Reason::ocsp_expired);
  EXPECT_REFUSED(refused({1, 2, 3}), Reason::ocsp_malformed);
  EXPECT_REFUSED(refused(make_response({.status = 3}, three.intermediate)),
                 Reason::ocsp_not_successful);
  EXPECT_REFUSED(refused(staple(OcspStatus::unknown)), Reason::ocsp_status_unknown);
  EXPECT_REFUSED(refused(staple(Three().leaf)), Reason::ocsp_other_certificate);
  const Answer foreign =
      refused(make_response({.singles = {single_of(three.leaf, three.intermediate)}}, three.root));
  EXPECT_REFUSED(foreign, Reason::ocsp_responder_unknown);
  EXPECT_EQ(foreign.error()->alert(), Alert::bad_certificate_status_response);
  EXPECT_EQ(foreign.error()->certificate, 0);
  EXPECT_EQ(foreign.revocation()[0].flaw, Reason::ocsp_responder_unknown);
}

TEST_F(Revocation, looks_at_staples_of_intermediates_too) {
  const Octets revoked = make_response(
      {.singles = {single_of(three.intermediate, three.root, OcspStatus::revoked)}}, three.root);
  const Answer verdict = ask().staples({{}, revoked}).verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_revoked);
  EXPECT_EQ(verdict.error()->certificate, 1);
}

TEST_F(Revocation, looks_at_nothing_when_it_is_off) {
  const Answer verdict = ask().revocation(off).staples({staple(OcspStatus::revoked)}).verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(verdict.outcome(TrustStep::revocation), Outcome::not_checked);
}

TEST_F(Revocation, compares_the_nonce_of_a_response_that_was_asked_for) {
  const Octets nonce(16, 7);
  const Octets response = make_response(
      {.singles = {single_of(three.leaf, three.intermediate)}, .nonce = nonce}, three.intermediate);
  EXPECT_TRUSTED(ask().staples({response}).nonce(nonce).verdict());
  EXPECT_REFUSED(ask().staples({staple()}).nonce(nonce).verdict(), Reason::ocsp_nonce_mismatch);
}

// ---- must-staple

TEST_F(Revocation, wants_the_staple_that_a_certificate_promises) {
  const Party leaf = with_must_staple(three.intermediate);
  const Answer without = ask(leaf).verdict();
  EXPECT_REFUSED(without, Reason::staple_missing);
  EXPECT_EQ(without.error()->alert(), Alert::bad_certificate_status_response);
  EXPECT_TRUSTED(ask(leaf).staples({staple(leaf)}).verdict());
  // A list proves it too, but is not what was promised.
  EXPECT_REFUSED(ask(leaf).revocation(hard_leaf, lists({list_of_intermediate()})).verdict(),
                 Reason::staple_missing);
  EXPECT_TRUSTED(ask(leaf).revocation({.must_staple = false}).verdict());
  EXPECT_TRUSTED(ask(leaf).revocation(off).verdict());
}

TEST_F(Revocation, wants_no_staple_of_a_client) {
  CertificateOrder order = leaf_order();
  order.must_staple = true;
  order.server_auth = false;
  const Party leaf = make(order, &three.intermediate);
  EXPECT_TRUSTED(ask(leaf).purpose(x509::Purpose::client_auth).name("").verdict());
}

// ---- lists

TEST_F(Revocation, refuses_what_a_list_names) {
  const auto revoked =
      lists({list_of_intermediate({entry_of(three.leaf, RevocationReason::superseded)})});
  const Answer verdict = ask().revocation(soft, revoked).verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_revoked);
  EXPECT_EQ(verdict.error()->certificate, 0);
  const RevocationFinding& finding = verdict.revocation()[0];
  EXPECT_EQ(finding.source, Source::list);
  EXPECT_EQ(finding.reason, RevocationReason::superseded);
  EXPECT_EQ(Certificate::name_text(finding.issuer), "CN=Intermediate");
  EXPECT_TRUE(der::equal(finding.number, Octets{7}));
  EXPECT_EQ(finding.revoked_at->seconds, test::now.seconds - 2 * day);
  EXPECT_REFUSED(
      ask().revocation(soft, lists({list_of_root({entry_of(three.intermediate)})})).verdict(),
      Reason::certificate_revoked);
}

TEST_F(Revocation, keeps_the_lists_alive_that_it_shows) {
  Answer verdict;
  {
    verdict = ask().revocation(hard, lists({list_of_root(), list_of_intermediate()})).verdict();
  }
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(verdict.outcome(TrustStep::revocation), Outcome::passed);
  EXPECT_EQ(Certificate::name_text(verdict.revocation()[1].issuer), "CN=Root");
}

TEST_F(Revocation, refuses_what_a_list_names_whatever_a_staple_says) {
  const auto revoked = lists({list_of_intermediate({entry_of(three.leaf)})});
  EXPECT_REFUSED(ask().revocation(soft, revoked).staples({staple()}).verdict(),
                 Reason::certificate_revoked);
  EXPECT_REFUSED(ask()
                     .revocation(soft, lists({list_of_intermediate()}))
                     .staples({staple(OcspStatus::revoked)})
                     .verdict(),
                 Reason::certificate_revoked);
}

TEST_F(Revocation, goes_on_without_a_usable_list_unless_proof_is_demanded) {
  const auto stale = lists({make_list({.this_update = {test::now.seconds - 9 * day},
                                       .next_update = UnixTime{test::now.seconds - day}},
                                      three.intermediate)});
  const Answer let_through = ask().revocation(soft, stale).verdict();
  EXPECT_TRUSTED(let_through);
  EXPECT_EQ(let_through.outcome(TrustStep::revocation), Outcome::not_checked);
  EXPECT_EQ(let_through.revocation()[0].flaw, Reason::crl_expired);
  EXPECT_EQ(let_through.revocation()[1].flaw, Reason::crl_missing);
  EXPECT_REFUSED(ask().revocation(hard_leaf, stale).verdict(), Reason::revocation_unknown);
}

TEST_F(Revocation, believes_lists_of_signers_that_were_sent_or_are_known) {
  CertificateOrder order = authority_order("Intermediate");  // the same name, a key for lists alone
  order.is_authority = false;
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::crl_sign);
  const Party signer = make(order, &three.root);
  const auto clean = lists({make_list({}, signer)});
  EXPECT_REFUSED(ask().revocation(hard_leaf, clean).verdict(), Reason::revocation_unknown);
  EXPECT_TRUSTED(ask().known({signer}).revocation(hard_leaf, clean).verdict());
  EXPECT_TRUSTED(Ask({three.leaf, three.intermediate, signer}, {three.root})
                     .revocation(hard_leaf, clean)
                     .verdict());
}

TEST_F(Revocation, takes_another_path_around_a_revoked_authority) {
  const Party other_root = make(authority_order("Other Root"));
  CertificateOrder order = authority_order("Intermediate");
  const Party cross = make_for(three.intermediate, order, other_root);
  const Ask ask({three.leaf, three.intermediate, cross}, {three.root, other_root});
  const Answer verdict =
      Ask(ask).revocation(soft, lists({list_of_root({entry_of(three.intermediate)})})).verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(verdict.path().back().label(), "Other Root");
}

TEST_F(Revocation, asks_whether_a_responder_was_revoked) {
  CertificateOrder order = authority_order("Responder");
  order.is_authority = false;
  order.ocsp_signing = true;
  const Party excused = make(order, &three.intermediate);
  const Party responder = with_extensions(
      excused, {{.id = x509::oid::ocsp_no_check, .value = {5, 0}}}, three.intermediate);
  ASSERT_TRUE(responder.certificate().ocsp_no_check);
  order.ocsp_signing = false;
  const Party asked =
      with_extensions(make(order, &three.intermediate),
                      {{.id = x509::oid::extended_key_usage,
                        .value = {0x30, 0x0a, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 9}}},
                      three.intermediate);
  const auto verdict = [&](const Party& signer) {
    const Octets response = make_response(
        {.singles = {single_of(three.leaf, three.intermediate)}, .certificates = {signer}}, signer);
    return ask()
        .revocation(soft, lists({list_of_intermediate({entry_of(signer)})}))
        .staples({response})
        .verdict();
  };
  EXPECT_TRUSTED(verdict(responder));
  EXPECT_REFUSED(verdict(asked), Reason::ocsp_responder_unknown);
}

// ---- noRevAvail

TEST_F(Revocation, asks_nothing_where_the_certificate_says_that_there_is_nothing) {
  const Party leaf = with_extensions(three.leaf, {no_rev_avail()}, three.intermediate);
  const Answer verdict = ask(leaf).revocation(hard_leaf).verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(verdict.revocation()[0].source, Source::no_revocation);
  // Not beside an address to ask at, and not in an authority's certificate.
  const Party both = with_extensions(
      leaf, {distribution_points({{.url = "http://shop.test/a.crl"}})}, three.intermediate);
  EXPECT_REFUSED(ask(both).revocation(hard_leaf).verdict(), Reason::revocation_unknown);
  CertificateOrder order = leaf_order();
  order.ocsp_urls = {"http://ocsp.shop.test/"};
  const Party asking =
      with_extensions(make(order, &three.intermediate), {no_rev_avail()}, three.intermediate);
  EXPECT_REFUSED(ask(asking).revocation(hard_leaf).verdict(), Reason::revocation_unknown);
  const Party middle = with_extensions(three.intermediate, {no_rev_avail()}, three.root);
  EXPECT_REFUSED(Ask({leaf, middle}, {three.root}).revocation(hard).verdict(),
                 Reason::revocation_unknown);
}

// ---- the budget

// Whoever can make us spend all on a chain must not get a revoked certificate past the lists.
TEST_F(Revocation, refuses_when_the_budget_ends_before_the_lists_were_asked) {
  const Party root = make(authority_order("Root"));
  std::vector<Party> sent;
  const Party* issuer = &root;
  for (int i = 0; i < 6; ++i) {
    sent.insert(sent.begin(), make(authority_order("A" + std::to_string(i)), issuer));
    issuer = &sent.front();
  }
  const Party leaf = make(leaf_order(), issuer);
  // 7 signatures of the path, then as many of staples as are left, and two for delegates each.
  std::vector<Octets> staples;
  CertificateOrder order = authority_order("Responder");
  order.is_authority = false;
  order.ocsp_signing = true;
  std::vector<Party> path = {leaf};
  path.insert(path.end(), sent.begin(), sent.end());
  path.push_back(root);
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const Party responder = make(order, &path[i + 1]);
    staples.push_back(make_response(
        {.singles = {single_of(path[i], path[i + 1])}, .certificates = {responder}}, responder));
  }
  path.pop_back();
  EXPECT_REFUSED(Ask(path, {root}).staples(staples).verdict(), Reason::budget_spent);
  staples.resize(4);
  EXPECT_TRUSTED(Ask(path, {root}).staples(staples).verdict());
}

TEST(RevocationReason, has_the_names_of_the_rfc) {
  EXPECT_EQ(name(RevocationReason::key_compromise), "keyCompromise");
  EXPECT_EQ(name(RevocationReason::remove_from_crl), "removeFromCRL");
}

}  // namespace
}  // namespace handfast
