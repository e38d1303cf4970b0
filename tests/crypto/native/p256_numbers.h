// What the tests of P-256 take from libcrypto: integers and points of any kind, to compare with.
#pragma once

#include "crypto/native/p256_field.h"
#include "support/expect.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

namespace handfast::crypto::native::p256_test {

using Bytes32 = std::array<std::uint8_t, p256_size>;

/// An integer of any size, at least 0.
class Integer {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a number is one
  Integer(std::uint64_t value = 0) : number_(BN_new(), BN_clear_free) {
    EXPECT_EQ(BN_set_word(get(), value), 1);
  }

  explicit Integer(const std::string& hex) : Integer() {
    BIGNUM* raw = get();
    EXPECT_NE(BN_hex2bn(&raw, hex.c_str()), 0);
  }

  explicit Integer(Bytes big_endian) : Integer() {
    EXPECT_NE(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), get()), nullptr);
  }

  explicit Integer(const Words256& words) : Integer() {
    Bytes32 bytes;
    write_big_endian(words, bytes);
    EXPECT_NE(BN_bin2bn(bytes.data(), p256_size, get()), nullptr);
  }

  Integer(const Integer& other) : Integer() { EXPECT_NE(BN_copy(get(), other.get()), nullptr); }

  Integer& operator=(const Integer& other) {
    EXPECT_NE(BN_copy(get(), other.get()), nullptr);
    return *this;
  }

  ~Integer() = default;

  [[nodiscard]] BIGNUM* get() const { return number_.get(); }

  [[nodiscard]] bool is_zero() const { return BN_is_zero(get()) == 1; }

  [[nodiscard]] Bytes32 bytes() const {
    Bytes32 bytes;
    EXPECT_EQ(BN_bn2binpad(get(), bytes.data(), p256_size), static_cast<int>(p256_size));
    return bytes;
  }

  [[nodiscard]] Words256 words() const { return big_endian_words(bytes()); }

  friend bool operator==(const Integer& a, const Integer& b) {
    return BN_cmp(a.get(), b.get()) == 0;
  }

  friend bool operator<(const Integer& a, const Integer& b) { return BN_cmp(a.get(), b.get()) < 0; }

 private:
  std::unique_ptr<BIGNUM, decltype(&BN_clear_free)> number_;
};

inline BN_CTX* scratch() {
  static const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), BN_CTX_free);
  return context.get();
}

/// Arithmetic modulo a number.
struct Modulus {
  Integer m;

  [[nodiscard]] Integer plus(const Integer& a, const Integer& b) const {
    Integer out;
    EXPECT_EQ(BN_mod_add(out.get(), a.get(), b.get(), m.get(), scratch()), 1);
    return out;
  }

  [[nodiscard]] Integer minus(const Integer& a, const Integer& b) const {
    Integer out;
    EXPECT_EQ(BN_mod_sub(out.get(), a.get(), b.get(), m.get(), scratch()), 1);
    return out;
  }

  [[nodiscard]] Integer times(const Integer& a, const Integer& b) const {
    Integer out;
    EXPECT_EQ(BN_mod_mul(out.get(), a.get(), b.get(), m.get(), scratch()), 1);
    return out;
  }

  [[nodiscard]] Integer inverse(const Integer& a) const {
    Integer out;
    EXPECT_NE(BN_mod_inverse(out.get(), a.get(), m.get(), scratch()), nullptr);
    return out;
  }

  [[nodiscard]] Integer over(const Integer& a, const Integer& b) const {
    return times(a, inverse(b));
  }
};

inline const Modulus modulo_n{
    Integer("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")};
inline const Modulus modulo_p{
    Integer("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")};

inline const EC_GROUP* curve_group() {
  static const std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), EC_GROUP_free);
  return group.get();
}

/// A point of the curve, by libcrypto.
class CurvePoint {
 public:
  CurvePoint() : point_(EC_POINT_new(curve_group()), EC_POINT_free) {}

  /// u G + v other.
  static CurvePoint sum(const Integer& u, const CurvePoint& other, const Integer& v) {
    CurvePoint out;
    EXPECT_EQ(EC_POINT_mul(curve_group(), out.get(), u.get(), other.get(), v.get(), scratch()), 1);
    return out;
  }

  static CurvePoint multiple(const Integer& u) {
    CurvePoint out;
    EXPECT_EQ(EC_POINT_mul(curve_group(), out.get(), u.get(), nullptr, nullptr, scratch()), 1);
    return out;
  }

  [[nodiscard]] EC_POINT* get() const { return point_.get(); }

  [[nodiscard]] bool is_neutral() const {
    return EC_POINT_is_at_infinity(curve_group(), get()) == 1;
  }

  [[nodiscard]] std::array<std::uint8_t, 65> share() const {
    std::array<std::uint8_t, 65> share{};
    EXPECT_EQ(EC_POINT_point2oct(curve_group(), get(), POINT_CONVERSION_UNCOMPRESSED, share.data(),
                                 share.size(), scratch()),
              share.size());
    return share;
  }

  [[nodiscard]] Integer x() const { return Integer(Bytes(share()).subspan(1, p256_size)); }

 private:
  std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)> point_;
};

/// 1 to 20, 2^i and 2^i - 1, and what these are below `top`.
inline std::vector<Integer> edges_below(const Integer& top) {
  std::vector<Integer> edges = {Integer(0)};
  const auto add = [&](const Integer& value) {
    if (value < top && !value.is_zero()) {
      edges.push_back(value);
      edges.push_back(Modulus{top}.minus(0, value));
    }
  };
  for (std::uint64_t i = 1; i <= 20; ++i) {
    add(i);
  }
  for (int i = 5; i < 256; i += i % 32 < 2 || i % 32 > 29 ? 1 : 7) {
    Integer power;
    EXPECT_EQ(BN_set_bit(power.get(), i), 1);
    add(power);
    add(Modulus{top}.minus(power, 1));
  }
  return edges;
}

}  // namespace handfast::crypto::native::p256_test
