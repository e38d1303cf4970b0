// ChaCha20 over vectors of four blocks. RFC 8439 §2.3, §2.4.
//
// avx512.h says how it is written; what has to be intrinsics is masked loads and stores here.
#pragma once

#include "crypto/aead.h"
#include "crypto/native/avx512.h"
#include "handfast/bytes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace handfast::crypto::native {

inline constexpr std::size_t chacha_block = 64;
inline constexpr std::size_t chacha_width = 4;  // blocks a vector

/// One of the four rows of a state (RFC 8439 §2.3), of four states: four words of each.
using ChaChaRow [[gnu::vector_size(64)]] = std::uint32_t;

/// Four states on the way.
struct ChaChaStates {
  ChaChaRow a, b, c, d;
};

/// What lies at `from`, which need not be aligned.
template <class T>
HANDFAST_AVX512_INLINE T load_as(const std::uint8_t* from) {
  using Anywhere [[gnu::aligned(1), gnu::may_alias]] = T;
  const void* const address = from;
  return *static_cast<const Anywhere*>(address);
}

template <class T>
HANDFAST_AVX512_INLINE void store_as(T value, std::uint8_t* to) {
  using Anywhere [[gnu::aligned(1), gnu::may_alias]] = T;
  void* const address = to;
  *static_cast<Anywhere*>(address) = value;
}

template <unsigned bits>
HANDFAST_AVX512_INLINE ChaChaRow rotated(ChaChaRow row) {
  return row << bits | row >> (32 - bits);
}

/// Of the words of `one` (0 to 15) and `other` (16 to 31) that which `from` says for each place.
template <auto from, std::size_t... places>
HANDFAST_AVX512_INLINE ChaChaRow shuffled(ChaChaRow one, ChaChaRow other,
                                          std::index_sequence<places...> /*0 to 15*/) {
  return __builtin_shufflevector(one, other, from(places)...);
}

template <auto from>
HANDFAST_AVX512_INLINE ChaChaRow shuffled(ChaChaRow one, ChaChaRow other) {
  return shuffled<from>(one, other, std::make_index_sequence<16>());
}

/// In each state the word at `by` comes first.
template <unsigned by>
HANDFAST_AVX512_INLINE ChaChaRow turned(ChaChaRow row) {
  return shuffled<[](unsigned place) { return place / 4 * 4 + (place + by) % 4; }>(row, row);
}

/// Half of a quarter round (RFC 8439 §2.1) of rows that do not touch each other, at once.
template <unsigned bits_of_d, unsigned bits_of_b, std::size_t count>
HANDFAST_AVX512_INLINE void half_quarter_rounds(ChaChaStates (&all)[count]) {
#pragma GCC unroll 4
  for (auto& [a, b, c, d] : all) {
    a += b;
    d = rotated<bits_of_d>(d ^ a);
  }
#pragma GCC unroll 4
  for (auto& [a, b, c, d] : all) {
    c += d;
    b = rotated<bits_of_b>(b ^ c);
  }
}

template <std::size_t count>
HANDFAST_AVX512_INLINE void quarter_rounds(ChaChaStates (&all)[count]) {
  half_quarter_rounds<16, 12>(all);
  half_quarter_rounds<8, 7>(all);
}

/// Brings the words that are `by` further on in each row under those of the second row, and so the
/// diagonals into columns; 3 after 1: back. It is the second row that stays where it is, as it is
/// the last of a round to be ready.
template <unsigned by, std::size_t count>
HANDFAST_AVX512_INLINE void turn_rows(ChaChaStates (&all)[count]) {
#pragma GCC unroll 2
  for (auto& [a, b, c, d] : all) {
    a = turned<4 - by>(a);
    c = turned<by>(c);
    d = turned<2>(d);
  }
}

/// The words of a state that is to be permuted, but for the counter.
struct ChaChaStart {
  std::uint32_t words[16];
};

HANDFAST_AVX512_INLINE ChaChaStart start_of(const std::uint8_t* key, const Nonce& nonce) {
  ChaChaStart start = {{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}};
  for (std::size_t i = 0; i < 8; ++i) {
    start.words[4 + i] = load_as<std::uint32_t>(key + 4 * i);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    start.words[13 + i] = load_as<std::uint32_t>(nonce.data() + 4 * i);
  }
  return start;
}

/// The words from `first` on, for each of four states.
HANDFAST_AVX512_INLINE ChaChaRow row_of(const ChaChaStart& start, std::size_t first) {
  const std::uint32_t* const w = start.words + first;
  return ChaChaRow{w[0], w[1], w[2], w[3], w[0], w[1], w[2], w[3],
                   w[0], w[1], w[2], w[3], w[0], w[1], w[2], w[3]};
}

/// Writes four states, the second `distance` blocks behind the first, and so on.
HANDFAST_AVX512_INLINE void write_states(const ChaChaStates& of, std::uint8_t* out,
                                         std::size_t distance) {
  constexpr auto front = [](unsigned place) { return place + place / 8 * 8; };
  constexpr auto back = [](unsigned place) { return place + place / 8 * 8 + 8; };
  constexpr auto even = [](unsigned place) { return place + place / 4 * 4; };
  constexpr auto odd = [](unsigned place) { return place + place / 4 * 4 + 4; };
  const ChaChaRow ab = shuffled<front>(of.a, of.b);
  const ChaChaRow cd = shuffled<front>(of.c, of.d);
  const ChaChaRow more_ab = shuffled<back>(of.a, of.b);
  const ChaChaRow more_cd = shuffled<back>(of.c, of.d);
  const ChaChaRow blocks[] = {shuffled<even>(ab, cd), shuffled<odd>(ab, cd),
                              shuffled<even>(more_ab, more_cd), shuffled<odd>(more_ab, more_cd)};
  for (const ChaChaRow& block : blocks) {
    store_as(block, out);
    out += distance * chacha_block;
  }
}

/// Writes the blocks of the key stream from number `counter` on: four for each of `sets`.
template <std::size_t sets>
HANDFAST_AVX512 void write_key_stream(const ChaChaStart& start, std::uint32_t counter,
                                      std::uint8_t* out) {
  const ChaChaStates rows = {row_of(start, 0), row_of(start, 4), row_of(start, 8),
                             row_of(start, 12)};
  const ChaChaRow first = {counter,     0, 0, 0, counter + 1, 0, 0, 0,
                           counter + 2, 0, 0, 0, counter + 3, 0, 0, 0};
  constexpr ChaChaRow four = {4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0};
  ChaChaStates all[sets];
#pragma GCC unroll 2
  for (std::size_t i = 0; i < sets; ++i) {
    all[i] = rows;
    all[i].d += first + four * static_cast<std::uint32_t>(i);
  }
#pragma GCC unroll 1
  for (int i = 0; i < 10; ++i) {
    quarter_rounds(all);
    turn_rows<1>(all);
    quarter_rounds(all);
    turn_rows<3>(all);
  }
#pragma GCC unroll 2
  for (std::size_t i = 0; i < sets; ++i) {
    all[i].a += rows.a;
    all[i].b += rows.b;
    all[i].c += rows.c;
    all[i].d += rows.d + first + four * static_cast<std::uint32_t>(i);
    write_states(all[i], out + i * chacha_width * chacha_block, 1);
  }
}

/// Word `i` of each of sixteen states, the first of which has number `counter`.
HANDFAST_AVX512_INLINE ChaChaRow word_of(const ChaChaStart& start, std::size_t i,
                                         std::uint32_t counter) {
  constexpr ChaChaRow numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return i == 12 ? numbers + counter : ChaChaRow{} + start.words[i];
}

/// Four words of sixteen states as rows: in `a` of states 0, 4, 8 and 12, in `b` of those behind
/// them, and so on.
HANDFAST_AVX512_INLINE ChaChaStates transposed(const ChaChaStates& words) {
  static constexpr auto low = [](unsigned place) {
    return place / 4 * 4 + place % 4 / 2 + place % 2 * 16;
  };
  constexpr auto high = [](unsigned place) { return low(place) + 2; };
  static constexpr auto front = [](unsigned place) { return place % 4 < 2 ? place : place + 14; };
  constexpr auto back = [](unsigned place) { return front(place) + 2; };
  const ChaChaRow low_ab = shuffled<low>(words.a, words.b);
  const ChaChaRow low_cd = shuffled<low>(words.c, words.d);
  const ChaChaRow high_ab = shuffled<high>(words.a, words.b);
  const ChaChaRow high_cd = shuffled<high>(words.c, words.d);
  return {shuffled<front>(low_ab, low_cd), shuffled<back>(low_ab, low_cd),
          shuffled<front>(high_ab, high_cd), shuffled<back>(high_ab, high_cd)};
}

/// The same for sixteen blocks. Here a vector has one word of each, so that nothing has to be
/// turned in a round, but all of it transposed at the end.
HANDFAST_AVX512 inline void write_sixteen_blocks(const ChaChaStart& start, std::uint32_t counter,
                                                 std::uint8_t* out) {
  ChaChaStates columns[4];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i) {
    columns[i] = {word_of(start, i, counter), word_of(start, 4 + i, counter),
                  word_of(start, 8 + i, counter), word_of(start, 12 + i, counter)};
  }
  auto& [p, q, r, s] = columns;
#pragma GCC unroll 1
  for (int i = 0; i < 10; ++i) {
    quarter_rounds(columns);
    ChaChaStates diagonals[4] = {
        {p.a, q.b, r.c, s.d}, {q.a, r.b, s.c, p.d}, {r.a, s.b, p.c, q.d}, {s.a, p.b, q.c, r.d}};
    quarter_rounds(diagonals);
    const auto& [t, u, v, w] = diagonals;
    p = {t.a, w.b, v.c, u.d};
    q = {u.a, t.b, w.c, v.d};
    r = {v.a, u.b, t.c, w.d};
    s = {w.a, v.b, u.c, t.d};
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i) {
    columns[i].a += word_of(start, i, counter);
    columns[i].b += word_of(start, 4 + i, counter);
    columns[i].c += word_of(start, 8 + i, counter);
    columns[i].d += word_of(start, 12 + i, counter);
  }
  const ChaChaStates a = transposed({p.a, q.a, r.a, s.a});
  const ChaChaStates b = transposed({p.b, q.b, r.b, s.b});
  const ChaChaStates c = transposed({p.c, q.c, r.c, s.c});
  const ChaChaStates d = transposed({p.d, q.d, r.d, s.d});
  write_states({a.a, b.a, c.a, d.a}, out, 4);
  write_states({a.b, b.b, c.b, d.b}, out + chacha_block, 4);
  write_states({a.c, b.c, c.c, d.c}, out + 2 * chacha_block, 4);
  write_states({a.d, b.d, c.d, d.d}, out + 3 * chacha_block, 4);
}

/// out = in ^ stream, of `size` bytes.
HANDFAST_AVX512_INLINE void add_stream(const std::uint8_t* in, const std::uint8_t* stream,
                                       std::size_t size, std::uint8_t* out) {
  std::size_t done = 0;
  for (; size - done >= chacha_block; done += chacha_block) {
    store_as(load_as<ChaChaRow>(in + done) ^ load_as<ChaChaRow>(stream + done), out + done);
  }
  if (done == size) {
    return;
  }
#ifdef HANDFAST_TRACK_SECRETS
  for (; done < size; ++done) {
    out[done] = static_cast<std::uint8_t>(in[done] ^ stream[done]);
  }
#else
  const __mmask64 rest = (__mmask64{1} << (size - done)) - 1;
  _mm512_mask_storeu_epi8(out + done, rest,
                          _mm512_maskz_loadu_epi8(rest, in + done) ^
                              _mm512_maskz_loadu_epi8(rest, stream + done));
#endif
}

/// The key stream of one message, of which the compiler may leave copies on the stack. Block 0 is
/// the authenticator's key (RFC 8439 §2.6), the text is encrypted with those behind it. Wiped when
/// it goes.
class ChaChaStream {
 public:
  /// For a text of `size` bytes: as many blocks at a time as it needs, sixteen at most.
  HANDFAST_AVX512_INLINE ChaChaStream(Bytes key, const Nonce& nonce, std::size_t size)
      : start_(start_of(key.data(), nonce)), left_(chacha_block + size) {
    refill();
  }

  ChaChaStream(const ChaChaStream&) = delete;
  ChaChaStream& operator=(const ChaChaStream&) = delete;

  HANDFAST_AVX512_INLINE ~ChaChaStream() {
    for (std::size_t i = 0; i < most_made_; i += chacha_block) {
      store_as(ChaChaRow{}, bytes_.data() + i);
    }
    start_ = {};
    asm volatile("" : : "r"(this) : "memory");
  }

  /// Block 0, of which 32 bytes are a key; before anything else.
  HANDFAST_AVX512_INLINE const std::uint8_t* take_key() {
    used_ = chacha_block;
    left_ -= chacha_block;
    return bytes_.data();
  }

  /// Encrypts or decrypts the next bytes, from `in` to `out`.
  HANDFAST_AVX512_INLINE void convert(Bytes in, std::uint8_t* out) {
    const std::uint8_t* from = in.data();
    std::size_t size = in.size();
    while (size != 0) {
      if (used_ == made_) {
        refill();
      }
      const std::size_t now = std::min(size, made_ - used_);
      add_stream(from, bytes_.data() + used_, now, out);
      from += now;
      out += now;
      size -= now;
      used_ += now;
      left_ -= now;
    }
  }

 private:
  static constexpr std::size_t set = chacha_width * chacha_block;

  HANDFAST_AVX512_INLINE void refill() {
    if (left_ <= set) {
      write_key_stream<1>(start_, counter_, bytes_.data());
      made_ = set;
    } else if (left_ <= 2 * set) {
      write_key_stream<2>(start_, counter_, bytes_.data());
      made_ = 2 * set;
    } else {
      write_sixteen_blocks(start_, counter_, bytes_.data());
      made_ = 4 * set;
    }
    counter_ += static_cast<std::uint32_t>(made_ / chacha_block);
    most_made_ = std::max(most_made_, made_);
    used_ = 0;
  }

  ChaChaStart start_;
  std::size_t left_;  // of the message, block 0 included
  std::uint32_t counter_ = 0;
  std::size_t used_ = 0;
  std::size_t made_ = 0;
  std::size_t most_made_ = 0;
  alignas(chacha_block) std::array<std::uint8_t, 4 * set> bytes_;
};

}  // namespace handfast::crypto::native
