// X25519 as an exchange of TLS.
#include "crypto/exchange.h"

#ifdef HANDFAST_X25519
#include "crypto/native/x25519.h"
#include "crypto/random.h"

#include <algorithm>
#include <utility>

namespace handfast::crypto {
namespace {

using native::x25519_size;
using native::X25519Key;
using Pair = Exchange::Pair;

const X25519Key& key_of(const Pair& pair) { return *static_cast<const X25519Key*>(pair.get()); }

/// The key pair of a private key, or of a fresh one if that is empty.
Result<X25519Key> make_key(Bytes private_key) {
  if (!private_key.empty()) {
    return private_key.size() == x25519_size ? Result<X25519Key>(private_key.first<x25519_size>())
                                             : fail(Reason::key_malformed);
  }
  Secret<x25519_size> drawn;
  if (const auto filled = fill_random(drawn.fill(x25519_size)); !filled) {
    return std::unexpected(filled.error());
  }
  return X25519Key(drawn.expose().first<x25519_size>());
}

Result<Pair> hold(Result<X25519Key> key) {
  if (!key) {
    return std::unexpected(key.error());
  }
  return Pair::of(*std::move(key));
}

Result<Pair> generate() { return hold(make_key({})); }

Result<Pair> from_private(Bytes private_key) {
  return private_key.empty() ? fail(Reason::key_malformed) : hold(make_key(private_key));
}

bool write_share(const Pair& mine, MutBytes share) {
  std::ranges::copy(key_of(mine).share(), share.begin());
  return true;
}

bool derive(const X25519Key& mine, Bytes peer_share, MutBytes secret) {
  return peer_share.size() == x25519_size && secret.size() == x25519_size &&
         mine.derive(peer_share.first<x25519_size>(), secret.first<x25519_size>());
}

bool decapsulate(const Pair& mine, Bytes server_share, MutBytes secret) {
  return derive(key_of(mine), server_share, secret);
}

/// The server's key pair does not outlive its answer, and takes no memory but the stack's.
Result<> encapsulate(Bytes client_share, Bytes private_key, MutBytes share, MutBytes secret) {
  const auto key = make_key(private_key);
  if (!key) {
    return std::unexpected(key.error());
  }
  std::ranges::copy(key->share(), share.begin());
  return derive(*key, client_share, secret) ? Result<>() : fail(Reason::key_share_invalid);
}

}  // namespace

constexpr Exchange dh_x25519 = {.private_key_size = x25519_size,
                                .randomness_size = x25519_size,
                                .client_share_size = x25519_size,
                                .server_share_size = x25519_size,
                                .secret_size = x25519_size,
                                .generate = generate,
                                .from_private = from_private,
                                .write_share = write_share,
                                .decapsulate = decapsulate,
                                .encapsulate = encapsulate};

}  // namespace handfast::crypto

#endif
