// The field of X25519 that has four numbers at a time, lane by lane beside the simplest arithmetic.
#include "crypto/native/x25519.h"

#ifdef HANDFAST_HAS_ADX
#include "crypto/native/x25519_field_ifma.h"
#include "crypto/native/x25519_simple.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto::native {
namespace {

constexpr std::uint64_t element_limb = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t sum_limb = (std::uint64_t{1} << 63) - 1;
constexpr std::uint64_t product_limb = (std::uint64_t{1} << 61) - (1 << 15);
constexpr std::size_t lanes = 4;

template <class Numbers>
Words<5> limbs_at(const Numbers& of, std::size_t lane) {
  Words<5> out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = of.limbs[i][lane];
  }
  return out;
}

template <class Numbers>
Words256 value_at(const Numbers& of, std::size_t lane) {
  return value_of(limbs_at(of, lane), 51);
}

template <class Numbers>
std::uint64_t largest_limb(const Numbers& of, std::size_t lane) {
  return std::ranges::max(limbs_at(of, lane));
}

// What is tested, as functions that anybody may call.

HANDFAST_AVX512 void product(const FourElements& a, const FourElements& b, const FourSums& c,
                             FourSums* out) {
  *out = product(a, b, c);
}

HANDFAST_AVX512 void square(const FourElements& a, FourSums* out) { *out = square(a); }

HANDFAST_AVX512 void scale(std::uint64_t factor, const FourElements& a, const FourSums& b,
                           FourSums* out) {
  *out = scale(FourLimbs{0, factor, 1, factor}, a, b);
}

HANDFAST_AVX512 void carried(const FourSums& a, FourElements* out) { *out = carried(a); }

HANDFAST_AVX512 void crossed(const FourSums& a, FourSums* out) { *out = crossed(a); }

HANDFAST_AVX512 void difference(const FourSums& a, const FourSums& b, FourSums* out) {
  *out = a - b;
}

HANDFAST_AVX512 void lanes_at(const std::array<std::uint64_t, lanes>& which, const FourElements& a,
                              FourElements* out) {
  *out = lanes_at(FourLimbs{which[0], which[1], which[2], which[3]}, a);
}

HANDFAST_AVX512 void write_above_products(FourSums* out) { *out = above_products<0b0101>(); }

class X25519FieldByFours : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_available(X25519Twin::ifma)) {
      GTEST_SKIP() << "this processor does not have AVX-512 IFMA";
    }
  }

  /// Numbers whose limbs are zero, the largest, next to either, or anything below.
  template <class Numbers>
  Numbers numbers(std::uint64_t largest) {
    Numbers out;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const auto style = random_() % 6;
      for (auto& limb : out.limbs) {
        const std::uint64_t any = random_() % (largest + 1);
        const std::uint64_t near = style == 3 || style == 4 ? any % 3 : 0;
        limb[lane] = style >= 5 ? any : style % 2 == 0 ? largest - near : near;
      }
    }
    return out;
  }

  FourElements elements() { return numbers<FourElements>(element_limb); }

  static constexpr int rounds = 2000;
  std::mt19937_64 random_{25519};
};

TEST_F(X25519FieldByFours, multiplies) {
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    const FourElements a = elements();
    const FourElements b = elements();
    FourSums above;
    write_above_products(&above);
    for (const FourSums& c : {FourSums{}, above}) {
      FourSums got;
      product(a, b, c, &got);
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        EXPECT_EQ(value_at(got, lane), simple_product(value_at(a, lane), value_at(b, lane)));
        const bool has_more = largest_limb(c, lane) != 0;
        EXPECT_LE(largest_limb(got, lane), has_more ? 2 * product_limb + (1 << 15) : product_limb);
      }
    }
  }
}

TEST_F(X25519FieldByFours, squares) {
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    const FourElements a = elements();
    FourSums got;
    square(a, &got);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const Words256 number = value_at(a, lane);
      EXPECT_EQ(value_at(got, lane), simple_product(number, number));
      EXPECT_LE(largest_limb(got, lane), product_limb);
    }
  }
}

TEST_F(X25519FieldByFours, scales) {
  for (const std::uint64_t factor : std::array<std::uint64_t, 4>{0, 1, 121666, (1 << 17) - 1}) {
    for (int i = 0; i < rounds / 4 && !HasFailure(); ++i) {
      const FourElements a = elements();
      const auto b = numbers<FourSums>(product_limb);
      FourSums got;
      scale(factor, a, b, &got);
      const std::array<std::uint64_t, lanes> factors = {0, factor, 1, factor};
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const Words256 scaled = simple_product(value_at(a, lane), {factors[lane]});
        EXPECT_EQ(value_at(got, lane), simple_sum(scaled, value_at(b, lane)));
        EXPECT_LE(largest_limb(got, lane), product_limb + (std::uint64_t{1} << 53));
      }
    }
  }
}

TEST_F(X25519FieldByFours, carries) {
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    const auto a = numbers<FourSums>(sum_limb);
    FourElements got;
    carried(a, &got);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      EXPECT_EQ(value_at(got, lane), value_at(a, lane));
      EXPECT_LE(largest_limb(got, lane), element_limb);
    }
  }
}

TEST_F(X25519FieldByFours, adds_and_subtracts) {
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    auto a = numbers<FourSums>(product_limb);
    const auto b = numbers<FourSums>(product_limb);
    FourSums less;
    difference(a, b, &less);
    FourSums above;
    write_above_products(&above);
    for (std::size_t limb = 0; limb < 5; ++limb) {
      a.limbs[limb] += above.limbs[limb];
    }
    FourSums got;
    crossed(a, &got);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      EXPECT_EQ(simple_sum(value_at(less, lane), value_at(b, lane)), value_at(a, lane));
      EXPECT_LE(largest_limb(less, lane), sum_limb);
      const std::size_t even = lane & ~std::size_t{1};
      const Words256 first = value_at(a, even);
      const Words256 second = value_at(a, even + 1);
      EXPECT_EQ(lane == even ? value_at(got, lane) : simple_sum(value_at(got, lane), second),
                lane == even ? simple_sum(first, second) : first);
      EXPECT_LE(largest_limb(got, lane), sum_limb);
    }
  }
}

TEST_F(X25519FieldByFours, chooses_lanes) {
  const FourElements a = elements();
  for (std::uint64_t i = 0; i < 256; ++i) {
    const std::array<std::uint64_t, lanes> which = {i & 3, i >> 2 & 3, i >> 4 & 3, i >> 6};
    FourElements got;
    lanes_at(which, a, &got);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      EXPECT_EQ(limbs_at(got, lane), limbs_at(a, which[lane]));
    }
  }
}

}  // namespace
}  // namespace handfast::crypto::native

#endif
