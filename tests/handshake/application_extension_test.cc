#include "handfast/extension.h"
#include "support/ech.h"
#include "support/refusals.h"

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr std::uint16_t own_type = 0xff42;
constexpr std::uint16_t quiet_type = 0xff43;
constexpr std::uint16_t other_type = 0xff44;
constexpr auto own = ExtensionType{own_type};

/// A client that sends three, and a server that knows two of them and answers one.
Sides extended(Sides sides = {}) {
  sides.client.extensions = {{own_type, {1, 2, 3}}, {other_type, {}}, {quiet_type, {9}}};
  sides.server.extensions = {{own_type, Buffer{4, 5}}, {quiet_type}};
  return sides;
}

void expect_both_ways(const Sides& sides) {
  Loopback pair(sides);
  pair.connect();
  const std::vector<ApplicationExtension> sent = {{own_type, {1, 2, 3}}, {quiet_type, {9}}};
  const std::vector<ApplicationExtension> answered = {{own_type, {4, 5}}};
  EXPECT_EQ(pair.server.connection.settled().peer_extensions, sent);
  EXPECT_EQ(pair.client.connection.settled().peer_extensions, answered);
}

TEST(ApplicationExtension, goes_both_ways) {
  expect_both_ways(extended());
  expect_both_ways(extended(retried()));
  expect_both_ways(extended(hidden()));
  const Sides sides = extended(resuming());
  Loopback before(sides);
  before.connect();
  before.server.send(Buffer{1});
  before.relay();
  expect_both_ways(sides);
}

TEST(ApplicationExtension, is_not_answered_to_who_did_not_send_it) {
  Sides sides = extended();
  sides.client.extensions = {};
  Loopback pair(sides);
  pair.connect();
  EXPECT_TRUE(pair.server.connection.settled().peer_extensions.empty());
  EXPECT_TRUE(pair.client.connection.settled().peer_extensions.empty());
}

TEST(ApplicationExtension, may_be_as_large_as_all_together_may_be) {
  Sides sides;
  for (std::uint16_t i = 0; i < 16; ++i) {
    const auto type = static_cast<std::uint16_t>(0xee00 + i);
    sides.client.extensions.push_back({type, Buffer(512, 1)});
    sides.server.extensions.push_back({type, Buffer(512, 2)});
  }
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.server.connection.settled().peer_extensions.size(), 16U);
  EXPECT_EQ(pair.client.connection.settled().peer_extensions.size(), 16U);
}

TEST(ApplicationExtension, of_a_peer_is_kept_up_to_a_bound) {
  for (const std::size_t size : {std::size_t{8191}, std::size_t{8192}}) {
    Sides sides = extended();
    sides.client.extensions = {{own_type, Buffer(size)}, {quiet_type, {9}}};
    sides.server.extensions.back().data.reset();
    sides.client.extensions.resize(1);
    Loopback pair(sides);
    Middle middle(pair);
    middle.run({{0, edit_hello([](OpenHello& hello) {
                   hello.extensions.insert(hello.extensions.begin(),
                                           {ExtensionType{quiet_type}, Buffer(1)});
                 })}});
    if (size == 8192) {
      expect_refusal(pair, by_server, Reason::handshake_too_large);
    } else {
      EXPECT_EQ(pair.server.connection.settled().peer_extensions.size(), 2U);
    }
  }
}

TEST(ApplicationExtension, is_refused_where_the_rules_of_all_extensions_are_broken) {
  const Refusal rows[] = {
      {"twice in a ClientHello",
       by_server,
       Reason::extension_duplicated,
       {{0, edit_hello([](OpenHello& hello) {
           hello.extensions.insert(hello.extensions.begin(), {own, {7}});
         })}},
       extended()},
      {"in an answer that nobody asked for",
       by_client,
       Reason::extension_unsolicited,
       {{1, replace_extensions({{own, {7}}})}}},
      {"twice in an answer",
       by_client,
       Reason::extension_duplicated,
       {{1, replace_extensions({{own, {7}}, {own, {7}}})}},
       extended()},
  };
  expect_refusals(rows);
}

}  // namespace
}  // namespace handfast::test
