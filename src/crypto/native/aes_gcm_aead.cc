#include "base/gather.h"
#include "crypto/aead.h"
#include "crypto/native/aes_gcm.h"

#include <optional>

namespace handfast::crypto {

#ifdef HANDFAST_AES_GCM

static_assert(native::gcm_nonce_size == aead_nonce_size && native::gcm_tag_size == aead_tag_size);

namespace {

using native::AesTwin;

struct OwnAead {
  native::AesGcm key;

  Result<> seal(const Nonce& nonce, Aad aad, std::span<const Bytes> parts, MutBytes out) const {
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

/// The fastest that is there.
std::optional<AesTwin> fastest_aes_twin() {
  for (const AesTwin twin : {AesTwin::avx512, AesTwin::vaes, AesTwin::aesni}) {
    if (native::is_available(twin)) {
      return twin;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Aead> Aead::own(AeadId id, Bytes key) {
  static const std::optional<AesTwin> twin = fastest_aes_twin();
  if (!twin || (id != AeadId::aes_128_gcm && id != AeadId::aes_256_gcm)) {
    return fail(Reason::configuration_unsupported);
  }
  if (key.size() != key_size(id)) {
    return fail(Reason::internal);
  }
  return Aead::of(OwnAead{native::AesGcm(key, *twin)});
}

#else

Result<Aead> Aead::own(AeadId /*id*/, Bytes /*key*/) {
  return fail(Reason::configuration_unsupported);
}

#endif

}  // namespace handfast::crypto
