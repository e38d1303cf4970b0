#include "legacy/ffdhe.h"

#include "crypto/openssl/provider.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/param_build.h>

namespace handfast::legacy {
namespace {

using crypto::openssl::BigNumber;
using crypto::openssl::FreeWith;
using crypto::openssl::Key;
using crypto::openssl::KeyContext;

using Parameters = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using BuiltParameters = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;

struct GroupName {
  NamedGroup group;
  const char* name;
};

constexpr std::array groups = {GroupName{NamedGroup::ffdhe2048, "ffdhe2048"},
                               GroupName{NamedGroup::ffdhe3072, "ffdhe3072"},
                               GroupName{NamedGroup::ffdhe4096, "ffdhe4096"}};

/// A key of `group` with these halves, each if it is given; nullptr: libcrypto has none.
Key key_of(NamedGroup group, const BIGNUM* private_key, const BIGNUM* share) {
  const auto* const row = std::ranges::find(groups, group, &GroupName::group);
  const Parameters parts(OSSL_PARAM_BLD_new());
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
  if (row == groups.end() || parts == nullptr || context == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, row->name, 0) != 1 ||
      (private_key != nullptr &&
       OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_PRIV_KEY, private_key) != 1) ||
      (share != nullptr &&
       OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, share) != 1)) {
    return nullptr;
  }
  const int selection = private_key != nullptr ? EVP_PKEY_KEYPAIR
                        : share != nullptr     ? EVP_PKEY_PUBLIC_KEY
                                               : EVP_PKEY_KEY_PARAMETERS;
  const BuiltParameters all(OSSL_PARAM_BLD_to_param(parts.get()));
  EVP_PKEY* key = nullptr;
  const bool is_made = all != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                       EVP_PKEY_fromdata(context.get(), &key, selection, all.get()) == 1;
  return is_made ? Key(key) : nullptr;
}

BigNumber number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  return EVP_PKEY_get_bn_param(key, name, &number) == 1 ? BigNumber(number) : nullptr;
}

BigNumber number_of(Bytes bytes) {
  return BigNumber(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

/// In `size` bytes, or as many as it needs.
std::vector<std::uint8_t> bytes_of(const BIGNUM* number, int size = 0) {
  const int room = size != 0 ? size : BN_num_bytes(number);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(room));
  return BN_bn2binpad(number, bytes.data(), room) == room ? bytes : std::vector<std::uint8_t>();
}

/// RFC 7919 §5.1: "Peers MUST validate each other's public key Y by ensuring that 1 < Y < p-1."
bool is_in_range(const BIGNUM* share, const BIGNUM* prime) {
  const BigNumber most(BN_dup(prime));
  return most != nullptr && BN_sub_word(most.get(), 1) == 1 && BN_cmp(share, BN_value_one()) > 0 &&
         BN_cmp(share, most.get()) < 0;
}

}  // namespace

Result<FfdheGroup> ffdhe_group(NamedGroup group) {
  const crypto::openssl::QuietErrors quiet;
  const Key key = key_of(group, nullptr, nullptr);
  const BigNumber p = key != nullptr ? number_of(key.get(), OSSL_PKEY_PARAM_FFC_P) : nullptr;
  const BigNumber g = key != nullptr ? number_of(key.get(), OSSL_PKEY_PARAM_FFC_G) : nullptr;
  if (p == nullptr || g == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  return FfdheGroup{bytes_of(p.get()), bytes_of(g.get())};
}

std::optional<NamedGroup> find_ffdhe(Bytes p, Bytes g) {
  for (const GroupName& row : groups) {
    const auto known = ffdhe_group(row.group);
    if (known && std::ranges::equal(known->p, p) && std::ranges::equal(known->g, g)) {
      return row.group;
    }
  }
  return std::nullopt;
}

Result<FfdhePair> generate_ffdhe(NamedGroup group) {
  const crypto::openssl::QuietErrors quiet;
  const Key parameters = key_of(group, nullptr, nullptr);
  if (parameters == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, parameters.get(), nullptr));
  EVP_PKEY* made = nullptr;
  if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_keygen(context.get(), &made) != 1) {
    return fail(Reason::random_failed);
  }
  const Key key(made);
  const BigNumber own = number_of(key.get(), OSSL_PKEY_PARAM_PRIV_KEY);
  const BigNumber share = number_of(key.get(), OSSL_PKEY_PARAM_PUB_KEY);
  if (own == nullptr || share == nullptr) {
    return fail(Reason::out_of_memory);
  }
  return FfdhePair{SecretBytes(bytes_of(own.get())),
                   bytes_of(share.get(), EVP_PKEY_get_size(key.get()))};
}

Result<SecretBytes> agree_ffdhe(NamedGroup group, const SecretBytes& private_key, Bytes share) {
  const crypto::openssl::QuietErrors quiet;
  const BigNumber own = number_of(private_key.expose());
  const BigNumber peers = number_of(share);
  const Key mine = own != nullptr ? key_of(group, own.get(), nullptr) : nullptr;
  const BigNumber p = mine != nullptr ? number_of(mine.get(), OSSL_PKEY_PARAM_FFC_P) : nullptr;
  if (p == nullptr || peers == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  const Key theirs =
      is_in_range(peers.get(), p.get()) ? key_of(group, nullptr, peers.get()) : nullptr;
  if (theirs == nullptr) {
    return fail(Reason::key_share_invalid);
  }
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, mine.get(), nullptr));
  std::vector<std::uint8_t> secret(static_cast<std::size_t>(EVP_PKEY_get_size(mine.get())));
  std::size_t size = secret.size();
  const bool is_agreed = context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
                         EVP_PKEY_CTX_set_dh_pad(context.get(), 0) == 1 &&
                         EVP_PKEY_derive_set_peer(context.get(), theirs.get()) == 1 &&
                         EVP_PKEY_derive(context.get(), secret.data(), &size) == 1;
  if (!is_agreed) {
    wipe(secret);
    return fail(Reason::key_share_invalid);
  }
  secret.resize(size);  // smaller: it stays where it is
  return SecretBytes(std::move(secret));
}

}  // namespace handfast::legacy
