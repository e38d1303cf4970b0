#include "crypto/hash.h"

// libcrypto 3 calls the SHA256_* functions deprecated but exports them in every 3.x. Only they keep
// a running hash as a plain value, so that a transcript or an HMAC midstate is copied without
// allocating: a snapshot costs the last block alone, and a hash of a few bytes two thirds of what
// EVP takes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/secret.h"

#include <new>
#include <type_traits>

#include <openssl/sha.h>

namespace handfast::crypto {
namespace {

using Storage = std::array<std::uint8_t, hash_state_size>;

static_assert(sizeof(SHA256_CTX) <= hash_state_size && alignof(SHA256_CTX) <= hash_state_alignment);
static_assert(sizeof(SHA512_CTX) <= hash_state_size && alignof(SHA512_CTX) <= hash_state_alignment);
static_assert(std::is_trivially_copyable_v<SHA256_CTX> && std::is_trivially_copyable_v<SHA512_CTX>,
              "a Hash is copied byte by byte");

// The state that lives in `storage`.
template <class State>
State* in(Storage& storage) {
  return std::launder(static_cast<State*>(static_cast<void*>(storage.data())));
}

}  // namespace

Hash::Hash(HashId id) : id_(id) {
  void* place = state_.data();
  switch (id) {
    case HashId::sha256: SHA256_Init(new (place) SHA256_CTX); break;
    case HashId::sha384: SHA384_Init(new (place) SHA512_CTX); break;
    case HashId::sha512: SHA512_Init(new (place) SHA512_CTX); break;
  }
}

void Hash::update(Bytes bytes) {
  switch (id_) {
    case HashId::sha256: SHA256_Update(in<SHA256_CTX>(state_), bytes.data(), bytes.size()); break;
    case HashId::sha384: SHA384_Update(in<SHA512_CTX>(state_), bytes.data(), bytes.size()); break;
    case HashId::sha512: SHA512_Update(in<SHA512_CTX>(state_), bytes.data(), bytes.size()); break;
  }
}

Digest Hash::digest() const {
  Digest digest(digest_size(id_));
  digest_into(digest.fill());
  return digest;
}

void Hash::digest_into(MutBytes out) const {
  Hash last = *this;
  last.finish_into(out);
}

void Hash::finish_into(MutBytes out) {
  switch (id_) {
    case HashId::sha256: SHA256_Final(out.data(), in<SHA256_CTX>(state_)); break;
    case HashId::sha384: SHA384_Final(out.data(), in<SHA512_CTX>(state_)); break;
    case HashId::sha512: SHA512_Final(out.data(), in<SHA512_CTX>(state_)); break;
  }
  wipe_state();
}

void Hash::wipe_state() { wipe(state_); }

Digest hash(HashId id, Bytes bytes) {
  Hash running(id);
  running.update(bytes);
  Digest digest(digest_size(id));
  running.finish_into(digest.fill());
  return digest;
}

}  // namespace handfast::crypto
