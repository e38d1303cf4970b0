// The search for paths: what is known besides, graphs of many authorities, and what they may cost.

#include "x509/path.h"

#include "support/bound.h"
#include "support/expect.h"
#include "x509/chains.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

Answer timed(const Ask& ask) {
  return within_bar([&] { return ask.verdict(); });
}

std::string letter(std::size_t index) { return std::string(1, static_cast<char>('A' + index)); }

// `size` authorities, each of which has signed every other.
struct Mesh {
  explicit Mesh(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      authorities.push_back(make(authority_order(letter(i))));
    }
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        if (i != j) {
          crossed.push_back(make_for(authorities[i], authority_order(letter(i)), authorities[j]));
        }
      }
    }
  }

  std::vector<Party> authorities;
  std::vector<Party> crossed;
};

TEST(PathSearch, takes_what_is_known_where_the_peer_left_it_out) {
  const Three three;
  const Ask ask = Ask({three.leaf}, {three.root}).known({three.intermediate});
  const Answer verdict = ask.verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(verdict.path().size(), 3U);
  EXPECT_REFUSED(Ask({three.leaf}, {three.root}).verdict(),
                 Reason::certificate_intermediate_missing);
}

TEST(PathSearch, trusts_nothing_for_being_known) {
  const Three three;
  const Three other;
  EXPECT_REFUSED(Ask({three.leaf}, {other.root}).known({three.intermediate, three.root}).verdict(),
                 Reason::certificate_authority_unknown);
}

TEST(PathSearch, says_which_known_certificate_a_path_used) {
  const Party root = make(authority_order("Root"));
  CertificateOrder expired = authority_order("Middle");
  expired.not_after = {now.seconds - day};
  const Party middle = make(expired, &root);
  const Party spare = make_for(middle, authority_order("Middle"), make(authority_order("Root")));
  const Answer verdict =
      Ask({make(leaf_order(), &middle)}, {root}).known({spare, middle}).verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_expired);
  EXPECT_EQ(verdict.error()->certificate, -1) << "it was not sent";
  ASSERT_FALSE(verdict.attempts().empty());
  const TrustAttempt& attempt = verdict.attempts()[0];
  ASSERT_EQ(attempt.length, 3);
  ASSERT_NE(verdict.kept(attempt.path[1]), nullptr);
  EXPECT_EQ(verdict.kept(attempt.path[1])->label(), "Middle");
  EXPECT_EQ(verdict.kept(attempt.path[2])->label(), "Root");
  EXPECT_EQ(verdict.kept(attempt.path[0]), nullptr) << "the leaf was sent";
}

TEST(PathSearch, counts_authorities_but_not_self_issued_ones_against_a_length_asked_for) {
  const Party root = make(authority_order("Root"));
  const Party middle = make(authority_order("Middle"), &root);
  const Party next_middle = make(authority_order("Middle"), &middle);
  const Party leaf = make(leaf_order(), &next_middle);
  const auto ask = [&](std::uint8_t most) {
    return Ask({leaf, next_middle, middle}, {root}).path_length(most).verdict();
  };
  EXPECT_TRUSTED(ask(1));
  EXPECT_REFUSED(ask(0), Reason::certificate_path_too_long);
  EXPECT_TRUSTED(Ask({make(leaf_order(), &root)}, {root}).path_length(0).verdict());
}

TEST(PathSearch, takes_the_short_way_through_a_mesh) {
  const Party root = make(authority_order("Root"));
  for (const std::size_t size : {std::size_t{2}, std::size_t{5}, std::size_t{16}}) {
    Mesh mesh(size);
    const std::size_t last = size - 1;
    mesh.crossed.push_back(make_for(mesh.authorities[last], authority_order(letter(last)), root));
    const Party leaf = make(leaf_order(), &mesh.authorities[0]);
    const Answer verdict = timed(Ask({leaf}, {root}).known(mesh.crossed));
    EXPECT_TRUSTED(verdict) << size;
    EXPECT_EQ(verdict.path().size(), 4U) << size;
  }
}

TEST(PathSearch, gives_a_mesh_up_that_reaches_no_anchor) {
  const Mesh mesh(12);
  const Party leaf = make(leaf_order(), &mesh.authorities[0]);
  EXPECT_REFUSED(timed(Ask({leaf}, {make(authority_order("Root"))}).known(mesh.crossed)),
                 Reason::budget_spent);
}

TEST(PathSearch, gives_a_mesh_up_under_an_anchor_with_the_right_name_and_another_key) {
  Mesh mesh(10);
  const Party stranger = make(authority_order("Root"));
  for (std::size_t i = 0; i < mesh.authorities.size(); ++i) {
    mesh.crossed.push_back(make_for(mesh.authorities[i], authority_order(letter(i)), stranger));
  }
  const Party leaf = make(leaf_order(), &mesh.authorities[0]);
  const Answer verdict = timed(Ask({leaf}, {make(authority_order("Root"))}).known(mesh.crossed));
  EXPECT_FALSE(verdict.is_trusted());
}

TEST(PathSearch, finds_the_one_key_among_many_of_one_name) {
  const Party root = make(authority_order("Root"));
  std::vector<Party> namesakes;
  for (int i = 0; i < 40; ++i) {
    namesakes.push_back(make(authority_order("Middle"), &root));
  }
  const Party leaf = make(leaf_order(), &namesakes[33]);
  EXPECT_TRUSTED(timed(Ask({leaf}, {root}).known(namesakes)));
}

TEST(PathSearch, spends_no_budget_above_a_leaf_that_is_bad_in_itself) {
  const Mesh mesh(6);
  CertificateOrder order = leaf_order();
  order.not_after = {now.seconds - 1};
  const Party leaf = make(order, &mesh.authorities[0]);
  const Answer verdict = Ask({leaf}, mesh.authorities).known(mesh.crossed).verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_expired);
  EXPECT_EQ(verdict.attempts().size(), 1U);
}

TEST(PathSearch, spends_no_more_on_costly_keys_than_the_budget_has) {
  // Every authority is signed by an anchor's namesake, with a signature that is slow to check.
  const Party stranger = make(authority_order("Root"), nullptr, CertificateKey::ecdsa_p521);
  const Party anchor = make(authority_order("Root"), nullptr, CertificateKey::ecdsa_p521);
  const Party holder = make(authority_order("Middle"), &stranger);
  std::vector<Party> renewed;
  for (int i = 0; i < 30; ++i) {
    renewed.push_back(make_for(holder, authority_order("Middle"), stranger));
  }
  const Party leaf = make(leaf_order(), &holder);
  EXPECT_FALSE(timed(Ask({leaf}, {anchor}).known(renewed)).is_trusted());
}

}  // namespace
}  // namespace handfast
