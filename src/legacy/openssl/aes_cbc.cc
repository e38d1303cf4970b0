#include "legacy/aes_cbc.h"

#include "crypto/openssl/provider.h"

#include <openssl/evp.h>

namespace handfast::legacy {
namespace {

EVP_CIPHER_CTX* cipher_in(void* context) { return static_cast<EVP_CIPHER_CTX*>(context); }

}  // namespace

void AesCbc::Free::operator()(void* context) const { EVP_CIPHER_CTX_free(cipher_in(context)); }

Result<AesCbc> AesCbc::make(crypto::Direction direction, Bytes key) {
  const crypto::openssl::QuietErrors quiet;
  if (key.size() != 16 && key.size() != 32) {
    return fail(Reason::internal);
  }
  AesCbc made(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const context = cipher_in(made.context_.get());
  const EVP_CIPHER* const cipher = key.size() == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
  const int encrypts = direction == crypto::Direction::seal ? 1 : 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context, cipher, nullptr, key.data(), nullptr, encrypts) != 1 ||
      EVP_CIPHER_CTX_set_padding(context, 0) != 1) {
    return fail(Reason::out_of_memory);
  }
  return made;
}

Result<> AesCbc::convert(Bytes iv, MutBytes text) {
  const crypto::openssl::QuietErrors quiet;
  EVP_CIPHER_CTX* const context = cipher_in(context_.get());
  int written = 0;
  const bool is_done = iv.size() == aes_block && text.size() % aes_block == 0 &&
                       EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv.data(), -1) == 1 &&
                       EVP_CipherUpdate(context, text.data(), &written, text.data(),
                                        static_cast<int>(text.size())) == 1 &&
                       static_cast<std::size_t>(written) == text.size();
  return is_done ? Result<>() : fail(Reason::internal);
}

}  // namespace handfast::legacy
