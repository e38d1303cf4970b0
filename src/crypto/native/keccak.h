// SHA-3 and SHAKE (FIPS 202), one message at a time or four beside each other.
#pragma once

#include "base/secret.h"
#include "handfast/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace handfast::crypto::native {

/// A function of FIPS 202 §6: how much of the state a block fills, and what ends a message.
struct KeccakFunction {
  std::size_t rate;     // bytes
  std::uint8_t suffix;  // the bits that tell the functions apart, and the first one of the padding
};

inline constexpr KeccakFunction sha3_256{.rate = 136, .suffix = 0x06};
inline constexpr KeccakFunction sha3_512{.rate = 72, .suffix = 0x06};
inline constexpr KeccakFunction shake128{.rate = 168, .suffix = 0x1f};
inline constexpr KeccakFunction shake256{.rate = 136, .suffix = 0x1f};

/// 1600 bits as words, the word of column x and row y at 5 * y + x.
using KeccakState = std::array<std::uint64_t, 25>;

/// KECCAK-f[1600] (FIPS 202 §3.3).
void permute(KeccakState& state);

/// One message: absorbed in any pieces, then squeezed in any pieces. Wiped when it goes.
///
/// Confined: one thread at a time. In constant time, but for the lengths.
class Keccak {
 public:
  explicit Keccak(const KeccakFunction& function) : function_(function) {}

  Keccak(const Keccak&) = delete;
  Keccak& operator=(const Keccak&) = delete;
  ~Keccak();

  /// Not after the first `squeeze`.
  void absorb(Bytes message);

  void squeeze(MutBytes out);

 private:
  void add(std::size_t at, std::uint8_t byte) {
    state_[at / 8] ^= std::uint64_t{byte} << (8 * (at % 8));
  }

  KeccakFunction function_;
  KeccakState state_{};
  std::size_t at_ = 0;  // in the block, absorbed or squeezed so far
  bool squeezing_ = false;
};

/// Fills `out` with what `function` gives for the `parts` together.
void keccak(const KeccakFunction& function, std::initializer_list<Bytes> parts, MutBytes out);

/// Four states beside each other: the words of one place in the four are neighbours.
struct alignas(32) KeccakStates {
  std::array<std::array<std::uint64_t, 4>, 25> words;
};

/// `permute` for the first `used` states. What the others hold is lost.
using PermuteFour = void(KeccakStates& states, std::size_t used);

PermuteFour permute_four_portable;
PermuteFour permute_four_avx2;  // only where is_available(Twin::avx2)

/// Up to four short messages of one length, squeezed side by side. Wiped when it goes.
///
/// Confined: one thread at a time. In constant time.
class KeccakFour {
 public:
  /// `permute_four` must outlive it.
  KeccakFour(const KeccakFunction& function, PermuteFour& permute_four)
      : function_(function), permute_four_(permute_four) {}

  KeccakFour(const KeccakFour&) = delete;
  KeccakFour& operator=(const KeccakFour&) = delete;
  ~KeccakFour();

  /// Absorbs a whole message, shorter than a block, into the next state. At most four times.
  void absorb(Bytes message);

  /// Goes on to the next block of all states. Called before the first `copy_block` too.
  void next_block() { permute_four_(states_, used_); }

  /// The first out.size() bytes of the present block of state `which`; that is a multiple of 8 and
  /// at most the rate.
  void copy_block(std::size_t which, MutBytes out) const;

 private:
  KeccakFunction function_;
  PermuteFour& permute_four_;
  KeccakStates states_{};
  std::size_t used_ = 0;
};

}  // namespace handfast::crypto::native
