// Family (b): a session goes on where it should have ended, and with it an authentication that
// would not succeed today, or never took place. CVE-2025-23419 (nginx), CVE-2025-23048 (Apache),
// CVE-2025-68121 (Go), CVE-2022-21654 (Envoy), CVE-2026-11703 (wolfSSL), CVE-2026-105236 (Erlang).
// RFC 9846 §2.2, §4.3.11.
#include "handfast/resumption.h"

#include "families/family.h"
#include "handfast/tickets.h"

#include <algorithm>
#include <utility>

namespace handfast::test::families {
namespace {

using enum HandshakeType;

/// A server that takes the session up, for whoever is between; the client must think it declined.
Edit declined(Edit more) {
  return reforge(
      both(edit_hello([](OpenHello& hello) { hello.erase(ExtensionType::pre_shared_key); }),
           std::move(more)));
}

std::vector<Case> cases() {
  return {
      {"a_server_that_declines_the_session_and_shows_no_certificate",
       by_client,
       Reason::message_unexpected,
       {{1, declined([](Flight&) {})}},
       resumption},
      {"a_server_that_declines_after_a_retry_and_shows_no_certificate",
       by_client,
       Reason::message_unexpected,
       {{3, declined([](Flight&) {})}},
       resumption_after_retry},
      {"a_server_that_declines_and_shows_an_empty_certificate",
       by_client,
       Reason::certificate_list_empty,
       {{1, declined(insert_before(finished, ContentType::handshake,
                                   handshake_message(certificate, Content{0, 0, 0, 0})))}},
       resumption},
      {"a_server_that_resumes_and_shows_a_certificate",
       by_client,
       Reason::message_unexpected,
       {{1, insert_before(finished, ContentType::handshake,
                          handshake_message(certificate, Content{0, 0, 0, 0}))}},
       resumption},
      {"a_server_that_resumes_a_session_that_was_not_offered",
       by_client,
       Reason::extension_unsolicited,
       {{1, edit_hello([](OpenHello& hello) { hello[ExtensionType::pre_shared_key] = {0, 0}; })}}},
      {"a_binder_of_zeros",
       by_server,
       Reason::psk_binder_invalid,
       {{0,
         [](Flight& flight) {
           Content& hello = find(flight, client_hello).content;
           std::fill(hello.end() - 32, hello.end(), std::uint8_t{0});
         }}},
       resumption_of_client},
      {"a_session_of_another_client_hello",
       by_server,
       Reason::psk_binder_invalid,
       {{0, edit_hello([](OpenHello& hello) { hello.session_id.back() ^= 1; })}},
       resumption_of_client},
  };
}

class ResumedAuthentication : public testing::TestWithParam<Case> {};

TEST_P(ResumedAuthentication, is_not_assumed) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Family, ResumedAuthentication, testing::ValuesIn(cases()), name_of);

/// The session that is there, offered to a handshake between `sides`; who the client is after it.
struct Outcome {
  SessionOutcome session;
  bool has_identity;
};

Outcome meet(const Sides& sides) {
  Loopback pair(sides);
  pair.relay();
  EXPECT_TRUE(pair.agrees());
  return {pair.server.connection.settled().session, pair.server.identity() != nullptr};
}

TEST(ResumedAuthentication, makes_nobody_of_a_client_that_was_nobody) {
  Sides sides = resuming(asking_client());
  sides.client.credentials.clear();
  EXPECT_FALSE(meet(sides).has_identity);
  ++sides.seed;
  const Outcome again = meet(sides);
  EXPECT_EQ(again.session, SessionOutcome::resumed);
  EXPECT_FALSE(again.has_identity);
}

TEST(ResumedAuthentication, demands_the_certificate_that_was_only_asked_for_before) {
  Sides sides = resuming(asking_client());
  sides.client.credentials.clear();
  meet(sides);
  sides.server.client_authentication = ClientAuthentication::require(client_authorities());
  ++sides.seed;
  Loopback pair(sides);
  pair.relay();
  expect_refusal(pair, by_server, Reason::certificate_required);
  EXPECT_FALSE(pair.server.connected);
}

TEST(ResumedAuthentication, shows_the_certificate_to_a_server_that_asks_from_now_on) {
  Sides sides = resuming();
  meet(sides);
  sides.client.credentials = {client_credential(CertificateKey::ed25519)};
  sides.server.client_authentication = ClientAuthentication::require(client_authorities());
  ++sides.seed;
  const Outcome now = meet(sides);
  EXPECT_NE(now.session, SessionOutcome::resumed);
  EXPECT_TRUE(now.has_identity);
}

TEST(ResumedAuthentication, is_of_the_host_that_the_session_was_with) {
  // CVE-2025-23419: two hosts of one server share the keys of their tickets.
  Sides sides = resuming(with_client());
  meet(sides);
  sides.key = CertificateKey::ecdsa_p256;
  ++sides.seed;
  EXPECT_EQ(meet(sides).session, SessionOutcome::other_host);
}

TEST(ResumedAuthentication, ends_with_the_clients_certificate) {
  const Sides sides = resuming(with_client());
  meet(sides);
  Sides late = sides;
  late.now.seconds += 30 * 86'400LL;
  Loopback pair(late);
  pair.relay();
  EXPECT_FALSE(pair.client.connected) << "nor is the server's good any longer";
  EXPECT_EQ(pair.server.identity(), nullptr);
}

TEST(ResumedAuthentication, is_not_told_by_a_ticket_of_another_server) {
  Sides sides = resuming(with_client());
  meet(sides);
  sides.server.tickets = TicketKeys::make().value();
  ++sides.seed;
  const Outcome met = meet(sides);
  EXPECT_EQ(met.session, SessionOutcome::unknown);
  EXPECT_TRUE(met.has_identity) << "proved anew";
}

}  // namespace
}  // namespace handfast::test::families
