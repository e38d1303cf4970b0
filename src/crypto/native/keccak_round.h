// The numbers of KECCAK-f[1600] (FIPS 202 §3.2), as both twins use them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::crypto::native {

/// One row of the state after ρ and π: which words it takes, and how far each is turned.
struct KeccakRow {
  std::array<std::size_t, 5> from;
  std::array<int, 5> turn;
};

// FIPS 202 §3.2.2: walking from (x, y) = (1, 0) to (y, 2x + 3y), step t turns by (t+1)(t+2)/2.
consteval std::array<int, 25> keccak_offsets() {
  std::array<int, 25> offsets{};
  std::size_t x = 1;
  std::size_t y = 0;
  for (int t = 0; t < 24; ++t) {
    offsets[5 * y + x] = (t + 1) * (t + 2) / 2 % 64;
    const std::size_t next = (2 * x + 3 * y) % 5;
    x = y;
    y = next;
  }
  return offsets;
}

// FIPS 202 §3.2.3: the word at (x, y) comes from (x + 3y, x).
consteval std::array<KeccakRow, 5> keccak_rows() {
  std::array<KeccakRow, 5> rows{};
  for (std::size_t y = 0; y < 5; ++y) {
    for (std::size_t x = 0; x < 5; ++x) {
      const std::size_t from = 5 * x + (x + 3 * y) % 5;
      rows[y].from[x] = from;
      rows[y].turn[x] = keccak_offsets()[from];
    }
  }
  return rows;
}

// FIPS 202 §3.2.5: bit 2^j - 1 of round i's constant is bit j + 7i of a linear feedback register.
consteval std::array<std::uint64_t, 24> keccak_constants() {
  std::array<std::uint64_t, 24> constants{};
  unsigned feedback = 1;
  for (std::uint64_t& constant : constants) {
    for (unsigned j = 0; j < 7; ++j) {
      constant |= std::uint64_t{feedback & 1} << ((1U << j) - 1);
      feedback = feedback << 1;
      feedback ^= (feedback >> 8) * 0x171;
    }
  }
  return constants;
}

inline constexpr std::array<KeccakRow, 5> keccak_row = keccak_rows();
inline constexpr std::array<std::uint64_t, 24> keccak_constant = keccak_constants();

}  // namespace handfast::crypto::native
