#include "crypto/native/k_pke.h"

#include "crypto/native/constant_time.h"
#include "crypto/native/keccak.h"

#include <algorithm>

namespace handfast::crypto::native {
namespace {

// The part of `bytes` that is polynomial `i`, with `d` bits a coefficient.
template <class Span>
Span part(Span bytes, std::size_t i, unsigned d) {
  return bytes.subspan(i * 32 * d, std::size_t{32} * d);
}

// Small enough to need no reduction: |f's c| <= 2 q and |g's c| <= 2 q.
void add(Polynomial& f, const Polynomial& g) {
  for (std::size_t i = 0; i < ml_kem_n; ++i) {
    f.at[i] = static_cast<std::int16_t>(f.at[i] + g.at[i]);
  }
}

void subtract(Polynomial& f, const Polynomial& g) {
  for (std::size_t i = 0; i < ml_kem_n; ++i) {
    f.at[i] = static_cast<std::int16_t>(f.at[i] - g.at[i]);
  }
}

// A vector of the NTT domain, made ready. Wiped when it goes.
template <std::size_t k>
class SecretMultipliers {
 public:
  SecretMultipliers(const MlKemRing& ring, std::span<const Polynomial, k> vector) {
    for (std::size_t i = 0; i < k; ++i) {
      ring.prepare(vector[i], multipliers_[i]);
    }
  }

  SecretMultipliers(const SecretMultipliers&) = delete;
  SecretMultipliers& operator=(const SecretMultipliers&) = delete;

  ~SecretMultipliers() {
    for (auto& [straight, twisted] : multipliers_) {
      std::ranges::fill(straight.at, std::int16_t{0});
      std::ranges::fill(twisted.at, std::int16_t{0});
    }
    asm volatile("" : : "r"(multipliers_.data()) : "memory");
  }

  [[nodiscard]] std::span<const Multiplier, k> all() const { return multipliers_; }

 private:
  std::array<Multiplier, k> multipliers_;
};

}  // namespace

void sample_matrix_row(const MlKemRing& ring, Bytes rho, std::size_t i, bool transposed,
                       std::span<Polynomial> row) {
  constexpr std::size_t rate = shake128.rate;
  static_assert(rate % 24 == 0);
  KeccakFour xof(shake128, *ring.permute_four);
  for (std::size_t j = 0; j < row.size(); ++j) {
    std::array<std::uint8_t, 34> input;
    std::ranges::copy(rho, input.begin());
    input[32] = static_cast<std::uint8_t>(transposed ? i : j);
    input[33] = static_cast<std::uint8_t>(transposed ? j : i);
    xof.absorb(input);
  }
  std::array<std::size_t, 4> have{};
  const auto is_full = [](std::size_t count) { return count == ml_kem_n; };
  const auto row_have = std::span(have).first(row.size());
  while (!std::ranges::all_of(row_have, is_full)) {
    xof.next_block();
    for (std::size_t j = 0; j < row.size(); ++j) {
      std::array<std::uint8_t, rate> block;
      xof.copy_block(j, block);
      have[j] = ring.sample_uniform(block, row[j], have[j]);
    }
  }
}

void sample_noise(const MlKemRing& ring, Bytes seed, std::span<Polynomial> out) {
  for (std::size_t n = 0; n < out.size(); n += 4) {
    const std::size_t count = std::min<std::size_t>(4, out.size() - n);
    KeccakFour prf(shake256, *ring.permute_four);
    Secret<33> input(seed);
    for (std::size_t i = 0; i < count; ++i) {
      input.fill(33).back() = static_cast<std::uint8_t>(n + i);
      prf.absorb(input.expose());
    }
    prf.next_block();
    for (std::size_t i = 0; i < count; ++i) {
      Secret<ml_kem_noise_size> block;
      prf.copy_block(i, block.fill(ml_kem_noise_size));
      ring.sample_noise(block.expose().first<ml_kem_noise_size>(), out[n + i]);
    }
  }
}

template <class Set>
void k_pke_key_gen(const MlKemRing& ring, Bytes seeds, MutBytes encryption_key,
                   MutBytes decryption_key) {
  constexpr std::size_t k = Set::k;
  const Bytes rho = seeds.first(32);
  declassify(rho);
  std::ranges::copy(rho, encryption_key.last(32).begin());

  SecretPolynomials<2 * k> noise;
  sample_noise(ring, seeds.last(32), noise.all());
  std::ranges::for_each(noise.all(), ring.ntt);
  const auto s = noise.all().template first<k>();
  const auto e = noise.all().template last<k>();
  const SecretMultipliers<k> by_s(ring, s);
  SecretPolynomials<1> t;
  for (std::size_t i = 0; i < k; ++i) {
    std::array<Polynomial, k> row;
    sample_matrix_row(ring, rho, i, false, row);
    ring.inner_product(row, by_s.all(), t[0]);
    add(t[0], e[i]);
    ring.encode(t[0], part(encryption_key, i, 12));
    ring.encode(s[i], part(decryption_key, i, 12));
  }
}

template <class Set>
void k_pke_encrypt(const MlKemRing& ring, Bytes encryption_key, const KPkeInput& input,
                   MutBytes ciphertext) {
  constexpr std::size_t k = Set::k;
  const Bytes rho = encryption_key.last(32);
  SecretPolynomials<2 * k + 1> noise;
  sample_noise(ring, input.randomness, noise.all());
  const auto y = noise.all().template first<k>();
  const auto e1 = noise.all().template subspan<k, k>();
  Polynomial& e2 = noise[2 * k];
  std::ranges::for_each(y, ring.ntt);
  const SecretMultipliers<k> by_y(ring, y);
  SecretPolynomials<1> sum;
  for (std::size_t i = 0; i < k; ++i) {
    std::array<Polynomial, k> row;
    sample_matrix_row(ring, rho, i, true, row);
    ring.inner_product(row, by_y.all(), sum[0]);
    ring.inverse_ntt(sum[0]);
    add(sum[0], e1[i]);
    ring.compress(Set::du, sum[0], part(ciphertext, i, Set::du));
  }
  std::array<Polynomial, k> t;
  for (std::size_t i = 0; i < k; ++i) {
    ring.decode(part(encryption_key, i, 12), t[i]);
  }
  ring.inner_product(t, by_y.all(), sum[0]);
  ring.inverse_ntt(sum[0]);
  add(sum[0], e2);
  SecretPolynomials<1> mu;
  ring.decompress(1, input.message, mu[0]);
  add(sum[0], mu[0]);
  ring.compress(Set::dv, sum[0], ciphertext.last(std::size_t{32} * Set::dv));
}

template <class Set>
void k_pke_decrypt(const MlKemRing& ring, Bytes decryption_key, Bytes ciphertext,
                   MutBytes message) {
  constexpr std::size_t k = Set::k;
  SecretPolynomials<k> s;
  SecretPolynomials<k> u;
  for (std::size_t i = 0; i < k; ++i) {
    ring.decode(part(decryption_key, i, 12), s[i]);
    ring.decompress(Set::du, part(ciphertext, i, Set::du), u[i]);
    ring.ntt(u[i]);
  }
  const SecretMultipliers<k> by_u(ring, u.all());
  SecretPolynomials<2> w;
  ring.inner_product(s.all(), by_u.all(), w[1]);
  ring.inverse_ntt(w[1]);
  ring.decompress(Set::dv, ciphertext.last(std::size_t{32} * Set::dv), w[0]);
  subtract(w[0], w[1]);
  ring.compress(1, w[0], message);
}

template void k_pke_key_gen<MlKem768>(const MlKemRing&, Bytes, MutBytes, MutBytes);
template void k_pke_key_gen<MlKem1024>(const MlKemRing&, Bytes, MutBytes, MutBytes);
template void k_pke_encrypt<MlKem768>(const MlKemRing&, Bytes, const KPkeInput&, MutBytes);
template void k_pke_encrypt<MlKem1024>(const MlKemRing&, Bytes, const KPkeInput&, MutBytes);
template void k_pke_decrypt<MlKem768>(const MlKemRing&, Bytes, Bytes, MutBytes);
template void k_pke_decrypt<MlKem1024>(const MlKemRing&, Bytes, Bytes, MutBytes);

}  // namespace handfast::crypto::native
