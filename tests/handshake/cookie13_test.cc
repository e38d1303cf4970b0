#include "base/limits.h"
#include "handfast/external_psk.h"
#include "handfast/tickets.h"
#include "handshake/session_state.h"
#include "message/extension/cookie.h"
#include "message/extension/pre_shared_key.h"
#include "support/ech.h"
#include "support/expect.h"
#include "support/middle.h"
#include "support/refusals.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum ExtensionType;
using Buffer = std::vector<std::uint8_t>;

std::shared_ptr<TicketKeys> cookie_keys() { return TicketKeys::make().value(); }

/// `sides` with a server that sends cookies.
Sides with_cookies(Sides sides = {}) {
  sides.server.cookie_keys = cookie_keys();
  return sides;
}

/// The same with a server that sends one to everybody.
Sides always(Sides sides = {}) {
  sides.server.always_retry = true;
  return with_cookies(std::move(sides));
}

/// A client's two ClientHellos, which two servers see that have nothing in common but what `sides`
/// and `others` say.
struct Relay {
  explicit Relay(const Sides& sides) : Relay(sides, sides) {}

  Relay(const Sides& sides, const Sides& others) : first(sides), second(others) {
    first.client.run();
    first.carry(first.client, first.server);
    first.carry(first.server, first.client);
  }

  /// Lets the client go on with the second server.
  Relay& go_on() {
    second.server.run();
    client().run();
    for (unsigned i = 0; i < 4; ++i) {
      first.carry(client(), second.server);
      first.carry(second.server, client());
    }
    return *this;
  }

  [[nodiscard]] End& client() { return first.client; }

  [[nodiscard]] End& server() { return second.server; }

  [[nodiscard]] bool agrees() {
    return client().connected && server().connected && !client().error && !server().error &&
           client().exported() == server().exported();
  }

  Loopback first;
  Loopback second;
};

void expect_refused(Relay& relay) {
  EXPECT_FAILS(relay.go_on().server().outcome(), Reason::cookie_unknown);
  EXPECT_EQ(relay.server().sent_alerts, std::vector{Alert::illegal_parameter});
}

// ---- on one connection --------------------------------------------------------------------------

TEST(Cookie13, comes_back_where_a_share_was_missing) {
  std::vector<OpenHello> sent = hellos(with_cookies(retried()));
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_TRUE(sent[0][cookie].empty());
  EXPECT_GT(sent[1][cookie].size(), 64U);
}

TEST(Cookie13, is_not_sent_where_nothing_was_missing) {
  Loopback pair(with_cookies());
  pair.connect();
  EXPECT_FALSE(pair.server.connection.settled().retried);
}

TEST(Cookie13, may_be_all_that_a_server_asks_for) {
  Loopback pair(always());
  pair.connect();
  EXPECT_TRUE(pair.server.connection.settled().retried);
  EXPECT_TRUE(pair.client.connection.settled().retried);
}

TEST(Cookie13, must_come_back_as_it_was) {
  const auto second = [](auto change) { return std::map<unsigned, Edit>{{2, edit_hello(change)}}; };
  const Refusal rows[] = {
      {"without its last byte", by_server, Reason::cookie_invalid, second([](OpenHello& h) {
         Buffer& data = h[cookie];
         data.pop_back();
         data[1] -= 1;
       }),
       always()},
      {"with another last byte", by_server, Reason::cookie_invalid,
       second([](OpenHello& h) { h[cookie].back() ^= 1; }), always()},
      {"not at all", by_server, Reason::cookie_invalid,
       second([](OpenHello& h) { h.erase(cookie); }), always()},
      {"with no share", by_server, Reason::key_share_missing,
       second([](OpenHello& h) { h[key_share] = {0, 0}; }), always()},
  };
  expect_refusals(rows);
}

// ---- on two connections -------------------------------------------------------------------------

TEST(Cookie13, is_all_that_a_server_needs_to_go_on) {
  for (const Sides& sides :
       {with_cookies(retried()), always(), always(authenticated()), always(resuming()),
        always(only(CipherSuite::tls_aes_256_gcm_sha384, NamedGroup::secp384r1))}) {
    Relay relay(sides);
    EXPECT_TRUE(relay.go_on().agrees());
    const Settled& settled = relay.server().connection.settled();
    EXPECT_TRUE(settled.retried);
    EXPECT_EQ(settled.suite, relay.client().connection.settled().suite);
    relay.server().send(Buffer{1, 2, 3});
    relay.first.carry(relay.server(), relay.client());
    EXPECT_EQ(relay.client().data, (Buffer{1, 2, 3}));
  }
}

TEST(Cookie13, goes_on_with_a_session) {
  const Sides sides = always(resuming());
  Loopback before(sides);
  before.connect();
  before.server.send(Buffer{1});
  before.relay();
  Relay relay(sides);
  EXPECT_TRUE(relay.go_on().agrees());
  EXPECT_EQ(relay.server().connection.settled().session, SessionOutcome::resumed);
}

TEST(Cookie13, goes_on_with_an_external_key_and_its_suite) {
  // The key is for a hash that the client's favourite suite has not.
  const auto key = [](PskRole role) {
    Buffer secret(32, 7);
    secret.front() = 0;
    return danger::raw_psk(
               {Buffer{1, 2, 3}, SecretBytes(std::move(secret)), KdfIdentifier::hkdf_sha384}, role)
        .value();
  };
  Sides sides = always();
  sides.client.external_psks = {key(PskRole::client)};
  sides.server.external_psks = {key(PskRole::server)};
  Relay relay(sides);
  EXPECT_TRUE(relay.go_on().agrees());
  EXPECT_EQ(relay.server().connection.settled().suite, CipherSuite::tls_aes_256_gcm_sha384);
  EXPECT_EQ(relay.server().connection.settled().psk_identity, (Buffer{1, 2, 3}));
}

TEST(Cookie13, is_good_for_a_minute_and_no_longer) {
  Sides sides = always();
  for (const auto& [seconds, agrees] :
       {std::pair{0, true}, {60, true}, {61, false}, {-5, true}, {-6, false}}) {
    Relay relay(sides);
    relay.server().connection.set_time({sides.now.seconds + seconds});
    EXPECT_EQ(relay.go_on().agrees(), agrees) << seconds;
    if (!agrees) {
      EXPECT_FAILS(relay.server().outcome(), Reason::cookie_unknown);
    }
  }
}

TEST(Cookie13, is_good_for_one_client) {
  const Buffer own = {127, 0, 0, 1};
  const Buffer other = {127, 0, 0, 2};
  for (const Buffer& address : {own, other}) {
    const Sides sides = always();
    Relay relay(sides);
    Loopback bound(sides);
    EXPECT_TRUE(bound.server.connection.bind_cookies(own));
    bound.client.run();
    bound.carry(bound.client, bound.server);
    bound.carry(bound.server, bound.client);
    EXPECT_TRUE(relay.server().connection.bind_cookies(address));
    for (unsigned i = 0; i < 3; ++i) {
      bound.carry(bound.client, relay.server());
      bound.carry(relay.server(), bound.client);
    }
    EXPECT_EQ(relay.server().connected, address == own);
    if (address != own) {
      EXPECT_FAILS(relay.server().outcome(), Reason::cookie_unknown);
    }
  }
}

TEST(Cookie13, is_bound_before_it_counts) {
  Loopback pair(always());
  EXPECT_FAILS(pair.client.connection.bind_cookies(Buffer(4)), Reason::called_out_of_order);
  const auto config = pair.server.connection.state().handshake()->server().config;
  Connection fresh = Connection::server(config, handshake_time).value();
  EXPECT_TRUE(fresh.bind_cookies(Buffer(1000)));
  Output out;
  EXPECT_TRUE(fresh.abort(out));
  EXPECT_FAILS(fresh.bind_cookies(Buffer(4)), Reason::aborted);
  EXPECT_FAILS(pair.server.connection.bind_cookies(Buffer(4)), Reason::called_out_of_order);
}

TEST(Cookie13, of_other_keys_or_of_none_is_refused) {
  const Sides sides = always();
  Sides others = sides;
  others.server.cookie_keys = cookie_keys();
  Relay other(sides, others);
  expect_refused(other);
  others.server.cookie_keys = nullptr;
  others.server.always_retry = false;
  // Such a server does not expect to be in the middle of anything.
  Relay none(sides, others);
  EXPECT_FAILS(none.go_on().server().outcome(), Reason::change_cipher_spec_unexpected);
}

TEST(Cookie13, of_a_suite_that_is_not_taken_here_is_refused) {
  const Sides sides = always();
  Sides others = sides;
  others.server.cipher_suites = {CipherSuite::tls_aes_256_gcm_sha384};
  Relay relay(sides, others);
  expect_refused(relay);
}

TEST(Cookie13, of_a_hidden_hello_stays_on_its_connection) {
  const Sides sides = always(hidden());
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().ech, EchOutcome::accepted);
  Relay relay(sides);
  expect_refused(relay);
}

TEST(Cookie13, of_a_hello_in_clear_is_not_brought_by_a_hidden_one) {
  const Sides open = always();
  std::vector<OpenHello> sent = hellos(open);
  const Buffer brought = sent.back()[cookie];
  Sides sides = hidden(open);
  Loopback pair(sides);
  Middle middle(pair);
  middle.run({{0, change_inner([&](OpenHello& inner) { inner[cookie] = brought; })}});
  expect_refusal(pair, by_server, Reason::cookie_unknown);
}

TEST(Cookie13, holds_a_second_hello_to_the_group_that_it_names) {
  // The cookie says P-256; the second hello could do better, but has a share of P-256 alone.
  Sides sides = retried(only(CipherSuite::tls_aes_128_gcm_sha256, NamedGroup::secp256r1));
  sides.server.groups = {NamedGroup::x25519mlkem768, NamedGroup::secp256r1};
  sides = with_cookies(sides);
  Relay relay(sides);
  relay.client().run();
  const Buffer said = relay.client().take_output();
  constexpr std::size_t before = 6 + 5;  // a change_cipher_spec, and the header of a record
  OpenHello hello = OpenHello::parse(Bytes(said).subspan(before));
  hello[supported_groups] = {0, 4, 0x11, 0xec, 0, 23};
  const Buffer message = hello.message(HandshakeType::client_hello);
  Buffer forged(said.begin(), said.begin() + before);
  forged[before - 2] = static_cast<std::uint8_t>(message.size() >> 8);
  forged[before - 1] = static_cast<std::uint8_t>(message.size());
  forged.insert(forged.end(), message.begin(), message.end());
  relay.server().receive(forged);
  EXPECT_FAILS(relay.server().outcome(), Reason::key_share_missing);
}

TEST(Cookie13, is_no_longer_than_a_client_brings_back) {
  for (const std::size_t size : {limits::cookie, limits::cookie + 1}) {
    Loopback pair(retried());
    Middle middle(pair);
    middle.run({{1, edit_hello([&](OpenHello& hello) {
                   codec::Writer out(hello[cookie] = Buffer(2 + size, 1));
                   out.number(static_cast<std::uint16_t>(size));
                 })}});
    if (size > limits::cookie) {
      expect_refusal(pair, by_client, Reason::handshake_too_large);
    } else {
      expect_refusal(pair, by_server, Reason::cookie_invalid);
    }
  }
}

TEST(Cookie13, is_no_ticket_and_no_ticket_is_one) {
  Sides sides = always(resuming());
  const auto keys = cookie_keys();
  sides.server.tickets = keys;
  sides.server.cookie_keys = keys;
  Loopback pair(sides);
  pair.connect();
  pair.server.send(Buffer{1});
  pair.relay();
  std::vector<OpenHello> sent = hellos(sides);
  const Buffer brought = sent.back()[cookie];
  auto session = keys->redeem(Bytes(brought).subspan(2), sides.now);
  ASSERT_TRUE(session);
  EXPECT_FAILS(read_session(*std::move(session)), Reason::session_malformed);

  const auto psks = codec::read<message::OfferedPsks>(sent.front()[pre_shared_key]);
  ASSERT_TRUE(psks);
  const Bytes ticket = (*psks->identities.begin()).identity;
  std::vector<Buffer> others = {{ticket.begin(), ticket.end()}, {1}};
  for (const Buffer& content : {Buffer(100, 0xc1), Buffer(), Buffer{0xc1}}) {
    others.push_back(keys->issue(content, sides.now, {sides.now.seconds + 60}).value());
  }
  for (const Buffer& other : others) {
    Loopback forged(sides);
    Middle middle(forged);
    middle.run({{0, edit_hello([&](OpenHello& hello) {
                   codec::Writer out(hello[cookie] = Buffer(2 + other.size()));
                   codec::write(out, message::Cookie{other});
                 })}});
    expect_refusal(forged, by_server, Reason::cookie_unknown);
  }
}

}  // namespace
}  // namespace handfast::test
