// Our P-384 beside libcrypto's, and at the edges of the numbers. (Wycheproof's vectors come by way
// of KeyExchange, in key_exchange_test.cc.)
#include "crypto/exchange.h"
#include "crypto/random.h"
#include "support/expect.h"
#include "support/hex.h"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using Vector = std::vector<std::uint8_t>;
using test::operator""_hex;

const Vector order = "ffffffffffffffffffffffffffffffffffffffffffffffff"
                     "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"_hex;
const Vector prime = "ffffffffffffffffffffffffffffffffffffffffffffffff"
                     "fffffffffffffffeffffffff0000000000000000ffffffff"_hex;

Vector share_of(const Exchange& exchange, Bytes private_key) {
  const auto pair = exchange.from_private(private_key);
  EXPECT_TRUE(pair);
  Vector share(exchange.client_share_size);
  EXPECT_TRUE(exchange.write_share(*pair, share));
  return share;
}

/// Nothing: the share is no good.
Vector secret_of(const Exchange& exchange, Bytes private_key, Bytes share) {
  const auto pair = exchange.from_private(private_key);
  Vector secret(exchange.secret_size);
  return exchange.decapsulate(*pair, share, secret) ? secret : Vector();
}

/// `value` big endian, in 48 bytes.
Vector number(std::uint64_t value) {
  Vector bytes(48);
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[47 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return bytes;
}

Vector minus(Vector bytes, unsigned less) {
  for (std::size_t i = bytes.size(); i-- > 0 && less > 0;) {
    const unsigned byte = bytes[i];
    bytes[i] = static_cast<std::uint8_t>(byte - less);
    less = byte < less ? 1 : 0;  // `less` is below 256
  }
  return bytes;
}

/// Private keys of which the digits, windows and combs are of every kind.
std::vector<Vector> keys() {
  std::vector<Vector> all;
  for (unsigned i = 1; i <= 70; ++i) {
    all.push_back(number(i));
    all.push_back(minus(order, i));
  }
  for (std::size_t bit = 1; bit < 383; bit += 6) {
    Vector power(48);
    power[47 - bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
    all.push_back(power);
    all.push_back(minus(power, 1));
  }
  for (int i = 0; i < 100; ++i) {
    Vector random(48);
    EXPECT_TRUE(fill_random(random));
    random[0] &= 0x7f;
    all.push_back(random);
  }
  return all;
}

TEST(P384, agrees_with_libcrypto) {
  Vector peer = share_of(dh_secp384r1_of_libcrypto, number(0x123456789abcdef));
  for (const Vector& key : keys()) {
    const Vector share = share_of(dh_secp384r1, key);
    ASSERT_EQ(share, share_of(dh_secp384r1_of_libcrypto, key)) << testing::PrintToString(key);
    const Vector secret = secret_of(dh_secp384r1, key, peer);
    ASSERT_FALSE(secret.empty());
    ASSERT_EQ(secret, secret_of(dh_secp384r1_of_libcrypto, key, peer))
        << testing::PrintToString(key);
    peer = share;
  }
}

TEST(P384, takes_private_keys_below_the_order_alone) {
  Vector too_large = order;
  ++too_large.back();
  for (const Vector& bad :
       {number(0), order, too_large, Vector(48, 0xff), Vector(49, 1), Vector()}) {
    EXPECT_FAILS(dh_secp384r1.from_private(bad), Reason::key_malformed);
  }
  EXPECT_TRUE(dh_secp384r1.from_private(minus(order, 1)));
}

TEST(P384, takes_points_of_the_curve_alone) {
  const Vector key = number(3);
  const Vector good = share_of(dh_secp384r1, number(5));
  EXPECT_FALSE(secret_of(dh_secp384r1, key, good).empty());
  const auto expect_refused = [&](Vector share) {
    EXPECT_TRUE(secret_of(dh_secp384r1, key, share).empty());
    Vector own(97);
    Vector secret(48);
    EXPECT_FAILS(dh_secp384r1.encapsulate(share, {}, own, secret), Reason::key_share_invalid);
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    Vector changed = good;
    changed[i] ^= 1;
    expect_refused(changed);
  }
  expect_refused(Vector(good.begin(), good.end() - 1));
  expect_refused(Vector(97));
}

// SP 800-56A §5.6.2.3.3: both coordinates are integers below p.
TEST(P384, takes_reduced_coordinates_alone) {
  const Vector root_of_b = "c306610fb0ae5a159cf45c06069f22a6c5eb3641c602d42d"
                           "ea2c4b4f75550793406d80d2b91ad54f9048bd487af1ade1"_hex;
  const auto at = [&](const Vector& x) {
    Vector share = {4};
    share.insert(share.end(), x.begin(), x.end());
    share.insert(share.end(), root_of_b.begin(), root_of_b.end());
    return share;
  };
  EXPECT_FALSE(secret_of(dh_secp384r1, number(3), at(number(0))).empty());
  EXPECT_TRUE(secret_of(dh_secp384r1, number(3), at(prime)).empty());
}

}  // namespace
}  // namespace handfast::crypto
