// Each operation of both twins, against what FIPS 203 says with plain integers.
#include "crypto/native/ml_kem_ring.h"

#include "crypto/native/twins.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto::native {
namespace {

using Vector = std::vector<std::uint8_t>;
using Integers = std::array<int, ml_kem_n>;

int residue(int value) { return (value % ml_kem_q + ml_kem_q) % ml_kem_q; }

Integers residues(const Polynomial& f) {
  Integers all{};
  for (std::size_t i = 0; i < ml_kem_n; ++i) {
    all[i] = residue(f.at[i]);
  }
  return all;
}

template <class Next>
Polynomial filled(Next next) {
  Polynomial f;
  for (std::int16_t& c : f.at) {
    c = static_cast<std::int16_t>(next());
  }
  return f;
}

// The bits of numbers below 2^d, the lowest first (FIPS 203 Algorithm 5).
Vector byte_encode(unsigned d, const Integers& numbers) {
  Vector bytes(std::size_t{32} * d);
  for (std::size_t i = 0; i < ml_kem_n; ++i) {
    for (unsigned bit = 0; bit < d; ++bit) {
      const std::size_t at = i * d + bit;
      bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | (numbers[i] >> bit & 1) << at % 8);
    }
  }
  return bytes;
}

class RingTwin : public EachTwin {
 protected:
  const MlKemRing& ring = ml_kem_ring(GetParam());
  std::mt19937 random{5};

  // A residue that stands anywhere from -q to q.
  int any_near() { return static_cast<int>(random() % (2 * ml_kem_q + 1)) - ml_kem_q; }
};

INSTANTIATE_TEST_SUITE_P(Ring, RingTwin, twins, name_of_twin);

TEST_P(RingTwin, compresses_every_residue_to_the_nearest_integer) {
  for (const unsigned d : {1U, 4U, 5U, 10U, 11U}) {
    for (int start = -32768; start < 32768; start += 256) {
      int next = start;
      const Polynomial f = filled([&] { return next++; });
      Integers expected{};
      for (std::size_t i = 0; i < ml_kem_n; ++i) {
        // FIPS 203 §4.2.1, rounding half up: there is no half, since q is odd.
        const int c = residue(f.at[i]);
        expected[i] = ((c << (d + 1)) + ml_kem_q) / (2 * ml_kem_q) % (1 << d);
      }
      Vector out(std::size_t{32} * d);
      ring.compress(d, f, out);
      ASSERT_EQ(out, byte_encode(d, expected)) << d << ' ' << start;
    }
  }
}

TEST_P(RingTwin, decompresses_every_number_to_the_nearest_residue) {
  for (const unsigned d : {1U, 4U, 5U, 10U, 11U}) {
    const int count = 1 << d;
    for (int start = 0; start < 2048; start += 256) {
      Integers numbers{};
      Integers expected{};
      for (std::size_t i = 0; i < ml_kem_n; ++i) {
        numbers[i] = (start + static_cast<int>(i)) * 5 % count;
        expected[i] = residue((2 * ml_kem_q * numbers[i] + count) / (2 * count));
      }
      Polynomial out;
      ring.decompress(d, byte_encode(d, numbers), out);
      ASSERT_EQ(residues(out), expected) << d << ' ' << start;
    }
  }
}

TEST_P(RingTwin, encodes_the_least_residues_and_decodes_any_twelve_bits) {
  for (int start = -32768; start < 32768; start += 256) {
    int next = start;
    const Polynomial f = filled([&] { return next++; });
    Vector out(384);
    ring.encode(f, out);
    ASSERT_EQ(out, byte_encode(12, residues(f))) << start;
  }
  for (int start = 0; start < 4096; start += 256) {
    Integers numbers{};
    for (std::size_t i = 0; i < ml_kem_n; ++i) {
      numbers[i] = start + static_cast<int>(i);
    }
    Polynomial out;
    ring.decode(byte_encode(12, numbers), out);
    for (std::size_t i = 0; i < ml_kem_n; ++i) {
      ASSERT_EQ(out.at[i], numbers[i]);
    }
  }
}

// FIPS 203 §4.3: f modulo X^2 - γ for each γ, found by plain powers of ζ = 17.
TEST_P(RingTwin, transforms_as_the_definition_says) {
  const auto power = [](unsigned exponent) {
    int value = 1;
    for (unsigned i = 0; i < exponent; ++i) {
      value = value * 17 % ml_kem_q;
    }
    return value;
  };
  const auto bit_rev_7 = [](unsigned i) {
    unsigned reversed = 0;
    for (unsigned bit = 0; bit < 7; ++bit) {
      reversed |= (i >> bit & 1) << (6 - bit);
    }
    return reversed;
  };
  const Polynomial f = filled([&] { return any_near(); });
  Integers expected{};
  for (unsigned i = 0; i < 128; ++i) {
    const int gamma = power(2 * bit_rev_7(i) + 1);
    int factor = 1;
    for (std::size_t j = 0; j < 128; ++j) {
      expected[2 * i] = residue(expected[2 * i] + f.at[2 * j] * factor);
      expected[2 * i + 1] = residue(expected[2 * i + 1] + f.at[2 * j + 1] * factor);
      factor = factor * gamma % ml_kem_q;
    }
  }
  Polynomial transformed = f;
  ring.ntt(transformed);
  EXPECT_EQ(residues(transformed), expected);
  ring.inverse_ntt(transformed);
  EXPECT_EQ(residues(transformed), residues(f));
}

TEST_P(RingTwin, keeps_its_bounds_at_the_extremes) {
  const auto below = [](const Polynomial& f, int bound) {
    for (const int c : f.at) {
      if (c <= -bound || c >= bound) {
        return false;
      }
    }
    return true;
  };
  for (int round = 0; round < 500; ++round) {
    const auto end = [&] {  // all at one end, then each at either
      return (round < 2 ? round == 0 : random() % 2 == 0) ? 1 : -1;
    };
    const Polynomial f = filled([&] { return end() * ml_kem_q; });
    Polynomial there = f;
    ring.ntt(there);
    EXPECT_TRUE(below(there, ml_kem_q));
    ring.inverse_ntt(there);
    EXPECT_TRUE(below(there, ml_kem_q));
    EXPECT_EQ(residues(there), residues(f));

    const Polynomial g = filled([&] { return end() * (ml_kem_q - 1); });
    there = g;
    ring.inverse_ntt(there);
    EXPECT_TRUE(below(there, ml_kem_q));
    ring.ntt(there);
    EXPECT_EQ(residues(there), residues(g));
  }
}

// Multiplies in Z_q[X] / (X^256 + 1) by the school's method.
Integers product(const Integers& a, const Integers& b) {
  Integers sum{};
  for (std::size_t i = 0; i < ml_kem_n; ++i) {
    for (std::size_t j = 0; j < ml_kem_n; ++j) {
      const int term = a[i] * b[j] % ml_kem_q;
      int& at = sum[(i + j) % ml_kem_n];
      at = residue(i + j < ml_kem_n ? at + term : at - term);
    }
  }
  return sum;
}

TEST_P(RingTwin, multiplies_as_at_school) {
  for (std::size_t count = 1; count <= 4; ++count) {
    std::vector<Polynomial> a(count);
    std::vector<Multiplier> b(count);
    Integers expected{};
    for (std::size_t i = 0; i < count; ++i) {
      a[i] = filled([&] { return any_near(); });
      Polynomial other = filled([&] { return any_near(); });
      const Integers term = product(residues(a[i]), residues(other));
      for (std::size_t j = 0; j < ml_kem_n; ++j) {
        expected[j] = residue(expected[j] + term[j]);
      }
      ring.ntt(a[i]);
      ring.ntt(other);
      ring.prepare(other, b[i]);
    }
    Polynomial sum;
    ring.inner_product(a, b, sum);
    ring.inverse_ntt(sum);
    EXPECT_EQ(residues(sum), expected) << count;
  }
}

TEST_P(RingTwin, multiplies_the_largest_numbers_there_are) {
  for (const int sign : {1, -1}) {
    const std::vector<Polynomial> a(4, filled([&] { return sign * 4095; }));
    Multiplier most;
    // The largest there can be after `prepare`, which gives less than q; the real ones are smaller.
    most.straight = most.twisted = filled([] { return ml_kem_q - 1; });
    const std::vector<Multiplier> b(4, most);
    Polynomial sum;
    ring.inner_product(a, b, sum);
    // 8 * 4095 * (q - 1) / 2^16 modulo q; 169 is 1 / 2^16.
    EXPECT_EQ(residues(sum), residues(filled([&] {
                const long value = sign * 8L * 4095 * (ml_kem_q - 1) % ml_kem_q * 169;
                return static_cast<int>(value % ml_kem_q);
              })));
  }
}

TEST_P(RingTwin, samples_noise_as_the_definition_says) {
  for (unsigned round = 0; round < 256; ++round) {
    std::array<std::uint8_t, ml_kem_noise_size> bytes;
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(round < 16 ? round * 17 : random());
    }
    Integers expected{};
    const auto bit = [&](std::size_t i) { return bytes[i / 8] >> i % 8 & 1; };
    for (std::size_t i = 0; i < ml_kem_n; ++i) {
      expected[i] = bit(4 * i) + bit(4 * i + 1) - bit(4 * i + 2) - bit(4 * i + 3);
    }
    Polynomial out;
    ring.sample_noise(bytes, out);
    for (std::size_t i = 0; i < ml_kem_n; ++i) {
      ASSERT_EQ(out.at[i], expected[i]);
    }
  }
}

TEST_P(RingTwin, samples_uniformly_as_the_definition_says) {
  for (int round = 0; round < 300; ++round) {
    std::vector<int> expected;
    Polynomial out;
    std::size_t have = 0;
    for (int block = 0; block < 40 && have < ml_kem_n; ++block) {
      Vector bytes(168);
      for (std::uint8_t& byte : bytes) {
        // Many that are refused, in some rounds: numbers of 0xfff, 0xdff, 0xd01, 0xd00.
        byte = static_cast<std::uint8_t>(round % 3 == 0 || random() % 3 == 0 ? random()
                                         : random() % 2 == 0                 ? 0xff
                                                                             : 0x0d);
      }
      for (std::size_t i = 0; i < bytes.size(); i += 3) {
        for (const int candidate :
             {bytes[i] + 256 * (bytes[i + 1] % 16), bytes[i + 1] / 16 + 16 * bytes[i + 2]}) {
          if (candidate < ml_kem_q && expected.size() < ml_kem_n) {
            expected.push_back(candidate);
          }
        }
      }
      have = ring.sample_uniform(bytes, out, have);
      ASSERT_EQ(have, expected.size());
    }
    for (std::size_t i = 0; i < have; ++i) {
      ASSERT_EQ(out.at[i], expected[i]);
    }
  }
}

}  // namespace
}  // namespace handfast::crypto::native
