#include "crypto/key_exchange.h"

#include "crypto/wycheproof.h"
#include "support/expect.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using nlohmann::json;
using test::bytes_of;
using test::from_hex;
using test::has_flag;

using Vector = std::vector<std::uint8_t>;

constexpr std::array groups = {NamedGroup::x25519, NamedGroup::x448, NamedGroup::secp256r1,
                               NamedGroup::secp384r1, NamedGroup::secp521r1};

Vector copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

bool derives(NamedGroup group, const json& test) {
  const auto mine = KeyExchange::from_private(group, bytes_of(test, "private"));
  EXPECT_TRUE(mine) << test.at("tcId");
  const auto secret = mine->decapsulate(bytes_of(test, "public"));
  if (!secret) {
    EXPECT_EQ(secret.error().reason, Reason::key_share_invalid);
    return false;
  }
  return copy(secret->expose()) == bytes_of(test, "shared");
}

void run_ecdh(const char* file, NamedGroup group, std::size_t valid, std::size_t invalid) {
  const auto tally = test::run_wycheproof(
      file, [group](const json&, const json& test) { return derives(group, test); },
      [](const json& test) {
        // RFC 9846 §4.3.8.2: points come uncompressed.
        EXPECT_TRUE(has_flag(test, "CompressedPoint"));
        return false;
      });
  EXPECT_EQ(tally.accepted, valid);
  EXPECT_EQ(tally.refused, invalid);
  EXPECT_EQ(tally.choice_refused, 1U);
}

TEST(KeyExchange, stands_wycheproof_secp256r1) {
  run_ecdh("ecdh_secp256r1_ecpoint", NamedGroup::secp256r1, 330, 24);
}

TEST(KeyExchange, stands_wycheproof_secp384r1) {
  run_ecdh("ecdh_secp384r1_ecpoint", NamedGroup::secp384r1, 771, 18);
}

TEST(KeyExchange, stands_wycheproof_secp521r1) {
  run_ecdh("ecdh_secp521r1_ecpoint", NamedGroup::secp521r1, 632, 28);
}

// RFC 9846 §7.4.2 has the all-zero secret refused. Points of the twist and values that are not
// reduced are taken, as RFC 7748 §5 says.
bool is_not_all_zero(const json& test) {
  return bytes_of(test, "shared") != Vector(bytes_of(test, "shared").size());
}

TEST(KeyExchange, stands_wycheproof_x25519) {
  const auto tally = test::run_wycheproof(
      "x25519", [](const json&, const json& test) { return derives(NamedGroup::x25519, test); },
      is_not_all_zero);
  EXPECT_EQ(tally.accepted, 264U);
  EXPECT_EQ(tally.choice_accepted + tally.choice_refused, 254U);
  EXPECT_GE(tally.choice_refused, 31U);
}

TEST(KeyExchange, stands_wycheproof_x448) {
  const auto tally = test::run_wycheproof(
      "x448", [](const json&, const json& test) { return derives(NamedGroup::x448, test); },
      is_not_all_zero);
  EXPECT_EQ(tally.accepted, 253U);
  EXPECT_EQ(tally.refused, 12U);
  EXPECT_EQ(tally.choice_accepted + tally.choice_refused, 245U);
  EXPECT_GE(tally.choice_refused, 9U);
}

// RFC 7748 §6.1, §6.2.
TEST(KeyExchange, gives_the_public_values_of_rfc7748) {
  const auto x25519 = KeyExchange::from_private(
      NamedGroup::x25519,
      from_hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  ASSERT_TRUE(x25519);
  EXPECT_EQ(copy(x25519->share()),
            from_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  const auto x448 = KeyExchange::from_private(
      NamedGroup::x448, from_hex("9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28d"
                                 "d9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b"));
  ASSERT_TRUE(x448);
  EXPECT_EQ(copy(x448->share()),
            from_hex("9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c"
                     "22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0"));
}

class EachGroup : public testing::TestWithParam<NamedGroup> {};

INSTANTIATE_TEST_SUITE_P(KeyExchange, EachGroup, testing::ValuesIn(groups));

TEST_P(EachGroup, gives_both_sides_the_same_secret) {
  const auto client = KeyExchange::generate(GetParam());
  const auto server = KeyExchange::generate(GetParam());
  ASSERT_TRUE(client && server);
  EXPECT_EQ(client->group(), GetParam());
  const auto answer = encapsulate(*server, client->share());
  ASSERT_TRUE(answer);
  EXPECT_EQ(copy(answer->share.bytes()), copy(server->share()));
  const auto secret = client->decapsulate(answer->share.bytes());
  ASSERT_TRUE(secret);
  EXPECT_FALSE(secret->empty());
  EXPECT_TRUE(equal_constant_time(secret->expose(), answer->secret.expose()));
}

TEST_P(EachGroup, makes_fresh_keys) {
  const auto one = KeyExchange::generate(GetParam());
  const auto other = KeyExchange::generate(GetParam());
  ASSERT_TRUE(one && other);
  EXPECT_NE(copy(one->share()), copy(other->share()));
}

TEST_P(EachGroup, refuses_a_share_of_another_length) {
  const auto mine = KeyExchange::generate(GetParam());
  ASSERT_TRUE(mine);
  Vector share = copy(mine->share());
  share.push_back(0);
  EXPECT_FAILS(mine->decapsulate(share), Reason::key_share_invalid);
  share.pop_back();
  share.pop_back();
  EXPECT_FAILS(mine->decapsulate(share), Reason::key_share_invalid);
  EXPECT_FAILS(mine->decapsulate({}), Reason::key_share_invalid);
}

TEST_P(EachGroup, refuses_a_share_of_zeros) {
  const auto mine = KeyExchange::generate(GetParam());
  ASSERT_TRUE(mine);
  EXPECT_FAILS(mine->decapsulate(Vector(mine->share().size())), Reason::key_share_invalid);
  EXPECT_FAILS(encapsulate(*mine, Vector(mine->share().size())), Reason::key_share_invalid);
}

TEST_P(EachGroup, refuses_a_private_key_of_the_wrong_size_or_range) {
  EXPECT_FAILS(KeyExchange::from_private(GetParam(), {}), Reason::key_malformed);
  EXPECT_FAILS(KeyExchange::from_private(GetParam(), Vector(200, 0xff)), Reason::key_malformed);
}

TEST_P(EachGroup, works_in_many_threads) {
  const auto shared = KeyExchange::generate(GetParam());
  ASSERT_TRUE(shared);
  std::atomic<int> agreed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 5; ++round) {
          const auto mine = KeyExchange::generate(GetParam());
          const auto peer = KeyExchange::generate(GetParam());
          const auto one = mine->decapsulate(peer->share());
          const auto other = peer->decapsulate(mine->share());
          agreed += one && other && equal_constant_time(one->expose(), other->expose()) ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(agreed, 20);
}

// A point that is not on the curve would let the peer learn our key, piece by piece.
TEST(KeyExchange, refuses_a_point_off_the_curve) {
  for (const NamedGroup group :
       {NamedGroup::secp256r1, NamedGroup::secp384r1, NamedGroup::secp521r1}) {
    const auto mine = KeyExchange::generate(group);
    ASSERT_TRUE(mine);
    Vector share = copy(mine->share());
    share.back() ^= 1;
    EXPECT_FAILS(mine->decapsulate(share), Reason::key_share_invalid);
  }
}

// The hybrid form of X9.62 says the sign of Y a second time; TLS has the uncompressed form alone.
TEST(KeyExchange, refuses_any_form_but_the_uncompressed) {
  const auto mine = KeyExchange::generate(NamedGroup::secp256r1);
  ASSERT_TRUE(mine);
  for (unsigned form = 0; form < 256; ++form) {
    Vector share = copy(mine->share());
    share.front() = static_cast<std::uint8_t>(form);
    EXPECT_EQ(mine->decapsulate(share).has_value(), form == 4) << form;
  }
}

TEST(KeyExchange, knows_what_it_has) {
  for (const NamedGroup group : groups) {
    EXPECT_TRUE(is_supported(group));
  }
  EXPECT_FALSE(is_supported(NamedGroup::ffdhe2048));
  EXPECT_FAILS(KeyExchange::generate(NamedGroup::ffdhe2048), Reason::configuration_unsupported);
  EXPECT_FAILS(KeyExchange::from_private(NamedGroup::ffdhe2048, {}),
               Reason::configuration_unsupported);
}

}  // namespace
}  // namespace handfast::crypto
