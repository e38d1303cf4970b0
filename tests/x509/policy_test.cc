#include "x509/policy.h"

#include "der/writer.h"
#include "support/expect.h"
#include "x509/oids.h"

#include <optional>
#include <utility>

#include <gtest/gtest.h>

namespace handfast::x509 {
namespace {

using der::Tag;
using der::Writer;
using Octets = std::vector<std::uint8_t>;
using Policies = std::vector<unsigned>;  // 0 stands for anyPolicy
using Mappings = std::vector<std::pair<unsigned, unsigned>>;

Octets policy(unsigned number) {
  if (number == 0) {
    return {0x55, 0x1d, 0x20, 0x00};
  }
  return {0x2a, static_cast<std::uint8_t>(0x81 + (number >> 7)),
          static_cast<std::uint8_t>(number & 0x7f)};
}

// A certificate as far as policies go, with the bytes that it views.
struct Link {
  Policies policies;
  Mappings mappings = {};
  PolicyConstraints constraints = {};
  bool is_self_issued = false;

  [[nodiscard]] Octets policies_der() const {
    Writer writer;
    for (const unsigned number : policies) {
      writer.inside(Tag::sequence, [&](Writer& information) {
        information.element(Tag::object_identifier, policy(number));
      });
    }
    return writer.take();
  }

  [[nodiscard]] Octets mappings_der() const {
    Writer writer;
    for (const auto& [issuer, subject] : mappings) {
      writer.inside(Tag::sequence, [&](Writer& pair) {
        pair.element(Tag::object_identifier, policy(issuer));
        pair.element(Tag::object_identifier, policy(subject));
      });
    }
    return writer.take();
  }
};

PolicyConstraints explicit_after(std::uint8_t count) { return {count, {}, {}}; }

PolicyConstraints no_any_after(std::uint8_t count) { return {{}, {}, count}; }

const Octets one_name = {0x30, 0x0b, 0x31, 0x09, 0x30, 0x07, 0x06,
                         0x03, 0x55, 0x04, 0x03, 0x0c, 0x00};
const Octets no_name = {0x30, 0x00};

struct Asked {
  Policies acceptable = {};
  bool explicit_policy = true;
  bool inhibit_mapping = false;
  bool inhibit_any_policy = false;
};

// Links from the anchor's side down to the leaf.
Result<> check(const std::vector<Link>& path, const Asked& asked = {},
               const std::optional<Link>& anchor = std::nullopt) {
  std::vector<Octets> acceptable;
  for (const unsigned number : asked.acceptable) {
    acceptable.push_back(policy(number));
  }
  const std::vector<Bytes> views(acceptable.begin(), acceptable.end());
  const PolicyDemands demands = {views, asked.explicit_policy, asked.inhibit_mapping,
                                 asked.inhibit_any_policy};
  Budget budget;
  PolicyCheck checker(demands, path.size(), budget);
  std::vector<Octets> kept;
  kept.reserve(2 * path.size() + 2);
  const auto certificate_of = [&](const Link& link) {
    Certificate certificate;
    certificate.certificate_policies = kept.emplace_back(link.policies_der());
    certificate.policy_mappings = kept.emplace_back(link.mappings_der());
    certificate.policy_constraints = link.constraints;
    certificate.issuer = one_name;
    certificate.subject = link.is_self_issued ? one_name : no_name;
    return certificate;
  };
  if (anchor) {
    if (const Result<> begun = checker.begin(certificate_of(*anchor)); !begun) {
      return begun;
    }
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (const Result<> added = checker.add(certificate_of(path[i]), i + 1 == path.size()); !added) {
      return added;
    }
  }
  return {};
}

TEST(Policy, holds_where_every_certificate_names_it) {
  EXPECT_TRUE(check({{{1, 2}}, {{1}}}));
  EXPECT_FAILS(check({{{1}}, {{2}}}), Reason::certificate_policy);
  EXPECT_FAILS(check({{{1}}, {{}}}), Reason::certificate_policy);
  EXPECT_FAILS(check({{{}}, {{1}}}), Reason::certificate_policy);
}

TEST(Policy, binds_only_where_somebody_demands_it) {
  const Asked nothing = {.explicit_policy = false};
  EXPECT_TRUE(check({{{1}}, {{2}}}, nothing));
  EXPECT_TRUE(check({{{}}, {{}}}, nothing));
  EXPECT_FAILS(check({{{1}, {}, explicit_after(0)}, {{2}}}, nothing), Reason::certificate_policy);
  EXPECT_FAILS(check({{{1}}, {{2}, {}, explicit_after(0)}}, nothing), Reason::certificate_policy)
      << "the leaf's own demand";
}

TEST(Policy, is_demanded_from_as_many_certificates_on_as_was_said) {
  const Asked nothing = {.explicit_policy = false};
  const Link demanding = {{}, {}, explicit_after(2)};
  EXPECT_TRUE(check({demanding, {{}}}, nothing));
  EXPECT_FAILS(check({demanding, {{}}, {{}}, {{}}}, nothing), Reason::certificate_policy);
  const Link self_issued = {{}, {}, {}, true};
  EXPECT_TRUE(check({demanding, self_issued, self_issued, {{}}}, nothing))
      << "self-issued certificates do not count";
}

TEST(Policy, must_be_one_that_the_asker_takes) {
  EXPECT_TRUE(check({{{1}}, {{1}}}, {.acceptable = {1, 2}}));
  EXPECT_FAILS(check({{{1}}, {{1}}}, {.acceptable = {2}}), Reason::certificate_policy);
  EXPECT_TRUE(check({{{1}}, {{1}}}, {.acceptable = {0}})) << "anyPolicy takes all";
  EXPECT_TRUE(check({{{0}}, {{1}}}, {.acceptable = {1}}));
  EXPECT_FAILS(check({{{0}}, {{1}}}, {.acceptable = {2}}), Reason::certificate_policy);
  EXPECT_TRUE(check({{{0}}, {{0}}}, {.acceptable = {2}})) << "any stands for what is taken";
}

TEST(Policy, any_ends_where_it_is_inhibited) {
  EXPECT_FAILS(check({{{0}}, {{1}}}, {.inhibit_any_policy = true}), Reason::certificate_policy);
  const Link inhibiting = {{1}, {}, no_any_after(0)};
  EXPECT_FAILS(check({inhibiting, {{0}}}), Reason::certificate_policy);
  EXPECT_TRUE(check({inhibiting, {{0}, {}, {}, true}, {{1}}}))
      << "a self-issued authority may still say any";
  EXPECT_FAILS(check({inhibiting, {{0}, {}, {}, true}}), Reason::certificate_policy)
      << "but no leaf";
}

TEST(Policy, is_mapped_to_what_the_next_authority_calls_it) {
  const Link mapping = {{1}, {{1, 7}}};
  EXPECT_TRUE(check({mapping, {{7}}}, {.acceptable = {1}}));
  EXPECT_FAILS(check({mapping, {{7}}}, {.acceptable = {7}}), Reason::certificate_policy)
      << "what counts is the name at the top";
  EXPECT_FAILS(check({mapping, {{1}}}), Reason::certificate_policy);
  EXPECT_FAILS(check({mapping, {{7}}}, {.inhibit_mapping = true}), Reason::certificate_policy);
  const Link any = {{0}, {{1, 7}}};
  EXPECT_TRUE(check({any, {{7}}}, {.acceptable = {1}})) << "out of any";
  const Link twice = {{1, 2}, {{1, 2}, {2, 3}}};
  EXPECT_TRUE(check({twice, {{2}}}, {.acceptable = {1}}));
  EXPECT_FAILS(check({twice, {{2}}}, {.acceptable = {2}}), Reason::certificate_policy)
      << "no mapping sees another";
}

TEST(Policy, of_the_anchor_is_all_that_may_stand_below) {
  EXPECT_TRUE(check({{{1}}, {{1}}}, {}, Link{{1}}));
  EXPECT_FAILS(check({{{1}}, {{1}}}, {}, Link{{2}}), Reason::certificate_policy);
  EXPECT_TRUE(check({{{1}}, {{1}}}, {}, Link{{}})) << "an anchor without says nothing";
  EXPECT_FAILS(check({{{1}}, {{2}}}, {.explicit_policy = false}, Link{{}, {}, explicit_after(0)}),
               Reason::certificate_policy);
  EXPECT_FAILS(check({{{7}}, {{1}}}, {}, Link{{1}, {{1, 7}}}), Reason::certificate_policy);
  EXPECT_TRUE(check({{{7}}, {{7}}}, {.acceptable = {1}}, Link{{1}, {{1, 7}}}));
}

TEST(Policy, trees_that_would_double_at_each_step_cost_next_to_nothing) {
  // Each of two policies maps to both: 2^n branches in RFC 5280's tree.
  const Link branching = {{1, 2}, {{1, 1}, {1, 2}, {2, 1}, {2, 2}}};
  std::vector<Link> path(30, branching);
  path.push_back({{1}});
  EXPECT_TRUE(check(path, {.acceptable = {2}}));
}

TEST(Policy, levels_that_no_honest_path_has_spend_the_budget) {
  std::vector<Link> path;
  for (unsigned step = 0; step < 4; ++step) {
    Link link = {{0}};
    for (unsigned i = 0; i < limits::policies_in_certificate; ++i) {
      link.mappings.emplace_back(step * 200 + i + 1, step * 200 + i + 101);
    }
    path.push_back(link);
  }
  EXPECT_FAILS(check(path), Reason::budget_spent);
}

}  // namespace
}  // namespace handfast::x509
