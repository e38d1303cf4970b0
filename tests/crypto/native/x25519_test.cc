// Our X25519, each twin of it, and libcrypto's beside it: the vectors of RFC 7748 and Wycheproof,
// and random keys and shares. A million of these were compared once, as HANDFAST_X25519_ROUNDS
// does, and the 1,000,000 iterations of RFC 7748 §5.2 were run.
#include "crypto/native/x25519.h"

#include "crypto/exchange.h"
#include "crypto/random.h"
#include "crypto/wycheproof.h"
#include "support/expect.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using native::x25519_size;
using Vector = std::vector<std::uint8_t>;
using test::operator""_hex;

Vector share_by(const Exchange& exchange, const Vector& private_key) {
  const auto pair = exchange.from_private(private_key);
  EXPECT_TRUE(pair);
  Vector share(x25519_size);
  EXPECT_TRUE(exchange.write_share(*pair, share));
  return share;
}

/// Nothing: the share is no good.
Vector secret_by(const Exchange& exchange, const Vector& private_key, const Vector& share) {
  const auto pair = exchange.from_private(private_key);
  Vector secret(x25519_size);
  return exchange.decapsulate(*pair, share, secret) ? secret : Vector();
}

/// One of those that do the same: what makes a share, and what makes a secret.
struct Maker {
  const char* name;
  bool is_available;
  std::function<Vector(const Vector&)> share;
  std::function<Vector(const Vector&, const Vector&)> secret;
};

void PrintTo(const Maker& maker, std::ostream* out) { *out << maker.name; }

Maker of_exchange(const char* name, const Exchange& exchange) {
  return {name, true, [&](const Vector& key) { return share_by(exchange, key); },
          [&](const Vector& key, const Vector& peer) { return secret_by(exchange, key, peer); }};
}

std::span<const std::uint8_t, x25519_size> sized(const Vector& bytes) {
  return std::span(bytes).first<x25519_size>();
}

#ifdef __SIZEOF_INT128__
Maker of_twin(const char* name, native::X25519Twin twin) {
  return {name, is_available(twin),
          [=](const Vector& key) {
            const native::X25519Key mine(sized(key), twin);
            return Vector(mine.share().begin(), mine.share().end());
          },
          [=](const Vector& key, const Vector& peer) {
            Vector secret(x25519_size);
            const native::X25519Key mine(sized(key), twin);
            const bool good = mine.derive(sized(peer), std::span(secret).first<x25519_size>());
            return good ? secret : Vector();
          }};
}
#endif

std::vector<Maker> makers() {
  return {
#ifdef __SIZEOF_INT128__
      of_twin("portable", native::X25519Twin::portable), of_twin("adx", native::X25519Twin::adx),
      of_twin("ifma", native::X25519Twin::ifma),
#endif
      of_exchange("exchange", dh_x25519), of_exchange("libcrypto", dh_x25519_of_libcrypto)};
}

class X25519 : public testing::TestWithParam<Maker> {
 protected:
  void SetUp() override {
    if (!GetParam().is_available) {
      GTEST_SKIP() << "this build or this processor does not have this twin";
    }
  }

  static Vector share(const Vector& key) { return GetParam().share(key); }

  static Vector secret(const Vector& key, const Vector& peer) {
    return GetParam().secret(key, peer);
  }
};

const auto name_of_maker = [](const testing::TestParamInfo<Maker>& info) {
  return std::string(info.param.name);
};

INSTANTIATE_TEST_SUITE_P(Each, X25519, testing::ValuesIn(makers()), name_of_maker);

// RFC 7748 §5.2.
TEST_P(X25519, stands_the_vectors_of_rfc7748) {
  EXPECT_EQ(secret("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"_hex,
                   "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"_hex),
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"_hex);
  // The most significant bit of this u is set, and does not count.
  EXPECT_EQ(secret("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"_hex,
                   "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"_hex),
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"_hex);
}

TEST_P(X25519, stands_the_iterations_of_rfc7748) {
  Vector k(x25519_size);
  k.front() = 9;
  Vector u = k;
  int done = 0;
  const auto iterate_until = [&](int count) {
    for (; done < count; ++done) {
      Vector next = secret(k, u);
      u = std::exchange(k, std::move(next));
    }
    return k;
  };
  EXPECT_EQ(iterate_until(1),
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"_hex);
  EXPECT_EQ(iterate_until(1000),
            "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"_hex);
  if (std::getenv("HANDFAST_X25519_ROUNDS") != nullptr) {
    EXPECT_EQ(iterate_until(1'000'000),
              "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424"_hex);
  }
}

// RFC 7748 §6.1.
TEST_P(X25519, stands_the_exchange_of_rfc7748) {
  const Vector alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"_hex;
  const Vector bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"_hex;
  const Vector shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"_hex;
  EXPECT_EQ(share(alice), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"_hex);
  EXPECT_EQ(share(bob), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"_hex);
  EXPECT_EQ(secret(alice, share(bob)), shared);
  EXPECT_EQ(secret(bob, share(alice)), shared);
}

TEST_P(X25519, stands_wycheproof) {
  const auto tally = test::run_wycheproof(
      "x25519",
      [](const auto&, const auto& test) {
        return secret(test::bytes_of(test, "private"), test::bytes_of(test, "public")) ==
               test::bytes_of(test, "shared");
      },
      // RFC 9846 §7.4.2 has the all-zero secret refused.
      [](const auto& test) { return test::bytes_of(test, "shared") != Vector(x25519_size); });
  EXPECT_EQ(tally.accepted, 264U);
  EXPECT_EQ(tally.choice_accepted + tally.choice_refused, 254U);
  EXPECT_GE(tally.choice_refused, 31U);
}

Vector changed_by_one(Vector number, bool up) {
  for (std::uint8_t& byte : number) {
    byte = static_cast<std::uint8_t>(up ? byte + 1 : byte - 1);
    if (byte != (up ? 0x00 : 0xff)) {
      break;
    }
  }
  return number;
}

/// The points whose order divides 8, of the curve and of its twist, in every form that 32 bytes
/// have for them: 0, 1, two points of order 8, and -1 (https://cr.yp.to/ecdh.html#validate).
std::vector<Vector> points_of_small_order() {
  const Vector prime = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"_hex;
  std::vector<Vector> all = {
      Vector(x25519_size),
      changed_by_one(Vector(x25519_size), true),
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"_hex,
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"_hex,
      changed_by_one(prime, false),
      prime,
      changed_by_one(prime, true),
  };
  for (std::size_t i = 0, count = all.size(); i < count; ++i) {
    Vector high = all[i];
    high.back() |= 0x80;
    all.push_back(high);
  }
  return all;
}

TEST_P(X25519, refuses_points_of_small_order) {
  for (const Vector& point : points_of_small_order()) {
    for (const std::uint8_t byte : std::array<std::uint8_t, 3>{0x00, 0x55, 0xff}) {
      EXPECT_TRUE(secret(Vector(x25519_size, byte), point).empty())
          << testing::PrintToString(point);
    }
  }
}

// RFC 7748 §5: bits of the key that do not count, and of the share.
TEST_P(X25519, passes_over_what_is_masked) {
  const Vector key(x25519_size, 0x5a);
  const Vector peer = share(Vector(x25519_size, 0x33));
  const Vector expected = secret(key, peer);
  for (const std::uint8_t low : std::array<std::uint8_t, 4>{1, 2, 4, 7}) {
    Vector other = key;
    other.front() ^= low;
    EXPECT_EQ(share(other), share(key));
    EXPECT_EQ(secret(other, peer), expected);
  }
  for (const std::uint8_t high : std::array<std::uint8_t, 3>{0x80, 0x40, 0xc0}) {
    Vector other = key;
    other.back() ^= high;
    EXPECT_EQ(share(other), share(key));
    EXPECT_EQ(secret(other, peer), expected);
  }
  Vector high = peer;
  high.back() ^= 0x80;
  EXPECT_EQ(secret(key, high), expected);
}

/// Numbers of every kind: small, next to p and to 2^255, single bits, runs of ones, random.
std::vector<Vector> numbers() {
  std::vector<Vector> all;
  Vector small(x25519_size);
  Vector large(x25519_size, 0xff);
  for (int i = 0; i < 70; ++i) {
    all.push_back(small);
    all.push_back(large);
    large.back() &= 0x7f;
    all.push_back(large);
    large.back() |= 0x80;
    small = changed_by_one(small, true);
    large = changed_by_one(large, false);
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Vector power(x25519_size);
    power[bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
    all.push_back(power);
    all.push_back(changed_by_one(power, false));
  }
  const char* const asked = std::getenv("HANDFAST_X25519_ROUNDS");
  const int rounds = asked != nullptr ? std::atoi(asked) : 2000;
  for (int i = 0; i < rounds; ++i) {
    Vector random(x25519_size);
    EXPECT_TRUE(fill_random(random));
    all.push_back(random);
  }
  return all;
}

TEST_P(X25519, agrees_with_libcrypto) {
  const std::vector<Vector> all = numbers();
  Vector key = all.back();
  for (const Vector& number : all) {
    ASSERT_EQ(share(number), share_by(dh_x25519_of_libcrypto, number))
        << testing::PrintToString(number);
    ASSERT_EQ(secret(key, number), secret_by(dh_x25519_of_libcrypto, key, number))
        << testing::PrintToString(key) << testing::PrintToString(number);
    key = number;
  }
}

TEST(X25519Exchange, takes_keys_and_shares_of_32_bytes_alone) {
  const Vector key(x25519_size, 1);
  const auto pair = dh_x25519.from_private(key);
  ASSERT_TRUE(pair);
  const Vector good = share_by(dh_x25519, Vector(x25519_size, 2));
  Vector share(x25519_size);
  Vector secret(x25519_size);
  EXPECT_TRUE(dh_x25519.decapsulate(*pair, good, secret));
  EXPECT_TRUE(dh_x25519.encapsulate(good, key, share, secret));
  for (const std::size_t size : std::array<std::size_t, 5>{0, 1, 31, 33, 64}) {
    const Vector bad(size, 1);
    EXPECT_FAILS(dh_x25519.from_private(bad), Reason::key_malformed);
    EXPECT_FALSE(dh_x25519.decapsulate(*pair, bad, secret));
    EXPECT_FAILS(dh_x25519.encapsulate(bad, key, share, secret), Reason::key_share_invalid);
    if (size != 0) {  // nothing asks for a fresh key
      EXPECT_FAILS(dh_x25519.encapsulate(good, bad, share, secret), Reason::key_malformed);
    }
  }
  for (const Vector& point : points_of_small_order()) {
    EXPECT_FALSE(dh_x25519.decapsulate(*pair, point, secret));
    EXPECT_FAILS(dh_x25519.encapsulate(point, {}, share, secret), Reason::key_share_invalid);
  }
}

}  // namespace
}  // namespace handfast::crypto
