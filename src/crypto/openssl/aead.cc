#include "crypto/aead.h"

#include "base/gather.h"
#include "base/secret.h"
#include "crypto/openssl/dispatch.h"
#include "crypto/openssl/provider.h"

#include <algorithm>
#include <new>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace handfast::crypto {

namespace {

// What a provider does a cipher with; see provider-cipher(7).
struct Provided {
  std::size_t tag_size;
  bool is_ccm;
  void* provider;
  OSSL_FUNC_cipher_newctx_fn* new_context;
  OSSL_FUNC_cipher_freectx_fn* free_context;
  OSSL_FUNC_cipher_encrypt_init_fn* start_sealing;
  OSSL_FUNC_cipher_decrypt_init_fn* start_opening;
  OSSL_FUNC_cipher_cipher_fn* run;
  OSSL_FUNC_cipher_final_fn* end;
  OSSL_FUNC_cipher_get_ctx_params_fn* get;
  OSSL_FUNC_cipher_set_ctx_params_fn* set;

  static const Provided* of(AeadId id);
  static Provided* find(AeadId id);
  [[nodiscard]] bool are_sound(AeadId id) const;

  static void forget(Provided* functions) { delete functions; }

  [[nodiscard]] Result<Aead> make(Direction direction, Bytes key) const;

  /// CCM is told the sizes of nonce and tag before its key.
  [[nodiscard]] bool prepare(void* context) const {
    if (!is_ccm) {
      return true;
    }
    std::size_t nonce_size = aead_nonce_size;
    const std::array<OSSL_PARAM, 3> sizes = {
        OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &nonce_size),
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, nullptr, tag_size),
        OSSL_PARAM_construct_end()};
    return set(context, sizes.data()) == 1;
  }

  /// CCM is told the size of the text before anything of it, as that is authenticated first.
  [[nodiscard]] bool announce(void* context, std::size_t size) const {
    std::size_t written = 0;
    return !is_ccm || run(context, nullptr, &written, size, nullptr, size) == 1;
  }

  /// Authenticates `aad` alone. Not called for none: to the provider a null pointer means the end.
  [[nodiscard]] bool authenticate(void* context, Bytes aad) const {
    std::size_t written = 0;
    return aad.empty() || run(context, nullptr, &written, aad.size(), aad.data(), aad.size()) == 1;
  }

  /// Encrypts or decrypts `in` to `out`, which has as many bytes.
  [[nodiscard]] bool convert(void* context, Bytes in, std::uint8_t* out) const {
    static constexpr std::uint8_t nothing = 0;  // as above
    std::size_t written = 0;
    return run(context, out, &written, in.size(), in.empty() ? &nothing : in.data(), in.size()) ==
           1;
  }

  /// Ends a record: the tag is computed, or compared with the one that was given before. (`run`
  /// without input would do for AES-GCM; ChaCha20-Poly1305 takes it for nothing to do before
  /// libcrypto 3.0.22, and would never look at a tag.)
  [[nodiscard]] bool finish(void* context) const {
    std::array<std::uint8_t, 16> nothing{};
    std::size_t written = 0;
    return end(context, nothing.data(), &written, nothing.size()) == 1;
  }
};

// A cipher of a provider, keyed.
class ProvidedAead {
 public:
  ProvidedAead(const Provided& functions, void* context) : context_(context, Free{&functions}) {}

  Result<> seal(const Nonce& nonce, Aad aad, std::span<const Bytes> parts, MutBytes out);
  Result<MutBytes> open(const Nonce& nonce, Aad aad, MutBytes sealed);

 private:
  struct Free {
    const Provided* functions;

    void operator()(void* context) const { functions->free_context(context); }
  };

  [[nodiscard]] const Provided& functions() const { return *context_.get_deleter().functions; }

  std::unique_ptr<void, Free> context_;
};

// Up to this size of all parts it is cheaper to lay them together in `out` and encrypt there than
// to enter the cipher once for each; at 16 KiB the copy would cost more than the cipher itself.
constexpr std::size_t joined_most = 512;

using TagParameter = std::array<OSSL_PARAM, 2>;

TagParameter tag_parameter(MutBytes tag) {
  return {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag.data(), tag.size()),
          OSSL_PARAM_construct_end()};
}

// The cipher stays fetched, and with it the provider whose functions these are.
Provided* Provided::find(AeadId id) {
  const EVP_CIPHER* cipher = openssl::fetched(id);
  if (cipher == nullptr) {
    return nullptr;
  }
  const OSSL_PROVIDER* provider = EVP_CIPHER_get0_provider(cipher);
  const openssl::Algorithm algorithm(provider, OSSL_OP_CIPHER, row_of(id).name);
  Provided found{};
  found.tag_size = row_of(id).tag_size;
  found.is_ccm = row_of(id).is_ccm;
  found.provider = OSSL_PROVIDER_get0_provider_ctx(provider);
  const bool complete = algorithm.find(OSSL_FUNC_CIPHER_NEWCTX, found.new_context) &&
                        algorithm.find(OSSL_FUNC_CIPHER_FREECTX, found.free_context) &&
                        algorithm.find(OSSL_FUNC_CIPHER_ENCRYPT_INIT, found.start_sealing) &&
                        algorithm.find(OSSL_FUNC_CIPHER_DECRYPT_INIT, found.start_opening) &&
                        algorithm.find(OSSL_FUNC_CIPHER_CIPHER, found.run) &&
                        algorithm.find(OSSL_FUNC_CIPHER_FINAL, found.end) &&
                        algorithm.find(OSSL_FUNC_CIPHER_GET_CTX_PARAMS, found.get) &&
                        algorithm.find(OSSL_FUNC_CIPHER_SET_CTX_PARAMS, found.set);
  return complete && found.are_sound(id) ? new (std::nothrow) Provided(found) : nullptr;
}

/// Which libcrypto is there is known only when a program runs, and its functions are called in a
/// way that few others call them. So before the first record: a tag must be made that opens, and
/// none but that one may.
bool Provided::are_sound(AeadId id) const {
  static constexpr std::array<std::uint8_t, 32> key{};
  const Bytes own_key = Bytes(key).first(key_size(id));
  auto sealer = make(Direction::seal, own_key);
  auto opener = make(Direction::open, own_key);
  if (!sealer || !opener) {
    return false;
  }
  constexpr std::array<std::uint8_t, 3> text = {1, 2, 3};
  for (const Bytes plain : {Bytes(text), Bytes()}) {
    std::array<std::uint8_t, text.size() + aead_tag_size> memory{};
    const MutBytes record = MutBytes(memory).first(plain.size() + tag_size);
    const auto seals = [&] {
      return sealer->seal(Nonce{}, Aad{text}, std::span(&plain, 1), record);
    };
    const auto opens = [&] { return opener->open(Nonce{}, Aad{text}, record); };
    const bool sealed = seals().has_value();
    const auto opened = opens();
    if (!sealed || !opened || !std::ranges::equal(*opened, plain) || !seals()) {
      return false;
    }
    record.back() ^= 1;
    if (opens()) {
      return false;
    }
  }
  return true;
}

const Provided* Provided::of(AeadId id) {
  static constinit std::array<openssl::Shared<Provided, forget>, aeads.size()> all;
  return all[std::to_underlying(id)].get([id] { return find(id); });
}

Result<Aead> Provided::make(Direction direction, Bytes key) const {
  void* const context = new_context(provider);
  if (context == nullptr) {
    return fail(Reason::out_of_memory);
  }
  auto aead = Aead::of(ProvidedAead(*this, context));
  auto* start = direction == Direction::seal ? start_sealing : start_opening;
  if (!prepare(context) || start(context, key.data(), key.size(), nullptr, 0, nullptr) != 1) {
    return fail(Reason::out_of_memory);
  }
  return aead;
}

Result<> ProvidedAead::seal(const Nonce& nonce, Aad aad, std::span<const Bytes> parts,
                            MutBytes out) {
  const Provided& cipher = functions();
  void* const context = context_.get();
  const auto encrypt = [&] {
    const std::size_t size = total_size(parts);
    if (out.size() != size + cipher.tag_size ||
        cipher.start_sealing(context, nullptr, 0, nonce.data(), nonce.size(), nullptr) != 1 ||
        !cipher.announce(context, size) || !cipher.authenticate(context, aad.bytes)) {
      return false;
    }
    const MutBytes tag = out.last(cipher.tag_size);
    if (size <= joined_most || cipher.is_ccm) {  // CCM takes a text in one piece
      join(parts, out);
      if (!cipher.convert(context, out.first(size), out.data())) {
        return false;
      }
    } else {
      MutBytes rest = out;
      for (const Bytes part : parts) {
        if (!part.empty() && !cipher.convert(context, part, rest.data())) {
          return false;
        }
        rest = rest.subspan(part.size());
      }
    }
    TagParameter wanted = tag_parameter(tag);
    return cipher.finish(context) && cipher.get(context, wanted.data()) == 1;
  };
  if (!encrypt()) {
    wipe(out);
    ERR_clear_error();
    return fail(Reason::internal);
  }
  return {};
}

Result<MutBytes> ProvidedAead::open(const Nonce& nonce, Aad aad, MutBytes sealed) {
  const Provided& cipher = functions();
  void* const context = context_.get();
  if (sealed.size() < cipher.tag_size) {
    wipe(sealed);
    return fail(Reason::record_unreadable);
  }
  const MutBytes text = sealed.first(sealed.size() - cipher.tag_size);
  const TagParameter tag = tag_parameter(sealed.last(cipher.tag_size));
  // An empty text is converted too: some libcrypto do not look at the tag if nothing was decrypted.
  if (cipher.start_opening(context, nullptr, 0, nonce.data(), nonce.size(), tag.data()) != 1 ||
      !cipher.announce(context, text.size()) || !cipher.authenticate(context, aad.bytes) ||
      !cipher.convert(context, text, text.data()) || !cipher.finish(context)) {
    wipe(sealed);
    ERR_clear_error();
    return fail(Reason::record_unreadable);
  }
  return text;
}

}  // namespace

Result<Aead> Aead::of_libcrypto(AeadId id, Direction direction, Bytes key) {
  const openssl::QuietErrors quiet;
  // The provider would take an empty key for "no key yet".
  if (key.size() != key_size(id)) {
    return fail(Reason::internal);
  }
  const Provided* const row = Provided::of(id);
  return row != nullptr ? row->make(direction, key) : fail(Reason::internal);
}

}  // namespace handfast::crypto
