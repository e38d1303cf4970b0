// Name constraints: the names that an authority may sign. RFC 5280 §4.2.1.10, §6.1.3 (b) and (c).
#pragma once

#include "base/budget.h"
#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/result.h"

namespace handfast::x509 {

/// Whether `constraints`, the content of NameConstraints, has the form that it must have: subtrees
/// without minimum and maximum, DNS bases that are names, IP bases that are an address and an
/// unbroken mask, at most `limits::names_in_certificate` of them, and at least one.
[[nodiscard]] bool is_valid_name_constraints(Bytes constraints);

/// Whether every name of `certificate` lies within the constraints of `authority`, which stands
/// above it: DNS names, addresses, directory names, mailboxes, URIs by their host. Names of another
/// kind are refused wherever that kind is constrained, since how to compare them is not known here;
/// so are names of a known kind that cannot be read. Fails:
/// certificate_name_constrained, budget_spent.
Result<> check_name_constraints(const Certificate& authority, const Certificate& certificate,
                                Budget& budget);

}  // namespace handfast::x509
