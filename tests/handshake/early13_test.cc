// Early data: when it is taken, when it must not be, and what both sides learn. RFC 9846 §2.3,
// §4.3.10, §8.
#include "handshake/early13.h"

#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum EarlyDataOutcome;
using Content = std::vector<std::uint8_t>;

Sides later(Sides sides, std::int64_t seconds = 1) {
  sides.now.seconds += seconds;
  ++sides.seed;
  return sides;
}

/// `sides`, with early data, after a handshake that left the client with sessions.
Sides acquainted(Sides sides = {}) {
  sides = with_early_data(std::move(sides));
  Loopback(sides).connect();
  return later(sides);
}

/// The client's ClientHello and `early` are on their way.
void send_early(Loopback& pair, const Content& early) {
  pair.client.run();
  pair.client.send_early(early);
}

/// How early data fared in a handshake that must succeed, and in which data flows afterwards.
struct Fared {
  EarlyDataOutcome client;
  EarlyDataOutcome server;
};

Fared fare(const Sides& sides) {
  Loopback pair(sides);
  pair.client.run();
  const bool is_offered = pair.client.connection.early_data_left() > 0;
  if (is_offered) {
    pair.client.send_early(sample_data(500));
  }
  pair.connect();
  const Settled& client = pair.client.connection.settled();
  const Settled& server = pair.server.connection.settled();
  const bool is_taken = server.early_data == accepted;
  EXPECT_EQ(client.early_data == accepted, is_taken);
  EXPECT_EQ(pair.server.early_data, is_taken ? sample_data(500) : Content());
  EXPECT_EQ(pair.client.refused,
            is_offered && !is_taken ? std::optional<std::size_t>(500) : std::nullopt);
  EXPECT_EQ(pair.client.connection.early_data_left(), 0U);
  EXPECT_FAILS(pair.client.connection.seal_early({sample_data(1)}, pair.client.out),
               Reason::early_data_unavailable);
  pair.client.send(sample_data(100));
  pair.server.send(sample_data(200));
  pair.relay();
  EXPECT_EQ(pair.server.data, sample_data(100));
  EXPECT_EQ(pair.client.data, sample_data(200));
  return {client.early_data, server.early_data};
}

/// Changes what the client remembers, as one that cheats or errs would.
void change_session(const Sides& sides, const std::function<void(SessionFields&)>& change) {
  auto session = sides.client.sessions->take(sides.name, sides.now);
  ASSERT_TRUE(session);
  SessionFields fields = session->state().fields;
  change(fields);
  sides.client.sessions->clear();  // the others may be newer than it is now
  sides.client.sessions->put(read_client_session(write_session(fields).value()).value());
}

// ---- taken --------------------------------------------------------------------------------------

TEST(EarlyData, arrives_before_the_handshake_is_over) {
  Loopback pair(acquainted());
  send_early(pair, sample_data(1000));
  EXPECT_EQ(pair.client.connection.settled().early_data, offered);
  EXPECT_EQ(pair.client.connection.early_data_left(), 14'336U - 1000);
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.early_data, sample_data(1000));
  EXPECT_FALSE(pair.server.connected);
  EXPECT_EQ(pair.server.connection.where(), "server, awaiting EndOfEarlyData");
  pair.connect();
  EXPECT_EQ(pair.client.sent_messages,
            (std::vector{HandshakeType::client_hello, HandshakeType::end_of_early_data,
                         HandshakeType::finished}));
  EXPECT_EQ(pair.client.refused, std::nullopt);
  EXPECT_EQ(pair.server.frame_spills + pair.client.frame_spills, 0U);
}

TEST(EarlyData, is_taken_whatever_its_pieces) {
  for (const Chunk chunk : {Chunk{1}, Chunk{7}, Chunk{300, true}}) {
    Loopback pair(acquainted());
    send_early(pair, sample_data(700));
    pair.client.send_early(sample_data(300));
    pair.connect(chunk);
    Content expected = sample_data(700);
    const Content more = sample_data(300);
    expected.insert(expected.end(), more.begin(), more.end());
    EXPECT_EQ(pair.server.early_data, expected);
    EXPECT_TRUE(pair.server.data.empty());
  }
}

TEST(EarlyData, is_sealed_as_far_as_a_fixed_output_reaches) {
  Loopback pair(acquainted());
  pair.client.run();
  std::array<std::uint8_t, 21> little{};  // a record without content would fit
  Output none(little);
  EXPECT_FAILS(pair.client.connection.seal_early({sample_data(100)}, none), Reason::output_full);
  EXPECT_EQ(pair.client.connection.early_data_left(), EarlyDataPolicy::largest);
  pair.client.send_early(sample_data(100));  // nothing is lost
  pair.connect();
  EXPECT_EQ(pair.server.early_data, sample_data(100));
}

TEST(EarlyData, is_answered_as_far_as_a_fixed_output_reaches) {
  Loopback pair(acquainted());
  send_early(pair, sample_data(10));
  pair.carry(pair.client, pair.server);
  std::vector<std::uint8_t> memory(20'000);  // a full record, and some of the next
  Output fixed(memory);
  const std::size_t around = record::header_size + 1 + crypto::aead_tag_size;
  EXPECT_EQ(pair.server.connection.seal(sample_data(40'000), fixed).value(),
            memory.size() - 2 * around);
  std::array<std::uint8_t, 21> little{};
  Output none(little);
  EXPECT_FAILS(pair.server.connection.seal(sample_data(10), none), Reason::output_full);
  EXPECT_TRUE(pair.server.connection.seal(sample_data(10), pair.server.out));
}

TEST(EarlyData, may_be_none) {
  Loopback pair(acquainted());
  pair.connect();
  EXPECT_EQ(pair.server.connection.settled().early_data, accepted);
  EXPECT_TRUE(pair.server.early_data.empty());
}

TEST(EarlyData, goes_on_until_the_server_has_answered) {
  Loopback pair(acquainted());
  send_early(pair, sample_data(10));
  pair.carry(pair.client, pair.server);
  pair.client.send_early(sample_data(20));
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.early_data.size(), 30U);
  pair.connect();
}

TEST(EarlyData, may_be_answered_before_the_client_has_finished) {
  Loopback pair(acquainted());
  EXPECT_FAILS(pair.server.connection.seal(sample_data(1), pair.server.out),
               Reason::called_out_of_order);
  send_early(pair, sample_data(1000));
  pair.carry(pair.client, pair.server);
  pair.server.send(sample_data(3000));
  pair.connect();
  EXPECT_EQ(pair.client.data, sample_data(3000));
}

TEST(EarlyData, is_taken_with_each_ticket_that_follows) {
  Sides sides = acquainted();
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(fare(sides).server, accepted);
    sides = later(sides);
  }
}

TEST(EarlyData, is_taken_from_a_client_whose_identity_comes_later) {
  Loopback pair(acquainted(authenticated()));
  send_early(pair, sample_data(100));
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.early_data, sample_data(100));
  EXPECT_EQ(pair.server.identity(), nullptr);
  pair.connect();
  EXPECT_NE(pair.server.identity(), nullptr);
}

TEST(EarlyData, is_taken_with_every_suite_and_protocol) {
  for (const CipherSuite suite :
       {CipherSuite::tls_aes_128_gcm_sha256, CipherSuite::tls_aes_256_gcm_sha384,
        CipherSuite::tls_chacha20_poly1305_sha256}) {
    Sides sides = only(suite, NamedGroup::x25519);
    sides.client.alpn = {"h2", "http/1.1"};
    sides.server.alpn = {"http/1.1"};
    EXPECT_EQ(fare(acquainted(sides)).server, accepted);
  }
}

TEST(EarlyData, tells_its_protocol_while_it_comes) {
  Sides sides;
  sides.client.alpn = sides.server.alpn = {"http/1.1"};
  Loopback pair(acquainted(sides));
  send_early(pair, sample_data(100));
  EXPECT_EQ(pair.client.connection.settled().alpn, "http/1.1");
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.connection.settled().alpn, "http/1.1");
  EXPECT_EQ(pair.server.connection.settled().server_name, server_dns_name);
}

TEST(EarlyData, is_bound_by_the_ticket) {
  Sides sides = with_early_data();
  sides.server.early_data = EarlyDataPolicy::accept(sides.server.early_data.replays(), 1000);
  Loopback(sides).connect();
  Loopback pair(later(sides));
  pair.client.run();
  const auto sealed = pair.client.connection.seal_early({sample_data(1500)}, pair.client.out);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(*sealed, 1000U);
  EXPECT_FAILS(pair.client.connection.seal_early({sample_data(1)}, pair.client.out),
               Reason::early_data_unavailable);
  pair.connect();
  EXPECT_EQ(pair.server.early_data.size(), 1000U);
}

TEST(EarlyData, beyond_what_the_ticket_allows_ends_the_connection) {
  const Sides sides = acquainted();
  change_session(sides, [](SessionFields& fields) { fields.max_early_data = 20'000; });
  Loopback pair(sides);
  send_early(pair, sample_data(14'336));
  pair.carry(pair.client, pair.server);
  EXPECT_TRUE(pair.server.outcome());
  pair.client.send_early(sample_data(1));
  pair.carry(pair.client, pair.server);
  EXPECT_FAILS(pair.server.outcome(), Reason::early_data_exceeded);
  EXPECT_EQ(pair.server.sent_alerts, std::vector{Alert::unexpected_message});
}

// ---- not offered --------------------------------------------------------------------------------

TEST(EarlyData, is_off_unless_asked_for) {
  const Sides sides = resuming();
  Loopback(sides).connect();
  EXPECT_EQ(fare(later(sides)).client, not_enabled);
  EXPECT_FALSE(ClientOptions().early_data);
  EXPECT_EQ(ServerOptions().early_data.replays(), nullptr);
}

TEST(EarlyData, needs_a_session_that_allows_it) {
  EXPECT_EQ(fare(with_early_data()).client, not_offered);
  Sides sides = with_early_data();
  sides.server.early_data = {};
  Loopback(sides).connect();
  EXPECT_EQ(fare(later(sides)).client, not_allowed);
}

TEST(EarlyData, needs_the_protocol_and_the_suite_of_the_session) {
  Sides protocols;
  protocols.client.alpn = {"a", "b"};
  protocols.server.alpn = {"a", "b"};
  protocols = acquainted(protocols);
  protocols.client.alpn = {"b"};
  EXPECT_EQ(fare(protocols).client, other_protocols);
  Sides suites = acquainted();
  suites.client.cipher_suites = {CipherSuite::tls_chacha20_poly1305_sha256};
  EXPECT_EQ(fare(suites).client, other_suite);
}

TEST(EarlyData, cannot_be_sent_before_the_hello_nor_by_a_server) {
  Loopback pair(acquainted());
  EXPECT_EQ(pair.client.connection.early_data_left(), 0U);
  EXPECT_FAILS(pair.client.connection.seal_early({sample_data(1)}, pair.client.out),
               Reason::early_data_unavailable);
  pair.relay();
  EXPECT_FAILS(pair.server.connection.seal_early({sample_data(1)}, pair.server.out),
               Reason::early_data_unavailable);
}

TEST(EarlyData, needs_tickets_a_register_and_a_bound) {
  const auto accepts = [](EarlyDataPolicy policy, std::shared_ptr<Tickets> tickets) {
    ServerOptions options;
    options.early_data = std::move(policy);
    options.tickets = std::move(tickets);
    return ServerConfig::make({credential(CertificateKey::ed25519)}, options);
  };
  const std::shared_ptr<Tickets> tickets = TicketKeys::make().value();
  const auto replays = std::make_shared<ReplayMemory>(handshake_time);
  EXPECT_TRUE(accepts(EarlyDataPolicy::accept(replays), tickets));
  EXPECT_FAILS(accepts(EarlyDataPolicy::accept(replays), nullptr),
               Reason::configuration_unsupported);
  EXPECT_FAILS(accepts(EarlyDataPolicy::accept(nullptr), tickets),
               Reason::configuration_unsupported);
  EXPECT_FAILS(accepts(EarlyDataPolicy::accept(replays, 0), tickets),
               Reason::configuration_unsupported);
  EXPECT_FAILS(accepts(EarlyDataPolicy::accept(replays, 14'337), tickets),
               Reason::configuration_unsupported);
}

// ---- refused ------------------------------------------------------------------------------------

TEST(EarlyData, that_is_refused_can_be_sent_again) {
  Sides sides = acquainted();
  sides.server.early_data = {};
  Loopback pair(sides);
  send_early(pair, sample_data(1000));
  pair.connect();
  EXPECT_EQ(pair.client.refused, 1000U);
  EXPECT_EQ(pair.client.connection.settled().early_data, declined);
  EXPECT_EQ(pair.client.sent_messages,
            (std::vector{HandshakeType::client_hello, HandshakeType::finished}));
  pair.client.send(sample_data(1000));
  pair.relay();
  EXPECT_EQ(pair.server.data, sample_data(1000));
  EXPECT_TRUE(pair.server.early_data.empty());
}

TEST(EarlyData, is_refused_by_a_server_that_takes_none_any_more) {
  Sides sides = acquainted();
  sides.server.early_data = {};
  EXPECT_EQ(fare(sides).server, not_enabled);
}

TEST(EarlyData, is_refused_with_a_session_that_allows_none) {
  Sides sides = with_early_data();
  const EarlyDataPolicy policy = std::exchange(sides.server.early_data, {});
  Loopback(sides).connect();
  sides.server.early_data = policy;
  sides = later(sides);
  change_session(sides, [](SessionFields& fields) { fields.max_early_data = 1000; });
  EXPECT_EQ(fare(sides).server, not_allowed);
}

TEST(EarlyData, is_refused_with_a_session_that_does_not_go_on) {
  Sides sides = acquainted();
  sides.server.tickets = TicketKeys::make().value();
  EXPECT_EQ(fare(sides).server, not_resumed);
  Sides unnamed = acquainted();
  unnamed.server.unknown_name = UnknownName::use_first;
  unnamed.client.send_server_name = false;
  EXPECT_EQ(fare(unnamed).server, not_resumed);
  Sides with_client = authenticated(acquainted());  // with a Certificate of the client
  with_client.client.sessions = std::make_shared<SessionCache>();
  EXPECT_EQ(fare(with_client).client, not_offered);
}

TEST(EarlyData, is_refused_for_another_protocol) {
  Sides sides;
  sides.client.alpn = {"b"};
  sides.server.alpn = {"a", "b"};
  sides = acquainted(sides);
  sides.client.alpn = {"a", "b"};
  EXPECT_EQ(fare(sides).server, other_protocols);
}

TEST(EarlyData, is_refused_with_another_suite) {
  Sides sides;
  sides.client.cipher_suites = {CipherSuite::tls_chacha20_poly1305_sha256};
  sides = acquainted(sides);
  sides.client.cipher_suites = ClientOptions().cipher_suites;
  EXPECT_EQ(fare(sides).server, other_suite);
}

TEST(EarlyData, is_refused_when_it_is_late) {
  // A client that got its ticket `delay` seconds after it was issued, or whose clock is wrong.
  const auto outcome = [](std::int64_t delay) {
    const Sides sides = later(acquainted(), 100);
    change_session(sides, [&](SessionFields& fields) {
      fields.issued = static_cast<std::uint32_t>(fields.issued + delay);
    });
    return fare(sides).server;
  };
  EXPECT_EQ(outcome(10), accepted);
  EXPECT_EQ(outcome(11), stale);
  EXPECT_EQ(outcome(-10), accepted);
  EXPECT_EQ(outcome(-11), stale);
}

// RFC 9846 §8.3: the clock that counts is that of the moment at which the ClientHello comes.
TEST(EarlyData, is_refused_when_its_connection_waited_for_it) {
  for (const std::int64_t waited : {9, 12}) {
    Loopback pair(acquainted());
    send_early(pair, sample_data(100));
    pair.server.connection.set_time({handshake_time.seconds + 1 + waited});
    pair.connect();
    EXPECT_EQ(pair.server.connection.settled().early_data, waited < 10 ? accepted : stale);
  }
}

// RFC 9846 §4.7.1: what a ticket allows is counted without what is around it.
TEST(EarlyData, is_skipped_whatever_its_pieces) {
  for (const bool retries : {false, true}) {
    Sides sides = acquainted();
    sides.server.early_data = {};
    if (retries) {
      sides.server.groups = {NamedGroup::secp384r1};
    }
    Loopback pair(sides);
    pair.client.run();
    for (int piece = 0; piece < 224; ++piece) {
      pair.client.send_early(sample_data(64));
    }
    EXPECT_EQ(pair.client.connection.early_data_left(), 0U);
    pair.connect();
    EXPECT_EQ(pair.client.refused, 14'336U);
    EXPECT_EQ(pair.server.connection.settled().retried, retries);
  }
}

// RFC 9846 §4.7.1: a server that skips early data cannot tell what of it is padding.
TEST(EarlyData, is_not_padded) {
  Sides sides = acquainted();
  sides.client.record_padding = 4096;
  sides.server.early_data = {};
  Loopback pair(sides);
  pair.client.run();
  for (int piece = 0; piece < 10; ++piece) {
    pair.client.send_early(sample_data(64));
  }
  EXPECT_LT(pair.client.out.pending().size(), 4096U);
  pair.connect();
}

TEST(EarlyData, is_refused_after_a_retry) {
  const Fared fared = fare(test::retried(acquainted()));
  EXPECT_EQ(fared.client, EarlyDataOutcome::retried);
  EXPECT_EQ(fared.server, EarlyDataOutcome::retried);
}

// ---- taken once ---------------------------------------------------------------------------------

TEST(EarlyData, is_taken_once_however_often_it_is_sent) {
  const Sides sides = acquainted();
  Loopback pair(sides);
  send_early(pair, sample_data(100));
  const Content flight = pair.client.take_output();
  unsigned taken = 0;
  for (std::uint64_t turn = 0; turn < 200; ++turn) {
    Sides again = sides;
    again.seed += turn;
    again.now.seconds += static_cast<std::int64_t>(turn / 10);
    Loopback other(again);
    other.server.receive(flight);
    EXPECT_TRUE(other.server.outcome());
    taken += other.server.early_data.empty() ? 0U : 1U;
    const EarlyDataOutcome outcome = other.server.connection.settled().early_data;
    const bool is_over = turn >= 110;  // ten seconds
    EXPECT_EQ(outcome, turn == 0 ? accepted : is_over ? stale : replayed) << turn;
  }
  EXPECT_EQ(taken, 1U);
}

/// Says the same of everything.
class Oracle final : public ReplayRegister {
 public:
  explicit Oracle(ReplayVerdict verdict) : verdict_(verdict) {}

  ReplayVerdict enter(const Entry& entry, UnixTime now) override {
    EXPECT_EQ(entry.key.size(), 32U);
    EXPECT_LE(entry.from, now);
    EXPECT_GE(entry.until, now);
    return verdict_;
  }

 private:
  ReplayVerdict verdict_;
};

Sides registered(std::shared_ptr<ReplayRegister> replays) {
  Sides sides = acquainted();
  sides.server.early_data = EarlyDataPolicy::accept(std::move(replays));
  return sides;
}

TEST(EarlyData, is_refused_when_the_register_cannot_vouch_for_it) {
  EXPECT_EQ(fare(registered(std::make_shared<Oracle>(ReplayVerdict::unknown))).server,
            unregistered);
  EXPECT_EQ(fare(registered(std::make_shared<Oracle>(ReplayVerdict::seen))).server, replayed);
  EXPECT_EQ(fare(registered(std::make_shared<ReplayMemory>(UnixTime{0}, 0))).server,
            unregistered);  // full
  EXPECT_EQ(fare(registered(std::make_shared<ReplayMemory>(handshake_time))).server,
            unregistered);  // as young as the ticket
}

TEST(EarlyData, waits_for_a_register_that_is_far_away) {
  Sides sides = acquainted();
  sides.server.pulled.replay_register = true;
  Loopback pair(sides);
  unsigned asked = 0;
  pair.server.answering = [&](const Operation& operation) -> std::optional<Answer> {
    asked += std::holds_alternative<CheckReplay>(operation) ? 1U : 0U;
    return answer(operation);
  };
  send_early(pair, sample_data(100));
  pair.connect();
  EXPECT_EQ(asked, 1U);
  EXPECT_EQ(pair.server.early_data, sample_data(100));

  Loopback silent(later(sides));
  silent.server.answering = [](const Operation&) -> std::optional<Answer> { return std::nullopt; };
  send_early(silent, sample_data(100));
  silent.carry(silent.client, silent.server);
  EXPECT_EQ(silent.server.connection.where(), "server, awaiting the register of early data");
  EXPECT_FAILS(silent.server.connection.complete(Signed{}), Reason::called_out_of_order);
  ASSERT_TRUE(silent.server.connection.complete(Refused{}));
  silent.connect();
  EXPECT_EQ(silent.server.connection.settled().early_data, unregistered);
  EXPECT_EQ(silent.client.refused, 100U);
}

TEST(EarlyDataOutcome, has_a_name_each) {
  std::vector<std::string_view> names;
  for (auto outcome = not_offered; outcome <= unregistered;
       outcome = static_cast<EarlyDataOutcome>(std::to_underlying(outcome) + 1)) {
    EXPECT_FALSE(name(outcome).empty());
    EXPECT_EQ(std::ranges::count(names, name(outcome)), 0);
    names.push_back(name(outcome));
  }
}

// ---- exporters, RFC 9846 §7.5 -------------------------------------------------------------------

/// 32 bytes of keying material for early data; empty if there is none to be had.
Content exported_early(const End& end, std::string_view label = "EXPERIMENTAL early") {
  Content material(32);
  const Content context = {1, 2, 3};
  const auto filled = end.connection.export_early_keying_material(label, context, material);
  EXPECT_TRUE(filled || filled.error().reason == Reason::early_data_unavailable);
  return filled ? material : Content();
}

TEST(EarlyData, exports_the_same_on_both_sides_while_it_lasts) {
  const Sides sides = acquainted();
  Loopback pair(sides);
  EXPECT_TRUE(exported_early(pair.client).empty());
  send_early(pair, {1, 2, 3});
  const Content mine = exported_early(pair.client);
  ASSERT_EQ(mine.size(), 32U);
  EXPECT_NE(mine, exported_early(pair.client, "EXPERIMENTAL other"));
  EXPECT_TRUE(exported_early(pair.server).empty());
  pair.carry(pair.client, pair.server);
  EXPECT_FALSE(pair.server.connected);
  EXPECT_EQ(exported_early(pair.server), mine);
  pair.connect();
  EXPECT_NE(pair.client.exported(), mine);
  pair.server.send(Content{1});
  pair.relay();
  EXPECT_TRUE(exported_early(pair.client).empty());
}

TEST(EarlyData, exports_nothing_once_the_connection_has_failed) {
  Loopback pair(acquainted());
  send_early(pair, {1, 2, 3});
  ASSERT_FALSE(exported_early(pair.client).empty());
  EXPECT_TRUE(pair.client.connection.abort(pair.client.out));
  Content material(32);
  EXPECT_FAILS(
      pair.client.connection.export_early_keying_material("EXPERIMENTAL early", {}, material),
      Reason::aborted);
}

TEST(EarlyData, exports_nothing_where_no_early_data_is_sent_or_taken) {
  for (const Sides& sides : {Sides(), resuming(), test::retried(acquainted())}) {
    Loopback pair(sides);
    pair.connect();
    EXPECT_TRUE(exported_early(pair.server).empty());
    EXPECT_TRUE(exported_early(pair.client).empty());
  }
  Loopback pair(acquainted());
  send_early(pair, {1});
  Content material(32);
  EXPECT_FAILS(pair.client.connection.export_early_keying_material("", {}, material),
               Reason::exporter_label_invalid);
  EXPECT_FAILS(
      pair.client.connection.export_early_keying_material(std::string(250, 'x'), {}, material),
      Reason::exporter_label_invalid);
}

}  // namespace
}  // namespace handfast::test
