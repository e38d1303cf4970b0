// Vectors of `width` blocks spelled out block by block, with what aes_gcm_twin.h does to them, for
// the namespace that includes this: what aes_gcm_vaes.cc and aes_gcm_avx512.cc do with instructions
// that Valgrind does not know.

struct Blocks {
  __m128i block[width];
};

HANDFAST_GCM_INLINE Blocks operator^(Blocks a, const Blocks& b) {
  for (std::size_t i = 0; i < width; ++i) {
    a.block[i] ^= b.block[i];
  }
  return a;
}

HANDFAST_GCM_INLINE void operator^=(Blocks& a, const Blocks& b) { a = a ^ b; }

/// How many of the first `size` bytes block `i` has.
HANDFAST_GCM_INLINE std::size_t bytes_in(std::size_t i, std::size_t size) {
  return size > i * gcm_block ? std::min(size - i * gcm_block, gcm_block) : 0;
}

HANDFAST_GCM_INLINE Blocks load_some(const std::uint8_t* from, std::size_t size) {
  Blocks blocks{};
  for (std::size_t i = 0; i < width; ++i) {
    if (const std::size_t there = bytes_in(i, size); there == gcm_block) {
      blocks.block[i] = load_block(from + i * gcm_block);
    } else if (there > 0) {
      blocks.block[i] = load_padded(from + i * gcm_block, there);
    }
  }
  return blocks;
}

HANDFAST_GCM_INLINE Blocks load(const std::uint8_t* from) {
  return load_some(from, width * gcm_block);
}

HANDFAST_GCM_INLINE void store_some(std::uint8_t* to, const Blocks& blocks, std::size_t size) {
  for (std::size_t i = 0; bytes_in(i, size) > 0 && i < width; ++i) {
    store_block(to + i * gcm_block, blocks.block[i]);
  }
}

HANDFAST_GCM_INLINE void store(std::uint8_t* to, const Blocks& blocks) {
  store_some(to, blocks, width * gcm_block);
}

HANDFAST_GCM_INLINE Blocks first_bytes(Blocks blocks, std::size_t size) {
  for (std::size_t i = 0; i < width; ++i) {
    blocks.block[i] &=
        _mm_cmpgt_epi8(_mm_set1_epi8(static_cast<char>(bytes_in(i, size))), places());
  }
  return blocks;
}

HANDFAST_GCM_INLINE Blocks with_byte(Blocks blocks, std::size_t place, std::uint8_t byte) {
  if (const std::size_t i = place / gcm_block; i < width) {
    const auto in_block = static_cast<char>(place % gcm_block);
    blocks.block[i] |=
        _mm_cmpeq_epi8(_mm_set1_epi8(in_block), places()) & _mm_set1_epi8(static_cast<char>(byte));
  }
  return blocks;
}

HANDFAST_GCM_INLINE Blocks all(__m128i block) {
  Blocks blocks;
  std::ranges::fill(blocks.block, block);
  return blocks;
}

HANDFAST_GCM_INLINE Blocks low(__m128i block) { return {{block}}; }

HANDFAST_GCM_INLINE __m128i folded(const Blocks& blocks) {
  __m128i sum = blocks.block[0];
  for (std::size_t i = 1; i < width; ++i) {
    sum ^= blocks.block[i];
  }
  return sum;
}

HANDFAST_GCM_INLINE Blocks after(__m128i counter) {
  Blocks counters = all(counter);
  for (std::size_t i = 0; i < width; ++i) {
    counters.block[i] = _mm_add_epi32(counter, _mm_set_epi32(0, 0, 0, static_cast<int>(i)));
  }
  return counters;
}

HANDFAST_GCM_INLINE Blocks plus_width(Blocks counters) {
  for (__m128i& counter : counters.block) {
    counter = _mm_add_epi32(counter, _mm_set_epi32(0, 0, 0, static_cast<int>(width)));
  }
  return counters;
}

HANDFAST_GCM_INLINE Blocks turned(Blocks blocks) {
  for (__m128i& block : blocks.block) {
    block = turned_block(block);
  }
  return blocks;
}

HANDFAST_GCM_INLINE Blocks aes_round(Blocks blocks, const Blocks& key) {
  for (std::size_t i = 0; i < width; ++i) {
    blocks.block[i] = _mm_aesenc_si128(blocks.block[i], key.block[i]);
  }
  return blocks;
}

HANDFAST_GCM_INLINE Blocks last_aes_round(Blocks blocks, const Blocks& key) {
  for (std::size_t i = 0; i < width; ++i) {
    blocks.block[i] = _mm_aesenclast_si128(blocks.block[i], key.block[i]);
  }
  return blocks;
}

template <int halves>
HANDFAST_GCM_INLINE Blocks product(Blocks a, const Blocks& b) {
  for (std::size_t i = 0; i < width; ++i) {
    a.block[i] = _mm_clmulepi64_si128(a.block[i], b.block[i], halves);
  }
  return a;
}

HANDFAST_GCM_INLINE Blocks moved_up(Blocks blocks) {
  for (__m128i& block : blocks.block) {
    block = _mm_slli_si128(block, 8);
  }
  return blocks;
}

HANDFAST_GCM_INLINE Blocks moved_down(Blocks blocks) {
  for (__m128i& block : blocks.block) {
    block = _mm_srli_si128(block, 8);
  }
  return blocks;
}

HANDFAST_GCM_INLINE Blocks halves_swapped(Blocks blocks) {
  for (__m128i& block : blocks.block) {
    block = _mm_shuffle_epi32(block, 0x4e);
  }
  return blocks;
}
