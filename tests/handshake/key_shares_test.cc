// A client whose first ClientHello has the key shares that it was told to send: several, one that
// is not of its best group, or none. RFC 9846 §4.3.8.
#include "support/ech.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum ExtensionType;
using enum NamedGroup;
using Content = std::vector<std::uint8_t>;
using Groups = std::vector<NamedGroup>;

const Groups all = {x25519mlkem768, x25519, secp256r1, secp384r1};

/// `sides` with shares of these groups.
Sides sharing(Groups shares, Sides sides = {}) {
  sides.client.groups = all;
  sides.client.key_shares = std::move(shares);
  return sides;
}

/// The groups of key_share, in their order, but for GREASE.
Groups shares_of(OpenHello hello) {
  const Content& data = hello[key_share];
  Groups groups;
  for (std::size_t at = 2; at + 4 <= data.size();) {
    const auto group = static_cast<NamedGroup>(data[at] * 256U + data[at + 1]);
    if (name(group) != "GREASE") {
      groups.push_back(group);
    }
    at += 4 + data[at + 2] * 256U + data[at + 3];
  }
  return groups;
}

/// The sorts of handshakes that have a ClientHello of their own.
struct Sort {
  std::string_view what;
  Sides sides;
  bool has_session = false;
};

std::vector<Sort> sorts() {
  Sides plain;
  plain.client.grease = false;
  return {{"as it comes", {}},
          {"without GREASE", plain},
          {"client certificates", authenticated()},
          {"hidden", hidden()},
          {"a session", resuming(), true},
          {"a hidden session", resuming(hidden()), true},
          {"early data", with_early_data(), true}};
}

// ---- what is sent -------------------------------------------------------------------------------

TEST(KeyShares, are_of_the_groups_that_were_named) {
  for (const Groups& wanted : {Groups{}, Groups{x25519mlkem768}, Groups{secp384r1},
                               Groups{x25519, secp384r1}, Groups{x25519mlkem768, secp256r1}, all}) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      Sides sides = sharing(wanted);
      sides.seed = seed;
      EXPECT_EQ(shares_of(hellos(sides).front()), wanted);
    }
  }
}

TEST(KeyShares, are_of_the_first_two_groups_unless_they_are_named) {
  Sides sides;
  sides.client.groups = {secp384r1, x25519, secp256r1};
  EXPECT_EQ(shares_of(hellos(sides).front()), (Groups{secp384r1, x25519}));
  sides.client.groups = {secp256r1};
  EXPECT_EQ(shares_of(hellos(sides).front()), Groups{secp256r1});
}

// RFC 8701 §3.1: a share of GREASE beside none is as good as beside others.
TEST(KeyShares, may_be_of_none) {
  Sides sides = sharing({});
  EXPECT_EQ(hellos(sides).front()[key_share].size(), 2U + 5U);
  sides.client.grease = false;
  EXPECT_EQ(hellos(sides).front()[key_share], (Content{0, 0}));
}

// ---- what comes of it ---------------------------------------------------------------------------

TEST(KeyShares, lead_to_every_group_with_and_without_a_retry) {
  for (const Sort& sort : sorts()) {
    for (const Groups& shares : {Groups{}, Groups{secp256r1}, Groups{x25519, secp384r1}, all}) {
      for (const NamedGroup group : all) {
        SCOPED_TRACE(testing::Message()
                     << sort.what << ", " << shares.size() << " shares, " << name(group));
        Sides sides = sharing(shares, sort.sides);
        sides.server.groups = {group};
        if (sort.has_session) {
          Loopback(sides).connect();
        }
        Loopback pair(sides);
        pair.connect(Chunk{500, true});
        ASSERT_TRUE(pair.agrees());
        const Settled& settled = pair.client.connection.settled();
        EXPECT_EQ(settled.group, group);
        EXPECT_EQ(settled.retried, std::ranges::count(shares, group) == 0);
        EXPECT_EQ(settled.session == SessionOutcome::resumed, sort.has_session);
        EXPECT_EQ(settled.ech == EchOutcome::accepted, sides.client.ech != nullptr);
      }
    }
  }
}

// RFC 9846 §4.2.2: in the place of the list comes the one share that was asked for; and all else
// stays.
TEST(KeyShares, are_one_after_a_retry) {
  Sides sides = sharing({x25519, secp384r1});
  sides.server.groups = {secp256r1};
  auto sent = hellos(sides);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(shares_of(sent[0]), (Groups{x25519, secp384r1}));
  EXPECT_EQ(shares_of(sent[1]), Groups{secp256r1});
  EXPECT_EQ(sent[1][key_share].size(), 2U + 4U + 65U) << "and no GREASE";
  sent[1][key_share] = sent[0][key_share];
  EXPECT_EQ(sent[1].message(HandshakeType::client_hello),
            sent[0].message(HandshakeType::client_hello));
}

// A server that finds what is hidden, and one that does not, see the same shares.
TEST(KeyShares, are_the_same_inside_and_outside) {
  const Groups shares = {x25519, secp384r1};
  EXPECT_EQ(shares_of(hellos(sharing(shares, hidden())).front()), shares);
  Sides sides = sharing(shares, rejected());
  sides.server.groups = {x25519};
  Loopback pair(sides);
  pair.relay();
  EXPECT_FAILS(pair.client.outcome(), Reason::ech_rejected);
  EXPECT_EQ(pair.server.connection.settled().group, x25519);
  EXPECT_FALSE(pair.server.connection.settled().retried);
}

TEST(KeyShares, each_need_a_source_of_randomness) {
  for (unsigned draw = 2; draw <= 3; ++draw) {  // the first is that of the hello itself
    Loopback pair(sharing({x25519, secp256r1}));
    pair.client_chance().fail_after(draw);
    pair.client.run();
    EXPECT_FAILS(pair.client.outcome(), Reason::random_failed);
    EXPECT_TRUE(pair.client.sent_messages.empty());
  }
}

// ---- refusals -----------------------------------------------------------------------------------

/// A HelloRetryRequest for `group` in the place of the ServerHello.
std::map<unsigned, Edit> retry_for(NamedGroup group) {
  return {{1, [=](Flight& flight) {
             edit_hello([=](OpenHello& hello) {
               const auto code = std::to_underlying(group);
               hello.random = message::hello_retry_request_random;
               hello.extensions = {
                   {supported_versions, {3, 4}},
                   {key_share,
                    {static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)}}};
             })(flight);
             flight.resize(1);
           }}};
}

/// A ServerHello with a share of `group`, in the flight with this number.
std::map<unsigned, Edit> answer_in(NamedGroup group, unsigned number = 1) {
  return {{number, edit_hello([=](OpenHello& hello) {
             const auto code = std::to_underlying(group);
             hello.random = {1};
             hello[key_share] = {static_cast<std::uint8_t>(code >> 8),
                                 static_cast<std::uint8_t>(code), 0, 32};
             hello[key_share].resize(4 + 32, 9);
           })}};
}

/// A client whose server takes no group of which it sends a share.
Sides asked_again(Groups shares) {
  Sides sides = sharing(std::move(shares));
  sides.server.groups = {secp256r1};
  return sides;
}

// RFC 9846 §4.3.8: a selected_group MUST be one that was offered, and not one of which there is a
// share already; the server's share MUST be in the same group as one of the client's.
TEST(KeyShares, hold_the_server_to_them) {
  const Refusal rows[] = {
      {"a retry for the first share", by_client, Reason::retry_for_share_sent, retry_for(x25519),
       sharing({x25519, secp384r1})},
      {"a retry for the last share", by_client, Reason::retry_for_share_sent, retry_for(secp384r1),
       sharing({x25519, secp384r1})},
      {"a retry for a group that is not offered", by_client, Reason::group_not_offered,
       retry_for(secp521r1), sharing({x25519, secp384r1})},
      {"an answer in the best group, which has no share", by_client, Reason::key_share_not_offered,
       answer_in(x25519mlkem768), sharing({x25519, secp384r1})},
      {"an answer in a group between two with shares", by_client, Reason::key_share_not_offered,
       answer_in(secp256r1), sharing({x25519, secp384r1})},
      {"an answer to no shares", by_client, Reason::key_share_not_offered, answer_in(x25519),
       sharing({})},
      {"an answer to the shares of before the retry", by_client, Reason::key_share_not_offered,
       answer_in(x25519, 3), asked_again({x25519, secp384r1})},
      {"a share that is too short, in the last of several groups", by_client,
       Reason::key_share_invalid, answer_in(secp384r1), sharing({x25519, secp384r1})},
  };
  expect_refusals(rows);
}

}  // namespace
}  // namespace handfast::test
