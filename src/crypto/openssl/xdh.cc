// X25519 and X448 (RFC 7748), through the provider's own functions.
//
// libcrypto 3 multiplies the base point slower than any other point, so public values are made by
// the ladder too: a key is imported together with a public value, whatever that is, and applied to
// the base point. For X25519 there is also native/x25519.h.

#include "base/secret.h"
#include "crypto/exchange.h"
#include "crypto/openssl/dispatch.h"
#include "crypto/openssl/provider.h"
#include "crypto/random.h"

#include <array>
#include <memory>
#include <new>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace handfast::crypto {
namespace openssl {
namespace {

using Pair = Exchange::Pair;

// What sets the two apart. RFC 7748 §4.1, §4.2: the base point's u-coordinate.
struct Curve25519 {
  static constexpr const char* name = "X25519";
  static constexpr std::array<std::uint8_t, 32> base_point = {9};
};

struct Curve448 {
  static constexpr const char* name = "X448";
  static constexpr std::array<std::uint8_t, 56> base_point = {5};
};

using Management = std::unique_ptr<EVP_KEYMGMT, FreeWith<EVP_KEYMGMT_free>>;

// What a provider makes keys and secrets with; see provider-keymgmt(7) and provider-keyexch(7).
struct Functions {
  Management management;  // holds the provider
  void* provider;
  OSSL_FUNC_keymgmt_new_fn* new_key;
  OSSL_FUNC_keymgmt_free_fn* free_key;
  OSSL_FUNC_keymgmt_import_fn* import_key;
  OSSL_FUNC_keyexch_newctx_fn* new_context;
  OSSL_FUNC_keyexch_freectx_fn* free_context;
  OSSL_FUNC_keyexch_init_fn* set_mine;
  OSSL_FUNC_keyexch_set_peer_fn* set_peer;
  OSSL_FUNC_keyexch_derive_fn* derive;
};

void release(Functions* functions) { delete functions; }

Functions* find(const char* name) {
  Management management(EVP_KEYMGMT_fetch(nullptr, name, nullptr));
  if (management == nullptr) {
    return nullptr;
  }
  const OSSL_PROVIDER* provider = EVP_KEYMGMT_get0_provider(management.get());
  const Algorithm keys(provider, OSSL_OP_KEYMGMT, name);
  const Algorithm exchange(provider, OSSL_OP_KEYEXCH, name);
  Functions found{};
  found.provider = OSSL_PROVIDER_get0_provider_ctx(provider);
  const bool complete = keys.find(OSSL_FUNC_KEYMGMT_NEW, found.new_key) &&
                        keys.find(OSSL_FUNC_KEYMGMT_FREE, found.free_key) &&
                        keys.find(OSSL_FUNC_KEYMGMT_IMPORT, found.import_key) &&
                        exchange.find(OSSL_FUNC_KEYEXCH_NEWCTX, found.new_context) &&
                        exchange.find(OSSL_FUNC_KEYEXCH_FREECTX, found.free_context) &&
                        exchange.find(OSSL_FUNC_KEYEXCH_INIT, found.set_mine) &&
                        exchange.find(OSSL_FUNC_KEYEXCH_SET_PEER, found.set_peer) &&
                        exchange.find(OSSL_FUNC_KEYEXCH_DERIVE, found.derive);
  found.management = std::move(management);
  return complete ? new (std::nothrow) Functions(std::move(found)) : nullptr;
}

template <class Curve>
const Functions* functions() {
  static constinit Shared<Functions, release> found;
  return found.get([] { return find(Curve::name); });
}

OSSL_PARAM parameter(const char* name, Bytes value) {
  // libcrypto only reads it; its type serves both ways.
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()),
                                           value.size());
}

// A key with a public value and perhaps a private scalar. libcrypto clamps the scalar when it is
// used.
Pair make_key(const Functions& with, Bytes value, Bytes scalar) {
  Pair pair(with.new_key(with.provider), with.free_key);
  const int selection =
      OSSL_KEYMGMT_SELECT_PUBLIC_KEY | (scalar.empty() ? 0 : OSSL_KEYMGMT_SELECT_PRIVATE_KEY);
  const std::array parts = {parameter(OSSL_PKEY_PARAM_PUB_KEY, value),
                            scalar.empty() ? OSSL_PARAM_construct_end()
                                           : parameter(OSSL_PKEY_PARAM_PRIV_KEY, scalar),
                            OSSL_PARAM_construct_end()};
  if (pair != nullptr && with.import_key(pair.get(), selection, parts.data()) != 1) {
    pair = {};
  }
  return pair;
}

// RFC 9846 §7.4.2: "Implementations MUST check whether the computed Diffie-Hellman shared secret is
// the all-zero value and abort if so". Every byte is looked at, since the secret may be a good one.
bool is_all_zero(Bytes secret) {
  std::uint8_t any = 0;
  for (const std::uint8_t byte : secret) {
    any = static_cast<std::uint8_t>(any | byte);
  }
  return any == 0;
}

template <class Curve>
bool derive(const Pair& mine, Bytes peer_share, MutBytes secret) {
  const Functions* with = functions<Curve>();
  if (with == nullptr) {
    return false;
  }
  const Pair peer = make_key(*with, peer_share, {});
  const std::unique_ptr<void, OSSL_FUNC_keyexch_freectx_fn*> context(
      with->new_context(with->provider), with->free_context);
  std::size_t size = 0;
  return peer != nullptr && context != nullptr &&
         with->set_mine(context.get(), mine.get(), nullptr) == 1 &&
         with->set_peer(context.get(), peer.get()) == 1 &&
         with->derive(context.get(), secret.data(), &size, secret.size()) == 1 &&
         size == secret.size() && !is_all_zero(secret);
}

template <class Curve>
bool write_share(const Pair& mine, MutBytes share) {
  return derive<Curve>(mine, Curve::base_point, share);
}

template <class Curve>
Result<Pair> from_private(Bytes scalar) {
  const Functions* with = functions<Curve>();
  if (with == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  if (scalar.size() != Curve::base_point.size()) {
    return fail(Reason::key_malformed);
  }
  Pair pair = make_key(*with, Curve::base_point, scalar);
  if (pair == nullptr) {
    return fail(Reason::out_of_memory);
  }
  return pair;
}

template <class Curve>
Result<Pair> generate() {
  Secret<Curve::base_point.size()> scalar;
  if (const auto filled = fill_random(scalar.fill(Curve::base_point.size())); !filled) {
    return std::unexpected(filled.error());
  }
  return from_private<Curve>(scalar.expose());
}

template <class Curve>
constexpr Exchange on() {
  constexpr std::size_t size = Curve::base_point.size();
  return {.private_key_size = size,
          .randomness_size = size,
          .client_share_size = size,
          .server_share_size = size,
          .secret_size = size,
          .generate = generate<Curve>,
          .from_private = from_private<Curve>,
          .write_share = write_share<Curve>,
          .decapsulate = derive<Curve>,
          .encapsulate = answer_with_pair<generate<Curve>, from_private<Curve>, write_share<Curve>,
                                          derive<Curve>>};
}

}  // namespace

}  // namespace openssl

constexpr Exchange dh_x25519_of_libcrypto = openssl::on<openssl::Curve25519>();
#ifndef HANDFAST_X25519
constexpr Exchange dh_x25519 = dh_x25519_of_libcrypto;
#endif
constexpr Exchange dh_x448 = openssl::on<openssl::Curve448>();

}  // namespace handfast::crypto
