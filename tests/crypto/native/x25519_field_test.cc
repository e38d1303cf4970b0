// Two fields of X25519 beside the simplest arithmetic that there is.
#include "crypto/native/x25519_field.h"

#ifdef __SIZEOF_INT128__
#include "crypto/native/x25519_curve.h"
#include "crypto/native/x25519_simple.h"
#ifdef HANDFAST_HAS_ADX
#include "crypto/native/x25519_field_adx.h"
#endif

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto::native {
namespace {

/// How each field writes numbers down, and the largest that the two types take.
struct Field51 {
  using Element = Element51;
  static constexpr std::uint64_t element_limb = (std::uint64_t{1} << 51) + (1 << 13) - 1;
  static constexpr std::uint64_t sum_limb = (std::uint64_t{1} << 53) - 1;
  static constexpr Element largest_element = {
      {element_limb, element_limb, element_limb, element_limb, element_limb}};
  static constexpr Sum51 largest_sum = {{sum_limb, sum_limb, sum_limb, sum_limb, sum_limb}};

  static Words256 value(const Sum51& sum) { return value_of(sum.limbs, 51); }

  static bool is_in_bounds(const Element51& element) {
    return std::ranges::max(element.limbs) <= element_limb;
  }

  static bool is_in_bounds(const Sum51& sum) { return std::ranges::max(sum.limbs) <= sum_limb; }
};

#ifdef HANDFAST_HAS_ADX
struct Field64 {
  using Element = Element64;
  static constexpr Words256 bound = {1 << 23, 0, 0, std::uint64_t{1} << 63};
  static constexpr Element largest_element = {{(1 << 23) - 1, 0, 0, std::uint64_t{1} << 63}};
  static constexpr Sum64 largest_sum = {{all_ones, all_ones, all_ones, all_ones}};

  static Words256 value(const Sum64& sum) { return value_of(sum.words, 64); }

  static bool is_in_bounds(const Element64& element) { return is_below(element.words, bound); }

  static bool is_in_bounds(const Sum64& /*any*/) { return true; }
};

using Fields = testing::Types<Field51, Field64>;
#else
using Fields = testing::Types<Field51>;
#endif

template <class Field>
class X25519Field : public testing::Test {
 protected:
  using Element = typename Field::Element;
  using Sum = typename Element::Sum;

  void SetUp() override {
    const bool is_adx = !std::is_same_v<Field, Field51>;
    if (is_adx && !is_available(X25519Twin::adx)) {
      GTEST_SKIP() << "this processor does not have ADX";
    }
  }

  /// Zero, one, what is next to p, to powers of two and to the end; and random numbers.
  static std::vector<Element> elements() {
    std::vector<Element> all = {Field::largest_element};
    for (std::uint64_t i = 0; i < 20; ++i) {
      all.push_back(Element::of({i}));
      all.push_back(Element::of(simple_difference(x25519_prime, {i})));
      all.push_back(Element::of({i << 56, i << 50, i << 33, i << 57 >> 1}));
    }
    for (std::uint64_t i = 0; i < 19; ++i) {  // p to 2^255 - 1
      all.push_back(Element::of(simple_difference(x25519_prime, simple_difference({}, {i}))));
    }
    for (std::size_t bit = 0; bit < 255; bit += 7) {
      Words256 power{};
      power[bit / 64] = std::uint64_t{1} << (bit % 64);
      all.push_back(Element::of(power));
      all.push_back(Element::of(simple_difference(power, {1})));
    }
    std::mt19937_64 random(25519);
    for (int i = 0; i < 50; ++i) {
      all.push_back(Element::of({random(), random(), random(), random() >> 1}));
    }
    return all;
  }

  /// Sums of every kind.
  static std::vector<Sum> sums() {
    std::vector<Sum> all = {Field::largest_sum};
    const std::vector<Element> parts = elements();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      all.push_back(parts[i]);
      all.push_back(parts[i] + parts[(7 * i + 1) % parts.size()]);
      all.push_back(parts[i] - parts[(5 * i + 2) % parts.size()]);
    }
    return all;
  }

  static void expect_product(const Element& got, const Words256& expected) {
    EXPECT_TRUE(Field::is_in_bounds(got));
    EXPECT_EQ(got.number(), expected);
  }
};

TYPED_TEST_SUITE(X25519Field, Fields);

TYPED_TEST(X25519Field, gives_numbers_back_below_p) {
  for (const auto& a : this->elements()) {
    EXPECT_EQ(a.number(), TypeParam::value(a));
    EXPECT_TRUE(is_below(a.number(), x25519_prime));
  }
}

TYPED_TEST(X25519Field, adds_and_subtracts) {
  const auto elements = this->elements();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    for (std::size_t j = i % 11; j < elements.size(); j += 11) {
      const auto& a = elements[i];
      const auto& b = elements[j];
      const auto sum = a + b;
      const auto less = a - b;
      ASSERT_TRUE(TypeParam::is_in_bounds(sum) && TypeParam::is_in_bounds(less));
      ASSERT_EQ(TypeParam::value(sum), simple_sum(a.number(), b.number()));
      ASSERT_EQ(simple_sum(TypeParam::value(less), b.number()), a.number());
    }
  }
}

TYPED_TEST(X25519Field, multiplies) {
  const auto sums = this->sums();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    for (std::size_t j = i % 97; j < sums.size(); j += 97) {
      this->expect_product(sums[i] * sums[j],
                           simple_product(TypeParam::value(sums[i]), TypeParam::value(sums[j])));
      if (this->HasFailure()) {
        return;
      }
    }
  }
}

TYPED_TEST(X25519Field, squares_and_scales) {
  constexpr std::uint32_t largest_factor = (1 << 17) - 1;
  for (const auto& a : this->sums()) {
    const Words256 number = TypeParam::value(a);
    this->expect_product(square(a), simple_product(number, number));
    this->expect_product(scale(121665, a), simple_product(number, {121665}));
    this->expect_product(scale(largest_factor, a), simple_product(number, {largest_factor}));
  }
}

TYPED_TEST(X25519Field, inverts_all_but_zero) {
  const Words256 one = {1};
  for (const auto& a : this->elements()) {
    const bool is_zero = a.number() == Words256{};
    this->expect_product(a * inverse(a), is_zero ? Words256{} : one);
  }
}

TYPED_TEST(X25519Field, chooses) {
  const auto sums = this->sums();
  for (std::size_t i = 1; i < sums.size(); ++i) {
    ASSERT_EQ(TypeParam::value(choose(all_ones, sums[i], sums[i - 1])), TypeParam::value(sums[i]));
    ASSERT_EQ(TypeParam::value(choose(0, sums[i], sums[i - 1])), TypeParam::value(sums[i - 1]));
  }
}

}  // namespace
}  // namespace handfast::crypto::native

#endif
