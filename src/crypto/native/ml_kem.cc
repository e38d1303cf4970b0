#include "crypto/native/ml_kem.h"

#include "crypto/native/constant_time.h"
#include "crypto/native/k_pke.h"
#include "crypto/native/keccak.h"

#include <algorithm>

namespace handfast::crypto::native {
namespace {

constexpr std::size_t hash_size = 32;

// An expanded key in its parts: dk_PKE, ek, H(ek), z (FIPS 203 Algorithm 16 line 3).
template <class Set, class Span>
struct Parts {
  Span decryption_key;
  Span encapsulation_key;
  Span hash;
  Span rejection;

  explicit Parts(Span expanded)
      : decryption_key(expanded.first(384 * Set::k)),
        encapsulation_key(expanded.subspan(384 * Set::k, ml_kem_encapsulation_key_size<Set>)),
        hash(expanded.last(64).first(hash_size)), rejection(expanded.last(32)) {}
};

// FIPS 203 §7.2, the modulus check: whether ByteEncode_12(ByteDecode_12(vector)) is the vector
// again, which it is where all numbers in it are below q. The key is public.
bool is_reduced(Bytes vector) {
  for (std::size_t i = 0; i + 2 < vector.size(); i += 3) {
    const unsigned even = vector[i] | (vector[i + 1] & 0x0fU) << 8;
    const unsigned odd = unsigned{vector[i + 1]} >> 4 | unsigned{vector[i + 2]} << 4;
    if (even >= ml_kem_q || odd >= ml_kem_q) {
      return false;
    }
  }
  return true;
}

}  // namespace

template <class Set>
Result<MlKemKey<Set>> MlKemKey<Set>::from_seed(Bytes seed, Twin twin) {
  if (seed.size() != ml_kem_seed_size) {
    return fail(Reason::key_malformed);
  }
  MlKemKey made(ml_kem_ring(twin));
  const Parts<Set, MutBytes> parts(made.expanded_.fill(ml_kem_decapsulation_key_size<Set>));
  const Bytes d = seed.first(32);
  const Bytes z = seed.last(32);
  const std::array domain = {static_cast<std::uint8_t>(Set::k)};
  Secret<64> seeds;  // ρ and σ
  keccak(sha3_512, {d, domain}, seeds.fill(64));
  k_pke_key_gen<Set>(*made.ring_, seeds.expose(), parts.encapsulation_key, parts.decryption_key);
  keccak(sha3_256, {parts.encapsulation_key}, parts.hash);
  std::ranges::copy(z, parts.rejection.begin());
  return made;
}

template <class Set>
Result<MlKemKey<Set>> MlKemKey<Set>::from_expanded(Bytes decapsulation_key, Twin twin) {
  // FIPS 203 §7.3, the type check and the hash check.
  if (decapsulation_key.size() != ml_kem_decapsulation_key_size<Set>) {
    return fail(Reason::key_malformed);
  }
  const Parts<Set, Bytes> parts(decapsulation_key);
  std::array<std::uint8_t, hash_size> hash;
  keccak(sha3_256, {parts.encapsulation_key}, hash);
  const auto different = std::array{mask_if_different(hash, parts.hash)};
  declassify(different);  // a key that is refused is told apart by that
  if (different.front() != 0) {
    return fail(Reason::key_malformed);
  }
  MlKemKey made(ml_kem_ring(twin));
  std::ranges::copy(decapsulation_key, made.expanded_.fill(decapsulation_key.size()).begin());
  return made;
}

template <class Set>
Result<MlKemSecret> MlKemKey<Set>::decapsulate(Bytes ciphertext) const {
  constexpr std::size_t size = ml_kem_ciphertext_size<Set>;
  // FIPS 203 §7.3, the type check of the ciphertext.
  if (ciphertext.size() != size) {
    return fail_limit(Reason::key_share_invalid, size, ciphertext.size());
  }
  const Parts<Set, Bytes> parts(expanded_.expose());
  declassify(parts.encapsulation_key);
  Secret<ml_kem_message_size> message;
  k_pke_decrypt<Set>(*ring_, parts.decryption_key, ciphertext, message.fill(ml_kem_message_size));
  Secret<64> derived;  // K' and r'
  keccak(sha3_512, {message.expose(), parts.hash}, derived.fill(64));
  MlKemSecret secret;
  keccak(shake256, {parts.rejection, ciphertext}, secret.fill(32));
  Secret<size> again;
  k_pke_encrypt<Set>(*ring_, parts.encapsulation_key,
                     {.message = message.expose(), .randomness = derived.expose().last(32)},
                     again.fill(size));
  const std::uint8_t rejected = mask_if_different(ciphertext, again.expose());
  replace_if(static_cast<std::uint8_t>(~rejected), derived.expose().first(32), secret.fill(32));
  return secret;
}

template <class Set>
Result<MlKemEncapsulation<Set>>
ml_kem_encapsulate(Bytes encapsulation_key,
                   std::span<const std::uint8_t, ml_kem_message_size> message, Twin twin) {
  constexpr std::size_t size = ml_kem_encapsulation_key_size<Set>;
  // FIPS 203 §7.2, the type check.
  if (encapsulation_key.size() != size) {
    return fail_limit(Reason::key_share_invalid, size, encapsulation_key.size());
  }
  if (!is_reduced(encapsulation_key.first(384 * Set::k))) {
    return fail(Reason::key_share_invalid);
  }
  std::array<std::uint8_t, hash_size> hash;
  keccak(sha3_256, {encapsulation_key}, hash);
  Secret<64> derived;  // K and r
  keccak(sha3_512, {message, hash}, derived.fill(64));
  MlKemEncapsulation<Set> made{.ciphertext = {}, .secret = MlKemSecret(derived.expose().first(32))};
  k_pke_encrypt<Set>(ml_kem_ring(twin), encapsulation_key,
                     {.message = message, .randomness = derived.expose().last(32)},
                     made.ciphertext);
  return made;
}

template class MlKemKey<MlKem768>;
template class MlKemKey<MlKem1024>;
template Result<MlKemEncapsulation<MlKem768>>
    ml_kem_encapsulate<MlKem768>(Bytes, std::span<const std::uint8_t, ml_kem_message_size>, Twin);
template Result<MlKemEncapsulation<MlKem1024>>
    ml_kem_encapsulate<MlKem1024>(Bytes, std::span<const std::uint8_t, ml_kem_message_size>, Twin);

}  // namespace handfast::crypto::native
