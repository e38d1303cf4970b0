#include "base/gather.h"
#include "crypto/aead.h"
#include "crypto/native/aes_gcm.h"

#include <new>
#include <optional>

namespace handfast::crypto {

#ifdef HANDFAST_AES_GCM

namespace {

using native::AesGcm;
using native::AesTwin;

static_assert(native::gcm_nonce_size == aead_nonce_size && native::gcm_tag_size == aead_tag_size);

const AesGcm& key_of(void* context) { return *static_cast<const AesGcm*>(context); }

Result<> seal_own(const AeadFunctions& /*row*/, void* context, const Nonce& nonce, Aad aad,
                  std::span<const Bytes> parts, MutBytes out) {
  if (out.size() != total_size(parts) + aead_tag_size) {
    wipe(out);
    return fail(Reason::internal);
  }
  key_of(context).seal(nonce, aad.bytes, parts, out);
  return {};
}

Result<MutBytes> open_own(const AeadFunctions& /*row*/, void* context, const Nonce& nonce, Aad aad,
                          MutBytes sealed) {
  if (sealed.size() >= aead_tag_size) {
    const MutBytes text = sealed.first(sealed.size() - aead_tag_size);
    if (key_of(context).open(nonce, aad.bytes, text, sealed.last<aead_tag_size>())) {
      return text;
    }
  }
  wipe(sealed);
  return fail(Reason::record_unreadable);
}

void release_own(const AeadFunctions& /*row*/, void* context) {
  delete static_cast<AesGcm*>(context);
}

constexpr AeadFunctions own_row{seal_own, open_own, release_own};

/// The fastest that is there.
std::optional<AesTwin> fastest_aes_twin() {
  for (const AesTwin twin : {AesTwin::vaes, AesTwin::aesni}) {
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
  auto* const made = new (std::nothrow) AesGcm(key, *twin);
  return made != nullptr ? Result<Aead>(Aead(own_row, made)) : fail(Reason::out_of_memory);
}

#else

Result<Aead> Aead::own(AeadId /*id*/, Bytes /*key*/) {
  return fail(Reason::configuration_unsupported);
}

#endif

}  // namespace handfast::crypto
