#include "x509/ocsp.h"

#include "support/expect.h"
#include "x509/lists.h"
#include "x509/oids.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

Octets copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

CertificateOrder responder_order() {
  CertificateOrder order = authority_order("Responder");
  order.is_authority = false;
  order.ocsp_signing = true;
  return order;
}

// An authority, its leaf, a responder that it authorized, and one response that is right.
struct OcspTest : testing::Test {
  Party root = make(authority_order("Root"));
  Party leaf = make(leaf_order(), &root);
  Party responder = make(responder_order(), &root);
  x509::OcspTerms terms = {.now = test::now};

  [[nodiscard]] SingleOrder single(OcspStatus status = OcspStatus::good) const {
    return single_of(leaf, root, status);
  }

  // The response of the authority itself.
  [[nodiscard]] Octets direct(const ResponseOrder& order) const {
    return make_response(order, root);
  }

  // That of somebody else, whose certificate comes along.
  static Octets delegated(ResponseOrder order, const Party& signer) {
    order.certificates.push_back(signer);
    return make_response(order, signer);
  }

  // The status, or why it is not believed.
  [[nodiscard]] Result<x509::OcspStatement::Status> ask(const Octets& response) const {
    Budget budget;
    const auto statement =
        x509::OcspStatement::check(response, leaf.certificate(), root.certificate(), terms, budget);
    if (!statement) {
      return std::unexpected(statement.error());
    }
    return statement->status();
  }

  void expect_good(const Octets& response) const {
    const auto answer = ask(response);
    ASSERT_TRUE(answer) << code_of(answer.error().reason);
    EXPECT_EQ(*answer, x509::OcspStatement::Status::good);
  }

  void expect_revoked(const Octets& response) const {
    const auto answer = ask(response);
    ASSERT_TRUE(answer) << code_of(answer.error().reason);
    EXPECT_EQ(*answer, x509::OcspStatement::Status::revoked);
  }
};

TEST_F(OcspTest, believes_the_authority_itself) {
  expect_good(direct({.singles = {single()}}));
  expect_good(direct({.singles = {single()}, .by_key = true}));
  expect_good(direct({.singles = {single()}, .has_version = true}));
  expect_good(direct({.singles = {single()}, .extras = {unknown_extension(false)}}));
  SingleOrder with_sha256 = single();
  with_sha256.uses_sha256 = true;
  expect_good(direct({.singles = {with_sha256}}));
}

TEST_F(OcspTest, believes_whom_the_authority_authorized) {
  expect_good(delegated({.singles = {single()}}, responder));
  expect_good(delegated({.singles = {single()}, .by_key = true}, responder));
  // With other certificates before its own.
  expect_good(delegated({.singles = {single()}, .certificates = {leaf, root}}, responder));
}

TEST_F(OcspTest, tells_when_and_why_a_certificate_was_revoked) {
  SingleOrder revoked = single(OcspStatus::revoked);
  revoked.reason = RevocationReason::key_compromise;
  const Octets response = delegated({.singles = {revoked}}, responder);
  Budget budget;
  const Certificate certificate = leaf.certificate();
  const Certificate issuer = root.certificate();
  const auto statement = x509::OcspStatement::check(response, certificate, issuer, terms, budget);
  ASSERT_TRUE(statement);
  EXPECT_EQ(statement->status(), x509::OcspStatement::Status::revoked);
  EXPECT_EQ(statement->finding().source, RevocationFinding::Source::staple);
  EXPECT_EQ(statement->finding().revoked_at->seconds, test::now.seconds - 2 * day);
  EXPECT_EQ(statement->finding().reason, RevocationReason::key_compromise);
  EXPECT_EQ(statement->finding().this_update.seconds, test::now.seconds - 3600);
  EXPECT_EQ(statement->finding().next_update->seconds, test::now.seconds + day);
  EXPECT_EQ(copy(statement->finding().issuer), copy(responder.certificate().subject));
  ASSERT_TRUE(statement->delegate());
  EXPECT_TRUE(statement->delegate()->ocsp_no_check);
}

// ---- whose certificate

TEST_F(OcspTest, takes_no_response_about_another_certificate) {
  const auto changed = [&](auto&& change) {
    SingleOrder order = single();
    change(order);
    return direct({.singles = {order}});
  };
  EXPECT_FAILS(ask(direct({})), Reason::ocsp_other_certificate);
  EXPECT_FAILS(ask(changed([](SingleOrder& order) { order.serial.pop_back(); })),
               Reason::ocsp_other_certificate);
  EXPECT_FAILS(ask(changed([](SingleOrder& order) { order.serial.push_back(0); })),
               Reason::ocsp_other_certificate);
  EXPECT_FAILS(ask(changed([](SingleOrder& order) { order.serial.front() ^= 1U; })),
               Reason::ocsp_other_certificate);
  EXPECT_FAILS(ask(changed([](SingleOrder& order) { order.serial = {1}; })),
               Reason::ocsp_other_certificate);
  EXPECT_FAILS(ask(changed([](SingleOrder& order) { order.issuer_name.back() ^= 1U; })),
               Reason::ocsp_other_certificate);
  EXPECT_FAILS(ask(changed([](SingleOrder& order) { order.issuer_key.back() ^= 1U; })),
               Reason::ocsp_other_certificate);
  // An authority of the same name with another key, which also gave out this serial number.
  const Party namesake = make(authority_order("Root"));
  EXPECT_FAILS(ask(changed([&](SingleOrder& order) {
                 order.issuer_key = copy(namesake.certificate().public_key);
               })),
               Reason::ocsp_other_certificate);
}

TEST_F(OcspTest, finds_the_entry_behind_others) {
  const Party other = make(leaf_order(), &root);
  const SingleOrder wrong = single_of(other, root, OcspStatus::revoked);
  expect_good(direct({.singles = {wrong, single()}}));
  expect_good(direct({.singles = {single(), wrong}}));
  expect_revoked(direct({.singles = {single_of(other, root), single(OcspStatus::revoked)}}));
}

TEST_F(OcspTest, takes_the_worst_of_what_is_said_of_one_certificate) {
  expect_revoked(direct({.singles = {single(), single(OcspStatus::revoked)}}));
  expect_revoked(direct({.singles = {single(OcspStatus::revoked), single()}}));
  EXPECT_FAILS(ask(direct({.singles = {single(), single(OcspStatus::unknown)}})),
               Reason::ocsp_status_unknown);
  EXPECT_FAILS(ask(direct({.singles = {single(OcspStatus::unknown)}})),
               Reason::ocsp_status_unknown);
}

// ---- when

TEST_F(OcspTest, believes_a_response_only_while_it_is_fresh) {
  const std::int64_t now = test::now.seconds;
  const auto within = [&](std::int64_t from, std::optional<UnixTime> to) {
    SingleOrder order = single();
    order.this_update = {now + from};
    order.next_update = to;
    return direct({.singles = {order}, .produced_at = {std::min(now, now + from)}});
  };
  expect_good(within(-10, UnixTime{now}));
  EXPECT_FAILS(ask(within(-10, UnixTime{now - 1})), Reason::ocsp_expired);
  EXPECT_FAILS(ask(within(-9 * day, UnixTime{now - 8 * day})), Reason::ocsp_expired)
      << "an older one, sent again";
  expect_good(within(300, UnixTime{now + day}));
  EXPECT_FAILS(ask(within(301, UnixTime{now + day})), Reason::ocsp_not_yet_valid);
  expect_good(within(-7 * day, std::nullopt));
  EXPECT_FAILS(ask(within(-7 * day - 1, std::nullopt)), Reason::ocsp_expired);
  EXPECT_FAILS(ask(within(0, UnixTime{now - 10})), Reason::ocsp_malformed)
      << "ends before it begins";
}

TEST_F(OcspTest, bounds_the_age_where_it_is_asked_to) {
  terms.policy.age = 1800;
  EXPECT_FAILS(ask(direct({.singles = {single()}})), Reason::ocsp_expired);
}

TEST_F(OcspTest, wants_responses_made_within_the_certificates_time) {
  const std::int64_t now = test::now.seconds;
  EXPECT_FAILS(ask(direct({.singles = {single()}, .produced_at = {now - 31 * day}})),
               Reason::ocsp_expired);
  EXPECT_FAILS(ask(direct({.singles = {single()}, .produced_at = {now + 31 * day}})),
               Reason::ocsp_expired);
  EXPECT_FAILS(ask(direct({.singles = {single()}, .produced_at = {now + 301}})),
               Reason::ocsp_not_yet_valid);
}

TEST_F(OcspTest, passes_over_what_no_longer_holds) {
  SingleOrder old = single(OcspStatus::revoked);
  old.this_update = {test::now.seconds - 9 * day};
  old.next_update = UnixTime{test::now.seconds - 8 * day};
  expect_good(direct({.singles = {old, single()}}));
}

// ---- who signed

TEST_F(OcspTest, takes_no_signature_of_another) {
  const Party namesake = make(authority_order("Root"));
  const Party stranger = make(authority_order("Stranger"));
  const ResponseOrder order = {.singles = {single()}};
  EXPECT_FAILS(ask(make_response(order, namesake)), Reason::ocsp_signature_invalid);
  EXPECT_FAILS(ask(make_response(order, stranger)), Reason::ocsp_responder_unknown);
  EXPECT_FAILS(ask(delegated(order, stranger)), Reason::ocsp_responder_unknown);
  EXPECT_FAILS(ask(make_response(order, responder)), Reason::ocsp_responder_unknown)
      << "without the certificate";
  EXPECT_FAILS(ask(make_response({.singles = {single()}, .certificates = {responder}}, stranger)),
               Reason::ocsp_responder_unknown);
  // Named as the authority or the responder, and signed by somebody else.
  EXPECT_FAILS(
      ask(make_response({.singles = {single()}, .responder_name = copy(root.certificate().subject)},
                        stranger)),
      Reason::ocsp_signature_invalid);
  EXPECT_FAILS(ask(make_response({.singles = {single()},
                                  .responder_name = copy(responder.certificate().subject),
                                  .certificates = {responder}},
                                 stranger)),
               Reason::ocsp_signature_invalid);
}

TEST_F(OcspTest, takes_no_delegate_that_was_not_meant_to_be_one) {
  const ResponseOrder order = {.singles = {single()}};
  // Without the purpose, or with any purpose.
  CertificateOrder without = responder_order();
  without.ocsp_signing = false;
  EXPECT_FAILS(ask(delegated(order, make(without, &root))), Reason::ocsp_responder_unknown);
  without.server_auth = true;
  const Party server = make(without, &root);
  EXPECT_FAILS(ask(delegated(order, server)), Reason::ocsp_responder_unknown);
  const Party any = with_extensions(
      server,
      {{.id = x509::oid::extended_key_usage, .value = {0x30, 6, 6, 4, 0x55, 0x1d, 0x25, 0}}}, root);
  EXPECT_FAILS(ask(delegated(order, any)), Reason::ocsp_responder_unknown);
  // The leaf speaks for itself.
  EXPECT_FAILS(ask(delegated(order, leaf)), Reason::ocsp_responder_unknown);
  // Outside its dates.
  CertificateOrder expired = responder_order();
  expired.not_after = {test::now.seconds - 1};
  EXPECT_FAILS(ask(delegated(order, make(expired, &root))), Reason::ocsp_responder_unknown);
  CertificateOrder early = responder_order();
  early.not_before = {test::now.seconds + 1};
  EXPECT_FAILS(ask(delegated(order, make(early, &root))), Reason::ocsp_responder_unknown);
  // A key that may not sign.
  CertificateOrder encipher = responder_order();
  encipher.key_usage = static_cast<std::uint16_t>(KeyUsage::key_encipherment);
  EXPECT_FAILS(ask(delegated(order, make(encipher, &root))), Reason::ocsp_responder_unknown);
  // Either of the two usages does, RFC 5280 §4.2.1.12.
  CertificateOrder proves = responder_order();
  proves.key_usage = static_cast<std::uint16_t>(KeyUsage::non_repudiation);
  EXPECT_TRUE(ask(delegated(order, make(proves, &root))));
  // Something critical that nobody understands.
  EXPECT_FAILS(ask(delegated(order, with_extensions(responder, {unknown_extension(true)}, root))),
               Reason::ocsp_responder_unknown);
}

TEST_F(OcspTest, takes_no_delegate_of_another_authority) {
  const ResponseOrder order = {.singles = {single()}};
  const Party stranger = make(authority_order("Stranger"));
  EXPECT_FAILS(ask(delegated(order, make(responder_order(), &stranger))),
               Reason::ocsp_responder_unknown);
  // Of the same name, but another key.
  const Party namesake = make(authority_order("Root"));
  EXPECT_FAILS(ask(delegated(order, make(responder_order(), &namesake))),
               Reason::ocsp_responder_unknown);
  // Not directly: over an authority in between, which comes along too.
  const Party middle = make(authority_order("Middle"), &root);
  const Party indirect = make(responder_order(), &middle);
  EXPECT_FAILS(ask(delegated({.singles = {single()}, .certificates = {middle}}, indirect)),
               Reason::ocsp_responder_unknown);
  // Signed by itself.
  EXPECT_FAILS(ask(delegated(order, make(responder_order()))), Reason::ocsp_responder_unknown);
}

// ---- form

TEST_F(OcspTest, takes_no_error_for_an_answer) {
  for (const std::uint8_t status : Octets{1, 2, 3, 5, 6}) {
    EXPECT_FAILS(ask(direct({.status = status})), Reason::ocsp_not_successful);
  }
  EXPECT_FAILS(ask(direct({.status = 4})), Reason::ocsp_malformed);
  EXPECT_FAILS(ask(direct({.status = 7})), Reason::ocsp_malformed);
}

TEST_F(OcspTest, takes_nothing_malformed) {
  EXPECT_FAILS(ask({}), Reason::ocsp_malformed);
  EXPECT_FAILS(ask({0x30, 0x00}), Reason::ocsp_malformed);
  EXPECT_FAILS(ask({0x30, 0x03, 0x0a, 0x01, 0x00}), Reason::ocsp_malformed)
      << "successful, but empty";
  EXPECT_FAILS(ask(direct({.singles = {single()}, .type = {0x2a, 0x03}})), Reason::ocsp_malformed);
  EXPECT_FAILS(ask(direct({.singles = {single()}, .leftover = {0}})), Reason::ocsp_malformed);
  EXPECT_FAILS(ask(direct({.singles = {single()},
                           .extras = {unknown_extension(false), unknown_extension(false)}})),
               Reason::ocsp_malformed);
  const Octets whole = direct({.singles = {single()}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Octets part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FAILS(ask(part), Reason::ocsp_malformed);
  }
}

TEST_F(OcspTest, bounds_what_it_reads) {
  std::vector<SingleOrder> many(256, single_of(make(leaf_order(), &root), root));
  many.back() = single();
  expect_good(direct({.singles = many}));
  many.push_back(single());
  EXPECT_FAILS(ask(direct({.singles = many})), Reason::ocsp_malformed);
  ResponseOrder order = {.singles = {single()}};
  order.certificates.assign(7, leaf);
  expect_good(delegated(order, responder));
  order.certificates.push_back(leaf);
  EXPECT_FAILS(ask(delegated(order, responder)), Reason::ocsp_malformed);
}

TEST_F(OcspTest, refuses_unknown_critical_extensions) {
  EXPECT_FAILS(ask(direct({.singles = {single()}, .extras = {unknown_extension(true)}})),
               Reason::ocsp_extension_unknown);
  SingleOrder order = single();
  order.extras = {unknown_extension(true)};
  EXPECT_FAILS(ask(direct({.singles = {order}})), Reason::ocsp_extension_unknown);
  order.extras = {unknown_extension(false)};
  expect_good(direct({.singles = {order}}));
}

TEST_F(OcspTest, compares_the_nonce_if_one_was_asked_with) {
  const Octets nonce(32, 0x5a);
  expect_good(direct({.singles = {single()}, .nonce = nonce}));
  terms.nonce = nonce;
  expect_good(direct({.singles = {single()}, .nonce = nonce}));
  EXPECT_FAILS(ask(direct({.singles = {single()}})), Reason::ocsp_nonce_mismatch);
  EXPECT_FAILS(ask(direct({.singles = {single()}, .nonce = Octets(31, 0x5a)})),
               Reason::ocsp_nonce_mismatch);
  EXPECT_FAILS(ask(direct({.singles = {single()}, .nonce = Octets(33, 0x5a)})),
               Reason::ocsp_nonce_mismatch);
}

// ---- proof

// Whatever byte is changed: outside what is signed stand only certificates that nobody needs.
TEST_F(OcspTest, believes_no_response_with_any_byte_changed) {
  const Octets response = delegated({.singles = {single()}}, responder);
  const Octets revoked = direct({.singles = {single(OcspStatus::revoked)}});
  for (const Octets* original : {&response, &revoked}) {
    for (std::size_t i = 0; i < original->size(); ++i) {
      for (const unsigned change : {0x01U, 0x80U, 0xffU}) {
        Octets changed = *original;
        changed[i] = static_cast<std::uint8_t>(changed[i] ^ change);
        EXPECT_FALSE(ask(changed)) << i;
      }
    }
  }
}

}  // namespace
}  // namespace handfast
