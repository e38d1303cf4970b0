#include "crypto/hkdf.h"

#include <algorithm>
#include <cassert>

namespace handfast::crypto {
namespace {

constexpr std::size_t largest_block = 128;
constexpr std::size_t largest_digest = 64;

// Hashes one block: `key` filled up with zeros, each byte xored with `pad`. What it leaves in
// `state` is as good as the key, so there is no copy of it.
void add_padded(Hash& state, Bytes key, std::uint8_t pad) {
  std::array<std::uint8_t, largest_block> block;
  block.fill(pad);
  for (std::size_t i = 0; i < key.size(); ++i) {
    block[i] = static_cast<std::uint8_t>(key[i] ^ pad);
  }
  state.update(Bytes(block).first(block_size(state.id())));
  wipe(block);
}

}  // namespace

Hmac::Hmac(HashId id, Bytes key) : inner_(id), outer_(id) {
  Secret<largest_digest> hashed;
  if (key.size() > block_size(id)) {
    // RFC 2104 §2: a key longer than a block is hashed first.
    Hash long_key(id);
    long_key.update(key);
    long_key.finish_into(hashed.fill(digest_size(id)));
    key = hashed.expose();
  }
  add_padded(inner_, key, 0x36);
  add_padded(outer_, key, 0x5c);
}

Hmac::~Hmac() {
  inner_.wipe_state();
  outer_.wipe_state();
}

void Hmac::authenticate(std::span<const Bytes> parts, MutBytes out) const {
  Hash inner = inner_;
  for (const Bytes part : parts) {
    inner.update(part);
  }
  Secret<largest_digest> inner_digest;
  inner.finish_into(inner_digest.fill(digest_size(id())));

  Hash outer = outer_;
  outer.update(inner_digest.expose());
  outer.finish_into(out);
}

HashSecret hkdf_extract(HashId id, Bytes salt, Bytes input) {
  assert(id != HashId::sha512);
  HashSecret prk;
  // RFC 5869 §2.2: without a salt, a string of HashLen zeros; HMAC fills a short key up with zeros.
  Hmac(id, salt).authenticate({input}, prk.fill(digest_size(id)));
  return prk;
}

void hkdf_expand(const Hmac& prk, Bytes info, MutBytes out) {
  const std::size_t size = digest_size(prk.id());
  assert(out.size() <= 255 * size);  // RFC 5869 §2.3: the counter is one byte
  Bytes before;
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    const Bytes number(&counter, 1);
    if (out.size() < size) {
      Secret<largest_digest> last;
      prk.authenticate({before, info, number}, last.fill(size));
      std::ranges::copy(last.expose().first(out.size()), out.begin());
      return;
    }
    prk.authenticate({before, info, number}, out.first(size));
    before = out.first(size);
    out = out.subspan(size);
  }
}

}  // namespace handfast::crypto
