#include "legacy/rsa.h"

#include "crypto/openssl/private_key.h"
#include "crypto/openssl/provider.h"

#include <algorithm>
#include <array>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace handfast::legacy {
namespace {

using crypto::openssl::BigNumber;
using crypto::openssl::FreeWith;
using crypto::openssl::Key;
using crypto::openssl::KeyContext;

Key public_key_of(Bytes modulus, Bytes exponent) {
  const BigNumber n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const BigNumber e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  const std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>> parts(OSSL_PARAM_BLD_new());
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  if (n == nullptr || e == nullptr || parts == nullptr || context == nullptr ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  const std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>> all(
      OSSL_PARAM_BLD_to_param(parts.get()));
  EVP_PKEY* key = nullptr;
  const bool is_made = all != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                       EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, all.get()) == 1;
  return is_made ? Key(key) : nullptr;
}

}  // namespace

Result<std::vector<std::uint8_t>> rsa_encrypt(Bytes modulus, Bytes exponent, Bytes message) {
  const crypto::openssl::QuietErrors quiet;
  const Key key = public_key_of(modulus, exponent);
  const KeyContext context(key != nullptr ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)
                                          : nullptr);
  std::vector<std::uint8_t> out(modulus.size());
  std::size_t size = out.size();
  if (context == nullptr || EVP_PKEY_encrypt_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
      EVP_PKEY_encrypt(context.get(), out.data(), &size, message.data(), message.size()) != 1 ||
      size != out.size()) {
    return fail(Reason::internal);
  }
  return out;
}

Result<> check_rsa_decryption(unsigned long libcrypto) {
  constexpr unsigned long mended = 0x30000080;  // 0xMNN00PP0: 3.0.8
  return libcrypto >= mended ? Result<>() : fail(Reason::configuration_needs_libcrypto);
}

Result<> check_rsa_decryption_here() { return check_rsa_decryption(OpenSSL_version_num()); }

std::size_t modulus_size(const crypto::PrivateKey& key) {
  return key.kind() == crypto::KeyKind::rsa
             ? static_cast<std::size_t>(EVP_PKEY_get_size(key.state().key.get()))
             : 0;
}

bool rsa_decrypt_raw(const crypto::PrivateKey& key, Bytes ciphertext, MutBytes out) {
  const crypto::openssl::QuietErrors quiet;
  const std::size_t expected = modulus_size(key);
  std::size_t size = out.size();
  if (expected != 0 && ciphertext.size() == expected && size == expected) {
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.state().key.get(), nullptr));
    if (context != nullptr && EVP_PKEY_decrypt_init(context.get()) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
        EVP_PKEY_decrypt(context.get(), out.data(), &size, ciphertext.data(), expected) == 1 &&
        size == expected) {
      return true;
    }
  }
  std::ranges::fill(out, std::uint8_t{0});
  return false;
}

}  // namespace handfast::legacy
