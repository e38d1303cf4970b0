// Resumption: when a session goes on, and when it must not. RFC 9846 §2.2, §4.3.11, §4.7.1.
#include "handshake/resume13.h"

#include "handfast/issue.h"
#include "handfast/issue_crl.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using enum SessionOutcome;
using Messages = std::vector<HandshakeType>;
using Content = std::vector<std::uint8_t>;

constexpr std::int64_t hour = 3600;

Sides later(Sides sides, std::int64_t seconds) {
  sides.now.seconds += seconds;
  ++sides.seed;
  return sides;
}

/// A handshake that must succeed, whose tickets reach the client.
void meet(const Sides& sides) {
  Loopback pair(sides);
  pair.connect();
}

/// What became of the sessions of a handshake that must succeed.
struct Met {
  SessionOutcome client;
  SessionOutcome server;
  bool has_identity;
  Messages from_server;
};

Met meet_again(const Sides& sides) {
  Loopback pair(sides);
  pair.connect();
  pair.client.send(sample_data(100));
  pair.server.send(sample_data(200));
  pair.relay();
  EXPECT_EQ(pair.server.data, sample_data(100));
  EXPECT_EQ(pair.client.data, sample_data(200));
  EXPECT_TRUE(pair.client.trusted || sides.insecure);
  return {pair.client.connection.settled().session, pair.server.connection.settled().session,
          pair.server.identity() != nullptr, pair.server.sent_messages};
}

/// Whether the session of an earlier handshake went on; both sides must say the same.
bool resumes(const Sides& sides) {
  const Met met = meet_again(sides);
  EXPECT_EQ(met.client == resumed, met.server == resumed);
  return met.server == resumed;
}

/// The newest session for the server, with fields changed as nobody but a client that cheats, or
/// one that found them elsewhere, would have them.
void change_session(const Sides& sides, const std::function<void(SessionFields&)>& change) {
  auto session = sides.client.sessions->take(sides.name, handshake_time);
  ASSERT_TRUE(session);
  SessionFields fields = session->state().fields;
  change(fields);
  sides.client.sessions->put(read_client_session(write_session(fields).value()).value());
}

// ---- what is shorter ----------------------------------------------------------------------------

TEST(Resumption, shows_no_certificates_again) {
  const Sides sides = resuming();
  meet(sides);
  EXPECT_EQ(sides.client.sessions->size(), 2U);
  const Met met = meet_again(later(sides, 1));
  EXPECT_EQ(met.client, resumed);
  EXPECT_EQ(met.server, resumed);
  EXPECT_EQ(met.from_server,
            (Messages{server_hello, encrypted_extensions, finished, new_session_ticket}));
  EXPECT_EQ(sides.client.sessions->size(), 2U) << "one was used, one has come";
}

// RFC 6066 §3: a server that resumes a session MUST NOT answer the name.
TEST(Resumption, does_not_acknowledge_the_name_again) {
  Sides sides = resuming();
  sides.client.record_size_limit = 0;  // there is nothing else to answer
  Content answered;
  for (const std::int64_t moment : {0, 1}) {
    Loopback pair(later(sides, moment));
    Middle middle(pair);
    middle.run(
        {{1, [&](Flight& flight) { answered = find(flight, encrypted_extensions).content; }}});
    const bool is_resumed = pair.server.connection.settled().session == resumed;
    EXPECT_EQ(is_resumed, moment == 1);
    EXPECT_EQ(answered, is_resumed ? "08 000002 0000"_hex : "08 000006 0004 0000 0000"_hex);
  }
}

TEST(Resumption, works_with_every_suite_however_it_is_cut_and_retried) {
  for (const CipherSuite suite :
       {CipherSuite::tls_aes_128_gcm_sha256, CipherSuite::tls_aes_256_gcm_sha384,
        CipherSuite::tls_chacha20_poly1305_sha256}) {
    for (const bool retry : {false, true}) {
      for (const Chunk chunk : {Chunk{0}, Chunk{1}}) {
        Sides sides = resuming(only(suite, NamedGroup::x25519));
        sides = retry ? retried(sides) : sides;
        meet(sides);
        Loopback pair(later(sides, 1));
        pair.connect(chunk);
        EXPECT_EQ(pair.server.connection.settled().session, resumed);
        EXPECT_EQ(pair.client.connection.settled().retried, retry);
      }
    }
  }
}

TEST(Resumption, tells_the_client_whom_it_speaks_with) {
  const Sides sides = resuming();
  meet(sides);
  Loopback pair(later(sides, 1));
  unsigned looked = 0;
  pair.client.on_connected = [&](const Connected& connected) {
    ASSERT_NE(connected.verdict, nullptr);
    const Verdict& verdict = *connected.verdict;
    EXPECT_TRUSTED(verdict);
    EXPECT_EQ(verdict.outcome(TrustStep::session), Outcome::passed);
    EXPECT_EQ(verdict.outcome(TrustStep::signatures), Outcome::not_applicable) << "not looked at";
    ASSERT_EQ(verdict.path().size(), 2U);
    const auto leaf = credential(sides.key)->certificates().front();
    EXPECT_TRUE(std::ranges::equal(verdict.path().front().der, leaf));
    ++looked;
  };
  pair.relay();
  EXPECT_EQ(looked, 1U);
}

TEST(Resumption, keeps_the_identity_of_the_client) {
  const Sides sides = resuming(authenticated());
  meet(sides);
  Loopback pair(later(sides, 1));
  pair.client.run();
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.identity(), nullptr) << "before the client's Finished it is nobody";
  pair.relay();
  EXPECT_EQ(pair.server.connection.settled().session, resumed);
  ASSERT_NE(pair.server.identity(), nullptr);
  EXPECT_TRUE(
      std::ranges::equal(pair.server.identity()->path().front(),
                         client_credential(CertificateKey::ed25519)->certificates().front()));
}

TEST(Resumption, is_as_unsafe_as_the_handshake_that_it_continues) {
  Sides sides = resuming();
  sides.insecure = true;
  meet(sides);
  Loopback pair(later(sides, 1));
  pair.relay();
  EXPECT_EQ(pair.client.connection.settled().session, resumed);
  EXPECT_TRUE(pair.client.judged);
  EXPECT_FALSE(pair.client.trusted);
}

TEST(Resumption, is_not_offered_to_who_knows_what_it_trusts_by_who_did_not) {
  Sides sides = resuming();
  sides.insecure = true;
  meet(sides);
  sides.insecure = false;
  EXPECT_EQ(meet_again(later(sides, 1)).client, not_offered);
}

// ---- tickets ------------------------------------------------------------------------------------

unsigned tickets_of(const Sides& sides) {
  Loopback pair(sides);
  pair.connect();
  return static_cast<unsigned>(std::ranges::count(pair.server.sent_messages, new_session_ticket));
}

TEST(Tickets, are_as_many_as_the_server_likes_or_the_client_asks_for) {
  Sides sides = resuming();
  EXPECT_EQ(tickets_of(sides), 2U);
  sides.server.ticket_counts = {3, 1};
  sides.client.sessions = std::make_shared<SessionCache>();
  EXPECT_EQ(tickets_of(sides), 3U);
  sides.client.request_tickets = TicketCounts{1, 4};
  sides.client.sessions = std::make_shared<SessionCache>();
  EXPECT_EQ(tickets_of(sides), 1U);
  EXPECT_EQ(tickets_of(later(sides, 1)), 4U) << "resumed";
  sides.client.request_tickets = TicketCounts{255, 0};
  sides.client.sessions = std::make_shared<SessionCache>();
  EXPECT_EQ(tickets_of(sides), limits::tickets_issued);
  EXPECT_EQ(tickets_of(later(sides, 1)), 0U);
}

TEST(Tickets, go_to_nobody_who_has_no_use_for_them) {
  Sides sides = resuming();
  sides.client.sessions = nullptr;
  EXPECT_EQ(tickets_of(sides), 0U) << "no psk_key_exchange_modes";
  sides = resuming();
  sides.server.tickets = nullptr;
  EXPECT_EQ(tickets_of(sides), 0U);
  EXPECT_EQ(sides.client.sessions->size(), 0U);
}

/// A NewSessionTicket as a server may write it.
Content ticket_message(std::uint32_t lifetime, std::size_t size, const Content& extensions = {}) {
  Content body = {static_cast<std::uint8_t>(lifetime >> 24),
                  static_cast<std::uint8_t>(lifetime >> 16),
                  static_cast<std::uint8_t>(lifetime >> 8),
                  static_cast<std::uint8_t>(lifetime),
                  1,
                  2,
                  3,
                  4,  // ticket_age_add
                  1,
                  9,  // ticket_nonce
                  static_cast<std::uint8_t>(size >> 8),
                  static_cast<std::uint8_t>(size)};
  body.resize(body.size() + size, 7);
  body.push_back(static_cast<std::uint8_t>(extensions.size() >> 8));
  body.push_back(static_cast<std::uint8_t>(extensions.size()));
  body.insert(body.end(), extensions.begin(), extensions.end());
  return body;
}

/// What the client keeps of a ticket with this body; the server sends it alone.
std::optional<Session> kept_of(const Content& body) {
  Sides sides = resuming();
  sides.server.ticket_counts = {1, 0};
  Loopback pair(sides);
  Middle middle(pair);
  middle.run({{3, replace_body(new_session_ticket, body)}});
  EXPECT_TRUE(pair.client.connected);
  EXPECT_FALSE(pair.client.error);
  return sides.client.sessions->take(sides.name, handshake_time);
}

// RFC 9846 §4.7.1. What the server says is a wish; the bounds are ours.
TEST(Tickets, are_kept_within_the_bounds_of_the_client) {
  EXPECT_TRUE(kept_of(ticket_message(100, limits::ticket)));
  EXPECT_FALSE(kept_of(ticket_message(100, limits::ticket + 1)));
  EXPECT_FALSE(kept_of(ticket_message(100, 2 * limits::ticket - 64)));
  EXPECT_FALSE(kept_of(ticket_message(0, 10))) << "to be discarded immediately";
  const auto kept = kept_of(ticket_message(0xffff'ffff, 10));
  ASSERT_TRUE(kept);
  EXPECT_LE(kept->expires().seconds, handshake_time.seconds + 24 * hour);
  const auto early = kept_of(ticket_message(100, 10, {0, 42, 0, 4, 0, 0, 1, 0}));
  ASSERT_TRUE(early);
  EXPECT_EQ(early->max_early_data(), 256U);
}

TEST(Tickets, are_used_once_by_the_client) {
  Sides sides = resuming();
  sides.server.ticket_counts = {1, 0};
  meet(sides);
  EXPECT_TRUE(resumes(later(sides, 1)));
  EXPECT_EQ(meet_again(later(sides, 2)).client, not_offered);
}

TEST(Tickets, of_a_store_work_once) {
  Sides sides = resuming();
  sides.server.tickets = std::make_shared<SessionStore>();
  sides.server.ticket_counts = {1, 0};
  meet(sides);
  auto session = sides.client.sessions->take(sides.name, handshake_time);
  ASSERT_TRUE(session);
  for (const SessionOutcome outcome : {resumed, unknown}) {
    sides.client.sessions->put(Session::from_bytes(session->to_bytes()).value());
    EXPECT_EQ(meet_again(later(sides, 1)).server, outcome);
  }
}

TEST(Tickets, are_pulled_where_that_is_asked_for) {
  Sides sides = resuming();
  sides.server.pulled.tickets = true;
  unsigned issued = 0;
  unsigned redeemed = 0;
  for (const bool refuse : {false, true}) {
    for (const SessionOutcome outcome : {not_offered, refuse ? unknown : resumed}) {
      Loopback pair(later(sides, 1));
      pair.server.answering = [&](const Operation& operation) -> std::optional<Answer> {
        issued += std::holds_alternative<IssueTicket>(operation) ? 1U : 0U;
        redeemed += std::holds_alternative<RedeemTicket>(operation) ? 1U : 0U;
        return refuse && std::holds_alternative<RedeemTicket>(operation) ? Refused{}
                                                                         : answer(operation);
      };
      pair.connect();
      EXPECT_EQ(pair.server.connection.settled().session, outcome);
    }
    sides.client.sessions->clear();
  }
  EXPECT_EQ(issued, 7U);
  EXPECT_EQ(redeemed, 2U);
}

TEST(Tickets, that_nobody_can_issue_are_missed_by_nobody) {
  Sides sides = resuming();
  sides.server.pulled.tickets = true;
  Loopback pair(sides);
  pair.server.answering = [](const Operation&) { return Refused{}; };
  pair.connect();
  EXPECT_EQ(sides.client.sessions->size(), 0U);
}

// ---- the matrix: good for what it was issued for, and for nothing else --------------------------

struct Place {
  const char* what;
  std::function<void(Sides&)> change;
};

/// An authority that is trusted for clients, but is another one.
std::shared_ptr<const Trust> other_client_authorities() {
  static const std::shared_ptr<const Trust> trust = [] {
    CertificateOrder order;
    order.common_name = "Another authority";
    order.not_before = {handshake_time.seconds - 100'000};
    order.not_after = {handshake_time.seconds + 100'000};
    order.is_authority = true;
    const SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
    const auto own = client_authorities()->anchor(0).der;
    return Trust::from_der({Content(own.begin(), own.end()), issue_self_signed(order, key).value()})
        .value();
  }();
  return trust;
}

std::vector<Place> places() {
  const auto hosts =
      std::to_array<CertificateKey>({CertificateKey::ed25519, CertificateKey::ecdsa_p256});

  struct Clients {
    const char* what;
    ClientAuthentication authentication;
  };

  const auto clients = std::to_array<Clients>(
      {{"nobody asked", {}},
       {"clients requested", ClientAuthentication::request(client_authorities())},
       {"clients required", ClientAuthentication::require(client_authorities())},
       {"clients of others too", ClientAuthentication::require(other_client_authorities())}});
  const auto protocols = std::to_array<std::vector<std::string>>({{}, {"h2"}, {"http/1.1", "h2"}});
  std::vector<Place> all;
  for (const CertificateKey host : hosts) {
    for (const Clients& who : clients) {
      for (const auto& alpn : protocols) {
        all.push_back({who.what, [=](Sides& sides) {
                         sides.key = host;
                         sides.server.client_authentication = who.authentication;
                         sides.server.alpn = alpn;
                       }});
      }
    }
  }
  return all;
}

TEST(TicketMatrix, resumes_where_the_ticket_was_issued_and_nowhere_else) {
  Sides base = resuming();
  base.client.alpn = {"h2"};
  base.client.credentials = {client_credential(CertificateKey::ed25519)};
  const std::vector<Place> all = places();
  for (std::size_t from = 0; from < all.size(); ++from) {
    Sides issuing = base;
    all[from].change(issuing);
    issuing.client.sessions = std::make_shared<SessionCache>();
    meet(issuing);
    auto session = issuing.client.sessions->take(issuing.name, handshake_time);
    ASSERT_TRUE(session);
    for (std::size_t to = 0; to < all.size(); ++to) {
      Sides offering = later(base, 1);
      all[to].change(offering);
      offering.client.sessions = std::make_shared<SessionCache>();
      offering.client.sessions->put(Session::from_bytes(session->to_bytes()).value());
      const bool is_asked =
          offering.server.client_authentication.mode() != ClientAuthentication::Mode::none;
      const bool is_same = from == to;
      const Met met = meet_again(offering);
      EXPECT_EQ(met.server == resumed, is_same)
          << all[from].what << " (" << from << ") to " << all[to].what << " (" << to << ")";
      EXPECT_EQ(met.client, is_same ? resumed : declined);
      EXPECT_EQ(met.has_identity, is_asked) << "shown now, or proved there and looked at again";
    }
  }
}

TEST(TicketMatrix, says_what_was_other) {
  struct Row {
    SessionOutcome outcome;
    std::function<void(Sides&)> change;
  };

  const std::vector<Row> rows = {
      {other_host, [](Sides& sides) { sides.key = CertificateKey::ecdsa_p256; }},
      {other_clients,
       [](Sides& sides) {
         sides.server.client_authentication = ClientAuthentication::request(client_authorities());
       }},
      {other_protocols, [](Sides& sides) { sides.server.alpn = {"h2"}; }},
      {other_protocols, [](Sides& sides) { sides.server.session_context = "another service"; }},
      {other_suite,
       [](Sides& sides) { sides.server.cipher_suites = {CipherSuite::tls_aes_256_gcm_sha384}; }},
      {unknown, [](Sides& sides) { sides.server.tickets = TicketKeys::make().value(); }},
      {not_offered, [](Sides& sides) { sides.server.tickets = nullptr; }},
  };
  for (const Row& row : rows) {
    const Sides sides = resuming();
    meet(sides);
    Sides changed = later(sides, 1);
    row.change(changed);
    EXPECT_EQ(meet_again(changed).server, row.outcome);
  }
}

TEST(TicketMatrix, counts_what_is_asked_of_clients_where_they_are_asked) {
  for (const bool asks : {false, true}) {
    Sides sides = resuming(asks ? authenticated() : Sides{});
    meet(sides);
    sides.server.evidence.revocation.age = 1000;
    EXPECT_EQ(meet_again(later(sides, 1)).server, asks ? other_clients : resumed);
  }
}

TEST(TicketMatrix, holds_a_session_to_the_name_it_was_made_for) {
  Sides sides = resuming();
  sides.server.unknown_name = UnknownName::use_first;
  sides.insecure = true;
  meet(sides);
  // The client calls it by another name: its own cache would not do that.
  sides.name = "other.test";
  auto session = sides.client.sessions->take(server_dns_name, handshake_time);
  ASSERT_TRUE(session);
  SessionFields fields = session->state().fields;
  const Content name = {'o', 't', 'h', 'e', 'r', '.', 't', 'e', 's', 't'};
  fields.server_name = name;
  sides.client.sessions->put(read_client_session(write_session(fields).value()).value());
  EXPECT_EQ(meet_again(later(sides, 1)).server, other_name);
}

TEST(TicketMatrix, keeps_a_client_to_its_configuration) {
  const std::vector<std::function<void(ClientOptions&)>> changes = {
      [](ClientOptions& options) {
        options.credentials = {client_credential(CertificateKey::ed25519)};
      },
      [](ClientOptions& options) {
        options.evidence.revocation.demand = RevocationDemand::hard_leaf;
      },
      [](ClientOptions& options) { options.request_staples = false; },
      [](ClientOptions& options) { options.cipher_suites = {CipherSuite::tls_aes_256_gcm_sha384}; },
  };
  for (const auto& change : changes) {
    const Sides sides = resuming();
    meet(sides);
    Sides changed = later(sides, 1);
    change(changed.client);
    Loopback pair(changed);
    pair.relay();
    EXPECT_EQ(pair.client.connection.settled().session, not_offered);
  }
}

TEST(Resumption, does_not_stand_on_no_certificates) {
  const Sides sides = resuming();
  meet(sides);
  change_session(sides, [](SessionFields& fields) { fields.path = {}; });
  EXPECT_EQ(meet_again(later(sides, 1)).client, not_offered);
}

// ---- time ---------------------------------------------------------------------------------------

TEST(SessionTime, ends_with_the_lifetime_of_the_ticket) {
  Sides sides = resuming();
  sides.server.ticket_lifetime = 2 * hour;
  meet(sides);
  EXPECT_TRUE(resumes(later(sides, 2 * hour - 1)));
  sides = resuming(sides);
  meet(sides);
  EXPECT_EQ(meet_again(later(sides, 2 * hour)).client, not_offered);
  // A client that keeps it longer than it was told to.
  sides = resuming(sides);
  meet(sides);
  change_session(sides, [](SessionFields& fields) { fields.lifetime = 7 * 86'400; });
  EXPECT_EQ(meet_again(later(sides, 2 * hour)).server, expired);
}

/// The age that a client of `sides` gives the ticket of a session that began so many seconds ago.
std::uint32_t age_after(std::int64_t seconds, const Sides& sides) {
  sides.client.sessions->clear();
  meet(sides);
  const Sides again = later(sides, seconds);
  auto session = sides.client.sessions->take(sides.name, again.now);
  const std::uint32_t added = session.value().state().fields.age_add;
  sides.client.sessions->put(*std::move(session));
  OpenHello hello = hellos(again).front();
  const auto offered = codec::read<message::OfferedPsks>(hello[pre_shared_key]).value();
  return (*offered.identities.begin()).obfuscated_ticket_age - added;
}

TEST(SessionTime, makes_no_ticket_for_early_data_older_than_it_can_be) {
  EXPECT_EQ(age_after(0, with_early_data()), 0U);
  EXPECT_EQ(age_after(1, with_early_data()), 1U);
  EXPECT_EQ(age_after(60, with_early_data()), 59'001U);
  EXPECT_EQ(age_after(0, resuming()), 0U);
  EXPECT_EQ(age_after(60, resuming()), 60'000U);
}

TEST(SessionTime, ends_a_day_after_the_authentication_however_often_it_is_renewed) {
  // The certificates of these tests last a day, so it is the client's clock that runs a little
  // behind here: its authentication is what counts.
  Sides sides = resuming();
  sides.server.ticket_counts = {1, 1};
  meet(sides);
  EXPECT_TRUE(resumes(later(sides, 11 * hour)));
  EXPECT_TRUE(resumes(later(sides, 22 * hour)));
  auto session = sides.client.sessions->take(sides.name, later(sides, 22 * hour).now);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->expires().seconds, handshake_time.seconds + 24 * hour);
}

TEST(SessionTime, ends_with_the_first_certificate_of_the_path) {
  const Sides sides = resuming();
  const UnixTime end = credential(sides.key)->leaf().not_after;
  Sides late = sides;
  late.now = {end.seconds - 100};
  meet(late);
  const auto session = late.client.sessions->take(late.name, late.now);
  ASSERT_TRUE(session);
  EXPECT_LE(session->expires(), end);
}

// ---- what came after ----------------------------------------------------------------------------

TEST(Resumption, asks_again_whether_the_client_is_trusted) {
  CertificateOrder order;
  order.common_name = "Authority with a list";
  order.not_before = {handshake_time.seconds - 1000};
  order.not_after = {handshake_time.seconds + 100'000};
  order.is_authority = true;
  const SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
  const Content root = issue_self_signed(order, key).value();
  const Certificate issuer = Certificate::parse(root).value();
  order.common_name = "client";
  order.is_authority = false;
  order.client_auth = true;
  order.names = {"client.test"};
  SigningKey own = SigningKey::generate(CertificateKey::ed25519).value();
  const Content leaf = issue(order, own.public_key_info(), {issuer, key}).value();
  const Bytes serial = Certificate::parse(leaf).value().serial;

  Sides sides = resuming(authenticated());
  sides.client.credentials = {Credential::make({leaf}, std::move(own)).value()};
  sides.server.client_authentication =
      ClientAuthentication::request(Trust::from_der({root}).value());
  meet(sides);
  EXPECT_TRUE(resumes(later(sides, 1)));

  CrlOrder list;
  list.this_update = handshake_time;
  list.next_update = {handshake_time.seconds + 1000};
  list.number = {1};
  list.revoked = {{.serial = Content(serial.begin(), serial.end()),
                   .revoked_at = handshake_time,
                   .reason = RevocationReason::key_compromise}};
  sides.server.evidence.lists =
      RevocationLists::parse({issue_crl(list, {issuer, key}).value()}).value();
  Loopback pair(later(sides, 2));
  pair.relay();
  EXPECT_EQ(pair.server.connection.settled().session, client_not_trusted);
  EXPECT_EQ(pair.server.identity(), nullptr);
  EXPECT_FAILS(pair.server.outcome(), Reason::certificate_revoked);
}

// ---- forgeries ----------------------------------------------------------------------------------

/// Sides whose client has a session to offer.
Sides acquainted(Sides sides = {}) {
  sides = resuming(sides);
  meet(sides);
  return later(sides, 1);
}

TEST(Forgeries, of_binders_and_choices_are_refused) {
  const auto in_binder = [](std::size_t from_end) {
    return [from_end](Flight& flight) {
      Content& hello = find(flight, client_hello).content;
      hello[hello.size() - from_end] ^= 1;
    };
  };
  const auto choose = [](std::uint8_t index) {
    return edit_hello([index](OpenHello& hello) { hello[pre_shared_key] = {0, index}; });
  };
  const std::vector<Refusal> rows = {
      {"the last byte of the binder",
       by_server,
       Reason::psk_binder_invalid,
       {{0, in_binder(1)}},
       acquainted()},
      {"the first byte of the binder",
       by_server,
       Reason::psk_binder_invalid,
       {{0, in_binder(32)}},
       acquainted()},
      {"a random that the binder does not fit",
       by_server,
       Reason::psk_binder_invalid,
       {{0, edit_hello([](OpenHello& hello) { hello.random[0] ^= 1; })}},
       acquainted()},
      {"a second binder",
       by_server,
       Reason::psk_binders_mismatch,
       {{0, edit_hello([](OpenHello& hello) {
           Content& data = hello[pre_shared_key];
           const Content binder(data.end() - 33, data.end());
           data.insert(data.end(), binder.begin(), binder.end());
           data[data.size() - 67] += 33;  // the length of the binders
         })}},
       acquainted()},
      {"a choice of what was not offered",
       by_client,
       Reason::psk_not_offered,
       {{1, choose(1)}},
       acquainted()},
      {"a choice of what was offered, without its key share",
       by_client,
       Reason::psk_hash_mismatch,
       {{1, edit_hello([](OpenHello& hello) { hello.erase(key_share); })}},
       acquainted()},
      {"a choice with a suite of another hash",
       by_client,
       Reason::psk_hash_mismatch,
       {{1, edit_hello([](OpenHello& hello) { hello.suites = {0x13, 0x02}; })}},
       acquainted()},
      {"a choice where nothing was offered",
       by_client,
       Reason::extension_unsolicited,
       {{1, choose(0)}}},
      {"certificates after all",
       by_client,
       Reason::message_unexpected,
       {{1, insert_before(finished, ContentType::handshake,
                          handshake_message(certificate_request, Content{0, 0, 0}))}},
       acquainted()},
  };
  expect_refusals(rows);
}

// RFC 9846 §4.3.9: psk_ke alone, without (EC)DHE, is no mode of ours.
TEST(Resumption, is_not_done_without_forward_secrecy) {
  Loopback pair(acquainted());
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& hello) { hello[psk_key_exchange_modes] = {1, 0}; })}});
  EXPECT_EQ(pair.server.connection.settled().session, not_offered);
  EXPECT_TRUE(std::ranges::count(pair.server.sent_messages, certificate) == 1);
}

TEST(Forgeries, of_tickets_are_passed_over) {
  const std::vector<std::function<void(Content&)>> changes = {
      [](Content& ticket) { ticket.front() ^= 1; },  // the name of its key
      [](Content& ticket) { ticket[20] ^= 1; },  // its nonce
      [](Content& ticket) { ticket[40] ^= 1; },  // what is sealed
      [](Content& ticket) { ticket.back() ^= 1; },  // its tag
      [](Content& ticket) { ticket.resize(1); },       [](Content& ticket) { ticket.resize(28); },
      [](Content& ticket) { ticket.assign(4000, 0); },
  };
  for (const auto& change : changes) {
    const Sides sides = acquainted();
    Content ticket;
    change_session(sides, [&](SessionFields& fields) {
      ticket.assign(fields.ticket.begin(), fields.ticket.end());
      change(ticket);
      fields.ticket = ticket;
    });
    EXPECT_EQ(meet_again(later(sides, 1)).server, unknown);
  }
}

TEST(Forgeries, of_sessions_with_a_wrong_key_do_not_get_in) {
  const Sides sides = acquainted();
  const Content wrong(32, 7);
  change_session(sides, [&](SessionFields& fields) { fields.psk = wrong; });
  Loopback pair(later(sides, 1));
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::psk_binder_invalid);
}

TEST(Resumption, looks_at_the_first_tickets_only) {
  // 4 unknown ones before the good one: the server has done its share.
  for (const std::size_t before : {3U, 4U}) {
    const Sides sides = acquainted();
    Sides pulled = sides;
    pulled.server.pulled.tickets = true;
    std::size_t asked = 0;
    Loopback pair(pulled);
    pair.server.answering = [&](const Operation& operation) -> std::optional<Answer> {
      asked += std::holds_alternative<RedeemTicket>(operation) ? 1U : 0U;
      return answer(operation);
    };
    Middle middle(pair);
    middle.run({{0, edit_hello([before](OpenHello& hello) {
                   Content& data = hello[pre_shared_key];
                   const std::size_t size = data[0] * 256U + data[1];
                   const Content binders(data.begin() + 2 + static_cast<std::ptrdiff_t>(size) + 2,
                                         data.end());
                   Content identities;
                   Content all_binders;
                   for (std::size_t i = 0; i < before; ++i) {
                     const Content strange = {0, 1, 'x', 0, 0, 0, 0};
                     identities.insert(identities.end(), strange.begin(), strange.end());
                     all_binders.insert(all_binders.end(), binders.begin(), binders.end());
                   }
                   identities.insert(identities.end(), data.begin() + 2,
                                     data.begin() + 2 + static_cast<std::ptrdiff_t>(size));
                   all_binders.insert(all_binders.end(), binders.begin(), binders.end());
                   const auto length = [](std::size_t n) {
                     return Content{static_cast<std::uint8_t>(n >> 8),
                                    static_cast<std::uint8_t>(n)};
                   };
                   Content whole = length(identities.size());
                   whole.insert(whole.end(), identities.begin(), identities.end());
                   const Content second = length(all_binders.size());
                   whole.insert(whole.end(), second.begin(), second.end());
                   whole.insert(whole.end(), all_binders.begin(), all_binders.end());
                   data = whole;
                 })}});
    EXPECT_EQ(asked, 4U);
    if (before == 3) {
      EXPECT_FAILS(pair.server.outcome(), Reason::psk_binder_invalid) << "the hello was changed";
    } else {
      EXPECT_EQ(pair.server.connection.settled().session, unknown);
    }
  }
}

}  // namespace
}  // namespace handfast::test
