#include "crypto/hkdf.h"

#include <algorithm>
#include <cassert>

namespace handfast::crypto {
namespace {

constexpr std::size_t largest_block = 128;
constexpr std::size_t largest_digest = 64;

using Block = std::array<std::uint8_t, largest_block>;

void add_to_each(std::uint8_t pad, Block& block) {
  for (std::uint8_t& byte : block) {
    byte ^= pad;
  }
}

}  // namespace

Hmac::Hmac(HashId id, Bytes key)
    : id_(id), compression_(&compression_of(id)), inner_(initial_state(id)), outer_(inner_) {
  Secret<largest_digest> hashed;
  if (key.size() > block_size(id)) {
    // RFC 2104 §2: a key longer than a block is hashed first.
    Hash long_key(id);
    long_key.update(key);
    long_key.finish_into(hashed.fill(digest_size(id)));
    key = hashed.expose();
  }
  Block inner{};
  std::ranges::copy(key, inner.begin());
  Block outer = inner;
  add_to_each(0x36, inner);
  add_to_each(0x5c, outer);
  compression_->compress_both(inner_, inner.data(), outer_, outer.data());
  wipe(inner);
  wipe(outer);
}

Hmac::~Hmac() {
  wipe(inner_.words);
  wipe(outer_.words);
}

namespace {

void add_parts(Hash& hash, std::span<const Bytes> parts) {
  for (const Bytes part : parts) {
    hash.update(part);
  }
}

}  // namespace

void Hmac::authenticate(std::span<const Bytes> parts, MutBytes out) const {
  Hash inner = behind(inner_);
  add_parts(inner, parts);
  Secret<largest_digest> inner_digest;
  inner.finish_into(inner_digest.fill(digest_size(id())));

  Hash outer = behind(outer_);
  outer.update(inner_digest.expose());
  outer.finish_into(out);
}

void Hmac::authenticate_both(std::span<const Bytes> parts, MutBytes out,
                             std::span<const Bytes> other_parts, MutBytes out_of_other) const {
  Hash one = behind(inner_);
  Hash other = behind(inner_);
  add_parts(one, parts);
  add_parts(other, other_parts);
  Secret<largest_digest> digest;
  Secret<largest_digest> other_digest;
  const std::size_t size = digest_size(id());
  Hash::finish_both(one, digest.fill(size), other, other_digest.fill(size));

  Hash outer = behind(outer_);
  Hash other_outer = behind(outer_);
  outer.update(digest.expose());
  other_outer.update(other_digest.expose());
  Hash::finish_both(outer, out, other_outer, out_of_other);
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

void hkdf_expand_both(const Hmac& prk, Bytes info, MutBytes out, Bytes other_info,
                      MutBytes out_of_other) {
  const std::size_t size = digest_size(prk.id());
  assert(out.size() <= size && out_of_other.size() <= size);
  constexpr std::array<std::uint8_t, 1> first = {1};
  Secret<largest_digest> block;
  Secret<largest_digest> other_block;
  prk.authenticate_both(std::array<Bytes, 2>{info, first}, block.fill(size),
                        std::array<Bytes, 2>{other_info, first}, other_block.fill(size));
  std::ranges::copy(block.expose().first(out.size()), out.begin());
  std::ranges::copy(other_block.expose().first(out_of_other.size()), out_of_other.begin());
}

}  // namespace handfast::crypto
