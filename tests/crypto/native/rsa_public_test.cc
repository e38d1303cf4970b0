// RSA's public operation beside libcrypto's, with moduli of every size.
#include "crypto/rsa.h"
#include "crypto/signature.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <openssl/bn.h>

namespace handfast::crypto {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr unsigned least = 2048;
constexpr unsigned most = 8192;

/// A number of libcrypto's.
class Number {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a number is one
  Number(std::uint64_t value = 0) { EXPECT_EQ(BN_set_word(get(), value), 1); }

  /// 2^bits.
  static Number power_of_two(unsigned bits) {
    Number made(1);
    EXPECT_EQ(BN_lshift(made.get(), made.get(), static_cast<int>(bits)), 1);
    return made;
  }

  [[nodiscard]] BIGNUM* get() const { return number_.get(); }

  [[nodiscard]] std::string hex() const {
    const std::unique_ptr<char, void (*)(char*)> text(BN_bn2hex(get()),
                                                      [](char* old) { OPENSSL_free(old); });
    return text.get();
  }

  Number& operator+=(std::uint64_t more) {
    EXPECT_EQ(BN_add_word(get(), more), 1);
    return *this;
  }

  Number& operator-=(std::uint64_t less) {
    EXPECT_EQ(BN_sub_word(get(), less), 1);
    return *this;
  }

  [[nodiscard]] Octets octets(std::size_t size) const {
    Octets made(size);
    EXPECT_EQ(BN_bn2binpad(get(), made.data(), static_cast<int>(size)), static_cast<int>(size));
    return made;
  }

 private:
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number_{BN_new(), BN_free};
};

class RsaPublic : public testing::Test {
 protected:
  void SetUp() override {
    if (own_ == nullptr) {
      GTEST_SKIP() << "this processor has no AVX-512 IFMA, or this build no RSA of its own";
    }
  }

  /// What libcrypto makes of it.
  [[nodiscard]] Octets theirs(const Number& n, std::uint64_t e, const Number& s,
                              std::size_t size) const {
    const Number made;
    EXPECT_EQ(BN_mod_exp(made.get(), s.get(), Number(e).get(), n.get(), scratch_.get()), 1);
    return made.octets(size);
  }

  void compare(const Number& n, std::uint64_t e, const Number& s) const {
    const auto size = static_cast<std::size_t>(BN_num_bytes(n.get()));
    Octets message(size, 0xa5);
    ASSERT_TRUE(own_(n.octets(size), e, s.octets(size), message));
    ASSERT_EQ(message, theirs(n, e, s, size))
        << BN_num_bits(n.get()) << " bits, exponent " << e << ", modulus and signature:\n"
        << n.hex() << "\n"
        << s.hex();
  }

  [[nodiscard]] bool takes(const Number& n, const Number& s) const {
    const auto size = static_cast<std::size_t>(BN_num_bytes(n.get()));
    Octets message(size);
    return own_(n.octets(size), 65537, s.octets(size), message);
  }

  OwnRsaPublic own_ = own_rsa_public();
  std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> scratch_{BN_CTX_new(), BN_CTX_free};
  std::mt19937 random_{20261123};  // NOLINT(cert-msc32-c,cert-msc51-cpp): of sizes
};

Number random_modulus(unsigned bits) {
  Number n;
  EXPECT_EQ(BN_rand(n.get(), static_cast<int>(bits), BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), 1);
  return n;
}

Number random_below(const Number& n) {
  Number s;
  EXPECT_EQ(BN_rand_range(s.get(), n.get()), 1);
  return s;
}

// HANDFAST_SIGNATURES says how many, for more than a few.
TEST_F(RsaPublic, does_as_libcrypto_with_random_numbers) {
  const char* const wish = std::getenv("HANDFAST_SIGNATURES");
  const unsigned long count = wish != nullptr ? std::strtoul(wish, nullptr, 10) : 300;
  constexpr std::array<std::uint64_t, 6> exponents = {
      3, 5, 65537, 0xffff'ffff, 0x1'0000'0001, 0x1'ffff'ffff};
  for (unsigned long i = 0; i < count && !HasFailure(); ++i) {
    const auto more = static_cast<unsigned>(random_() % (most - least + 1));
    const unsigned bits = i % 2 == 0 ? least : least + more;
    const Number n = random_modulus(bits);
    compare(n, exponents.at(random_() % exponents.size()), random_below(n));
  }
}

// The number of words, of vectors and of bits in the highest word all change in between.
TEST_F(RsaPublic, does_as_libcrypto_at_the_ends_of_sizes) {
  for (const unsigned end :
       {2048U, 2078U, 2112U, 3072U, 3326U, 3328U, 4096U, 4158U, 4160U, 6144U}) {
    for (unsigned bits = end - 2; bits <= end + 3 && !HasFailure(); ++bits) {
      const Number n = random_modulus(std::max(bits, least));
      compare(n, 65537, random_below(n));
    }
  }
  const Number largest = random_modulus(most);
  compare(largest, 65537, random_below(largest));
}

// Where guessed quotients are furthest from the right ones, and carries go all the way.
TEST_F(RsaPublic, does_as_libcrypto_with_moduli_beside_powers_of_two) {
  for (const unsigned bits : {2048U, 2049U, 2080U, 2111U, 3072U, 3100U, 4096U, 8191U, 8192U}) {
    for (std::uint64_t distance = 1; distance < 40 && !HasFailure(); distance += 2) {
      Number above = Number::power_of_two(bits - 1);
      above += distance;
      Number below = Number::power_of_two(bits);
      below -= distance;
      for (const Number* n : {&above, &below}) {
        compare(*n, 65537, random_below(*n));
      }
    }
  }
}

TEST_F(RsaPublic, does_as_libcrypto_with_signatures_at_either_end) {
  for (const unsigned bits : {2048U, 3072U, 4096U, 5000U}) {
    const Number n = random_modulus(bits);
    for (std::uint64_t distance = 0; distance < 4; ++distance) {
      compare(n, 65537, Number(distance));
      Number s;
      ASSERT_NE(BN_copy(s.get(), n.get()), nullptr);
      s -= distance + 1;
      compare(n, 65537, s);
    }
  }
}

TEST_F(RsaPublic, takes_no_number_that_is_not_below_the_modulus) {
  for (const unsigned bits : {2048U, 2057U, 4096U}) {
    Number n = random_modulus(bits);
    EXPECT_EQ(BN_clear_bit(n.get(), 1), 1);  // there is room for n + 2
    Number s;
    ASSERT_NE(BN_copy(s.get(), n.get()), nullptr);
    EXPECT_FALSE(takes(n, s));
    s += 2;
    EXPECT_FALSE(takes(n, s));
    s -= 3;
    EXPECT_TRUE(takes(n, s));
    Number whole = Number::power_of_two(8 * static_cast<unsigned>(BN_num_bytes(n.get())));
    whole -= 1;
    EXPECT_FALSE(takes(n, whole));
  }
}

}  // namespace
}  // namespace handfast::crypto
