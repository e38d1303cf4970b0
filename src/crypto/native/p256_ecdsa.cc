// P-256 as what signs and verifies for TLS and X.509.
#include "crypto/ecdsa.h"

#ifdef HANDFAST_P256
#include "crypto/native/ecdsa_nonce.h"
#include "crypto/native/p256.h"
#include "crypto/native/p256_order.h"
#include "crypto/random.h"

#include <algorithm>
#include <array>
#include <bit>
#include <new>
#include <optional>
#include <utility>

namespace handfast::crypto {
namespace {

using native::p256_share_size;
using native::p256_size;
using native::P256PrivateKey;
using native::P256PublicKey;
using native::P256Signature;

static_assert(native::ecdsa_nonce_size == p256_size);

std::optional<OwnEcdsa::PublicKey> read_public_key(Bytes point) {
  if (point.size() != p256_share_size) {
    return std::nullopt;
  }
  const auto key = P256PublicKey::of(point.first<p256_share_size>());
  return key ? std::optional(std::bit_cast<OwnEcdsa::PublicKey>(*key)) : std::nullopt;
}

bool verify_own(const OwnEcdsa::PublicKey& key, const Digest& digest, Bytes r, Bytes s) {
  return std::bit_cast<P256PublicKey>(key).verify(digest.bytes().first<p256_size>(), r, s);
}

Result<OwnEcdsa::PrivateKey> make_private_key(Bytes number) {
  if (number.size() != p256_size) {
    return fail(Reason::key_malformed);
  }
  auto key = P256PrivateKey::of(number.first<p256_size>());
  if (!key) {
    return std::unexpected(key.error());
  }
  OwnEcdsa::PrivateKey made(new (std::nothrow) P256PrivateKey(std::move(*key)),
                            [](void* old) { delete static_cast<P256PrivateKey*>(old); });
  if (made == nullptr) {
    return fail(Reason::out_of_memory);
  }
  return made;
}

/// An INTEGER (X.690 §8.3): in the shortest form, and positive.
std::size_t write_integer(Bytes number, MutBytes out) {
  while (number.size() > 1 && number.front() == 0) {
    number = number.subspan(1);
  }
  const std::size_t sign = number.front() >> 7;
  out[0] = 2;
  out[1] = static_cast<std::uint8_t>(number.size() + sign);
  out[2] = 0;
  std::ranges::copy(number, out.subspan(2 + sign).begin());
  return 2 + sign + number.size();
}

Result<std::size_t> write_signature(const P256Signature& signature, MutBytes out) {
  constexpr std::size_t most = 2 + 2 * (2 + 1 + p256_size);
  if (out.size() < most) {
    return fail(Reason::operation_refused);
  }
  std::size_t size = 2;
  size += write_integer(signature.r, out.subspan(size));
  size += write_integer(signature.s, out.subspan(size));
  out[0] = 0x30;
  out[1] = static_cast<std::uint8_t>(size - 2);
  return size;
}

/// FIPS 186-5 §6.4.1.
Result<std::size_t> sign_own(const void* key, HashId hash, const Digest& digest, MutBytes out) {
  constexpr int tries = 8;  // one in 2^32 fails
  const auto& own = *static_cast<const P256PrivateKey*>(key);
  const auto leftmost = digest.bytes().first<p256_size>();
  std::array<std::uint8_t, p256_size> reduced;
  native::write_big_endian(native::reduce_by_order(native::big_endian_words(leftmost)), reduced);
  Secret<p256_size> extra;
  if (const auto filled = fill_random(extra.fill(p256_size)); !filled) {
    return std::unexpected(filled.error());
  }
  native::EcdsaNonces nonces(hash, own.expose(), reduced, extra.expose());
  for (int i = 0; i < tries; ++i) {
    if (const auto signature = own.sign(leftmost, nonces.next())) {
      return write_signature(*signature, out);
    }
  }
  return fail(Reason::operation_refused);
}

constexpr OwnEcdsa own_p256 = {.read_public_key = read_public_key,
                               .verify = verify_own,
                               .make_private_key = make_private_key,
                               .sign = sign_own};

}  // namespace

const OwnEcdsa* own_ecdsa_p256() {
  static const bool is_fast = native::fastest_field_twin() == native::FieldTwin::adx;
  return is_fast ? &own_p256 : nullptr;
}

}  // namespace handfast::crypto

#else

namespace handfast::crypto {

const OwnEcdsa* own_ecdsa_p256() { return nullptr; }

}  // namespace handfast::crypto

#endif
