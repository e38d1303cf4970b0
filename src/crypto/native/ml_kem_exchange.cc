// ML-KEM as an exchange of TLS: the client's share is an encapsulation key, the server's a
// ciphertext.
#include "crypto/exchange.h"
#include "crypto/native/ml_kem.h"
#include "crypto/random.h"

#include <algorithm>
#include <new>
#include <utility>

namespace handfast::crypto {
namespace {

using native::MlKemKey;
using Pair = Exchange::Pair;

template <class Set>
const MlKemKey<Set>& key_of(const Pair& pair) {
  return *static_cast<const MlKemKey<Set>*>(pair.get());
}

template <class Set>
Result<Pair> from_private(Bytes seed) {
  auto key = MlKemKey<Set>::from_seed(seed);
  if (!key) {
    return std::unexpected(key.error());
  }
  Pair pair(new (std::nothrow) MlKemKey<Set>(std::move(*key)),
            [](void* made) { delete static_cast<MlKemKey<Set>*>(made); });
  if (pair == nullptr) {
    return fail(Reason::out_of_memory);
  }
  return pair;
}

template <class Set>
Result<Pair> generate() {
  Secret<native::ml_kem_seed_size> seed;
  if (const auto filled = fill_random(seed.fill(native::ml_kem_seed_size)); !filled) {
    return std::unexpected(filled.error());
  }
  return from_private<Set>(seed.expose());
}

template <class Set>
bool write_share(const Pair& mine, MutBytes share) {
  std::ranges::copy(key_of<Set>(mine).encapsulation_key(), share.begin());
  return true;
}

template <class Set>
bool decapsulate(const Pair& mine, Bytes server_share, MutBytes secret) {
  const auto shared = key_of<Set>(mine).decapsulate(server_share);
  if (!shared) {
    return false;
  }
  std::ranges::copy(shared->expose(), secret.begin());
  return true;
}

template <class Set>
Result<> encapsulate(Bytes client_share, Bytes randomness, MutBytes share, MutBytes secret) {
  constexpr std::size_t size = native::ml_kem_message_size;
  Secret<size> message(randomness);
  if (randomness.empty()) {
    if (const auto filled = fill_random(message.fill(size)); !filled) {
      return filled;
    }
  } else if (randomness.size() != size) {
    return fail(Reason::key_malformed);
  }
  const auto made =
      native::ml_kem_encapsulate<Set>(client_share, message.expose().template first<size>());
  if (!made) {
    return std::unexpected(made.error());
  }
  std::ranges::copy(made->ciphertext, share.begin());
  std::ranges::copy(made->secret.expose(), secret.begin());
  return {};
}

template <class Set>
constexpr Exchange of() {
  return {.private_key_size = native::ml_kem_seed_size,
          .randomness_size = native::ml_kem_message_size,
          .client_share_size = native::ml_kem_encapsulation_key_size<Set>,
          .server_share_size = native::ml_kem_ciphertext_size<Set>,
          .secret_size = 32,
          .generate = generate<Set>,
          .from_private = from_private<Set>,
          .write_share = write_share<Set>,
          .decapsulate = decapsulate<Set>,
          .encapsulate = encapsulate<Set>};
}

}  // namespace

constexpr Exchange ml_kem_768 = of<native::MlKem768>();
constexpr Exchange ml_kem_1024 = of<native::MlKem1024>();

}  // namespace handfast::crypto
