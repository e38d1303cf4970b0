#include "crypto/key_exchange.h"

#include "crypto/native/ml_kem.h"
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

constexpr std::array curves = {NamedGroup::x25519, NamedGroup::x448, NamedGroup::secp256r1,
                               NamedGroup::secp384r1, NamedGroup::secp521r1};
constexpr std::array groups = {NamedGroup::x25519,
                               NamedGroup::x448,
                               NamedGroup::secp256r1,
                               NamedGroup::secp384r1,
                               NamedGroup::secp521r1,
                               NamedGroup::mlkem1024,
                               NamedGroup::x25519mlkem768,
                               NamedGroup::secp256r1mlkem768,
                               NamedGroup::secp384r1mlkem1024};

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
  ASSERT_TRUE(client);
  EXPECT_EQ(client->group(), GetParam());
  const auto answer = encapsulate(GetParam(), client->share());
  ASSERT_TRUE(answer);
  const auto secret = client->decapsulate(answer->share.bytes());
  ASSERT_TRUE(secret);
  EXPECT_FALSE(secret->empty());
  EXPECT_TRUE(equal_constant_time(secret->expose(), answer->secret.expose()));
}

TEST_P(EachGroup, makes_fresh_keys_and_answers) {
  const auto one = KeyExchange::generate(GetParam());
  const auto other = KeyExchange::generate(GetParam());
  ASSERT_TRUE(one && other);
  EXPECT_NE(copy(one->share()), copy(other->share()));
  const auto answer = encapsulate(GetParam(), one->share());
  const auto another = encapsulate(GetParam(), one->share());
  ASSERT_TRUE(answer && another);
  EXPECT_NE(copy(answer->share.bytes()), copy(another->share.bytes()));
  EXPECT_FALSE(equal_constant_time(answer->secret.expose(), another->secret.expose()));
}

TEST_P(EachGroup, makes_the_same_of_the_same_secrets) {
  const SecretSizes sizes = secret_sizes(GetParam());
  const Vector key(sizes.private_key, 1);  // below every curve's order
  Vector randomness = key;
  randomness.resize(sizes.randomness);
  randomness.back() = 2;
  const auto one = KeyExchange::from_private(GetParam(), key);
  const auto other = KeyExchange::from_private(GetParam(), key);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(copy(one->share()), copy(other->share()));
  const auto answer = encapsulate_from(GetParam(), one->share(), randomness);
  const auto again = encapsulate_from(GetParam(), one->share(), randomness);
  ASSERT_TRUE(answer && again);
  EXPECT_EQ(copy(answer->share.bytes()), copy(again->share.bytes()));
  const auto secret = other->decapsulate(answer->share.bytes());
  ASSERT_TRUE(secret);
  EXPECT_TRUE(equal_constant_time(secret->expose(), again->secret.expose()));
}

TEST_P(EachGroup, has_the_sizes_that_it_says) {
  const auto mine = KeyExchange::generate(GetParam());
  ASSERT_TRUE(mine);
  const auto answer = encapsulate(GetParam(), mine->share());
  ASSERT_TRUE(answer);
  EXPECT_EQ(agreed_sizes(GetParam()).share, answer->share.bytes().size());
  EXPECT_EQ(agreed_sizes(GetParam()).secret, answer->secret.size());
}

TEST_P(EachGroup, refuses_a_share_of_another_length) {
  const auto mine = KeyExchange::generate(GetParam());
  ASSERT_TRUE(mine);
  const auto answer = encapsulate(GetParam(), mine->share());
  ASSERT_TRUE(answer);
  const auto resized = [](Bytes share, std::size_t size) {
    Vector other = copy(share);
    other.resize(size);
    return other;
  };
  const std::size_t client_size = mine->share().size();
  for (const std::size_t size : {std::size_t{0}, client_size - 1, client_size + 1}) {
    EXPECT_FAILS(encapsulate(GetParam(), resized(mine->share(), size)), Reason::key_share_invalid);
  }
  const Bytes theirs = answer->share.bytes();
  for (const std::size_t size : {std::size_t{0}, theirs.size() - 1, theirs.size() + 1}) {
    EXPECT_FAILS(mine->decapsulate(resized(theirs, size)), Reason::key_share_invalid);
  }
}

TEST_P(EachGroup, refuses_secrets_of_the_wrong_size_or_range) {
  EXPECT_FAILS(KeyExchange::from_private(GetParam(), {}), Reason::key_malformed);
  EXPECT_FAILS(KeyExchange::from_private(GetParam(), Vector(200, 0xff)), Reason::key_malformed);
  const auto client = KeyExchange::generate(GetParam());
  ASSERT_TRUE(client);
  EXPECT_FAILS(encapsulate_from(GetParam(), client->share(), {}), Reason::key_malformed);
  EXPECT_FAILS(encapsulate_from(GetParam(), client->share(), Vector(200, 0xff)),
               Reason::key_malformed);
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
          const auto answer = encapsulate(GetParam(), mine->share());
          const auto secret = mine->decapsulate(answer->share.bytes());
          agreed +=
              secret && equal_constant_time(secret->expose(), answer->secret.expose()) ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(agreed, 20);
}

class EachCurve : public testing::TestWithParam<NamedGroup> {};

INSTANTIATE_TEST_SUITE_P(KeyExchange, EachCurve, testing::ValuesIn(curves));

TEST_P(EachCurve, refuses_a_share_of_zeros) {
  const auto mine = KeyExchange::generate(GetParam());
  ASSERT_TRUE(mine);
  const Vector zeros(mine->share().size());
  EXPECT_FAILS(mine->decapsulate(zeros), Reason::key_share_invalid);
  EXPECT_FAILS(encapsulate(GetParam(), zeros), Reason::key_share_invalid);
}

// --- Hybrids
// --------------------------------------------------------------------------------------

Vector join(Bytes first, Bytes second) {
  Vector all = copy(first);
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

// Puts a group together from its parts, in the order of RFC 10024 §4, and expects
// the same of the group itself.
template <class Set>
void expect_hybrid(NamedGroup group, NamedGroup curve, bool ml_kem_first) {
  const auto join_parts = [&](Bytes of_curve, Bytes of_ml_kem) {
    return ml_kem_first ? join(of_ml_kem, of_curve) : join(of_curve, of_ml_kem);
  };
  const Vector scalar(secret_sizes(curve).private_key, 3);
  const Vector seed(native::ml_kem_seed_size, 4);
  const Vector answering_scalar(scalar.size(), 5);
  const Vector message(native::ml_kem_message_size, 6);

  const auto curve_client = KeyExchange::from_private(curve, scalar).value();
  const auto ml_kem_client = native::MlKemKey<Set>::from_seed(seed).value();
  const auto client = KeyExchange::from_private(group, join_parts(scalar, seed));
  ASSERT_TRUE(client);
  const Vector share = join_parts(curve_client.share(), ml_kem_client.encapsulation_key());
  EXPECT_EQ(copy(client->share()), share);

  const auto curve_answer = encapsulate_from(curve, curve_client.share(), answering_scalar).value();
  const auto ml_kem_answer =
      native::ml_kem_encapsulate<Set>(ml_kem_client.encapsulation_key(),
                                      Bytes(message).first<native::ml_kem_message_size>())
          .value();
  const auto answer = encapsulate_from(group, share, join_parts(answering_scalar, message));
  ASSERT_TRUE(answer);
  const Vector server_share = join_parts(curve_answer.share.bytes(), ml_kem_answer.ciphertext);
  EXPECT_EQ(copy(answer->share.bytes()), server_share);
  const Vector secret = join_parts(curve_answer.secret.expose(), ml_kem_answer.secret.expose());
  EXPECT_EQ(copy(answer->secret.expose()), secret);
  const auto mine = client->decapsulate(server_share);
  ASSERT_TRUE(mine);
  EXPECT_EQ(copy(mine->expose()), secret);
}

TEST(Hybrid, joins_its_parts_in_the_order_of_the_draft) {
  expect_hybrid<native::MlKem768>(NamedGroup::x25519mlkem768, NamedGroup::x25519, true);
  expect_hybrid<native::MlKem768>(NamedGroup::secp256r1mlkem768, NamedGroup::secp256r1, false);
  expect_hybrid<native::MlKem1024>(NamedGroup::secp384r1mlkem1024, NamedGroup::secp384r1, false);
}

// RFC 10024 §4.1, §4.2, §4.3: the sizes of shares and secrets.
TEST(Hybrid, has_the_sizes_of_the_draft) {
  struct Sizes {
    NamedGroup group;
    std::size_t client;
    std::size_t server;
    std::size_t secret;
  };

  for (const Sizes& sizes : {Sizes{NamedGroup::x25519mlkem768, 1216, 1120, 64},
                             Sizes{NamedGroup::secp256r1mlkem768, 1249, 1153, 64},
                             Sizes{NamedGroup::secp384r1mlkem1024, 1665, 1665, 80},
                             Sizes{NamedGroup::mlkem1024, 1568, 1568, 32}}) {
    const auto client = KeyExchange::generate(sizes.group);
    const auto answer = encapsulate(sizes.group, client->share());
    ASSERT_TRUE(answer);
    EXPECT_EQ(client->share().size(), sizes.client);
    EXPECT_EQ(answer->share.bytes().size(), sizes.server);
    EXPECT_EQ(answer->secret.size(), sizes.secret);
  }
}

// Each part is checked as if it stood alone.
TEST(Hybrid, refuses_a_share_with_one_bad_part) {
  for (const NamedGroup group : {NamedGroup::x25519mlkem768, NamedGroup::secp256r1mlkem768,
                                 NamedGroup::secp384r1mlkem1024}) {
    const bool ml_kem_first = group == NamedGroup::x25519mlkem768;
    const std::size_t curve_size = ml_kem_first                             ? 32
                                   : group == NamedGroup::secp256r1mlkem768 ? 65
                                                                            : 97;
    const auto client = KeyExchange::generate(group);
    const auto answer = encapsulate(group, client->share());
    ASSERT_TRUE(answer);
    const auto with_zeros = [&](Bytes share) {
      Vector changed = copy(share);
      std::ranges::fill(ml_kem_first ? MutBytes(changed).last(curve_size)
                                     : MutBytes(changed).first(curve_size),
                        std::uint8_t{0});
      return changed;
    };
    EXPECT_FAILS(encapsulate(group, with_zeros(client->share())), Reason::key_share_invalid);
    EXPECT_FAILS(client->decapsulate(with_zeros(answer->share.bytes())), Reason::key_share_invalid);

    Vector unreduced = copy(client->share());
    const std::size_t at = ml_kem_first ? 0 : curve_size;
    unreduced[at] = 0x01;  // q itself, 0xd01
    unreduced[at + 1] = static_cast<std::uint8_t>((unreduced[at + 1] & 0xf0) | 0x0d);
    EXPECT_FAILS(encapsulate(group, unreduced), Reason::key_share_invalid);

    // A ciphertext that was changed on the way gives another secret, and no error.
    Vector changed = copy(answer->share.bytes());
    changed[at] ^= 1;
    const auto secret = client->decapsulate(changed);
    ASSERT_TRUE(secret);
    EXPECT_FALSE(equal_constant_time(secret->expose(), answer->secret.expose()));
  }
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

TEST(KeyExchange, knows_which_groups_have_ml_kem) {
  for (const NamedGroup group : groups) {
    EXPECT_EQ(has_ml_kem(group), std::ranges::find(curves, group) == curves.end()) << name(group);
  }
  EXPECT_FALSE(has_ml_kem(NamedGroup::ffdhe2048));
}

TEST(KeyExchange, knows_what_it_has) {
  for (const NamedGroup group : groups) {
    EXPECT_TRUE(is_supported(group));
  }
  EXPECT_FALSE(is_supported(NamedGroup::ffdhe2048));
  EXPECT_EQ(agreed_sizes(NamedGroup::ffdhe2048).secret, 0U);
  EXPECT_FAILS(KeyExchange::generate(NamedGroup::ffdhe2048), Reason::configuration_unsupported);
  EXPECT_FAILS(KeyExchange::from_private(NamedGroup::ffdhe2048, {}),
               Reason::configuration_unsupported);
  EXPECT_FAILS(encapsulate(NamedGroup::ffdhe2048, {}), Reason::configuration_unsupported);
  EXPECT_FAILS(encapsulate_from(NamedGroup::ffdhe2048, {}, {}), Reason::configuration_unsupported);
}

}  // namespace
}  // namespace handfast::crypto
