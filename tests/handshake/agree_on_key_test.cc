// Secrets of key exchanges that are made elsewhere: by whom, of what, and what is no such secret.
#include "handshake/agree_on_key.h"

#include "crypto/key_exchange.h"
#include "handfast/external_psk.h"
#include "support/expect.h"
#include "support/loopback.h"
#include "support/refusals.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Content = std::vector<std::uint8_t>;

constexpr auto tls12 = ProtocolVersion::tls12;

/// Both sides have the exchange made elsewhere.
Sides exchanging(Sides sides) {
  sides.client.pulled.key_exchange = sides.server.pulled.key_exchange = true;
  return sides;
}

Sides exchanging_in(NamedGroup group) {
  Sides sides;
  sides.client.groups = sides.server.groups = {group};
  return exchanging(std::move(sides));
}

Sides of_12() {
  Sides sides = exchanging_in(NamedGroup::secp256r1);
  sides.client.versions = sides.server.versions = {tls12};
  return sides;
}

std::shared_ptr<const ExternalPsk> key12(PskRole role) {
  Content secret(32, 0x21);
  secret.front() = 0;
  ProvisionedPsk given{{'b', 'u', 'l', 'b'}, SecretBytes(std::move(secret))};
  return ExternalPsk::for_tls12(std::move(given), role).value();
}

Sides of_psk12() {
  Sides sides = of_12();
  sides.client.cipher_suites12 = sides.server.cipher_suites12 = {psk_suites12.front()};
  sides.client.external_psks = {key12(PskRole::client)};
  sides.server.external_psks = {key12(PskRole::server)};
  sides.only_psk = true;
  sides.has_credential = false;
  return sides;
}

/// What one side was asked for.
struct Asked {
  unsigned count = 0;
  bool has_own = false;
  NamedGroup group{};
};

End::Answering noting(Asked& asked) {
  return [&asked](const Operation& operation) -> std::optional<Answer> {
    if (const auto* exchange = std::get_if<AgreeOnKey>(&operation)) {
      ++asked.count;
      asked.has_own = exchange->own != nullptr;
      asked.group = exchange->group;
    }
    return answer(operation);
  };
}

/// Of a handshake, how both sides were asked.
struct BothAsked {
  Asked client;
  Asked server;
};

BothAsked ask_both(const Sides& sides) {
  BothAsked both;
  Loopback pair(sides);
  pair.client.answering = noting(both.client);
  pair.server.answering = noting(both.server);
  pair.connect();
  return both;
}

/// A server that answers the exchange with `given`.
std::unique_ptr<Loopback> answered(const Sides& sides,
                                   const std::function<Answer(const AgreeOnKey&)>& given) {
  auto pair = std::make_unique<Loopback>(sides);
  pair->server.answering = [&](const Operation& operation) -> std::optional<Answer> {
    const auto* exchange = std::get_if<AgreeOnKey>(&operation);
    return exchange != nullptr ? given(*exchange) : answer(operation);
  };
  pair->relay();
  return pair;
}

/// What `answer` says, changed.
template <class Change>
std::function<Answer(const AgreeOnKey&)> changed(const Change& change) {
  return [=](const AgreeOnKey& exchange) {
    Answer right = answer(exchange);
    auto& agreed = std::get<AgreedKey>(right);
    Content secret(agreed.secret.expose().begin(), agreed.secret.expose().end());
    change(agreed.share, secret);
    return AgreedKey{std::move(agreed.share), SecretBytes(std::move(secret))};
  };
}

TEST(AgreeOnKey, is_pulled_once_of_each_side) {
  for (const NamedGroup group : {NamedGroup::x25519mlkem768, NamedGroup::x25519,
                                 NamedGroup::secp256r1, NamedGroup::mlkem1024}) {
    const auto [client, server] = ask_both(exchanging_in(group));
    EXPECT_EQ(client.count, 1U);
    EXPECT_TRUE(client.has_own);
    EXPECT_EQ(client.group, group);
    EXPECT_EQ(server.count, 1U);
    EXPECT_FALSE(server.has_own);
    EXPECT_EQ(server.group, group);
  }
  EXPECT_EQ(ask_both(exchanging(retried())).server.count, 1U);
  EXPECT_EQ(ask_both(exchanging(authenticated())).server.count, 1U);
}

TEST(AgreeOnKey, is_the_other_way_round_in_tls12) {
  for (const Sides& sides : {of_12(), of_psk12()}) {
    const auto [client, server] = ask_both(sides);
    EXPECT_EQ(client.count, 1U);
    EXPECT_FALSE(client.has_own);
    EXPECT_EQ(server.count, 1U);
    EXPECT_TRUE(server.has_own);
    EXPECT_EQ(server.group, NamedGroup::secp256r1);
  }
}

TEST(AgreeOnKey, is_no_operation_where_it_is_not_pulled) {
  const auto [client, server] = ask_both({});
  EXPECT_EQ(client.count, 0U);
  EXPECT_EQ(server.count, 0U);
}

TEST(AgreeOnKey, waits_and_says_so) {
  Loopback pair(exchanging_in(NamedGroup::x25519));
  pair.server.answering = [](const Operation&) { return std::nullopt; };
  pair.relay();
  EXPECT_EQ(pair.server.connection.where(), "server, awaiting the secret of the key exchange");
  EXPECT_FAILS(pair.server.connection.complete(Signed{}), Reason::called_out_of_order);
  EXPECT_FAILS(pair.server.connection.complete(RedeemedTicket{}), Reason::called_out_of_order);
  EXPECT_TRUE(pair.server.is_waiting_for_answer());
}

TEST(AgreeOnKey, may_be_refused) {
  for (const Reason reason : {Reason::operation_refused, Reason::key_share_invalid}) {
    for (const Sides& sides : {exchanging_in(NamedGroup::x25519), of_12()}) {
      const auto pair = answered(sides, [&](const AgreeOnKey&) { return Refused{reason}; });
      expect_refusal(*pair, by_server, reason);
    }
  }
}

TEST(AgreeOnKey, refuses_a_share_that_is_no_good) {
  const auto reason_of = [](NamedGroup group, const Content& share,
                            const crypto::KeyExchange* own = nullptr) {
    const Answer said = answer(AgreeOnKey{group, share, own});
    const auto* refused = std::get_if<Refused>(&said);
    return refused != nullptr ? refused->reason : Reason::count;
  };
  const Content zeros(32);
  const auto own = crypto::KeyExchange::generate(NamedGroup::x25519).value();
  EXPECT_EQ(reason_of(NamedGroup::x25519, zeros), Reason::key_share_invalid);
  EXPECT_EQ(reason_of(NamedGroup::x25519, zeros, &own), Reason::key_share_invalid);
  EXPECT_EQ(reason_of(NamedGroup::x25519, Content(31, 9)), Reason::key_share_invalid);
  EXPECT_EQ(reason_of(NamedGroup::secp256r1, Content(65, 4)), Reason::key_share_invalid);
  EXPECT_EQ(reason_of(NamedGroup::x25519, Content(32, 9)), Reason::count);
}

TEST(AgreeOnKey, is_not_answered_in_another_size) {
  const std::array changes = {
      std::function([](Content& share, Content&) { share.pop_back(); }),
      std::function([](Content& share, Content&) { share.push_back(0); }),
      std::function([](Content& share, Content&) { share.clear(); }),
      std::function([](Content&, Content& secret) { secret.pop_back(); }),
      std::function([](Content&, Content& secret) { secret.push_back(0); }),
      std::function([](Content&, Content& secret) { secret.assign(1000, 0); }),
      std::function([](Content&, Content& secret) { secret.clear(); })};
  for (const NamedGroup group : {NamedGroup::x25519mlkem768, NamedGroup::secp256r1}) {
    for (const auto& change : changes) {
      const auto pair = answered(exchanging_in(group), changed(change));
      expect_refusal(*pair, by_server, Reason::answer_unusable);
    }
  }
  // In the group of somebody else.
  const auto other = answered(exchanging_in(NamedGroup::secp256r1), [](const AgreeOnKey&) {
    return answer(AgreeOnKey{NamedGroup::x25519, Content(32, 9)});
  });
  expect_refusal(*other, by_server, Reason::answer_unusable);
  // Our share has been sent already.
  const auto twice = answered(of_12(), changed([](Content& share, Content&) { share.resize(65); }));
  expect_refusal(*twice, by_server, Reason::answer_unusable);
}

TEST(AgreeOnKey, with_another_secret_connects_nobody) {
  const auto flip = changed([](Content&, Content& secret) { secret.at(0) ^= 1; });
  for (const Sides& sides : {exchanging_in(NamedGroup::x25519mlkem768), of_12()}) {
    const auto pair = answered(sides, flip);
    EXPECT_FALSE(pair->agrees());
    EXPECT_FALSE(pair->client.connected);
    EXPECT_FALSE(pair->server.connected);
  }
}

}  // namespace
}  // namespace handfast::test
