#include "crypto/aead.h"

#include "base/secret.h"
#include "crypto/openssl/provider.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace handfast::crypto {
namespace {

EVP_CIPHER_CTX* context_of(void* context) { return static_cast<EVP_CIPHER_CTX*>(context); }

} // namespace

void Aead::Free::operator()(void* context) const { EVP_CIPHER_CTX_free(context_of(context)); }

Result<Aead> Aead::make(AeadId id, Direction direction, Bytes key) {
  const openssl::QuietErrors quiet;
  if (key.size() != key_size(id)) {
    return fail(Reason::internal);
  }
  Aead aead(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = openssl::fetched(id);
  if (aead.context_ == nullptr || cipher == nullptr ||
      EVP_CipherInit_ex2(context_of(aead.context_.get()), cipher, key.data(), nullptr,
                         direction == Direction::seal ? 1 : 0, nullptr) != 1) {
    return fail(Reason::out_of_memory);
  }
  return aead;
}

Result<> Aead::seal(const Nonce& nonce, Aad aad, std::span<const Bytes> parts, MutBytes out) {
  const auto encrypt = [&] {
    auto* context = context_of(context_.get());
    int written = 0;
    if (EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), -1, nullptr) != 1 ||
        EVP_CipherUpdate(context, nullptr, &written, aad.bytes.data(),
                         static_cast<int>(aad.bytes.size())) != 1) {
      return false;
    }
    MutBytes rest = out;
    for (const Bytes part : parts) {
      if (part.size() > rest.size() || EVP_CipherUpdate(context, rest.data(), &written, part.data(),
                                                        static_cast<int>(part.size())) != 1) {
        return false;
      }
      rest = rest.subspan(part.size());
    }
    return rest.size() == aead_tag_size &&
           EVP_CipherFinal_ex(context, rest.data(), &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, aead_tag_size, rest.data()) == 1;
  };
  if (!encrypt()) {
    wipe(out);
    ERR_clear_error();
    return fail(Reason::internal);
  }
  return {};
}

Result<MutBytes> Aead::open(const Nonce& nonce, Aad aad, MutBytes sealed) {
  if (sealed.size() < aead_tag_size) {
    wipe(sealed);
    return fail(Reason::record_unreadable);
  }
  const MutBytes text = sealed.first(sealed.size() - aead_tag_size);
  const MutBytes tag = sealed.last(aead_tag_size);
  const auto decrypt = [&] {
    auto* context = context_of(context_.get());
    int written = 0;
    std::uint8_t none = 0;
    std::uint8_t* data = text.empty() ? &none : text.data();
    return EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), -1, nullptr) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, aead_tag_size, tag.data()) == 1 &&
           EVP_CipherUpdate(context, nullptr, &written, aad.bytes.data(),
                            static_cast<int>(aad.bytes.size())) == 1 &&
           EVP_CipherUpdate(context, data, &written, data, static_cast<int>(text.size())) == 1 &&
           EVP_CipherFinal_ex(context, data, &written) == 1;
  };
  if (!decrypt()) {
    wipe(sealed);
    ERR_clear_error();
    return fail(Reason::record_unreadable);
  }
  return text;
}

} // namespace handfast::crypto
