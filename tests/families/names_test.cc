// Family (f): a certificate is good for a name that its authority may not speak for, by a wildcard,
// another spelling, or a common name: CVE-2025-61727 and CVE-2026-33810 (Go), RUSTSEC-2026-0099
// (webpki), CVE-2026-3833, CVE-2026-42011 to -42013 (GnuTLS), CVE-2026-32884 and CVE-2024-39312
// (Botan), CVE-2026-10592, CVE-2026-7532 and CVE-2026-6731 (wolfSSL), CVE-2026-103602 (Bouncy
// Castle). And family (j): a name ends at a zero byte, so that whoever owns what is before it
// passes for it; CVE-2009-2408, CVE-2026-42010 (GnuTLS). RFC 5280 §4.2.1.10, RFC 9525.
#include "support/expect.h"
#include "x509/chains.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test::families {
namespace {

using Names = std::vector<std::string>;

/// A leaf below an authority that is limited.
struct Limited {
  const char* name;
  Names permitted;
  Names excluded;
  Names of_leaf;
  const char* asked;
  bool is_trusted = false;
  Names permitted_above = {};  ///< by the root
};

const Limited limits_of_names[] = {
    {"a_wildcard_that_covers_an_excluded_name",
     {},
     {"secret.shop.test"},
     {"*.shop.test"},
     "www.shop.test"},
    {"a_wildcard_that_covers_the_base_of_what_is_excluded",
     {},
     {"a.shop.test"},
     {"*.shop.test", "www.shop.test"},
     "www.shop.test"},
    {"a_wildcard_below_what_is_excluded", {}, {"shop.test"}, {"*.shop.test"}, "www.shop.test"},
    {"a_wildcard_that_reaches_out_of_what_is_permitted",
     {"www.shop.test"},
     {},
     {"*.shop.test"},
     "www.shop.test"},
    {"a_wildcard_within_what_is_permitted",
     {"shop.test"},
     {},
     {"*.shop.test"},
     "www.shop.test",
     true},
    {"a_wildcard_beside_what_is_excluded",
     {},
     {"other.test"},
     {"*.shop.test"},
     "www.shop.test",
     true},
    {"an_excluded_name_in_capitals", {}, {"shop.test"}, {"WWW.SHOP.TEST"}, "www.shop.test"},
    {"a_constraint_in_capitals", {}, {"SHOP.Test"}, {"www.shop.test"}, "www.shop.test"},
    {"a_wildcard_in_capitals", {}, {"secret.shop.test"}, {"*.SHOP.TEST"}, "www.shop.test"},
    {"a_permitted_name_in_capitals", {"shop.test"}, {}, {"WWW.SHOP.TEST"}, "www.shop.test", true},
    {"a_name_that_is_permitted_and_excluded",
     {"shop.test"},
     {"www.shop.test"},
     {"www.shop.test"},
     "www.shop.test"},
    {"an_excluded_name_behind_a_permitted_one",
     {"shop.test"},
     {"bad.shop.test"},
     {"www.shop.test", "bad.shop.test"},
     "www.shop.test"},
    {"a_name_that_ends_like_what_is_permitted",
     {"shop.test"},
     {},
     {"wwwshop.test"},
     "wwwshop.test"},
    {"a_name_above_what_is_permitted", {"www.shop.test"}, {}, {"shop.test"}, "shop.test"},
    {"a_name_that_only_the_root_permits",
     {"other.test"},
     {},
     {"www.shop.test"},
     "www.shop.test",
     false,
     {"shop.test"}},
    {"a_name_that_only_the_intermediate_permits",
     {"shop.test"},
     {},
     {"www.shop.test"},
     "www.shop.test",
     false,
     {"other.test"}},
    {"a_name_that_both_permit",
     {"shop.test"},
     {},
     {"www.shop.test"},
     "www.shop.test",
     true,
     {"shop.test"}},
    {"an_address_where_names_are_permitted",
     {"shop.test"},
     {},
     {"www.shop.test", "192.0.2.1"},
     "www.shop.test"},
    {"an_address_outside_the_network", {"198.51.100.0/24"}, {}, {"192.0.2.1"}, "192.0.2.1"},
    {"an_address_in_an_excluded_network", {}, {"192.0.2.0/24"}, {"192.0.2.1"}, "192.0.2.1"},
    {"an_address_of_the_other_family", {"::/0"}, {}, {"192.0.2.1"}, "192.0.2.1"},
    {"a_uri_outside_of_what_is_permitted",
     {"URI:.other.test"},
     {},
     {"www.shop.test", "https://www.shop.test/"},
     "www.shop.test"},
    {"a_mailbox_that_is_excluded",
     {},
     {"email:shop.test"},
     {"www.shop.test", "ann@SHOP.test"},
     "www.shop.test"},
};

class ConstrainedName : public testing::TestWithParam<Limited> {};

TEST_P(ConstrainedName, is_held_to_its_limits) {
  const Limited& row = GetParam();
  CertificateOrder root_order = authority_order("Root");
  root_order.permitted_names = row.permitted_above;
  const Party root = make(authority_order("Anchor"));
  const Party above = make(root_order, &root);
  CertificateOrder order = authority_order("Intermediate");
  order.permitted_names = row.permitted;
  order.excluded_names = row.excluded;
  const Party limited = make(order, &above);
  CertificateOrder leaf = leaf_order();
  leaf.names = row.of_leaf;
  const Answer answer =
      Ask({make(leaf, &limited), limited, above}, {root}).name(row.asked).verdict();
  if (row.is_trusted) {
    EXPECT_TRUSTED(answer);
  } else {
    EXPECT_REFUSED(answer, Reason::certificate_name_constrained);
  }
}

INSTANTIATE_TEST_SUITE_P(Family, ConstrainedName, testing::ValuesIn(limits_of_names),
                         [](const auto& test) { return std::string(test.param.name); });

/// A leaf whose subject says that it is www.shop.test, with these names beside it.
Answer common_name_with(const Names& names) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = leaf_order();
  order.common_name = "www.shop.test";
  order.names = names;
  return Ask({make(order, &root)}, {root}).verdict();
}

TEST(CommonName, is_no_identity_without_other_names) {
  EXPECT_REFUSED(common_name_with({}), Reason::certificate_name_mismatch);
}

TEST(CommonName, is_no_identity_beside_an_address) {
  EXPECT_REFUSED(common_name_with({"192.0.2.1"}), Reason::certificate_name_mismatch);
}

TEST(CommonName, is_no_identity_beside_a_mailbox) {
  EXPECT_REFUSED(common_name_with({"ann@shop.test"}), Reason::certificate_name_mismatch);
}

TEST(CommonName, is_no_identity_beside_a_uri) {
  EXPECT_REFUSED(common_name_with({"https://www.shop.test/"}), Reason::certificate_name_mismatch);
}

TEST(CommonName, is_no_identity_beside_another_name) {
  EXPECT_REFUSED(common_name_with({"other.test"}), Reason::certificate_name_mismatch);
}

std::vector<std::uint8_t> octets(const std::string& text) { return {text.begin(), text.end()}; }

/// A leaf for `name`, in which each '#' is then a zero byte.
Answer with_zeros(const std::string& name, const char* asked) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = leaf_order();
  std::string placeholder = name;
  std::ranges::replace(placeholder, '#', 'x');
  std::string zeros = name;
  std::ranges::replace(zeros, '#', '\0');
  order.common_name = "shop";
  order.names = {placeholder};
  const Party leaf = patched(make(order, &root), octets(placeholder), octets(zeros), root);
  return Ask({leaf}, {root}).name(asked).verdict();
}

TEST(ZeroByte, does_not_end_a_name) {
  EXPECT_FALSE(with_zeros("www.shop.test#.evil.test", "www.shop.test").is_trusted());
}

TEST(ZeroByte, does_not_begin_a_name) {
  EXPECT_FALSE(with_zeros("#www.shop.test", "www.shop.test").is_trusted());
}

TEST(ZeroByte, is_not_taken_off_the_end_of_a_name) {
  EXPECT_FALSE(with_zeros("www.shop.test#", "www.shop.test").is_trusted());
}

TEST(ZeroByte, is_no_dot) {
  EXPECT_FALSE(with_zeros("www#shop.test", "www.shop.test").is_trusted());
}

TEST(ZeroByte, does_not_end_a_wildcard) {
  EXPECT_FALSE(with_zeros("*.shop.test#.evil.test", "www.shop.test").is_trusted());
}

TEST(ZeroByte, does_not_hide_a_name_from_its_limits) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = authority_order("Intermediate");
  order.excluded_names = {"evil.test"};
  const Party limited = make(order, &root);
  CertificateOrder leaf_of = leaf_order();
  leaf_of.names = {"www.shop.test", "a.evilxtest"};
  const std::string plain = "a.evilxtest";
  std::string zero = plain;
  std::ranges::replace(zero, 'x', '\0');
  const Party leaf = patched(make(leaf_of, &limited), octets(plain), octets(zero), limited);
  EXPECT_FALSE(Ask({leaf, limited}, {root}).verdict().is_trusted());
}

}  // namespace
}  // namespace handfast::test::families
