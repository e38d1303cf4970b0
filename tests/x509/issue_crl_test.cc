#include "handfast/issue_crl.h"

#include "handfast/document.h"
#include "support/expect.h"
#include "x509/chains.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

CrlOrder order() {
  CrlOrder order;
  order.number = {0x01, 0xff};
  order.this_update = now;
  order.next_update = {now.seconds + day};
  order.revoked = {
      {.serial = {0x40, 0x01}, .revoked_at = now, .reason = RevocationReason::key_compromise},
      {.serial = {0x00, 0xff},
       .revoked_at = {now.seconds - day},
       .reason = RevocationReason::unspecified,
       .invalid_since = UnixTime{2'600'000'000}},
  };
  return order;
}

TEST(IssueCrl, says_what_was_ordered) {
  const Party root = make(authority_order("Root"));
  const std::vector<std::uint8_t> der = issue_crl(order(), {root.certificate(), *root.key}).value();
  const RevocationList list = read_crl(der, root.certificate()).value();
  const CrlOrder wanted = order();
  EXPECT_EQ(list.order.number, wanted.number);
  EXPECT_FALSE(list.order.base_number);
  EXPECT_EQ(list.order.this_update, wanted.this_update);
  EXPECT_EQ(list.order.next_update, wanted.next_update);
  ASSERT_EQ(list.order.revoked.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(list.order.revoked[i].serial, wanted.revoked[i].serial);
    EXPECT_EQ(list.order.revoked[i].revoked_at, wanted.revoked[i].revoked_at);
    EXPECT_EQ(list.order.revoked[i].reason, wanted.revoked[i].reason);
    EXPECT_EQ(list.order.revoked[i].invalid_since, wanted.revoked[i].invalid_since);
  }
  EXPECT_TRUE(std::ranges::equal(list.issuer, root.certificate().subject));
}

TEST(IssueCrl, may_be_empty_or_a_delta) {
  const Party root = make(authority_order("Root"), nullptr, CertificateKey::ed25519);
  CrlOrder few = order();
  few.revoked.clear();
  const auto der = issue_crl(few, {root.certificate(), *root.key}).value();
  EXPECT_TRUE(read_crl(der).value().order.revoked.empty());
  few.base_number = {1};
  const auto delta = issue_crl(few, {root.certificate(), *root.key}).value();
  EXPECT_EQ(read_crl(delta).value().order.base_number, std::vector<std::uint8_t>{1});
  EXPECT_FAILS(read_crl(delta, root.certificate()), Reason::crl_out_of_scope);
}

TEST(IssueCrl, may_be_long_and_is_recognised_all_the_same) {
  const Party root = make(authority_order("Root"));
  CrlOrder many = order();
  for (unsigned i = 0; i < 10'000; ++i) {
    many.revoked.push_back(
        {.serial = {0x50, static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)},
         .revoked_at = now});
  }
  const auto der = issue_crl(many, {root.certificate(), *root.key}).value();
  ASSERT_GT(der.size(), 200'000U);
  for (const std::string& file :
       {std::string(der.begin(), der.end()), to_pem(DocumentKind::revocation_list, der)}) {
    const auto documents = read_documents(file);
    ASSERT_TRUE(documents);
    ASSERT_EQ(documents->size(), 1U);
    EXPECT_EQ(documents->front().kind, DocumentKind::revocation_list);
    EXPECT_EQ(read_crl(documents->front().der, root.certificate())->order.revoked.size(), 10'002U);
  }
}

TEST(IssueCrl, is_read_for_its_issuer_alone) {
  const Party root = make(authority_order("Root"));
  const Party twin = make(authority_order("Root"));
  const Party other = make(authority_order("Other"));
  std::vector<std::uint8_t> der = issue_crl(order(), {root.certificate(), *root.key}).value();
  EXPECT_FAILS(read_crl(der, twin.certificate()), Reason::crl_signature_invalid);
  EXPECT_FAILS(read_crl(der, other.certificate()), Reason::crl_out_of_scope);
  der.back() ^= 1;
  EXPECT_FAILS(read_crl(der, root.certificate()), Reason::crl_signature_invalid);
  der.pop_back();
  EXPECT_FAILS(read_crl(der), Reason::crl_malformed);
}

TEST(IssueCrl, is_refused_where_it_cannot_be) {
  const Party root = make(authority_order("Root"));
  const Party other = make(authority_order("Other"));
  const Certificate certificate = root.certificate();
  EXPECT_FAILS(issue_crl(order(), {certificate, *other.key}), Reason::key_does_not_fit);
  CrlOrder backwards = order();
  std::swap(backwards.this_update, backwards.next_update);
  EXPECT_FAILS(issue_crl(backwards, {certificate, *root.key}), Reason::configuration_unsupported);
  CrlOrder nameless = order();
  nameless.revoked[0].serial.clear();
  EXPECT_FAILS(issue_crl(nameless, {certificate, *root.key}), Reason::configuration_unsupported);
  CrlOrder long_number = order();
  long_number.number.assign(22, 1);
  EXPECT_FAILS(issue_crl(long_number, {certificate, *root.key}), Reason::configuration_unsupported);
}

TEST(IssueCrl, counts_on) {
  using Number = std::vector<std::uint8_t>;
  EXPECT_EQ(next_crl_number({}), Number{1});
  EXPECT_EQ(next_crl_number(Number{1}), Number{2});
  EXPECT_EQ(next_crl_number(Number{1, 0xff}), (Number{2, 0}));
  EXPECT_EQ(next_crl_number(Number{0xff}), (Number{1, 0}));
}

}  // namespace
}  // namespace handfast
