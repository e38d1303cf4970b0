// Poly1305, one block at a time or eight. RFC 8439 §2.5.
//
// Numbers below 2^130 have limbs of 44, 44 and 42 bits: products of two fit 128 bits three times,
// and AVX-512 IFMA multiplies what is below 2^52.
#pragma once

#include "crypto/native/avx512.h"
#include "crypto/native/chacha20.h"
#include "crypto/native/constant_time.h"
#include "crypto/native/words.h"
#include "handfast/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

inline constexpr std::size_t poly_block = 16;
inline constexpr std::size_t poly_tag = 16;

inline constexpr std::uint64_t poly_mask = (std::uint64_t{1} << 44) - 1;
inline constexpr std::uint64_t poly_top_mask = (std::uint64_t{1} << 42) - 1;

/// A limb of each of eight numbers.
using PolyLane [[gnu::vector_size(64)]] = std::uint64_t;

/// A number, or eight of them.
template <class Limb>
struct PolyNumber {
  Limb limbs[3];
};

/// A number to multiply by.
template <class Limb>
struct PolyFactor {
  Limb limbs[3];
  Limb times20[3];  ///< for what goes beyond 2^132, which is 4 * 5 modulo 2^130 - 5; [0] is unused
};

/// What `number` is as a factor.
template <class Limb>
HANDFAST_AVX512_INLINE PolyFactor<Limb> as_factor(const PolyNumber<Limb>& number) {
  const auto& n = number.limbs;
  return {{n[0], n[1], n[2]}, {Limb{}, n[1] * 20, n[2] * 20}};
}

/// Adds blocks whose halves are `low` and `high`, with a bit behind each.
template <class Limb>
HANDFAST_AVX512_INLINE void add_blocks(PolyNumber<Limb>& to, Limb low, Limb high) {
  to.limbs[0] += low & poly_mask;
  to.limbs[1] += (low >> 44 | high << 20) & poly_mask;
  to.limbs[2] += high >> 24 | std::uint64_t{1} << 40;
}

HANDFAST_AVX512_INLINE PolyNumber<std::uint64_t> product(const PolyNumber<std::uint64_t>& a,
                                                         const PolyFactor<std::uint64_t>& b) {
  const auto& [n, m] = b;
  const auto& x = a.limbs;
  const Wide low = Wide{x[0]} * n[0] + Wide{x[1]} * m[2] + Wide{x[2]} * m[1];
  const Wide middle = Wide{x[0]} * n[1] + Wide{x[1]} * n[0] + Wide{x[2]} * m[2] +
                      static_cast<std::uint64_t>(low >> 44);
  const Wide high = Wide{x[0]} * n[2] + Wide{x[1]} * n[1] + Wide{x[2]} * n[0] +
                    static_cast<std::uint64_t>(middle >> 44);
  const std::uint64_t lowest =
      (static_cast<std::uint64_t>(low) & poly_mask) + static_cast<std::uint64_t>(high >> 42) * 5;
  return {{lowest & poly_mask, (static_cast<std::uint64_t>(middle) & poly_mask) + (lowest >> 44),
           static_cast<std::uint64_t>(high) & poly_top_mask}};
}

// ---- eight at a time ----------------------------------------------------------------------------

HANDFAST_AVX512_INLINE PolyNumber<PolyLane> product(const PolyNumber<PolyLane>& a,
                                                    const PolyFactor<PolyLane>& b) {
  const auto& [n, m] = b;
  const auto& x = a.limbs;
  const PolyLane zero{};
  PolyLane low = add_low(add_low(add_low(zero, x[0], n[0]), x[1], m[2]), x[2], m[1]);
  PolyLane middle = add_low(add_low(add_low(zero, x[0], n[1]), x[1], n[0]), x[2], m[2]);
  PolyLane high = add_low(add_low(add_low(zero, x[0], n[2]), x[1], n[1]), x[2], n[0]);
  const PolyLane over_low = add_high(add_high(add_high(zero, x[0], n[0]), x[1], m[2]), x[2], m[1]);
  const PolyLane over_middle =
      add_high(add_high(add_high(zero, x[0], n[1]), x[1], n[0]), x[2], m[2]);
  const PolyLane over_high = add_high(add_high(add_high(zero, x[0], n[2]), x[1], n[1]), x[2], n[0]);
  middle += (low >> 44) + (over_low << 8);
  high += (middle >> 44) + (over_middle << 8);
  const PolyLane over = (high >> 42) + (over_high << 10);
  low = (low & poly_mask) + over + (over << 2);
  return {{low & poly_mask, (middle & poly_mask) + (low >> 44), high & poly_top_mask}};
}

/// One authenticator, from its one-time key to its tag. Wiped when it goes; of r, which is good for
/// one message, the compiler may leave copies on the stack, as of its powers.
class Poly1305 {
 public:
  using Number = PolyNumber<std::uint64_t>;
  using Factor = PolyFactor<std::uint64_t>;

  /// `key` has 32 bytes: r, and s that is added at the end.
  HANDFAST_AVX512_INLINE explicit Poly1305(const std::uint8_t* key) {
    // RFC 8439 §2.5: r is clamped.
    const std::uint64_t low = load_as<std::uint64_t>(key) & 0x0ffffffc0fffffffU;
    const std::uint64_t high = load_as<std::uint64_t>(key + 8) & 0x0ffffffc0ffffffcU;
    r_ = as_factor(Number{{low & poly_mask, (low >> 44 | high << 20) & poly_mask, high >> 24}});
    s_[0] = load_as<std::uint64_t>(key + 16);
    s_[1] = load_as<std::uint64_t>(key + 24);
  }

  Poly1305(const Poly1305&) = delete;
  Poly1305& operator=(const Poly1305&) = delete;

  HANDFAST_AVX512_INLINE ~Poly1305() {
    r_ = {};
    sum_ = {};
    s_[0] = s_[1] = 0;
    asm volatile("" : : "r"(this) : "memory");
  }

  /// Takes `bytes` in, and zeros up to the next whole block. RFC 8439 §2.8.
  HANDFAST_AVX512_INLINE void add_padded(Bytes bytes) {
    const std::uint8_t* from = bytes.data();
    std::size_t size = bytes.size();
    if (size >= worth_lanes) {
      const std::size_t whole = size & ~(lanes_size - 1);
      add_lanes(from, whole);
      from += whole;
      size -= whole;
    }
    for (; size >= poly_block; size -= poly_block, from += poly_block) {
      add_block(load_as<std::uint64_t>(from), load_as<std::uint64_t>(from + 8));
    }
    if (size != 0) {
      add_some(from, size);
    }
  }

  HANDFAST_AVX512_INLINE void add_block(std::uint64_t low, std::uint64_t high) {
    add_blocks(sum_, low, high);
    sum_ = product(sum_, r_);
  }

  HANDFAST_AVX512_INLINE void write_tag(std::uint8_t* out) {
    auto [h0, h1, h2] = sum_.limbs;
    h2 += h1 >> 44;
    h1 &= poly_mask;
    h0 += (h2 >> 42) * 5;
    h2 &= poly_top_mask;
    h1 += h0 >> 44;
    h0 &= poly_mask;
    h2 += h1 >> 44;
    h1 &= poly_mask;
    // Below 2^130 now. Of h and h + 5 - 2^130 that which is not negative.
    const std::uint64_t g0 = h0 + 5;
    const std::uint64_t g1 = h1 + (g0 >> 44);
    const std::uint64_t g2 = h2 + (g1 >> 44);
    const std::uint64_t take = value_barrier(0 - (g2 >> 42));
    h0 ^= (h0 ^ (g0 & poly_mask)) & take;
    h1 ^= (h1 ^ (g1 & poly_mask)) & take;
    h2 ^= (h2 ^ (g2 & poly_top_mask)) & take;
    const Wide sum =
        (Wide{h1 >> 20 | h2 << 24} << 64 | (h0 | h1 << 44)) + (Wide{s_[1]} << 64 | s_[0]);
    store_as(static_cast<std::uint64_t>(sum), out);
    store_as(static_cast<std::uint64_t>(sum >> 64), out + 8);
  }

 private:
  static constexpr std::size_t lanes_size = 8 * poly_block;
  static constexpr std::size_t worth_lanes = 3 * lanes_size;  // the powers of r cost some blocks

  HANDFAST_AVX512_INLINE void add_some(const std::uint8_t* from, std::size_t size) {
#ifdef HANDFAST_TRACK_SECRETS
    std::uint64_t words[2] = {};
    for (std::size_t i = 0; i < size; ++i) {
      words[i / 8] |= std::uint64_t{from[i]} << (8 * (i % 8));
    }
    add_block(words[0], words[1]);
#else
    const __m128i block = _mm_maskz_loadu_epi8(static_cast<__mmask16>((1U << size) - 1), from);
    add_block(static_cast<std::uint64_t>(_mm_cvtsi128_si64(block)),
              static_cast<std::uint64_t>(_mm_extract_epi64(block, 1)));
#endif
  }

  /// The blocks of a vector in the order in which `add_eight` has them.
  static constexpr std::array<unsigned, 8> order = {0, 4, 1, 5, 2, 6, 3, 7};

  HANDFAST_AVX512_INLINE static void add_eight(PolyNumber<PolyLane>& to, const std::uint8_t* from) {
    const auto front = load_as<PolyLane>(from);
    const auto back = load_as<PolyLane>(from + sizeof(front));
    add_blocks(to, __builtin_shufflevector(front, back, 0, 8, 2, 10, 4, 12, 6, 14),
               __builtin_shufflevector(front, back, 1, 9, 3, 11, 5, 13, 7, 15));
  }

  /// Whole vectors of eight blocks. Each lane takes every eighth block and multiplies by r^8
  /// between two, and at the end by the power that brings it to its place.
  HANDFAST_AVX512 void add_lanes(const std::uint8_t* from, std::size_t size) {
    Number powers[8];  // r^1 to r^8
    powers[0] = {{r_.limbs[0], r_.limbs[1], r_.limbs[2]}};
    powers[1] = product(powers[0], r_);
    const Factor square = as_factor(powers[1]);
    powers[2] = product(powers[0], square);
    powers[3] = product(powers[1], square);
    const Factor fourth = as_factor(powers[3]);
    for (int i = 4; i < 8; ++i) {
      powers[i] = product(powers[i - 4], fourth);
    }
    PolyNumber<PolyLane> eighths;
    PolyNumber<PolyLane> ends;
    for (int limb = 0; limb < 3; ++limb) {
      eighths.limbs[limb] = PolyLane{} + powers[7].limbs[limb];
      for (int lane = 0; lane < 8; ++lane) {
        ends.limbs[limb][lane] = powers[7 - order[static_cast<unsigned>(lane)]].limbs[limb];
      }
    }
    const PolyFactor<PolyLane> eighth = as_factor(eighths);
    PolyNumber<PolyLane> sums{};
    for (int limb = 0; limb < 3; ++limb) {
      sums.limbs[limb][0] = sum_.limbs[limb];
    }
    add_eight(sums, from);
    std::size_t done = lanes_size;
    if (size % (2 * lanes_size) != 0) {
      sums = product(sums, eighth);
      add_eight(sums, from + done);
      done += lanes_size;
    }
    // In two rows that do not wait for each other, with r^16 between two blocks of a lane.
    const PolyFactor<PolyLane> sixteenth = as_factor(product(eighths, eighth));
    PolyNumber<PolyLane> other{};
    add_eight(other, from + done);
    for (done += lanes_size; done < size; done += 2 * lanes_size) {
      sums = product(sums, sixteenth);
      other = product(other, sixteenth);
      add_eight(sums, from + done);
      add_eight(other, from + done + lanes_size);
    }
    sums = product(sums, eighth);
    for (int limb = 0; limb < 3; ++limb) {
      sums.limbs[limb] += other.limbs[limb];
    }
    sums = product(sums, as_factor(ends));
    Number total{};
    for (int limb = 0; limb < 3; ++limb) {
      for (int lane = 0; lane < 8; ++lane) {
        total.limbs[limb] += sums.limbs[limb][lane];
      }
    }
    total.limbs[1] += total.limbs[0] >> 44;
    total.limbs[0] &= poly_mask;
    total.limbs[2] += total.limbs[1] >> 44;
    total.limbs[1] &= poly_mask;
    total.limbs[0] += (total.limbs[2] >> 42) * 5;
    total.limbs[2] &= poly_top_mask;
    sum_ = total;
  }

  Factor r_;
  Number sum_{};
  std::uint64_t s_[2];
};

}  // namespace handfast::crypto::native
