// Certificate policies along a path. RFC 5280 §6.1.2 to §6.1.5, as RFC 9618 bounds them.
#pragma once

#include "base/budget.h"
#include "base/limits.h"
#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/result.h"
#include "handfast/verify.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast::x509 {

/// The policies that are valid at one certificate of a path. RFC 5280 has a tree of them, which
/// grows exponentially; RFC 9618 merges nodes of one depth that stand for the same policy. Of their
/// ancestors only one thing matters in the end, whether one of them is acceptable, so that each
/// node keeps this and no edges.
///
/// Allocates nothing. Views lie in the certificates.
class PolicyLevel {
 public:
  static constexpr std::size_t size_most = 2 * limits::policies_in_certificate;

  struct Node {
    Bytes policy;
    bool is_acceptable = false;  ///< whether it descends from a policy that the asker takes
  };

  [[nodiscard]] std::span<const Node> nodes() const { return std::span(nodes_).first(size_); }

  /// The node of `policy`, or nullptr.
  [[nodiscard]] const Node* find(Bytes policy) const;

  /// Adds a node, or to the node that is there already. Fails: budget_spent where no honest path
  /// has that many.
  Result<> add(Bytes policy, bool is_acceptable);

  void remove(Bytes policy);

  /// Whether any policy at all is valid here, anyPolicy.
  bool has_any = false;

  [[nodiscard]] bool is_empty() const { return size_ == 0 && !has_any; }

 private:
  std::array<Node, size_most> nodes_{};
  std::size_t size_ = 0;
};

/// Follows a path from the anchor to the leaf.
///
/// Confined: one thread at a time. The demands must outlive it.
class PolicyCheck {
 public:
  /// `path_size` counts the certificates that `add` will get.
  PolicyCheck(const PolicyDemands& demands, std::size_t path_size, Budget& budget);

  /// The anchor, where it says something of policies: RFC 5280 §6.1.1 leaves it to the asker, and
  /// as RFC 5937 §3.2 has it, its policies are all that may stand below. Fails: budget_spent.
  Result<> begin(const Certificate& anchor);

  /// The next certificate downwards. Fails: certificate_policy, budget_spent.
  Result<> add(const Certificate& certificate, bool is_leaf);

  /// Whether anybody demanded a policy so far.
  [[nodiscard]] bool is_demanded() const { return explicit_policy_ == 0; }

 private:
  Result<> meet(const Certificate& certificate, bool takes_any);
  Result<> prepare_next(const Certificate& certificate);
  Result<> map(const Certificate& certificate);
  Result<> wrap_up(const Certificate& certificate);
  void tighten(const Certificate& certificate);
  [[nodiscard]] bool is_acceptable(Bytes policy) const;

  const PolicyDemands& demands_;
  Budget& budget_;
  std::optional<PolicyLevel> valid_;  // the valid_policy_tree's lowest level; nothing: NULL
  std::size_t explicit_policy_;       // how many more certificates until each binds
  std::size_t policy_mapping_;
  std::size_t inhibit_any_policy_;
};

}  // namespace handfast::x509
