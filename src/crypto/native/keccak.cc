#include "crypto/native/keccak.h"

#include "crypto/native/constant_time.h"
#include "crypto/native/keccak_round.h"

#include <algorithm>
#include <bit>

namespace handfast::crypto::native {
namespace {

// θ: what is added to each word of a column.
std::array<std::uint64_t, 5> column_parities(const KeccakState& state) {
  std::array<std::uint64_t, 5> sum;
  for (std::size_t x = 0; x < 5; ++x) {
    sum[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
  }
  return {sum[4] ^ std::rotl(sum[1], 1), sum[0] ^ std::rotl(sum[2], 1),
          sum[1] ^ std::rotl(sum[3], 1), sum[2] ^ std::rotl(sum[4], 1),
          sum[3] ^ std::rotl(sum[0], 1)};
}

// Row `y` after ρ, π and χ. A template, so that the optimiser sees constants and registers.
template <std::size_t y>
void fill_row(const KeccakState& in, const std::array<std::uint64_t, 5>& parity, KeccakState& out) {
  constexpr KeccakRow row = keccak_row[y];
  const auto turned = [&]<std::size_t x>() {
    return std::rotl(in[row.from[x]] ^ parity[row.from[x] % 5], row.turn[x]);
  };
  const std::uint64_t a = turned.template operator()<0>();
  const std::uint64_t b = turned.template operator()<1>();
  const std::uint64_t c = turned.template operator()<2>();
  const std::uint64_t d = turned.template operator()<3>();
  const std::uint64_t e = turned.template operator()<4>();
  out[5 * y] = a ^ (~b & c);
  out[5 * y + 1] = b ^ (~c & d);
  out[5 * y + 2] = c ^ (~d & e);
  out[5 * y + 3] = d ^ (~e & a);
  out[5 * y + 4] = e ^ (~a & b);
}

void one_round(const KeccakState& in, std::uint64_t constant, KeccakState& out) {
  const std::array<std::uint64_t, 5> parity = column_parities(in);
  fill_row<0>(in, parity, out);
  fill_row<1>(in, parity, out);
  fill_row<2>(in, parity, out);
  fill_row<3>(in, parity, out);
  fill_row<4>(in, parity, out);
  out[0] ^= constant;
}

std::uint64_t read_word(Bytes bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    word |= std::uint64_t{bytes[i]} << (8 * i);
  }
  return word;
}

void write_word(std::uint64_t word, MutBytes out) {
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(word >> (8 * i));
  }
}

}  // namespace

void permute(KeccakState& state) {
  KeccakState other;
  for (std::size_t round = 0; round < keccak_constant.size(); round += 2) {
    one_round(state, keccak_constant[round], other);
    one_round(other, keccak_constant[round + 1], state);
  }
  wipe_words(other);
}

Keccak::~Keccak() { wipe_words(state_); }

void Keccak::absorb(Bytes message) {
  while (!message.empty()) {
    if (at_ % 8 == 0 && message.size() >= 8) {
      state_[at_ / 8] ^= read_word(message.first(8));
      message = message.subspan(8);
      at_ += 8;
    } else {
      add(at_, message.front());
      message = message.subspan(1);
      ++at_;
    }
    if (at_ == function_.rate) {
      permute(state_);
      at_ = 0;
    }
  }
}

void Keccak::squeeze(MutBytes out) {
  if (!squeezing_) {
    add(at_, function_.suffix);
    add(function_.rate - 1, 0x80);
    at_ = function_.rate;
    squeezing_ = true;
  }
  while (!out.empty()) {
    if (at_ == function_.rate) {
      permute(state_);
      at_ = 0;
    }
    if (at_ % 8 == 0 && out.size() >= 8) {
      write_word(state_[at_ / 8], out.first(8));
      out = out.subspan(8);
      at_ += 8;
    } else {
      out.front() = static_cast<std::uint8_t>(state_[at_ / 8] >> (8 * (at_ % 8)));
      out = out.subspan(1);
      ++at_;
    }
  }
}

void keccak(const KeccakFunction& function, std::initializer_list<Bytes> parts, MutBytes out) {
  Keccak sponge(function);
  for (const Bytes part : parts) {
    sponge.absorb(part);
  }
  sponge.squeeze(out);
}

void permute_four_portable(KeccakStates& states, std::size_t used) {
  KeccakState state;
  for (std::size_t which = 0; which < used; ++which) {
    for (std::size_t i = 0; i < state.size(); ++i) {
      state[i] = states.words[i][which];
    }
    permute(state);
    for (std::size_t i = 0; i < state.size(); ++i) {
      states.words[i][which] = state[i];
    }
  }
  wipe_words(state);
}

KeccakFour::~KeccakFour() {
  for (auto& words : states_.words) {
    wipe_words(words);
  }
}

void KeccakFour::absorb(Bytes message) {
  const auto add = [&](std::size_t at, std::uint8_t byte) {
    states_.words[at / 8][used_] ^= std::uint64_t{byte} << (8 * (at % 8));
  };
  for (std::size_t i = 0; i < message.size(); ++i) {
    add(i, message[i]);
  }
  add(message.size(), function_.suffix);
  add(function_.rate - 1, 0x80);
  ++used_;
}

void KeccakFour::copy_block(std::size_t which, MutBytes out) const {
  for (std::size_t i = 0; i < out.size() / 8; ++i) {
    write_word(states_.words[i][which], out.subspan(8 * i, 8));
  }
}

}  // namespace handfast::crypto::native
