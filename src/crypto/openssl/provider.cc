#include "crypto/openssl/provider.h"

#include <array>
#include <utility>

#include <openssl/obj_mac.h>

namespace handfast::crypto::openssl {

const EVP_CIPHER* fetched(AeadId id) {
  static constinit std::array<Shared<EVP_CIPHER, EVP_CIPHER_free>, aeads.size()> ciphers;
  return ciphers[std::to_underlying(id)].get(
      [id] { return EVP_CIPHER_fetch(nullptr, row_of(id).name, nullptr); });
}

const EVP_MD* fetched(HashId id) {
  static constexpr std::array names = {"SHA2-256", "SHA2-384", "SHA2-512"};
  static constinit std::array<Shared<EVP_MD, EVP_MD_free>, names.size()> hashes;
  const auto row = std::to_underlying(id);
  return hashes[row].get([row] { return EVP_MD_fetch(nullptr, names[row], nullptr); });
}

const EC_GROUP* shared(Curve curve) {
  static constexpr std::array nids = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};
  static constinit std::array<Shared<EC_GROUP, EC_GROUP_free>, nids.size()> curves;
  const auto row = std::to_underlying(curve);
  return curves[row].get([row] { return EC_GROUP_new_by_curve_name(nids[row]); });
}

}  // namespace handfast::crypto::openssl
