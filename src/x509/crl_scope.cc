#include "x509/crl_scope.h"

#include "x509/distinguished_name.h"
#include "x509/extensions.h"

#include <algorithm>
#include <utility>

namespace handfast::x509 {

namespace {

// The names of one side: GeneralNames, or one Name with a relative name behind it.
struct PointNames {
  Bytes general_names;
  Bytes name;
  Bytes relative;
};

PointNames names_of(const DistributionPointName& point, Bytes issuer) {
  if (point.kind == DistributionPointName::Kind::relative_name) {
    return {.general_names = {}, .name = issuer, .relative = point.value};
  }
  return {.general_names = point.value, .name = {}, .relative = {}};
}

bool same_general_name(const GeneralName& a, const GeneralName& b) {
  return a.kind == b.kind && (a.kind == NameKind::directory_name ? same_name(a.value, b.value)
                                                                 : der::equal(a.value, b.value));
}

// Calls `is_it` for each name until it says yes.
template <class Predicate>
bool any_of(Bytes general_names, Predicate&& is_it) {
  der::Reader names(general_names);
  while (!names.at_end()) {
    if (is_it(read_general_name(names))) {
      return true;
    }
  }
  return false;
}

bool share_a_name(PointNames a, PointNames b, Budget& budget) {
  if (a.general_names.empty()) {
    std::swap(a, b);
  }
  if (a.general_names.empty()) {
    return budget.spend_comparisons(1) &&
           same_attributes(Attributes(a.name, a.relative), Attributes(b.name, b.relative));
  }
  return any_of(a.general_names, [&](const GeneralName& one) {
    if (b.general_names.empty()) {
      return budget.spend_comparisons(1) && one.kind == NameKind::directory_name &&
             same_attributes(Attributes(one.value), Attributes(b.name, b.relative));
    }
    return any_of(b.general_names, [&](const GeneralName& other) {
      return budget.spend_comparisons(1) && same_general_name(one, other);
    });
  });
}

// RFC 5280 §6.3.3 (b) (1).
bool is_right_issuer(const Crl& crl, const Certificate& certificate, const Point& point,
                     Budget& budget) {
  if (!point || point->crl_issuer.empty()) {
    return same_name(crl.issuer, certificate.issuer);
  }
  return crl.is_indirect() &&
         share_a_name({.general_names = point->crl_issuer, .name = {}, .relative = {}},
                      {.general_names = {}, .name = crl.issuer, .relative = {}}, budget);
}

// RFC 5280 §6.3.3 (b) (2) (i). Without a distribution point "the sequence of names in fullName is
// generated from the certificate issuer field as well as the certificate issuerAltName extension".
bool is_right_point(const Crl& crl, const Certificate& certificate, const Point& point,
                    Budget& budget) {
  using Kind = DistributionPointName::Kind;
  const DistributionPointName& name = crl.distribution_point->name;
  if (name.kind == Kind::absent) {
    return true;
  }
  const PointNames ours = names_of(name, crl.issuer);
  if (!point) {
    const Bytes others = certificate.issuer_alt_name;
    return share_a_name(ours, {.general_names = {}, .name = certificate.issuer, .relative = {}},
                        budget) ||
           (!others.empty() &&
            share_a_name(ours, {.general_names = others, .name = {}, .relative = {}}, budget));
  }
  if (point->name.kind == Kind::absent) {
    return share_a_name(ours, {.general_names = point->crl_issuer, .name = {}, .relative = {}},
                        budget);
  }
  // RFC 5280 §4.2.1.13: relative to cRLIssuer where there is one, which `is_right_issuer` found to
  // be the list's issuer, else to the certificate's.
  const Bytes issuer = point->crl_issuer.empty() ? certificate.issuer : crl.issuer;
  return share_a_name(ours, names_of(point->name, issuer), budget);
}

// RFC 5280 §6.3.3 (b) (2) (ii) to (iv).
bool is_right_kind(const IssuingDistributionPoint& list, const Certificate& certificate) {
  const bool is_authority =
      certificate.basic_constraints && certificate.basic_constraints->is_authority;
  const bool is_wrong_kind =
      is_authority ? list.only_contains_user_certs : list.only_contains_ca_certs;
  return !is_wrong_kind && !list.only_contains_attribute_certs;
}

// Magnitudes without zeros in front.
bool is_less(Bytes a, Bytes b) {
  return a.size() != b.size() ? a.size() < b.size() : std::ranges::lexicographical_compare(a, b);
}

}  // namespace

bool is_in_scope(const Crl& crl, const Certificate& certificate, const Point& point,
                 Budget& budget) {
  return is_right_issuer(crl, certificate, point, budget) &&
         (!crl.distribution_point || (is_right_kind(*crl.distribution_point, certificate) &&
                                      is_right_point(crl, certificate, point, budget)));
}

// RFC 5280 §6.3.3 (d).
ReasonMask reasons_told(const Crl& crl, const Point& point) {
  ReasonMask reasons = all_reasons;
  if (point && point->reasons) {
    reasons &= *point->reasons;
  }
  if (crl.distribution_point && crl.distribution_point->only_some_reasons) {
    reasons &= *crl.distribution_point->only_some_reasons;
  }
  return reasons;
}

bool fits(const Crl& complete, const Crl& delta) {
  const Bytes scope = complete.distribution_point ? complete.distribution_point->der : Bytes{};
  const Bytes delta_scope = delta.distribution_point ? delta.distribution_point->der : Bytes{};
  return delta.base_number && same_name(complete.issuer, delta.issuer) &&
         der::equal(scope, delta_scope) &&
         der::equal(complete.authority_key_id, delta.authority_key_id) &&
         !complete.number.empty() && !is_less(complete.number, *delta.base_number) &&
         is_less(complete.number, delta.number);
}

}  // namespace handfast::x509
