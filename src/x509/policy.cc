#include "x509/policy.h"

#include "der/reader.h"
#include "x509/oids.h"

#include <algorithm>

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

// The next policyIdentifier of certificatePolicies.
Bytes next_policy(Reader& policies) {
  Reader information(policies.read(Tag::sequence));
  return information.object_identifier();
}

struct Mapping {
  Bytes issuer_domain;
  Bytes subject_domain;
};

Mapping next_mapping(Reader& mappings) {
  Reader pair(mappings.read(Tag::sequence));
  const Bytes issuer_domain = pair.object_identifier();
  return {issuer_domain, pair.object_identifier()};
}

bool lists_any(Bytes certificate_policies) {
  Reader policies(certificate_policies);
  bool found = false;
  while (!policies.at_end()) {
    found |= oid::any_policy == next_policy(policies);
  }
  return found;
}

void lower(std::size_t& count, std::optional<std::uint8_t> bound) {
  count = bound ? std::min<std::size_t>(count, *bound) : count;
}

}  // namespace

// RFC 5280 §6.1.2 (d), (e), (f).
PolicyCheck::PolicyCheck(const PolicyDemands& demands, std::size_t path_size, Budget& budget)
    : demands_(demands), budget_(budget),
      explicit_policy_(demands.explicit_policy ? 0 : path_size + 1),
      policy_mapping_(demands.inhibit_mapping ? 0 : path_size + 1),
      inhibit_any_policy_(demands.inhibit_any_policy ? 0 : path_size + 1) {
  valid_.emplace().has_any = true;
}

Result<> PolicyCheck::begin(const Certificate& anchor) {
  tighten(anchor);
  if (anchor.certificate_policies.empty()) {
    return {};
  }
  const Result<> met = meet(anchor, true);
  return met && valid_ ? map(anchor) : met;
}

// RFC 5280 §6.1.3 (d), (e), (f).
Result<> PolicyCheck::add(const Certificate& certificate, bool is_leaf) {
  if (certificate.certificate_policies.empty()) {
    valid_.reset();
  }
  if (valid_) {
    const bool takes_any = inhibit_any_policy_ > 0 || (!is_leaf && certificate.is_self_issued());
    const Result<> met = meet(certificate, takes_any);
    if (!met) {
      return met;
    }
  }
  if (explicit_policy_ == 0 && !valid_) {
    return fail(Reason::certificate_policy);
  }
  return is_leaf ? wrap_up(certificate) : prepare_next(certificate);
}

// RFC 5280 §6.1.3 (d): what this certificate names of what was expected.
Result<> PolicyCheck::meet(const Certificate& certificate, bool takes_any) {
  const PolicyLevel expected = *valid_;
  PolicyLevel level;
  Reader policies(certificate.certificate_policies);
  while (!policies.at_end()) {
    const Bytes policy = next_policy(policies);
    if (!budget_.spend_comparisons(static_cast<std::uint32_t>(1 + expected.nodes().size()))) {
      return fail(Reason::budget_spent);
    }
    const PolicyLevel::Node* parent = expected.find(policy);
    if (oid::any_policy == policy || (parent == nullptr && !expected.has_any)) {
      continue;
    }
    const Result<> added =
        level.add(policy, parent != nullptr ? parent->is_acceptable : is_acceptable(policy));
    if (!added) {
      return added;
    }
  }
  if (takes_any && lists_any(certificate.certificate_policies)) {
    level.has_any = expected.has_any;
    for (const PolicyLevel::Node& node : expected.nodes()) {
      if (const Result<> added = level.add(node.policy, node.is_acceptable); !added) {
        return added;
      }
    }
  }
  valid_ = level.is_empty() ? std::nullopt : std::optional(level);
  return {};
}

// RFC 5280 §6.1.4 (b), (h), (i), (j).
Result<> PolicyCheck::prepare_next(const Certificate& certificate) {
  const Result<> mapped = valid_ ? map(certificate) : Result<>();
  if (!certificate.is_self_issued()) {
    for (std::size_t* count : {&explicit_policy_, &policy_mapping_, &inhibit_any_policy_}) {
      *count -= *count > 0 ? 1 : 0;
    }
  }
  tighten(certificate);
  return mapped;
}

// RFC 5280 §6.1.4 (b). First all that is mapped is taken out, then what it maps to is put in: a
// mapping changes what the next certificate is expected to name, not what another mapping sees.
Result<> PolicyCheck::map(const Certificate& certificate) {
  const PolicyLevel before = *valid_;
  Reader mapped(certificate.policy_mappings);
  while (!mapped.at_end()) {
    valid_->remove(next_mapping(mapped).issuer_domain);
  }
  Reader mappings(certificate.policy_mappings);
  while (policy_mapping_ > 0 && !mappings.at_end()) {
    const Mapping mapping = next_mapping(mappings);
    if (!budget_.spend_comparisons(static_cast<std::uint32_t>(1 + before.nodes().size()))) {
      return fail(Reason::budget_spent);
    }
    const PolicyLevel::Node* node = before.find(mapping.issuer_domain);
    if (node == nullptr && !before.has_any) {
      continue;
    }
    const Result<> added =
        valid_->add(mapping.subject_domain,
                    node != nullptr ? node->is_acceptable : is_acceptable(mapping.issuer_domain));
    if (!added) {
      return added;
    }
  }
  if (valid_->is_empty()) {
    valid_.reset();
  }
  return {};
}

// RFC 5280 §6.1.5 (a), (b), (g).
Result<> PolicyCheck::wrap_up(const Certificate& certificate) {
  const bool binds_itself = certificate.policy_constraints.require_explicit_policy == 0;
  explicit_policy_ = explicit_policy_ <= 1 || binds_itself ? 0 : explicit_policy_ - 1;
  // Of what anyPolicy stands for, each acceptable policy remains.
  const bool is_satisfied =
      valid_ &&
      (valid_->has_any || std::ranges::any_of(valid_->nodes(), &PolicyLevel::Node::is_acceptable));
  return explicit_policy_ > 0 || is_satisfied ? Result<>() : fail(Reason::certificate_policy);
}

void PolicyCheck::tighten(const Certificate& certificate) {
  const PolicyConstraints& constraints = certificate.policy_constraints;
  lower(explicit_policy_, constraints.require_explicit_policy);
  lower(policy_mapping_, constraints.inhibit_policy_mapping);
  lower(inhibit_any_policy_, constraints.inhibit_any_policy);
}

bool PolicyCheck::is_acceptable(Bytes policy) const {
  return demands_.acceptable.empty() ||
         std::ranges::any_of(demands_.acceptable, [&](Bytes acceptable) {
           return der::equal(acceptable, policy) || oid::any_policy == acceptable;
         });
}

const PolicyLevel::Node* PolicyLevel::find(Bytes policy) const {
  const auto node = std::ranges::find_if(
      nodes(), [&](const Node& candidate) { return der::equal(candidate.policy, policy); });
  return node != nodes().end() ? &*node : nullptr;
}

Result<> PolicyLevel::add(Bytes policy, bool is_acceptable) {
  for (Node& node : std::span(nodes_).first(size_)) {
    if (der::equal(node.policy, policy)) {
      node.is_acceptable |= is_acceptable;
      return {};
    }
  }
  if (size_ == nodes_.size()) {
    return fail(Reason::budget_spent);
  }
  nodes_[size_++] = {policy, is_acceptable};
  return {};
}

void PolicyLevel::remove(Bytes policy) {
  const auto held = std::span(nodes_).first(size_);
  const auto gone = std::ranges::remove_if(
      held, [&](const Node& node) { return der::equal(node.policy, policy); });
  size_ -= gone.size();
}

}  // namespace handfast::x509
