#include "crypto/pkcs12.h"

#include "base/limits.h"
#include "crypto/openssl/encryption.h"
#include "crypto/openssl/ml_dsa.h"
#include "crypto/openssl/private_key.h"

#include <openssl/pkcs12.h>

namespace handfast::crypto {
namespace {

using openssl::FreeWith;
using openssl::KeyStretching;
using openssl::Password;
using openssl::QuietErrors;

void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) {
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

void free_safes(STACK_OF(PKCS7) * safes) { sk_PKCS7_pop_free(safes, PKCS7_free); }

void free_chain(STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); }

using File = std::unique_ptr<PKCS12, FreeWith<PKCS12_free>>;
using Bags = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), FreeWith<free_bags>>;
using Safes = std::unique_ptr<STACK_OF(PKCS7), FreeWith<free_safes>>;
using Chain = std::unique_ptr<STACK_OF(X509), FreeWith<free_chain>>;
using X509Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;

constexpr int most_parts = 64;

template <class T, class Encode>
std::vector<std::uint8_t> encode(T* object, Encode encoder) {
  const int size = encoder(object, nullptr);
  std::vector<std::uint8_t> der(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (size > 0) {
    std::uint8_t* at = der.data();
    encoder(object, &at);
  }
  return der;
}

X509Certificate decode_certificate(Bytes der) {
  const std::uint8_t* at = der.data();
  return X509Certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

// Adds what the MAC costs.
Result<> add_mac(const PKCS12* file, KeyStretching& work) {
  const ASN1_INTEGER* iterations = nullptr;
  PKCS12_get0_mac(nullptr, nullptr, nullptr, &iterations, file);
  std::int64_t count = 1;
  if (iterations != nullptr && (ASN1_INTEGER_get_int64(&count, iterations) != 1 || count < 0)) {
    return fail(Reason::encryption_too_costly);
  }
  return work.add(count);
}

// The encryption of a safe; nullptr if it is in clear.
const X509_ALGOR* encryption_of(const PKCS7* safe) {
  const bool is_encrypted = PKCS7_type_is_encrypted(safe) && safe->d.encrypted != nullptr &&
                            safe->d.encrypted->enc_data != nullptr;
  return is_encrypted ? safe->d.encrypted->enc_data->algorithm : nullptr;
}

// What it costs to open all but the keys within, of which only the safes' insides tell.
Result<> add_all(const PKCS12* file, const STACK_OF(PKCS7) * safes, KeyStretching& work) {
  Result<> added = add_mac(file, work);
  for (int i = 0; added && i < sk_PKCS7_num(safes); ++i) {
    if (const X509_ALGOR* encryption = encryption_of(sk_PKCS7_value(safes, i))) {
      added = work.add(encryption);
    }
  }
  return added;
}

// RFC 7292 §4: the MAC over all, if there is one. An empty password has two forms, and programs
// write both.
Result<> check_mac(PKCS12* file, const Password& password) {
  if (PKCS12_mac_present(file) != 1) {
    return {};
  }
  if (PKCS12_verify_mac(file, password.text(), password.size()) == 1 ||
      (password.size() == 0 && PKCS12_verify_mac(file, nullptr, 0) == 1)) {
    return {};
  }
  return fail(Reason::password_wrong);
}

// The bags of one safe; nothing for safes of other kinds.
Result<Bags> open_safe(PKCS7* safe, const Password& password) {
  if (PKCS7_type_is_data(safe)) {
    Bags bags(PKCS12_unpack_p7data(safe));
    return bags != nullptr ? Result<Bags>(std::move(bags)) : fail(Reason::container_malformed);
  }
  if (encryption_of(safe) == nullptr) {
    return Bags();
  }
  Bags bags(PKCS12_unpack_p7encdata(safe, password.text(), password.size()));
  if (bags == nullptr && password.size() == 0) {
    bags.reset(PKCS12_unpack_p7encdata(safe, nullptr, 0));
  }
  return bags != nullptr ? Result<Bags>(std::move(bags)) : fail(Reason::password_wrong);
}

Result<openssl::Key> key_in(const PKCS12_SAFEBAG* bag, const Password& password,
                            KeyStretching& work) {
  if (PKCS12_SAFEBAG_get_nid(bag) == NID_pkcs8ShroudedKeyBag) {
    return openssl::open_key(PKCS12_SAFEBAG_get0_pkcs8(bag), password, work);
  }
  return openssl::decode_info(PKCS12_SAFEBAG_get0_p8inf(bag));
}

Result<> take_bag(const PKCS12_SAFEBAG* bag, const Password& password, KeyStretching& work,
                  Pkcs12& found) {
  switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
    case NID_pkcs8ShroudedKeyBag: {
      if (found.key) {
        return {};
      }
      Result<openssl::Key> key = key_in(bag, password, work);
      if (!key) {
        return std::unexpected(key.error());
      }
      Result<PrivateKey> adopted = openssl::adopt(*std::move(key));
      if (!adopted) {
        return std::unexpected(adopted.error());
      }
      found.key.emplace(*std::move(adopted));
      return {};
    }
    case NID_certBag:
      if (const X509Certificate certificate(PKCS12_SAFEBAG_get1_cert(bag)); certificate) {
        found.certificates.push_back(encode(certificate.get(), i2d_X509));
      }
      return {};
    default: return {};  // lists, secrets; and safes within safes, which nobody writes
  }
}

Chain chain_of(std::span<const Bytes> certificates) {
  Chain chain(sk_X509_new_null());
  for (const Bytes der : certificates) {
    X509Certificate certificate = decode_certificate(der);
    if (certificate == nullptr || sk_X509_push(chain.get(), certificate.get()) == 0) {
      return nullptr;
    }
    static_cast<void>(certificate.release());  // the chain's now
  }
  return chain;
}

}  // namespace

Result<Pkcs12> read_pkcs12(Bytes bytes, std::string_view text) {
  const QuietErrors quiet;
  if (bytes.size() > limits::container) {
    return fail_limit(Reason::container_malformed, limits::container, bytes.size());
  }
  const std::uint8_t* at = bytes.data();
  const File file(d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())));
  if (file == nullptr) {
    return fail(Reason::container_malformed);
  }
  const Safes safes(PKCS12_unpack_authsafes(file.get()));
  if (safes == nullptr || sk_PKCS7_num(safes.get()) > most_parts) {
    return fail(Reason::container_malformed);
  }
  const Password password(text);
  KeyStretching work;
  if (const Result<> added = add_all(file.get(), safes.get(), work); !added) {
    return std::unexpected(added.error());
  }
  if (const Result<> checked = check_mac(file.get(), password); !checked) {
    return std::unexpected(checked.error());
  }
  Pkcs12 found;
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    const Result<Bags> bags = open_safe(sk_PKCS7_value(safes.get(), i), password);
    if (!bags) {
      return std::unexpected(bags.error());
    }
    for (int j = 0; *bags != nullptr && j < sk_PKCS12_SAFEBAG_num(bags->get()); ++j) {
      const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags->get(), j);
      if (const Result<> taken = take_bag(bag, password, work, found); !taken) {
        return std::unexpected(taken.error());
      }
      if (found.certificates.size() > limits::certificates_in_container) {
        return fail(Reason::container_malformed);
      }
    }
  }
  return found;
}

Result<std::vector<std::uint8_t>> write_pkcs12(const PrivateKey* key,
                                               std::span<const Bytes> certificates,
                                               std::string_view text, std::string_view name) {
  const QuietErrors quiet;
  if (key == nullptr && certificates.empty()) {
    return fail(Reason::container_malformed);
  }
  const bool has_own = key != nullptr && !certificates.empty();
  const X509Certificate own = has_own ? decode_certificate(certificates.front()) : nullptr;
  const Chain others = chain_of(certificates.subspan(has_own ? 1 : 0));
  if ((has_own && own == nullptr) || others == nullptr) {
    return fail(Reason::certificate_malformed);
  }
  EVP_PKEY* private_key = key != nullptr ? key->state().key.get() : nullptr;
  if (has_own && X509_check_private_key(own.get(), private_key) != 1) {
    return fail(Reason::key_does_not_fit);
  }
  const Password password(text);
  const std::string label(name);
  constexpr int no_mac_yet = -1;
  const File file(PKCS12_create(password.text(), label.c_str(), private_key, own.get(),
                                others.get(), NID_aes_256_cbc, NID_aes_256_cbc, openssl::iterations,
                                no_mac_yet, 0));
  if (file == nullptr || PKCS12_set_mac(file.get(), password.text(), password.size(), nullptr, 0,
                                        openssl::iterations, EVP_sha256()) != 1) {
    return fail(Reason::out_of_memory);
  }
  return encode(file.get(), i2d_PKCS12);
}

}  // namespace handfast::crypto
