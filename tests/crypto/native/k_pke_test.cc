// Every value on the way through ML-KEM, as CCTV wrote them down.
#include "crypto/native/k_pke.h"

#include "crypto/native/keccak.h"
#include "crypto/native/twins.h"
#include "support/hex.h"
#include "support/vectors.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto::native {
namespace {

using Vector = std::vector<std::uint8_t>;
using Polynomials = std::vector<Polynomial>;

// The lines "name = value" of an intermediate file; a name can stand there more than once.
class Values {
 public:
  explicit Values(const std::string& set) {
    std::istringstream lines(test::load_text("cctv-ml-kem/intermediate-" + set + ".txt.xz"));
    for (std::string line; std::getline(lines, line);) {
      const std::size_t name = line.find(" = ");
      const std::size_t value = line.rfind(" = ") + 3;  // after the same in other words
      rows_.emplace_back(line.substr(0, name), line.substr(value));
    }
  }

  Vector of(const std::string& name, int which = 0) const {
    for (const auto& [key, value] : rows_) {
      if (key == name && which-- == 0) {
        return test::from_hex(value);
      }
    }
    ADD_FAILURE() << "no value " << name;
    return {};
  }

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

Vector operator+(Vector left, const Vector& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Vector first(const Vector& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

Vector last(const Vector& bytes, std::size_t size) {
  return {bytes.end() - static_cast<std::ptrdiff_t>(size), bytes.end()};
}

class KPke : public EachTwin {
 protected:
  Vector encoded(const Polynomials& all) const {
    Vector bytes(384 * all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      ring.encode(all[i], MutBytes(bytes).subspan(384 * i, 384));
    }
    return bytes;
  }

  Polynomials transformed(Polynomials all) const {
    for (Polynomial& f : all) {
      ring.ntt(f);
    }
    return all;
  }

  Polynomials decoded(const Vector& bytes) const {
    Polynomials all(bytes.size() / 384);
    for (std::size_t i = 0; i < all.size(); ++i) {
      ring.decode(Bytes(bytes).subspan(384 * i, 384), all[i]);
    }
    return all;
  }

  Polynomials noise(const Vector& seed, std::size_t count) const {
    Polynomials all(count);
    sample_noise(ring, seed, all);
    return all;
  }

  Polynomial product(const Polynomials& a, const Polynomials& b) const {
    std::vector<Multiplier> multipliers(b.size());
    for (std::size_t i = 0; i < b.size(); ++i) {
      ring.prepare(b[i], multipliers[i]);
    }
    Polynomial sum;
    ring.inner_product(a, multipliers, sum);
    return sum;
  }

  Polynomials product(const std::vector<Polynomials>& matrix, const Polynomials& b) const {
    Polynomials all;
    for (const Polynomials& row : matrix) {
      all.push_back(product(row, b));
    }
    return all;
  }

  std::vector<Polynomials> matrix(const Vector& rho, std::size_t k, bool is_transposed) const {
    std::vector<Polynomials> rows(k, Polynomials(k));
    for (std::size_t i = 0; i < k; ++i) {
      sample_matrix_row(ring, rho, i, is_transposed, rows[i]);
    }
    return rows;
  }

  Vector encoded(const std::vector<Polynomials>& rows) const {
    Vector all;
    for (const Polynomials& row : rows) {
      all = all + encoded(row);
    }
    return all;
  }

  static Polynomials sum(Polynomials a, const Polynomials& b, int sign = 1) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t j = 0; j < ml_kem_n; ++j) {
        a[i].at[j] = static_cast<std::int16_t>(a[i].at[j] + sign * b[i].at[j]);
      }
    }
    return a;
  }

  Polynomials back(Polynomials all) const {
    for (Polynomial& f : all) {
      ring.inverse_ntt(f);
    }
    return all;
  }

  template <class Set>
  void follow_key_generation(const Values& values) const;
  template <class Set>
  void follow_encryption(const Values& values) const;
  template <class Set>
  void follow_decryption(const Values& values) const;

  const MlKemRing& ring = ml_kem_ring(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Native, KPke, twins, name_of_twin);

template <class Set>
void KPke::follow_key_generation(const Values& values) const {
  constexpr std::size_t k = Set::k;
  Vector seeds(64);
  // The vectors are of the draft of FIPS 203, which did not hash k with d yet.
  keccak(sha3_512, {values.of("d")}, seeds);
  EXPECT_EQ(seeds, values.of("ρ") + values.of("σ"));

  const auto rows = matrix(values.of("ρ"), k, false);
  EXPECT_EQ(encoded(rows), values.of("A"));
  const Polynomials all = noise(values.of("σ"), 2 * k);
  const Polynomials s(all.begin(), all.begin() + k);
  const Polynomials e(all.begin() + k, all.end());
  EXPECT_EQ(encoded(s), values.of("s"));
  EXPECT_EQ(encoded(e), values.of("e"));
  EXPECT_EQ(encoded(transformed(s)), values.of("dkPKE"));
  EXPECT_EQ(encoded(transformed(e)), values.of("NTT(e)"));
  EXPECT_EQ(encoded(sum(product(rows, transformed(s)), transformed(e))), values.of("t"));

  Vector encryption_key(ml_kem_encapsulation_key_size<Set>);
  Vector decryption_key(384 * k);
  k_pke_key_gen<Set>(ring, seeds, encryption_key, decryption_key);
  EXPECT_EQ(encryption_key, values.of("ek"));
  EXPECT_EQ(decryption_key, values.of("dkPKE"));
  Vector hash(32);
  keccak(sha3_256, {encryption_key}, hash);
  EXPECT_EQ(hash, values.of("H(ek)"));
  EXPECT_EQ(decryption_key + encryption_key + hash + values.of("z"), values.of("dk"));
}

template <class Set>
void KPke::follow_encryption(const Values& values) const {
  constexpr std::size_t k = Set::k;
  Vector derived(64);
  keccak(sha3_512, {values.of("m"), values.of("H(ek)")}, derived);
  EXPECT_EQ(derived, values.of("K") + values.of("r"));

  const auto rows = matrix(values.of("ρ"), k, true);
  EXPECT_EQ(encoded(rows), values.of("A^T"));
  const Polynomials all = noise(values.of("r"), 2 * k + 1);
  const Polynomials y(all.begin(), all.begin() + k);
  const Polynomials e1(all.begin() + k, all.end() - 1);
  const Polynomials e2 = {all.back()};
  EXPECT_EQ(encoded(y), values.of("r", 1));
  EXPECT_EQ(encoded(transformed(y)), values.of("NTT(r)"));
  EXPECT_EQ(encoded(e1), values.of("e1"));
  EXPECT_EQ(encoded(e2), values.of("e2"));
  EXPECT_EQ(encoded(sum(back(product(rows, transformed(y))), e1)), values.of("u"));
  Polynomials mu(1);
  ring.decompress(1, values.of("m"), mu[0]);
  EXPECT_EQ(encoded(mu), values.of("μ"));
  const Polynomials ty = {product(decoded(first(values.of("ek"), 384 * k)), transformed(y))};
  const Polynomials v = sum(sum(back(ty), e2), mu);
  EXPECT_EQ(encoded(v), values.of("v"));

  Vector ciphertext(ml_kem_ciphertext_size<Set>);
  const Vector message = values.of("m");
  const Vector randomness = values.of("r");
  k_pke_encrypt<Set>(ring, values.of("ek"), {.message = message, .randomness = randomness},
                     ciphertext);
  EXPECT_EQ(ciphertext, values.of("c1") + values.of("c2"));
  EXPECT_EQ(ciphertext, values.of("c"));
}

template <class Set>
void KPke::follow_decryption(const Values& values) const {
  constexpr std::size_t k = Set::k;
  const Vector c = values.of("c");
  Polynomials u(k);
  for (std::size_t i = 0; i < k; ++i) {
    ring.decompress(Set::du, Bytes(c).subspan(32 * Set::du * i, 32 * Set::du), u[i]);
  }
  EXPECT_EQ(encoded(u), values.of("uᵈ"));
  EXPECT_EQ(encoded(transformed(u)), values.of("NTT(uᵈ)"));
  Polynomials v(1);
  ring.decompress(Set::dv, last(c, 32 * Set::dv), v[0]);
  EXPECT_EQ(encoded(v), values.of("vᵈ"));
  const Polynomials su = {product(decoded(values.of("dkPKE")), transformed(u))};
  EXPECT_EQ(encoded(sum(v, back(su), -1)), values.of("w"));

  Vector message(32);
  k_pke_decrypt<Set>(ring, values.of("dkPKE"), c, message);
  EXPECT_EQ(message, values.of("m"));
  Vector rejection(32);
  keccak(shake256, {values.of("z"), c}, rejection);
  EXPECT_EQ(rejection, values.of("KBar"));
}

TEST_P(KPke, comes_by_every_intermediate_value_of_ml_kem_768) {
  const Values values("ML-KEM-768");
  follow_key_generation<MlKem768>(values);
  follow_encryption<MlKem768>(values);
  follow_decryption<MlKem768>(values);
}

TEST_P(KPke, comes_by_every_intermediate_value_of_ml_kem_1024) {
  const Values values("ML-KEM-1024");
  follow_key_generation<MlKem1024>(values);
  follow_encryption<MlKem1024>(values);
  follow_decryption<MlKem1024>(values);
}

}  // namespace
}  // namespace handfast::crypto::native
