// The field of X25519 that has four numbers at a time, lane by lane beside the simplest arithmetic;
// and sums of points, beside those that have one at a time.
#include "crypto/native/x25519.h"

#ifdef HANDFAST_HAS_AVX512
#include "crypto/native/x25519_ifma.h"
#include "crypto/native/x25519_simple.h"

#include <algorithm>
#include <array>
#include <random>

#include <gtest/gtest.h>

namespace handfast::crypto::native {
namespace {

constexpr std::uint64_t element_limb = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t sum_limb = (std::uint64_t{1} << 63) - 1;
constexpr std::uint64_t product_limb = std::uint64_t{267} << 52;
constexpr std::uint64_t room_limb = std::uint64_t{1} << 61;  // of above_products
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

HANDFAST_AVX512 void look_up_fours(std::size_t comb, std::uint64_t five_bits, FourElements* out) {
  *out = look_up_signed(x25519_four_table()[comb], five_bits);
}

HANDFAST_AVX512 void point_of(const FourElements& a, const FourElements& b, FourSums* out) {
  *out = point_of(a, b);
}

HANDFAST_AVX512 void add_fours(const FourSums& a, const FourElements& b, FourSums* out) {
  *out = add(before_adding(a), b);
}

class X25519FieldByFours : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_available(X25519Twin::ifma)) {
      GTEST_SKIP() << "this processor does not have AVX-512 IFMA";
    }
  }

  /// Numbers whose limbs are zero, the largest, next to either, such that both halves of products
  /// are large, or anything.
  template <class Numbers>
  Numbers numbers(std::uint64_t largest) {
    Numbers out;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const auto style = random_() % 6;
      for (auto& limb : out.limbs) {
        const std::uint64_t any = random_() % (largest + 1);
        const std::array<std::uint64_t, 6> styles = {
            0, largest, any % 3, largest - any % 3, largest - (1 << 26) + any % 3, any};
        limb[lane] = styles[style];
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
        EXPECT_LE(largest_limb(got, lane), product_limb + largest_limb(c, lane));
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

TEST_F(X25519FieldByFours, has_room_for_what_is_taken) {
  FourSums room;
  write_above_products(&room);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    EXPECT_EQ(value_at(room, lane), Words256{});
    for (const std::uint64_t limb : limbs_at(room, lane)) {
      EXPECT_EQ(limb > product_limb && limb < room_limb, lane % 2 == 0);
    }
  }
}

TEST_F(X25519FieldByFours, chooses_lanes) {
  FourElements a;
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      a.limbs[i][lane] = 16 * (lane + 1) + i;
    }
  }
  for (std::uint64_t i = 0; i < 256; ++i) {
    const std::array<std::uint64_t, lanes> which = {i & 3, i >> 2 & 3, i >> 4 & 3, i >> 6};
    FourElements got;
    lanes_at(which, a, &got);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      EXPECT_EQ(limbs_at(got, lane), limbs_at(a, which[lane]));
    }
  }
}

TEST_F(X25519FieldByFours, looks_points_up_as_other_fields_do) {
  for (std::size_t comb = 0; comb < x25519_combs; ++comb) {
    for (std::uint64_t five_bits = 0; five_bits < 32; ++five_bits) {
      FourElements got;
      look_up_fours(comb, five_bits, &got);
      const auto expected = look_up_signed<Element51>(x25519_comb_table()[comb], five_bits);
      EXPECT_EQ(value_at(got, 0), value_of(expected.sum.limbs, 51));
      EXPECT_EQ(value_at(got, 1), value_of(expected.difference.limbs, 51));
      EXPECT_EQ(value_at(got, 2), Words256{1});
      EXPECT_EQ(value_at(got, 3), value_of(expected.product.limbs, 51));
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        EXPECT_LE(largest_limb(got, lane), element_limb);
      }
    }
  }
}

/// The point whose y, x, z and t `sums` are.
EdwardsPoint<Element51> point_at(const FourSums& sums) {
  const auto lane = [&](std::size_t i) { return Element51::of(value_at(sums, i)); };
  return {.x = lane(1), .y = lane(0), .z = lane(2), .t = lane(3)};
}

// Numbers of every kind, most of which are no points: what is calculated is the same.
TEST_F(X25519FieldByFours, adds_points_as_other_fields_do) {
  const Element51 one = Element51::of({1});
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    const FourElements factors = elements();
    const FourElements other = elements();
    FourSums start;
    FourSums got;
    point_of(elements(), factors, &start);
    add_fours(start, other, &got);
    const EdwardsPoint<Element51> point = point_at(start);
    const auto lane = [&](std::size_t at) { return Element51::of(value_at(other, at)); };
    const Addend<Element51> addend = {.difference = lane(1), .sum = lane(0), .product = lane(3)};
    const EdwardsPoint<Element51> sum = add(point, addend, point.z * (one * lane(2)));
    EXPECT_EQ(point_at(got).x.number(), sum.x.number());
    EXPECT_EQ(point_at(got).y.number(), sum.y.number());
    EXPECT_EQ(point_at(got).z.number(), sum.z.number());
    EXPECT_EQ(point_at(got).t.number(), sum.t.number());
  }
}

}  // namespace
}  // namespace handfast::crypto::native

#endif
