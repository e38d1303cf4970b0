// ML-KEM's arithmetic for any machine.
#include "crypto/native/constant_time.h"
#include "crypto/native/ml_kem_numbers.h"

namespace handfast::crypto::native {
namespace {

// value / 2^16 modulo q. For |value| < q * 2^15 the result is below q, either way.
std::int16_t montgomery(std::int32_t value) {
  const auto multiple =
      static_cast<std::int16_t>(static_cast<std::uint32_t>(value) *
                                static_cast<std::uint32_t>(std::int32_t{ml_kem_q_inverse}));
  return static_cast<std::int16_t>((value - std::int32_t{multiple} * ml_kem_q) >> 16);
}

std::int16_t multiply(std::int16_t value, std::int16_t scaled_factor) {
  return montgomery(std::int32_t{value} * scaled_factor);
}

// The residue of `value` that is below two thirds of q, either way.
std::int16_t barrett(std::int32_t value) {
  const std::int32_t quotient = (value * 10 + (1 << 14)) >> 15;
  return static_cast<std::int16_t>(value - quotient * ml_kem_q);
}

// The residue of `value` from 0 to q - 1.
std::uint32_t canonical(std::int16_t value) {
  const std::int32_t near = value_barrier(std::int32_t{barrett(value)});
  return static_cast<std::uint32_t>(near + (near >> 31 & ml_kem_q));
}

void ntt(Polynomial& f) {
  std::size_t i = 1;
  for (std::size_t length = 128; length >= 2; length /= 2) {
    for (std::size_t start = 0; start < ml_kem_n; start += 2 * length) {
      const std::int16_t zeta = ml_kem_zetas[i++];
      for (std::size_t j = start; j < start + length; ++j) {
        // Each of the seven layers adds less than q: at most 8 q in the end, which is below 2^15.
        const std::int16_t t = multiply(f.at[j + length], zeta);
        f.at[j + length] = static_cast<std::int16_t>(f.at[j] - t);
        f.at[j] = static_cast<std::int16_t>(f.at[j] + t);
      }
    }
  }
  for (std::int16_t& c : f.at) {
    c = barrett(c);
  }
}

void inverse_ntt(Polynomial& f) {
  std::size_t i = 127;
  for (std::size_t length = 2; length <= 128; length *= 2) {
    for (std::size_t start = 0; start < ml_kem_n; start += 2 * length) {
      const std::int16_t zeta = ml_kem_zetas[i--];
      for (std::size_t j = start; j < start + length; ++j) {
        const std::int16_t t = f.at[j];
        f.at[j] = barrett(t + f.at[j + length]);
        f.at[j + length] = multiply(static_cast<std::int16_t>(f.at[j + length] - t), zeta);
      }
    }
  }
  for (std::int16_t& c : f.at) {
    c = multiply(c, ml_kem_last_factor);
  }
}

void prepare(const Polynomial& b, Multiplier& out) {
  for (std::size_t i = 0; i < ml_kem_n; i += 2) {
    out.straight.at[i] = multiply(b.at[i], ml_kem_scale);
    out.straight.at[i + 1] = multiply(b.at[i + 1], ml_kem_scale);
    out.twisted.at[i] = out.straight.at[i];
    out.twisted.at[i + 1] = multiply(b.at[i + 1], ml_kem_gammas[i / 2]);
  }
}

void inner_product(std::span<const Polynomial> a, std::span<const Multiplier> b, Polynomial& out) {
  for (std::size_t i = 0; i < ml_kem_n; i += 2) {
    std::int32_t even = 0;  // eight products of 2^12 and q: below q * 2^15
    std::int32_t odd = 0;
    for (std::size_t j = 0; j < a.size(); ++j) {
      const std::int32_t a0 = a[j].at[i];
      const std::int32_t a1 = a[j].at[i + 1];
      even += a0 * b[j].twisted.at[i] + a1 * b[j].twisted.at[i + 1];
      odd += a0 * b[j].straight.at[i + 1] + a1 * b[j].straight.at[i];
    }
    out.at[i] = montgomery(even);
    out.at[i + 1] = montgomery(odd);
  }
}

std::size_t sample_uniform(Bytes block, Polynomial& out, std::size_t have) {
  const auto take = [&](unsigned candidate) {
    if (candidate < ml_kem_q && have < ml_kem_n) {
      out.at[have++] = static_cast<std::int16_t>(candidate);
    }
  };
  for (std::size_t i = 0; i + 2 < block.size(); i += 3) {
    take(block[i] | (block[i + 1] & 0x0fU) << 8);
    take(unsigned{block[i + 1]} >> 4 | unsigned{block[i + 2]} << 4);
  }
  return have;
}

void sample_noise(std::span<const std::uint8_t, ml_kem_noise_size> bytes, Polynomial& out) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned byte = bytes[i];
    const unsigned sums = (byte & 0x55) + (byte >> 1 & 0x55);  // four sums of two bits
    const auto difference = [&](unsigned shift) {
      return static_cast<std::int16_t>(static_cast<int>(sums >> shift & 3) -
                                       static_cast<int>(sums >> (shift + 2) & 3));
    };
    out.at[2 * i] = difference(0);
    out.at[2 * i + 1] = difference(4);
  }
}

void encode(const Polynomial& f, MutBytes out) {
  for (std::size_t i = 0; i < ml_kem_n / 2; ++i) {
    const std::uint32_t pair = canonical(f.at[2 * i]) | canonical(f.at[2 * i + 1]) << 12;
    out[3 * i] = static_cast<std::uint8_t>(pair);
    out[3 * i + 1] = static_cast<std::uint8_t>(pair >> 8);
    out[3 * i + 2] = static_cast<std::uint8_t>(pair >> 16);
  }
}

void decode(Bytes bytes, Polynomial& out) {
  for (std::size_t i = 0; i < ml_kem_n / 2; ++i) {
    const std::uint32_t pair =
        bytes[3 * i] | std::uint32_t{bytes[3 * i + 1]} << 8 | std::uint32_t{bytes[3 * i + 2]} << 16;
    out.at[2 * i] = static_cast<std::int16_t>(pair & 0xfff);
    out.at[2 * i + 1] = static_cast<std::int16_t>(pair >> 12);
  }
}

// Compress_d: the nearest integer to c * 2^d / q, modulo 2^d. The division by q is a multiplication
// by 2^35 / q, rounded up, and exact for all numbers that turn up: they are below 2^23.
std::uint32_t compress_one(unsigned d, std::int16_t c) {
  constexpr std::uint64_t reciprocal = (std::uint64_t{1} << 35) / ml_kem_q + 1;
  const std::uint64_t rounded = (std::uint64_t{canonical(c)} << d) + ml_kem_q / 2;
  return static_cast<std::uint32_t>(rounded * reciprocal >> 35) & ((1U << d) - 1);
}

void compress(unsigned d, const Polynomial& f, MutBytes out) {
  std::uint64_t bits = 0;
  unsigned count = 0;
  std::size_t written = 0;
  for (const std::int16_t c : f.at) {
    bits |= std::uint64_t{compress_one(d, c)} << count;
    for (count += d; count >= 8; count -= 8) {
      out[written++] = static_cast<std::uint8_t>(bits);
      bits >>= 8;
    }
  }
}

void decompress(unsigned d, Bytes bytes, Polynomial& out) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  std::size_t read = 0;
  for (std::int16_t& c : out.at) {
    for (; count < d; count += 8) {
      bits |= std::uint32_t{bytes[read++]} << count;
    }
    const std::uint32_t y = value_barrier(bits & ((1U << d) - 1));
    c = static_cast<std::int16_t>((y * ml_kem_q + (1U << (d - 1))) >> d);
    bits >>= d;
    count -= d;
  }
}

}  // namespace

constexpr MlKemRing ml_kem_portable{.ntt = ntt,
                                    .inverse_ntt = inverse_ntt,
                                    .prepare = prepare,
                                    .inner_product = inner_product,
                                    .sample_uniform = sample_uniform,
                                    .sample_noise = sample_noise,
                                    .encode = encode,
                                    .decode = decode,
                                    .compress = compress,
                                    .decompress = decompress,
                                    .permute_four = permute_four_portable};

}  // namespace handfast::crypto::native
