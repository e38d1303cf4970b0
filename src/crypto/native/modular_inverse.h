// 1 / a modulo an odd number, in constant time, by the division steps of Bernstein and Yang 2019
// ("Fast constant-time gcd computation and modular inversion"), as many as Wuille 2021 has shown to
// be enough where the steps begin at one half. It takes a third of the time of a^(p - 2).
#pragma once

#include "crypto/native/words.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

__extension__ using SignedWide = __int128;

/// A modulus below 2^256, odd, in limbs of 62 bits; `inverse` is 1 / modulus modulo 2^62.
struct InverseModulus {
  std::array<std::int64_t, 5> limbs;
  std::uint64_t inverse;
};

inline constexpr std::uint64_t limb62_mask = (std::uint64_t{1} << 62) - 1;

/// Limbs of 62 bits, of which the highest has the sign. All but that are at least zero.
using Limbs62 = std::array<std::int64_t, 5>;

[[nodiscard]] constexpr Limbs62 limbs62_of(const Words256& number) {
  const auto limb = [](std::uint64_t word) {
    return static_cast<std::int64_t>(word & limb62_mask);
  };
  return {limb(number[0]), limb((number[0] >> 62) | (number[1] << 2)),
          limb((number[1] >> 60) | (number[2] << 4)), limb((number[2] >> 58) | (number[3] << 6)),
          limb(number[3] >> 56)};
}

[[nodiscard]] inline Words256 words_of_limbs62(const Limbs62& limbs) {
  std::array<std::uint64_t, 5> l{};
  for (std::size_t i = 0; i < l.size(); ++i) {
    l[i] = static_cast<std::uint64_t>(limbs[i]);
  }
  return {l[0] | (l[1] << 62), (l[1] >> 2) | (l[2] << 60), (l[2] >> 4) | (l[3] << 58),
          (l[3] >> 6) | (l[4] << 56)};
}

[[nodiscard]] constexpr InverseModulus inverse_modulus(const Words256& modulus) {
  std::uint64_t inverse = 1;
  for (int i = 0; i < 6; ++i) {  // Newton: each step doubles how many bits are right
    inverse *= 2 - modulus[0] * inverse;
  }
  return {limbs62_of(modulus), inverse & limb62_mask};
}

/// What 59 division steps make of f and g, times 2^62: (u f + v g, q f + r g).
struct DivisionSteps {
  std::int64_t u;
  std::int64_t v;
  std::int64_t q;
  std::int64_t r;
};

/// The next 59 steps, of which the lowest bits of f and g tell all. `zeta` is minus one half minus
/// the delta of the steps.
[[nodiscard]] inline DivisionSteps division_steps(std::int64_t& zeta, std::uint64_t f,
                                                  std::uint64_t g) {
  std::uint64_t u = 8;  // 2^3: with 59 steps that is 2^62
  std::uint64_t v = 0;
  std::uint64_t q = 0;
  std::uint64_t r = 8;
  for (int i = 0; i < 59; ++i) {
    // If delta is above 0 and g is odd: (f, g) becomes (g, (g - f) / 2), and delta 1 - delta; else
    // (f, (g + f or nothing) / 2), and 1 + delta.
    const std::uint64_t is_above = value_barrier(static_cast<std::uint64_t>(zeta >> 63));
    const std::uint64_t is_odd = mask_of(g & 1);
    const std::uint64_t swap = is_above & is_odd;
    const std::uint64_t more_g = ((f ^ is_above) - is_above) & is_odd;
    const std::uint64_t more_q = ((u ^ is_above) - is_above) & is_odd;
    const std::uint64_t more_r = ((v ^ is_above) - is_above) & is_odd;
    f ^= (f ^ g) & swap;
    u ^= (u ^ q) & swap;
    v ^= (v ^ r) & swap;
    g += more_g;
    q += more_q;
    r += more_r;
    zeta = (zeta ^ static_cast<std::int64_t>(swap)) - 1;
    g >>= 1;
    u <<= 1;
    v <<= 1;
  }
  return {static_cast<std::int64_t>(u), static_cast<std::int64_t>(v), static_cast<std::int64_t>(q),
          static_cast<std::int64_t>(r)};
}

/// (f, g) = steps (f, g) / 2^62, which leaves no rest.
inline void step_numbers(Limbs62& f, Limbs62& g, const DivisionSteps& steps) {
  SignedWide sum_f = 0;
  SignedWide sum_g = 0;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < f.size(); ++i) {
    sum_f += SignedWide{steps.u} * f[i] + SignedWide{steps.v} * g[i];
    sum_g += SignedWide{steps.q} * f[i] + SignedWide{steps.r} * g[i];
    if (i > 0) {
      f[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum_f) & limb62_mask);
      g[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum_g) & limb62_mask);
    }
    sum_f >>= 62;
    sum_g >>= 62;
  }
  f.back() = static_cast<std::int64_t>(sum_f);
  g.back() = static_cast<std::int64_t>(sum_g);
}

/// (d, e) = steps (d, e) / 2^62 modulo the modulus; both stay above minus twice it, and below it.
inline void step_factors(Limbs62& d, Limbs62& e, const DivisionSteps& steps,
                         const InverseModulus& modulus) {
  const std::int64_t sign_d = value_barrier(d.back() >> 63);
  const std::int64_t sign_e = value_barrier(e.back() >> 63);
  // How often the modulus is added: once for what is negative, and so that 2^62 divides the sum.
  std::int64_t times_d = (steps.u & sign_d) + (steps.v & sign_e);
  std::int64_t times_e = (steps.q & sign_d) + (steps.r & sign_e);
  const auto clears = [&](std::int64_t times, std::int64_t a, std::int64_t b) {
    const std::uint64_t low = static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(d[0]) +
                              static_cast<std::uint64_t>(b) * static_cast<std::uint64_t>(e[0]);
    return static_cast<std::int64_t>((modulus.inverse * low + static_cast<std::uint64_t>(times)) &
                                     limb62_mask);
  };
  times_d -= clears(times_d, steps.u, steps.v);
  times_e -= clears(times_e, steps.q, steps.r);
  SignedWide sum_d = 0;
  SignedWide sum_e = 0;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < d.size(); ++i) {
    sum_d += SignedWide{steps.u} * d[i] + SignedWide{steps.v} * e[i];
    sum_e += SignedWide{steps.q} * d[i] + SignedWide{steps.r} * e[i];
    sum_d += SignedWide{modulus.limbs[i]} * times_d;
    sum_e += SignedWide{modulus.limbs[i]} * times_e;
    if (i > 0) {
      d[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum_d) & limb62_mask);
      e[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum_e) & limb62_mask);
    }
    sum_d >>= 62;
    sum_e >>= 62;
  }
  d.back() = static_cast<std::int64_t>(sum_d);
  e.back() = static_cast<std::int64_t>(sum_e);
}

/// Moves into each limb what the one below it has too much of.
inline void carry_limbs62(Limbs62& limbs) {
#pragma GCC unroll 4
  for (std::size_t i = 0; i + 1 < limbs.size(); ++i) {
    limbs[i + 1] += limbs[i] >> 62;
    limbs[i] &= static_cast<std::int64_t>(limb62_mask);
  }
}

/// Adds the modulus if `limbs` are below zero.
inline void add_if_negative(Limbs62& limbs, const InverseModulus& modulus) {
  const std::int64_t negative = value_barrier(limbs.back() >> 63);
#pragma GCC unroll 5
  for (std::size_t i = 0; i < limbs.size(); ++i) {
    limbs[i] += modulus.limbs[i] & negative;
  }
}

/// 1 / a modulo the modulus, and zero for zero; `a` is below it, and has no divisor with it. The
/// caller wipes both.
[[nodiscard]] inline Words256 modular_inverse(const Words256& a, const InverseModulus& modulus) {
  Limbs62 d{};
  Limbs62 e{1};
  Limbs62 f = modulus.limbs;
  Limbs62 g = limbs62_of(a);
  std::int64_t zeta = -1;
  for (int i = 0; i < 10; ++i) {  // 590 steps do for all numbers of 256 bits
    const DivisionSteps steps =
        division_steps(zeta, static_cast<std::uint64_t>(f[0]), static_cast<std::uint64_t>(g[0]));
    step_factors(d, e, steps, modulus);
    step_numbers(f, g, steps);
  }
  // g is 0 now, and f is 1 or -1: d is 1 / a, or minus that.
  add_if_negative(d, modulus);
  const std::int64_t negative = value_barrier(f.back() >> 63);
  for (std::int64_t& limb : d) {
    limb = (limb ^ negative) - negative;
  }
  carry_limbs62(d);
  add_if_negative(d, modulus);
  carry_limbs62(d);
  Words256 inverse = words_of_limbs62(d);
  for (Limbs62* part : {&d, &e, &f, &g}) {
    part->fill(0);
    asm volatile("" : : "r"(part->data()) : "memory");
  }
  return inverse;
}

}  // namespace handfast::crypto::native
