// A whole message of AES-GCM, over the vectors of the file that includes this, once, inside its
// namespace: a template could not have that file's instructions. The file defines
// - HANDFAST_GCM and HANDFAST_GCM_INLINE, the attributes of functions and of inlined functions;
// - Blocks, a vector of blocks, and `width`, how many: 1, 2 or 4;
// - what is done to each block of a vector: turned, all (one block everywhere), after (a counter
//   and those behind it), plus_width, aes_round, last_aes_round, product<0x00...>, moved_up and
//   moved_down by half a block, halves_swapped;
// - to vectors: load, store; load_some and first_bytes, of which only some bytes are there and the
//   others are zero; with_byte, behind them; store_some, which may write to the end of a block; low
//   (of a block, and zeros) and folded, the sum of the blocks.

inline constexpr std::size_t vector_size = width * gcm_block;
inline constexpr std::size_t batch_vectors = 8;  // under way at a time, to keep the units busy
inline constexpr std::size_t batch_size = batch_vectors * vector_size;
inline constexpr std::size_t chunk_vectors = gcm_chunk / vector_size;

enum class Way : std::uint8_t { seal, open };

/// How far a message has come.
struct Run {
  __m128i hash;    ///< GHASH so far, with the bytes turned round
  Blocks counter;  ///< of the next blocks, with the bytes turned round
};

// ---- GHASH --------------------------------------------------------------------------------------

/// As GcmProduct, with a sum for each block of a vector.
struct Products {
  Blocks low;
  Blocks middle;
  Blocks high;
};

HANDFAST_GCM_INLINE Products products(Blocks a, Blocks b) {
  return {product<0x00>(a, b), product<0x01>(a, b) ^ product<0x10>(a, b), product<0x11>(a, b)};
}

HANDFAST_GCM_INLINE void add(Products& sum, const Products& more) {
  sum.low ^= more.low;
  sum.middle ^= more.middle;
  sum.high ^= more.high;
}

/// As reduced_block, each block by itself.
HANDFAST_GCM_INLINE Blocks reduced(const Products& sum) {
  const Blocks upper = all(_mm_srli_si128(gcm_polynomial(), 8));
  Blocks low = sum.low ^ moved_up(sum.middle);
  low = halves_swapped(low) ^ product<0x00>(low, upper);
  low = halves_swapped(low) ^ product<0x00>(low, upper);
  return low ^ sum.high ^ moved_down(sum.middle);
}

HANDFAST_GCM_INLINE GcmProduct folded(const Products& sum) {
  return {folded(sum.low), folded(sum.middle), folded(sum.high)};
}

/// The powers of H of a batch, the highest first. Longer vectors need more than a key has.
struct Powers {
  Blocks vectors[batch_vectors];
};

HANDFAST_GCM_INLINE void wipe(Powers& powers) {
  for (Blocks& vector : powers.vectors) {
    vector = Blocks{};
  }
  asm volatile("" : : "r"(&powers) : "memory");
}

HANDFAST_GCM_INLINE void make_powers(const AesGcm::Key& key, Powers& powers) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < chunk_vectors; ++i) {
    powers.vectors[batch_vectors - chunk_vectors + i] =
        load(key.power(AesGcm::Key::powers) + i * vector_size);
  }
  const Blocks chunk = all(load_block(key.power(AesGcm::Key::powers)));
#pragma GCC unroll 8
  for (std::size_t i = batch_vectors - chunk_vectors; i-- > 0;) {
    powers.vectors[i] = reduced(products(powers.vectors[i + chunk_vectors], chunk));
  }
}

// ---- the key stream, and GHASH of what is there meanwhile ---------------------------------------

template <std::size_t vectors>
struct Stream {
  Blocks lanes[vectors];
};

template <std::size_t vectors>
HANDFAST_GCM_INLINE void one_round(Stream<vectors>& stream, const std::uint8_t* round_key) {
  const Blocks key = all(load_block(round_key));
#pragma GCC unroll 8
  for (Blocks& lane : stream.lanes) {
    lane = aes_round(lane, key);
  }
}

/// The stream of the next blocks. Depends on nothing that GHASH does: between its rounds the hash
/// goes on with the batch at `hashed`, if there is one.
template <std::size_t vectors>
HANDFAST_GCM_INLINE Stream<vectors> next_stream(const AesGcm::Key& key, Run& run,
                                                const Powers* powers = nullptr,
                                                const std::uint8_t* hashed = nullptr) {
  Stream<vectors> stream;
  const Blocks first = all(load_block(key.round(0)));
#pragma GCC unroll 8
  for (Blocks& lane : stream.lanes) {
    lane = turned(run.counter) ^ first;
    run.counter = plus_width(run.counter);
  }
  unsigned round = 1;
  if (hashed != nullptr) {
    Products sum{};
#pragma GCC unroll 8
    for (; round <= vectors; ++round) {
      one_round(stream, key.round(round));
      Blocks blocks = turned(load(hashed + (round - 1) * vector_size));
      if (round == 1) {
        blocks ^= low(run.hash);
      }
      add(sum, products(blocks, powers->vectors[round - 1]));
    }
    run.hash = reduced_block(folded(sum));
  }
  for (; round < key.last_round; ++round) {
    one_round(stream, key.round(round));
  }
  const Blocks last = all(load_block(key.round(key.last_round)));
#pragma GCC unroll 8
  for (Blocks& lane : stream.lanes) {
    lane = last_aes_round(lane, last);
  }
  return stream;
}

// ---- batches, chunks and what is left -----------------------------------------------------------

HANDFAST_GCM_INLINE void convert(const Stream<batch_vectors>& stream, const std::uint8_t* in,
                                 std::uint8_t* out) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < batch_vectors; ++i) {
    store(out + i * vector_size, stream.lanes[i] ^ load(in + i * vector_size));
  }
}

HANDFAST_GCM_INLINE void hash_batch(Run& run, const Powers& powers, const std::uint8_t* batch) {
  Products sum{};
#pragma GCC unroll 8
  for (std::size_t i = 0; i < batch_vectors; ++i) {
    Blocks blocks = turned(load(batch + i * vector_size));
    if (i == 0) {
      blocks ^= low(run.hash);
    }
    add(sum, products(blocks, powers.vectors[i]));
  }
  run.hash = reduced_block(folded(sum));
}

template <Way way>
HANDFAST_GCM_INLINE void convert_batches(const AesGcm::Key& key, Run& message,
                                         const std::uint8_t* in, std::uint8_t* out,
                                         std::size_t batches) {
  Powers powers;
  make_powers(key, powers);
  Run run = message;
  if constexpr (way == Way::open) {
    for (std::size_t at = 0; at < batches * batch_size; at += batch_size) {
      convert(next_stream<batch_vectors>(key, run, &powers, in + at), in + at, out + at);
    }
  } else {
    convert(next_stream<batch_vectors>(key, run), in, out);
    std::size_t at = batch_size;
    for (; at < batches * batch_size; at += batch_size) {
      convert(next_stream<batch_vectors>(key, run, &powers, out + at - batch_size), in + at,
              out + at);
    }
    hash_batch(run, powers, out + at - batch_size);
  }
  message = run;
  wipe(powers);
}

/// Bytes, and one behind them that stands elsewhere, or none: zero.
struct Text {
  Bytes bytes;
  std::uint8_t last;
};

/// `text`, `size` bytes and at most a chunk, whose first block takes the power `exponent` of H, to
/// `out`. The products are not yet reduced; the hash so far went into the first.
template <Way way>
HANDFAST_GCM_INLINE Products convert_chunk(const AesGcm::Key& key, Run& run, Text text,
                                           std::uint8_t* out, std::size_t size,
                                           std::size_t exponent) {
  const Stream stream = next_stream<chunk_vectors>(key, run);
  Products sum{};
#pragma GCC unroll 8
  for (std::size_t i = 0; i < chunk_vectors; ++i) {
    const std::size_t done = i * vector_size;
    if (done >= size) {
      break;
    }
    const std::size_t there = text.bytes.size() > done ? text.bytes.size() - done : 0;
    Blocks before = load_some(text.bytes.data() + done, there);
    if (way == Way::seal) {
      before = with_byte(before, there, text.last);
    }
    const Blocks after = first_bytes(before ^ stream.lanes[i], size - done);
    store_some(out + done, after, size - done);
    Blocks blocks = turned(way == Way::seal ? after : before);
    if (i == 0) {
      blocks ^= low(run.hash);
    }
    add(sum, products(blocks, load(key.power(exponent) + done)));
  }
  return sum;
}

/// As far as there are whole chunks. Not inlined: the code is long, and so is what takes it.
template <Way way>
HANDFAST_GCM [[gnu::noinline]] void convert_whole(const AesGcm::Key& key, Run& run,
                                                  const std::uint8_t* in, std::uint8_t* out,
                                                  std::size_t size) {
  std::size_t done = 0;
  if (const std::size_t batches = size / batch_size; batches > 0) {
    convert_batches<way>(key, run, in, out, batches);
    done = batches * batch_size;
  }
  if constexpr (gcm_chunk < batch_size) {
    for (; done + gcm_chunk <= size; done += gcm_chunk) {
      run.hash = reduced_block(folded(convert_chunk<way>(
          key, run, {Bytes(in + done, gcm_chunk), 0}, out + done, gcm_chunk, AesGcm::Key::powers)));
    }
  }
}

/// What is left, `size` bytes and at most a chunk, and the sizes: gives the hash of it all.
template <Way way>
HANDFAST_GCM_INLINE __m128i convert_rest(const AesGcm::Key& key, Run& run, Text text,
                                         std::uint8_t* out, std::size_t size, __m128i sizes) {
  GcmProduct sum;
  if (size > 0) {
    // The sizes are one block more, if there is a power of H for it.
    const std::size_t blocks = (size + gcm_block - 1) / gcm_block;
    const std::size_t exponent = std::min(blocks + 1, AesGcm::Key::powers);
    sum = folded(convert_chunk<way>(key, run, text, out, size, exponent));
    if (exponent == blocks) {
      sizes ^= reduced_block(sum);
      sum = {};
    }
  } else {
    sizes ^= run.hash;
  }
  add_product(sum, sizes, load_block(key.power(1)));
  return reduced_block(sum);
}

HANDFAST_GCM_INLINE __m128i both_sizes(Bytes aad, Bytes text) {
  return _mm_slli_epi64(
      _mm_set_epi64x(static_cast<long long>(aad.size()), static_cast<long long>(text.size())), 3);
}

/// How much of `size` bytes convert_rest leaves to convert_whole: the rest has some, or there is
/// nothing at all.
constexpr std::size_t whole_of(std::size_t size) {
  return size == 0 ? 0 : (size - 1) / gcm_chunk * gcm_chunk;
}

HANDFAST_GCM_INLINE Run begin(const AesGcm::Key& key, __m128i first, Bytes aad) {
  const __m128i counter = _mm_add_epi32(turned_block(first), _mm_set_epi32(0, 0, 0, 1));
  return {hash_of_aad(key, aad), after(counter)};
}

// NOLINTNEXTLINE(misc-definitions-in-headers): each twin has its own, in its namespace
HANDFAST_GCM void seal_message(const AesGcm::Key& key,
                               std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
                               std::span<const Bytes> parts, const MutBytes& out) {
  const __m128i first = first_block(nonce);
  Run run = begin(key, first, aad);
  const __m128i mask = encrypted_block(key, first);
  const MutBytes text = out.first(out.size() - gcm_tag_size);
  // The first part is encrypted from where it lies, as far as it has whole chunks; the rest, with
  // which it may share a block, where it goes to.
  const Bytes front = parts.empty() ? Bytes() : parts.front();
  const std::size_t direct = front.size() / gcm_chunk * gcm_chunk;
  if (direct > 0) {
    convert_whole<Way::seal>(key, run, front.data(), text.data(), direct);
  }
  MutBytes rest = text.subspan(direct);
  Text last{front.subspan(direct), 0};
  if (rest.size() <= gcm_chunk && parts.size() == 2 && parts.back().size() == 1) {
    last.last = parts.back().front();  // the content type of TLS 1.3
  } else if (!rest.empty()) {
    const std::array head = {last.bytes};
    join_blocks(parts.subspan(parts.empty() ? 0 : 1), join_blocks(head, rest.data()));
    if (const std::size_t whole = whole_of(rest.size()); whole > 0) {
      convert_whole<Way::seal>(key, run, rest.data(), rest.data(), whole);
      rest = rest.subspan(whole);
    }
    last.bytes = rest;
  }
  const __m128i hash =
      convert_rest<Way::seal>(key, run, last, rest.data(), rest.size(), both_sizes(aad, text));
  store_block(text.data() + text.size(), turned_block(hash) ^ mask);
}

// NOLINTNEXTLINE(misc-definitions-in-headers): each twin has its own, in its namespace
HANDFAST_GCM bool open_message(const AesGcm::Key& key,
                               std::span<const std::uint8_t, gcm_nonce_size> nonce, Bytes aad,
                               MutBytes sealed) {
  const __m128i first = first_block(nonce);
  Run run = begin(key, first, aad);
  const __m128i mask = encrypted_block(key, first);
  const MutBytes text = sealed.first(sealed.size() - gcm_tag_size);
  const __m128i tag = load_block(text.data() + text.size());
  MutBytes rest = text;
  if (const std::size_t whole = whole_of(text.size()); whole > 0) {
    convert_whole<Way::open>(key, run, text.data(), text.data(), whole);
    rest = text.subspan(whole);
  }
  const __m128i hash =
      convert_rest<Way::open>(key, run, {rest, 0}, rest.data(), rest.size(), both_sizes(aad, text));
  const __m128i difference = turned_block(hash) ^ mask ^ tag;
  const std::array<std::uint8_t, 1> verdict = {
      static_cast<std::uint8_t>(_mm_testz_si128(difference, difference))};
  declassify(verdict);
  return verdict.front() != 0;
}
