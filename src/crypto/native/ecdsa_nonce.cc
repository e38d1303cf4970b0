#include "crypto/native/ecdsa_nonce.h"

#include <algorithm>
#include <array>
#include <utility>

namespace handfast::crypto::native {

EcdsaNonces::EcdsaNonces(HashId id, std::span<const std::uint8_t, ecdsa_nonce_size> private_key,
                         std::span<const std::uint8_t, ecdsa_nonce_size> reduced_digest,
                         Bytes extra) {
  const std::array<std::uint8_t, 64> zeros{};
  mac_.emplace(id, Bytes(zeros).first(digest_size(id)));
  std::ranges::fill(value_.fill(digest_size(id)), std::uint8_t{1});
  reseed(0, private_key, reduced_digest, extra);
  reseed(1, private_key, reduced_digest, extra);
}

std::span<const std::uint8_t, ecdsa_nonce_size> EcdsaNonces::next() {
  if (!is_first_) {
    reseed(0, {}, {}, {});
  }
  is_first_ = false;
  step();  // the hashes of TLS have at least the 256 bits of n: one value is enough
  return value_.expose().first<ecdsa_nonce_size>();
}

void EcdsaNonces::reseed(std::uint8_t octet, Bytes private_key, Bytes digest, Bytes extra) {
  const HashId id = mac_->id();
  Block key;
  mac_->authenticate({value_.expose(), Bytes(&octet, 1), private_key, digest, extra},
                     key.fill(digest_size(id)));
  mac_.emplace(id, key.expose());
  step();
}

void EcdsaNonces::step() {
  Block value;
  mac_->authenticate({value_.expose()}, value.fill(value_.size()));
  value_ = std::move(value);
}

}  // namespace handfast::crypto::native
