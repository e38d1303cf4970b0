// The numbers of P-256 beside libcrypto's integers.
#ifdef __SIZEOF_INT128__
#include "crypto/native/p256_field.h"

#include "crypto/native/p256_curve.h"
#include "crypto/native/p256_numbers.h"
#include "crypto/native/p256_order.h"
#include "crypto/native/twin.h"
#ifdef HANDFAST_HAS_ADX
#include "crypto/native/p256_field_adx.h"
#endif

#include <random>

namespace handfast::crypto::native {
namespace {

using p256_test::Integer;
using p256_test::modulo_n;
using p256_test::modulo_p;
using p256_test::Modulus;

/// Numbers below `top`: the edges, and others of which words are all ones or all zeros.
std::vector<Integer> numbers_below(const Integer& top) {
  std::vector<Integer> numbers = p256_test::edges_below(top);
  std::mt19937_64 random(256);
  while (numbers.size() < 400) {
    Words256 words;
    for (std::uint64_t& word : words) {
      const std::uint64_t choice = random() % 8;
      word = choice == 0   ? 0
             : choice == 1 ? ~std::uint64_t{0}
             : choice == 2 ? 0xffffffff
                           : random();
    }
    if (const Integer number(words); number < top) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

/// 2^256.
Integer radix() {
  Integer power;
  EXPECT_EQ(BN_set_bit(power.get(), 256), 1);
  return power;
}

template <class Arithmetic>
void expect_field_of_p256() {
  using Element = P256Element<Arithmetic>;
  const Integer per_radix = modulo_p.inverse(radix());
  const auto numbers = numbers_below(modulo_p.m);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const Integer& a = numbers[i];
    const Element own_a{a.words()};
    for (std::size_t j = i % 3; j < numbers.size(); j += 3) {
      const Integer& b = numbers[j];
      const Element own_b{b.words()};
      ASSERT_EQ(Integer((own_a + own_b).words), modulo_p.plus(a, b)) << i << ' ' << j;
      ASSERT_EQ(Integer((own_a - own_b).words), modulo_p.minus(a, b)) << i << ' ' << j;
      ASSERT_EQ(Integer((own_a * own_b).words), modulo_p.times(modulo_p.times(a, b), per_radix))
          << i << ' ' << j;
    }
    ASSERT_EQ(Integer(square(own_a).words), modulo_p.times(modulo_p.times(a, a), per_radix)) << i;
    ASSERT_EQ(Integer(half(own_a).words), modulo_p.over(a, 2)) << i;
    ASSERT_EQ(Integer(Element::of(a.words()).words), modulo_p.times(a, radix())) << i;
    ASSERT_EQ(Integer(own_a.number()), modulo_p.times(a, per_radix)) << i;
    ASSERT_EQ(Integer(inverse(Element::of(a.words())).number()),
              a.is_zero() ? a : modulo_p.inverse(a))
        << i;
  }
}

TEST(P256Field, computes_as_libcrypto_on_any_machine) { expect_field_of_p256<P256Portable>(); }

TEST(P256Field, computes_as_libcrypto_by_adx) {
#ifdef HANDFAST_HAS_ADX
  if (is_available(FieldTwin::adx)) {
    expect_field_of_p256<P256Adx>();
    return;
  }
#endif
  GTEST_SKIP() << "this build or this processor does not have BMI2 and ADX";
}

TEST(P256Order, computes_as_libcrypto) {
  const auto numbers = numbers_below(modulo_n.m);
  const Integer per_radix = modulo_n.inverse(radix());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const Integer& a = numbers[i];
    for (std::size_t j = i % 3; j < numbers.size(); j += 3) {
      const Integer& b = numbers[j];
      ASSERT_EQ(Integer(order_product(a.words(), b.words())),
                modulo_n.times(modulo_n.times(a, b), per_radix));
      ASSERT_EQ(Integer(add_modulo(a.words(), b.words(), p256_order)), modulo_n.plus(a, b));
    }
    ASSERT_EQ(Integer(to_order_form(a.words())), modulo_n.times(a, radix()));
    ASSERT_EQ(Integer(inverse_modulo_order(a.words())), a.is_zero() ? a : modulo_n.inverse(a)) << i;
  }
}

TEST(P256Order, reduces_any_number_of_256_bits) {
  const Modulus all{radix()};
  for (const Integer& a : numbers_below(radix())) {
    EXPECT_EQ(Integer(reduce_by_order(a.words())), modulo_n.plus(a, 0));
    EXPECT_EQ(mask_if_scalar(a.words()) != 0, !a.is_zero() && a < modulo_n.m);
  }
}

// 590 steps are enough for every number; here it is seen of some hundred thousand.
TEST(ModularInverse, gives_one_when_multiplied_back) {
  std::mt19937_64 random(590);
  Words256 one_in_form = to_order_form({1});
  for (int i = 0; i < 100'000; ++i) {
    const Words256 a = reduce_by_order({random(), random(), random(), random()});
    ASSERT_EQ(order_product(to_order_form(a), to_order_form(inverse_modulo_order(a))), one_in_form);
  }
}

}  // namespace
}  // namespace handfast::crypto::native

#endif
