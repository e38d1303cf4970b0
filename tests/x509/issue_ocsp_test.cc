#include "handfast/issue_ocsp.h"

#include "support/expect.h"
#include "support/hex.h"
#include "x509/chains.h"
#include "x509/ocsp.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

OcspAnswer answer_for(Bytes id, OcspAnswer::Status status) {
  return {.id = id,
          .status = status,
          .revoked_at = {now.seconds - day},
          .reason = RevocationReason::superseded,
          .this_update = {now.seconds - 60},
          .next_update = UnixTime{now.seconds + day}};
}

Result<x509::OcspStatement> check(const std::vector<std::uint8_t>& response, const Three& three,
                                  Bytes nonce = {}) {
  Budget budget;
  const Certificate leaf = three.leaf.certificate();
  const Certificate issuer = three.intermediate.certificate();
  return x509::OcspStatement::check(response, leaf, issuer, {.now = now, .nonce = nonce}, budget);
}

// A response of the intermediate itself.
std::vector<std::uint8_t> respond(const Three& three, OcspAnswer::Status status, Bytes nonce = {}) {
  const Certificate issuer = three.intermediate.certificate();
  const auto id = ocsp_certificate_id(three.leaf.certificate(), issuer).value();
  const std::array<OcspAnswer, 1> answers = {answer_for(id, status)};
  return issue_ocsp_response(answers, nonce, now, {issuer, *three.intermediate.key}).value();
}

TEST(OcspRequest, says_what_is_asked) {
  const Three three;
  const Certificate issuer = three.intermediate.certificate();
  const auto nonce = "01 02 03"_hex;
  const auto der = write_ocsp_request(three.leaf.certificate(), issuer, nonce).value();
  const OcspRequest request = OcspRequest::parse(der).value();
  ASSERT_EQ(request.asked.size(), 1U);
  EXPECT_TRUE(std::ranges::equal(request.asked[0].serial, three.leaf.certificate().serial));
  EXPECT_TRUE(request.asked[0].is_issued_by(issuer));
  EXPECT_FALSE(request.asked[0].is_issued_by(three.root.certificate()));
  EXPECT_TRUE(std::ranges::equal(request.nonce, nonce));
  const auto id = ocsp_certificate_id(three.leaf.certificate(), issuer).value();
  EXPECT_TRUE(std::ranges::equal(request.asked[0].der, id));
}

TEST(OcspRequest, has_nonces_of_1_to_128_bytes) {
  const Three three;
  const Certificate leaf = three.leaf.certificate();
  const Certificate issuer = three.intermediate.certificate();
  const std::vector<std::uint8_t> longest(128, 7);
  const auto der = write_ocsp_request(leaf, issuer, longest).value();
  EXPECT_EQ(OcspRequest::parse(der).value().nonce.size(), 128U);
  const std::vector<std::uint8_t> longer(129, 7);
  EXPECT_FAILS(write_ocsp_request(leaf, issuer, longer), Reason::configuration_unsupported);
  const auto without = write_ocsp_request(leaf, issuer, {}).value();
  EXPECT_TRUE(OcspRequest::parse(without).value().nonce.empty());
  // An empty one: 04 00 within 04 02.
  auto empty = write_ocsp_request(leaf, issuer, "01"_hex).value();
  const auto found = std::ranges::search(empty, "04 03 04 01 01"_hex);
  ASSERT_FALSE(found.empty());
  EXPECT_FAILS(OcspRequest::parse(Bytes(empty).first(empty.size() - 1)), Reason::ocsp_malformed);
}

TEST(OcspRequest, is_refused_when_damaged) {
  const Three three;
  const auto der =
      write_ocsp_request(three.leaf.certificate(), three.intermediate.certificate(), {}).value();
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FAILS(OcspRequest::parse(Bytes(der).first(size)), Reason::ocsp_malformed);
  }
  EXPECT_FAILS(OcspRequest::parse("30 04 30 02 30 00"_hex), Reason::ocsp_malformed);
}

TEST(OcspResponse, is_believed_by_those_who_check_it) {
  const Three three;
  const auto good = check(respond(three, OcspAnswer::Status::good), three);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->status(), x509::OcspStatement::Status::good);
  EXPECT_EQ(good->finding().next_update, UnixTime{now.seconds + day});
  const auto revoked = check(respond(three, OcspAnswer::Status::revoked), three);
  ASSERT_TRUE(revoked);
  EXPECT_EQ(revoked->status(), x509::OcspStatement::Status::revoked);
  EXPECT_EQ(revoked->finding().reason, RevocationReason::superseded);
  EXPECT_EQ(revoked->finding().revoked_at, UnixTime{now.seconds - day});
  EXPECT_FAILS(check(respond(three, OcspAnswer::Status::unknown), three),
               Reason::ocsp_status_unknown);
}

TEST(OcspResponse, repeats_the_nonce) {
  const Three three;
  const auto nonce = "0a 0b"_hex;
  EXPECT_TRUE(check(respond(three, OcspAnswer::Status::good, nonce), three, nonce));
  EXPECT_FAILS(check(respond(three, OcspAnswer::Status::good), three, nonce),
               Reason::ocsp_nonce_mismatch);
}

TEST(OcspResponse, may_come_from_a_delegate) {
  const Three three;
  CertificateOrder order = leaf_order();
  order.common_name = "Responder";
  order.names.clear();
  order.server_auth = false;
  order.ocsp_signing = true;
  const Certificate issuer = three.intermediate.certificate();
  const auto id = ocsp_certificate_id(three.leaf.certificate(), issuer).value();
  const std::array<OcspAnswer, 1> answers = {answer_for(id, OcspAnswer::Status::good)};
  const auto by = [&](const Party& responder) {
    const Certificate certificate = responder.certificate();
    return issue_ocsp_response(answers, {}, now, {certificate, *responder.key, true}).value();
  };
  const auto delegated = check(by(make(order, &three.intermediate)), three);
  ASSERT_TRUE(delegated);
  ASSERT_TRUE(delegated->delegate());
  EXPECT_TRUE(delegated->delegate()->ocsp_no_check);
  // Somebody else's delegate, and a leaf that is none.
  EXPECT_FALSE(check(by(make(order, &three.root)), three));
  EXPECT_FALSE(check(by(make(leaf_order(), &three.intermediate)), three));
}

TEST(OcspResponse, is_refused_where_it_cannot_be) {
  const Three three;
  const Certificate issuer = three.intermediate.certificate();
  const auto id = ocsp_certificate_id(three.leaf.certificate(), issuer).value();
  std::array<OcspAnswer, 1> answers = {answer_for(id, OcspAnswer::Status::good)};
  EXPECT_FAILS(issue_ocsp_response({}, {}, now, {issuer, *three.intermediate.key}),
               Reason::configuration_empty);
  EXPECT_FAILS(issue_ocsp_response(answers, {}, now, {issuer, *three.root.key}),
               Reason::key_does_not_fit);
  answers[0].next_update = UnixTime{now.seconds - day};
  EXPECT_FAILS(issue_ocsp_response(answers, {}, now, {issuer, *three.intermediate.key}),
               Reason::configuration_unsupported);
}

TEST(OcspResponse, is_read_for_showing_it) {
  const Three three;
  const auto nonce = "0a 0b"_hex;
  const auto der = respond(three, OcspAnswer::Status::revoked, nonce);
  const OcspResponse response = OcspResponse::parse(der).value();
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.produced_at, now);
  EXPECT_TRUE(std::ranges::equal(response.nonce, nonce));
  EXPECT_EQ(response.responder_key_hash.size(), 20U);
  ASSERT_EQ(response.statements.size(), 1U);
  EXPECT_TRUE(std::ranges::equal(response.statements[0].serial, three.leaf.certificate().serial));
  EXPECT_EQ(response.statements[0].answer.status, OcspAnswer::Status::revoked);
  EXPECT_EQ(response.statements[0].answer.reason, RevocationReason::superseded);
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FAILS(OcspResponse::parse(Bytes(der).first(size)), Reason::ocsp_malformed);
  }
  EXPECT_EQ(OcspResponse::parse(ocsp_refusal(OcspRefusal::try_later)).value().status, 3);
}

TEST(OcspResponse, may_be_a_refusal) {
  EXPECT_EQ(ocsp_refusal(OcspRefusal::unauthorized), "30 03 0a 01 06"_hex);
  const Three three;
  EXPECT_FAILS(check(ocsp_refusal(OcspRefusal::try_later), three), Reason::ocsp_not_successful);
}

}  // namespace
}  // namespace handfast
