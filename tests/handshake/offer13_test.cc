// What a client offers without being told to, and what it hides among it. RFC 9846 §4.2.2, RFC
// 8701.
#include "support/middle.h"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum ExtensionType;
using Content = std::vector<std::uint8_t>;

OpenHello hello(std::uint64_t seed = 1) {
  Sides sides;
  sides.seed = seed;
  return hellos(sides).front();
}

bool is_grease(unsigned value) {
  return (value & 0x0f0f) == 0x0a0a && (value >> 8) == (value & 0xff);
}

std::vector<unsigned> words(Bytes bytes) {
  std::vector<unsigned> words;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    words.push_back(bytes[i] * 256U + bytes[i + 1]);
  }
  return words;
}

std::vector<unsigned> types(const OpenHello& hello) {
  std::vector<unsigned> types;
  for (const auto& extension : hello.extensions) {
    types.push_back(static_cast<unsigned>(extension.type));
  }
  return types;
}

/// The groups of key_share, in their order.
std::vector<unsigned> shares(OpenHello hello) {
  const Content& data = hello[key_share];
  std::vector<unsigned> groups;
  for (std::size_t at = 2; at + 4 <= data.size();) {
    groups.push_back(data[at] * 256U + data[at + 1]);
    at += 4 + data[at + 2] * 256U + data[at + 3];
  }
  return groups;
}

// The hybrid for who has it, and X25519 alone so that nobody else has to ask a second time.
TEST(Offer13, has_two_shares_the_hybrid_and_its_curve) {
  const auto sent = shares(hello());
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_TRUE(is_grease(sent[0]));
  EXPECT_EQ(sent[1], static_cast<unsigned>(NamedGroup::x25519mlkem768));
  EXPECT_EQ(sent[2], static_cast<unsigned>(NamedGroup::x25519));
}

TEST(Offer13, greases_suites_groups_versions_shares_and_two_extensions) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    OpenHello sent = hello(seed);
    EXPECT_TRUE(is_grease(words(sent.suites).front()));
    EXPECT_TRUE(is_grease(words(Bytes(sent[supported_groups]).subspan(2)).front()));
    EXPECT_TRUE(is_grease(words(Bytes(sent[supported_versions]).subspan(1)).front()));
    // RFC 8701 §3.1: a share of a group that is listed, of one byte.
    EXPECT_EQ(shares(sent).front(), words(Bytes(sent[supported_groups]).subspan(2)).front());
    std::set<unsigned> greased;
    for (const auto& extension : sent.extensions) {
      if (is_grease(static_cast<unsigned>(extension.type))) {
        EXPECT_LE(extension.data.size(), 1U);
        EXPECT_TRUE(greased.insert(static_cast<unsigned>(extension.type)).second);
      }
    }
    EXPECT_EQ(greased.size(), 2U);
  }
}

TEST(Offer13, varies_its_grease_and_the_order_of_its_extensions) {
  std::set<unsigned> suites;
  std::set<std::vector<unsigned>> orders;
  std::vector<unsigned> sorted;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const OpenHello sent = hello(seed);
    suites.insert(words(sent.suites).front());
    auto order = types(sent);
    std::erase_if(order, is_grease);
    orders.insert(order);
    std::ranges::sort(order);
    EXPECT_TRUE(sorted.empty() || order == sorted) << "the same extensions, whatever their order";
    sorted = order;
  }
  EXPECT_GT(suites.size(), 8U);
  EXPECT_GT(orders.size(), 30U);
}

// RFC 8701 §3.1 and RFC 9846 §4.2.2: the second hello is the first, but for what was asked for.
TEST(Offer13, keeps_grease_and_order_over_a_retry) {
  const auto sent = hellos(retried());
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(types(sent[0]), types(sent[1]));
  EXPECT_EQ(sent[0].suites, sent[1].suites);
  EXPECT_EQ(sent[0].random, sent[1].random);
  EXPECT_EQ(shares(sent[1]), std::vector{static_cast<unsigned>(NamedGroup::x25519mlkem768)});
}

TEST(Offer13, is_plain_on_request) {
  Sides sides;
  sides.client.grease = false;
  OpenHello sent = hellos(sides).front();
  EXPECT_TRUE(std::ranges::none_of(types(sent), is_grease));
  EXPECT_TRUE(std::ranges::none_of(words(sent.suites), is_grease));
  EXPECT_TRUE(std::ranges::none_of(shares(sent), is_grease));
  sides.seed = 7;
  EXPECT_EQ(types(sent), types(hellos(sides).front())) << "and in one order";
}

}  // namespace
}  // namespace handfast::test
