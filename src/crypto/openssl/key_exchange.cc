#include "crypto/key_exchange.h"

#include "crypto/openssl/diffie_hellman.h"
#include "crypto/openssl/provider.h"

#include <algorithm>

namespace handfast::crypto {
namespace {

// The row of `group`, or nullptr for a group that this build does not have.
const openssl::DiffieHellman* find(NamedGroup group) {
  switch (group) {
    case NamedGroup::secp256r1: return &openssl::dh_secp256r1;
    case NamedGroup::secp384r1: return &openssl::dh_secp384r1;
    case NamedGroup::secp521r1: return &openssl::dh_secp521r1;
    case NamedGroup::x25519: return &openssl::dh_x25519;
    case NamedGroup::x448: return &openssl::dh_x448;
    default: return nullptr;
  }
}

}  // namespace

bool is_supported(NamedGroup group) { return find(group) != nullptr; }

Result<KeyExchange> KeyExchange::generate(NamedGroup group) {
  const openssl::QuietErrors quiet;
  const auto* method = find(group);
  if (method == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  return with_share(group, *method, method->generate());
}

Result<KeyExchange> KeyExchange::from_private(NamedGroup group, Bytes private_key) {
  const openssl::QuietErrors quiet;
  const auto* method = find(group);
  if (method == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  return with_share(group, *method, method->from_private(private_key));
}

Result<KeyExchange> KeyExchange::with_share(NamedGroup group, const openssl::DiffieHellman& method,
                                            Result<Pair> pair) {
  if (!pair) {
    return std::unexpected(pair.error());
  }
  KeyExchange made(group, method, std::move(*pair));
  if (!method.write_share(made.pair_, made.share_.fill(method.share_size))) {
    return fail(Reason::out_of_memory);
  }
  return made;
}

Result<SharedSecret> KeyExchange::decapsulate(Bytes peer_share) const {
  const openssl::QuietErrors quiet;
  if (peer_share.size() != method_->share_size) {
    return fail_limit(Reason::key_share_invalid, method_->share_size, peer_share.size());
  }
  SharedSecret secret;
  if (!method_->derive(pair_, peer_share, secret.fill(method_->secret_size))) {
    return fail(Reason::key_share_invalid);
  }
  return secret;
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

}  // namespace handfast::crypto
