// P-384 as an exchange of TLS.
#include "crypto/exchange.h"

#ifdef HANDFAST_P384
#include "crypto/native/p384.h"
#include "crypto/random.h"

#include <algorithm>
#include <new>
#include <utility>

namespace handfast::crypto {
namespace {

using native::p384_share_size;
using native::p384_size;
using native::P384Key;
using Pair = Exchange::Pair;

const P384Key& key_of(const Pair& pair) { return *static_cast<const P384Key*>(pair.get()); }

Result<Pair> hold(Result<P384Key> key) {
  if (!key) {
    return std::unexpected(key.error());
  }
  Pair pair(new (std::nothrow) P384Key(std::move(*key)),
            [](void* made) { delete static_cast<P384Key*>(made); });
  if (pair == nullptr) {
    return fail(Reason::out_of_memory);
  }
  return pair;
}

/// An integer of any length, as other people's files have them.
Result<Pair> from_private(Bytes private_key) {
  while (private_key.size() > p384_size && private_key.front() == 0) {
    private_key = private_key.subspan(1);
  }
  if (private_key.size() > p384_size) {
    return fail(Reason::key_malformed);
  }
  Secret<p384_size> padded;
  const MutBytes number = padded.fill(p384_size);
  std::ranges::fill(number, std::uint8_t{0});
  std::ranges::copy(private_key, number.last(private_key.size()).begin());
  return hold(P384Key::from_private(padded.expose().first<p384_size>()));
}

/// SP 800-56A §5.6.1.2.2: random bytes until they are a private key, as all but one in 2^190 are.
Result<Pair> generate() {
  constexpr int tries = 4;
  Secret<p384_size> drawn;
  for (int i = 0; i < tries; ++i) {
    if (const auto filled = fill_random(drawn.fill(p384_size)); !filled) {
      return std::unexpected(filled.error());
    }
    if (auto made = from_private(drawn.expose());
        made || made.error().reason != Reason::key_malformed) {
      return made;
    }
  }
  return fail(Reason::random_failed);
}

bool write_share(const Pair& mine, MutBytes share) {
  std::ranges::copy(key_of(mine).share(), share.begin());
  return true;
}

bool derive(const Pair& mine, Bytes peer_share, MutBytes secret) {
  return peer_share.size() == p384_share_size && secret.size() == p384_size &&
         key_of(mine).derive(peer_share.first<p384_share_size>(), secret.first<p384_size>());
}

Result<> encapsulate(Bytes client_share, Bytes private_key, MutBytes share, MutBytes secret) {
  return answer_with_pair<generate, from_private, write_share, derive>(client_share, private_key,
                                                                       share, secret);
}

}  // namespace

constexpr Exchange dh_secp384r1 = {.private_key_size = p384_size,
                                   .randomness_size = p384_size,
                                   .client_share_size = p384_share_size,
                                   .server_share_size = p384_share_size,
                                   .secret_size = p384_size,
                                   .generate = generate,
                                   .from_private = from_private,
                                   .write_share = write_share,
                                   .decapsulate = derive,
                                   .encapsulate = encapsulate};

}  // namespace handfast::crypto

#endif
