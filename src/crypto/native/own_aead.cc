#include "base/gather.h"
#include "crypto/aead.h"
#include "crypto/native/aes_gcm.h"
#include "crypto/native/chacha20_poly1305.h"

#include <optional>
#include <utility>

namespace handfast::crypto {
namespace {

/// AesGcm or ChaCha20Poly1305 as a cipher of an Aead.
template <class Key>
struct OwnAead {
  Key key;

  Result<> seal(const Nonce& nonce, Aad aad, std::span<const Bytes> parts,
                const MutBytes& out) const {
    if (out.size() != total_size(parts) + aead_tag_size) {
      wipe(out);
      return fail(Reason::internal);
    }
    key.seal(nonce, aad.bytes, parts, out);
    return {};
  }

  Result<MutBytes> open(const Nonce& nonce, Aad aad, MutBytes sealed) const {
    if (sealed.size() >= aead_tag_size && key.open(nonce, aad.bytes, sealed)) {
      return sealed.first(sealed.size() - aead_tag_size);
    }
    wipe(sealed);
    return fail(Reason::record_unreadable);
  }
};

#ifdef HANDFAST_AES_GCM

using native::AesTwin;

static_assert(native::gcm_nonce_size == aead_nonce_size && native::gcm_tag_size == aead_tag_size);

/// The fastest that is there.
std::optional<AesTwin> fastest_aes_twin() {
  for (const AesTwin twin : {AesTwin::avx512, AesTwin::vaes, AesTwin::aesni}) {
    if (native::is_available(twin)) {
      return twin;
    }
  }
  return std::nullopt;
}

Result<Aead> own_aes_gcm(Bytes key) {
  static const std::optional<AesTwin> twin = fastest_aes_twin();
  return twin ? Aead::of(OwnAead<native::AesGcm>{native::AesGcm(key, *twin)})
              : Result<Aead>(fail(Reason::configuration_unsupported));
}

#else

Result<Aead> own_aes_gcm(Bytes /*key*/) { return fail(Reason::configuration_unsupported); }

#endif

#ifdef HANDFAST_CHACHA20_POLY1305

Result<Aead> own_chacha20_poly1305(Bytes key) {
  static const bool is_there = native::has_chacha20_poly1305();
  return is_there ? Aead::of(OwnAead<native::ChaCha20Poly1305>{native::ChaCha20Poly1305(key)})
                  : Result<Aead>(fail(Reason::configuration_unsupported));
}

#else

Result<Aead> own_chacha20_poly1305(Bytes /*key*/) {
  return fail(Reason::configuration_unsupported);
}

#endif

}  // namespace

Result<Aead> Aead::own(AeadId id, Bytes key) {
  if (key.size() != key_size(id)) {
    return fail(Reason::internal);
  }
  switch (id) {
    case AeadId::aes_128_gcm:
    case AeadId::aes_256_gcm: return own_aes_gcm(key);
    case AeadId::chacha20_poly1305: return own_chacha20_poly1305(key);
    default: return fail(Reason::configuration_unsupported);
  }
}

}  // namespace handfast::crypto
