#include "crypto/key_exchange.h"

// The NIST curves go through EC_KEY, which libcrypto 3 calls deprecated but exports in every 3.x: a
// P-256 pair takes 17 us against 21 with EVP_PKEY, and the derivation 58 us against 69.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/openssl/provider.h"

#include <algorithm>
#include <optional>

#include <openssl/core_names.h>
#include <openssl/ec.h>

namespace handfast::crypto {
namespace {

using openssl::FreeWith;
using openssl::QuietErrors;
using Point = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_free>>;

constexpr std::uint8_t uncompressed = 4; // RFC 9846 §4.3.8.2: legacy_form

// What differs from group to group.
struct Sizes {
  std::size_t share;
  std::size_t secret;
};

// Exactly the groups that this build has.
constexpr std::optional<Sizes> sizes_of(NamedGroup group) {
  switch (group) {
  case NamedGroup::secp256r1:
    return Sizes{65, 32};
  case NamedGroup::secp384r1:
    return Sizes{97, 48};
  case NamedGroup::secp521r1:
    return Sizes{133, 66};
  case NamedGroup::x25519:
    return Sizes{32, 32};
  case NamedGroup::x448:
    return Sizes{56, 56};
  default:
    return std::nullopt;
  }
}

bool is_montgomery(NamedGroup group) {
  return group == NamedGroup::x25519 || group == NamedGroup::x448;
}

int type_of(NamedGroup group) {
  return group == NamedGroup::x25519 ? EVP_PKEY_X25519 : EVP_PKEY_X448;
}

openssl::Curve curve_of(NamedGroup group) {
  switch (group) {
  case NamedGroup::secp384r1:
    return openssl::Curve::p384;
  case NamedGroup::secp521r1:
    return openssl::Curve::p521;
  default:
    return openssl::Curve::p256;
  }
}

EC_KEY* ec_key(void* key) { return static_cast<EC_KEY*>(key); }

EVP_PKEY* pkey(void* key) { return static_cast<EVP_PKEY*>(key); }

// RFC 9846 §7.4.2: the all-zero result of X25519 and X448, which a point of small order gives, is
// refused. Every byte is looked at, since the secret may be a good one.
bool is_all_zero(Bytes secret) {
  std::uint8_t any = 0;
  for (const std::uint8_t byte : secret) {
    any = static_cast<std::uint8_t>(any | byte);
  }
  return any == 0;
}

// An EC_KEY without numbers. EC_KEY_new_by_curve_name would build the curve anew each time.
EC_KEY* new_ec_key(openssl::Curve curve) {
  const EC_GROUP* group = openssl::shared(curve);
  EC_KEY* key = group == nullptr ? nullptr : EC_KEY_new();
  if (key != nullptr && EC_KEY_set_group(key, group) != 1) {
    EC_KEY_free(key);
    return nullptr;
  }
  return key;
}

bool generate_nist(EC_KEY* key) { return EC_KEY_generate_key(key) == 1; }

bool set_private_nist(EC_KEY* key, Bytes scalar) {
  const EC_GROUP* group = EC_KEY_get0_group(key);
  const openssl::BigNumber number(
      BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr));
  const Point point(EC_POINT_new(group));
  return number != nullptr && point != nullptr && !BN_is_zero(number.get()) &&
         BN_cmp(number.get(), EC_GROUP_get0_order(group)) < 0 &&
         EC_POINT_mul(group, point.get(), number.get(), nullptr, nullptr, nullptr) == 1 &&
         EC_KEY_set_private_key(key, number.get()) == 1 &&
         EC_KEY_set_public_key(key, point.get()) == 1;
}

bool write_share_nist(const EC_KEY* key, MutBytes share) {
  return EC_POINT_point2oct(EC_KEY_get0_group(key), EC_KEY_get0_public_key(key),
                            POINT_CONVERSION_UNCOMPRESSED, share.data(), share.size(),
                            nullptr) == share.size();
}

bool derive_nist(EC_KEY* mine, Bytes peer_share, MutBytes secret) {
  const EC_GROUP* group = EC_KEY_get0_group(mine);
  const Point point(EC_POINT_new(group));
  // EC_POINT_oct2point refuses coordinates beyond the field and points off the curve (RFC 9846
  // §4.3.8.2); the curves have cofactor 1, so no other check is wanted.
  return point != nullptr && peer_share.front() == uncompressed &&
         EC_POINT_oct2point(group, point.get(), peer_share.data(), peer_share.size(), nullptr) ==
             1 &&
         ECDH_compute_key(secret.data(), secret.size(), point.get(), mine, nullptr) ==
             static_cast<int>(secret.size());
}

EVP_PKEY* generate_montgomery(int type) {
  EVP_PKEY* key = nullptr;
  const openssl::KeyContext context(EVP_PKEY_CTX_new_id(type, nullptr));
  if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_generate(context.get(), &key) != 1) {
    return nullptr;
  }
  return key;
}

bool derive_montgomery(int type, EVP_PKEY* mine, Bytes peer_share, MutBytes secret) {
  const openssl::Key peer(
      EVP_PKEY_new_raw_public_key(type, nullptr, peer_share.data(), peer_share.size()));
  const openssl::KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, mine, nullptr));
  std::size_t size = secret.size();
  return peer != nullptr && context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
         EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 0) == 1 &&
         EVP_PKEY_derive(context.get(), secret.data(), &size) == 1 && size == secret.size() &&
         !is_all_zero(secret);
}

} // namespace

void KeyExchange::Free::operator()(void* key) const {
  if (is_montgomery(group)) {
    EVP_PKEY_free(pkey(key));
  } else {
    EC_KEY_free(ec_key(key));
  }
}

bool is_supported(NamedGroup group) { return sizes_of(group).has_value(); }

Result<KeyExchange> KeyExchange::generate(NamedGroup group) {
  const QuietErrors quiet;
  if (!is_supported(group)) {
    return fail(Reason::configuration_unsupported);
  }
  KeyExchange pair(group, is_montgomery(group)
                              ? static_cast<void*>(generate_montgomery(type_of(group)))
                              : static_cast<void*>(new_ec_key(curve_of(group))));
  if (pair.key_ == nullptr) {
    return fail(Reason::out_of_memory);
  }
  if (!is_montgomery(group) && !generate_nist(ec_key(pair.key_.get()))) {
    return fail(Reason::random_failed);
  }
  return with_share(std::move(pair));
}

Result<KeyExchange> KeyExchange::from_private(NamedGroup group, Bytes private_key) {
  const QuietErrors quiet;
  if (!is_supported(group)) {
    return fail(Reason::configuration_unsupported);
  }
  if (is_montgomery(group)) {
    KeyExchange pair(group, EVP_PKEY_new_raw_private_key(type_of(group), nullptr,
                                                         private_key.data(), private_key.size()));
    return pair.key_ == nullptr ? fail(Reason::key_malformed) : with_share(std::move(pair));
  }
  KeyExchange pair(group, new_ec_key(curve_of(group)));
  if (pair.key_ == nullptr) {
    return fail(Reason::out_of_memory);
  }
  if (!set_private_nist(ec_key(pair.key_.get()), private_key)) {
    return fail(Reason::key_malformed);
  }
  return with_share(std::move(pair));
}

Result<KeyExchange> KeyExchange::with_share(KeyExchange pair) {
  const MutBytes share = pair.share_.fill(sizes_of(pair.group_)->share);
  std::size_t size = share.size();
  void* key = pair.key_.get();
  const bool done =
      is_montgomery(pair.group_)
          ? EVP_PKEY_get_raw_public_key(pkey(key), share.data(), &size) == 1 && size == share.size()
          : write_share_nist(ec_key(key), share);
  if (!done) {
    return fail(Reason::internal);
  }
  return pair;
}

Result<SharedSecret> KeyExchange::decapsulate(Bytes peer_share) const {
  const QuietErrors quiet;
  const Sizes sizes = *sizes_of(group_);
  if (peer_share.size() != sizes.share) {
    return fail(Reason::key_share_invalid);
  }
  SharedSecret shared;
  const MutBytes secret = shared.fill(sizes.secret);
  const bool done = is_montgomery(group_)
                        ? derive_montgomery(type_of(group_), pkey(key_.get()), peer_share, secret)
                        : derive_nist(ec_key(key_.get()), peer_share, secret);
  if (!done) {
    return fail(Reason::key_share_invalid);
  }
  return shared;
}

Result<Encapsulation> encapsulate(const KeyExchange& mine, Bytes client_share) {
  auto secret = mine.decapsulate(client_share);
  if (!secret) {
    return std::unexpected(secret.error());
  }
  Encapsulation answer{.share = {}, .secret = std::move(*secret)};
  std::ranges::copy(mine.share(), answer.share.fill(mine.share().size()).begin());
  return answer;
}

} // namespace handfast::crypto
