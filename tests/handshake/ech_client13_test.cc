// Encrypted Client Hello as a client offers it. RFC 9849 §6.
#include "message/extension/encrypted_client_hello.h"
#include "support/middle.h"
#include "support/refusals.h"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum ExtensionType;
using crypto::hpke::AeadCode;
using crypto::hpke::Kdf;
using message::EchClientHelloType;
using Content = std::vector<std::uint8_t>;

bool has_ech(const OpenHello& hello) {
  return std::ranges::any_of(hello.extensions, [](const OpenHello::Extension& extension) {
    return extension.type == encrypted_client_hello;
  });
}

// ---- GREASE, RFC 9849 §6.2.1 --------------------------------------------------------------------

TEST(EchGrease, looks_like_the_real_thing) {
  std::set<AeadCode> aeads;
  std::set<Content> keys;
  std::set<unsigned> ids;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Sides sides;
    sides.seed = seed;
    OpenHello sent = hellos(sides).front();
    ASSERT_TRUE(has_ech(sent));
    const Content& data = sent[encrypted_client_hello];
    const auto ech = codec::read<message::EchClientHello>(data);
    ASSERT_TRUE(ech);
    EXPECT_EQ(ech->form, EchClientHelloType::outer);
    const auto outer = codec::read<message::OuterEchClientHello>(ech->content);
    ASSERT_TRUE(outer);
    EXPECT_EQ(outer->cipher_suite.kdf_id, Kdf::hkdf_sha256);
    EXPECT_EQ(outer->enc.size(), 32U);
    EXPECT_EQ(outer->payload.size() % 32, 16U) << "padded, and a tag";
    EXPECT_GT(outer->payload.size(), 100U);
    aeads.insert(outer->cipher_suite.aead_id);
    keys.insert(Content(outer->enc.begin(), outer->enc.end()));
    ids.insert(outer->config_id);
  }
  EXPECT_EQ(aeads.size(), 3U) << "all that are supported take their turn";
  EXPECT_EQ(keys.size(), 30U);
  EXPECT_GT(ids.size(), 15U);
}

TEST(EchGrease, is_the_same_after_a_retry) {
  auto sent = hellos(retried());
  ASSERT_EQ(sent.size(), 2U);
  ASSERT_TRUE(has_ech(sent[0]) && has_ech(sent[1]));
  EXPECT_EQ(sent[0][encrypted_client_hello], sent[1][encrypted_client_hello]);
}

TEST(EchGrease, is_left_out_on_request) {
  Sides sides;
  sides.client.ech_grease = false;
  EXPECT_FALSE(has_ech(hellos(sides).front()));
}

TEST(EchGrease, is_told_apart_by_its_outcome) {
  Loopback pair;
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().ech, EchOutcome::greased);
  EXPECT_EQ(name(pair.client.connection.settled().ech), "greased");
}

Edit in_hello(Content data) {
  return edit_hello([=](OpenHello& hello) { hello[encrypted_client_hello] = data; });
}

TEST(EchGrease, is_answered_in_form_or_not_at_all) {
  const auto with = [](Content data) {
    return std::map<unsigned, Edit>{{1, replace_extensions({{encrypted_client_hello, data}})}};
  };
  const std::vector<Refusal> rows = {
      {"an empty list", by_client, Reason::value_out_of_bounds, with({0, 0})},
      {"a list that ends early", by_client, Reason::message_truncated,
       with({0, 5, 0xfe, 0x0d, 0, 9, 1})},
      {"bytes behind the list", by_client, Reason::message_leftover,
       with({0, 4, 0xba, 0xdd, 0, 0, 1})},
      {"a known version that is none", by_client, Reason::message_truncated,
       with({0, 5, 0xfe, 0x0d, 0, 1, 1})},
      {"seven bytes in a HelloRetryRequest",
       by_client,
       Reason::message_truncated,
       {{1, in_hello({1, 2, 3, 4, 5, 6, 7})}},
       retried()},
      {"nine bytes in a HelloRetryRequest",
       by_client,
       Reason::message_leftover,
       {{1, in_hello({1, 2, 3, 4, 5, 6, 7, 8, 9})}},
       retried()},
      {"an answer in the ServerHello",
       by_client,
       Reason::extension_misplaced,
       {{1, in_hello({1, 2, 3, 4, 5, 6, 7, 8})}}},
  };
  expect_refusals(rows);
}

TEST(EchClientHello, has_one_of_two_forms) {
  const std::vector<Refusal> rows = {
      {"a type that does not exist", by_server, Reason::ech_type_invalid, {{0, in_hello({2})}}},
      {"an inner one with content", by_server, Reason::message_leftover, {{0, in_hello({1, 42})}}},
      {"an outer one that ends early",
       by_server,
       Reason::message_truncated,
       {{0, in_hello({0, 0, 1, 0, 1, 7, 0, 1})}}},
      {"an outer one without a payload",
       by_server,
       Reason::value_out_of_bounds,
       {{0, in_hello({0, 0, 1, 0, 1, 7, 0, 1, 9, 0, 0})}}},
      {"nothing", by_server, Reason::message_truncated, {{0, in_hello({})}}},
      {"ech_outer_extensions in clear",
       by_server,
       Reason::extension_misplaced,
       {{0, edit_hello([](OpenHello& hello) { hello[ech_outer_extensions] = {2, 0, 0}; })}}},
  };
  expect_refusals(rows);
}

}  // namespace
}  // namespace handfast::test
