#include "crypto/native/chacha20_poly1305.h"

#ifdef HANDFAST_CHACHA20_POLY1305

#include "crypto/native/avx512.h"
#include "crypto/native/chacha20.h"
#include "crypto/native/poly1305.h"

namespace handfast::crypto::native {
namespace {

static_assert(poly_tag == aead_tag_size);

/// RFC 8439 §2.8: what was not encrypted, what was, and how much of each.
HANDFAST_AVX512_INLINE void authenticate(Poly1305& with, Bytes aad, Bytes text, std::uint8_t* tag) {
  with.add_padded(aad);
  with.add_padded(text);
  with.add_block(aad.size(), text.size());
  with.write_tag(tag);
}

HANDFAST_AVX512 void seal_message(Bytes key, const Nonce& nonce, Bytes aad,
                                  std::span<const Bytes> parts, const MutBytes& out) {
  const MutBytes text = out.first(out.size() - aead_tag_size);
  ChaChaStream stream(key, nonce, text.size());
  Poly1305 authenticator(stream.take_key());
  std::uint8_t* to = text.data();
  for (const Bytes part : parts) {
    stream.convert(part, to);
    to += part.size();
  }
  authenticate(authenticator, aad, text, to);
}

HANDFAST_AVX512 bool open_message(Bytes key, const Nonce& nonce, Bytes aad, MutBytes sealed) {
  const MutBytes text = sealed.first(sealed.size() - aead_tag_size);
  ChaChaStream stream(key, nonce, text.size());
  Poly1305 authenticator(stream.take_key());
  std::array<std::uint8_t, aead_tag_size> tag;
  authenticate(authenticator, aad, text, tag.data());
  std::uint8_t differs = mask_if_different(tag, sealed.last(aead_tag_size));
  wipe(tag);
  declassify({&differs, 1});
  if (differs != 0) {
    return false;
  }
  stream.convert(text, text.data());
  return true;
}

}  // namespace

bool has_chacha20_poly1305() { return has_avx512(); }

void ChaCha20Poly1305::seal(const Nonce& nonce, Bytes aad, std::span<const Bytes> parts,
                            const MutBytes& out) const {
  seal_message(key_.expose(), nonce, aad, parts, out);
}

bool ChaCha20Poly1305::open(const Nonce& nonce, Bytes aad, MutBytes sealed) const {
  return open_message(key_.expose(), nonce, aad, sealed);
}

}  // namespace handfast::crypto::native

#endif
