#include "crypto/openssl/encryption.h"

#include "base/limits.h"
#include "crypto/openssl/ml_dsa.h"

#include <algorithm>
#include <array>

#include <openssl/asn1t.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/pkcs12.h>

namespace handfast::crypto::openssl {
namespace {

using Scheme2 = std::unique_ptr<PBE2PARAM, FreeWith<PBE2PARAM_free>>;
using Scheme1 = std::unique_ptr<PBEPARAM, FreeWith<PBEPARAM_free>>;
using Pbkdf2 = std::unique_ptr<PBKDF2PARAM, FreeWith<PBKDF2PARAM_free>>;
using Scrypt = std::unique_ptr<SCRYPT_PARAMS, FreeWith<SCRYPT_PARAMS_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER, FreeWith<EVP_CIPHER_free>>;

// What an AlgorithmIdentifier says: which, and its parameters.
struct Algorithm {
  int nid = NID_undef;
  const ASN1_STRING* parameters = nullptr;
};

Algorithm look_at(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* id = nullptr;
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(&id, &type, &value, algorithm);
  return {OBJ_obj2nid(id),
          type == V_ASN1_SEQUENCE ? static_cast<const ASN1_STRING*>(value) : nullptr};
}

template <class Owner>
Owner unpack(const Algorithm& algorithm, const ASN1_ITEM* form) {
  return Owner(algorithm.parameters == nullptr ? nullptr
                                               : static_cast<typename Owner::pointer>(
                                                     ASN1_item_unpack(algorithm.parameters, form)));
}

// The number, or one that is too large for anybody.
std::int64_t number_of(const ASN1_INTEGER* number) {
  std::int64_t value = 0;
  return ASN1_INTEGER_get_int64(&value, number) == 1 && value >= 0 ? value : INT64_MAX;
}

// RFC 7914 §7. libcrypto bounds the memory, which is cost times block size, but not how often it is
// gone through.
Result<std::int64_t> scrypt_work(const Algorithm& derivation) {
  const auto scrypt = unpack<Scrypt>(derivation, ASN1_ITEM_rptr(SCRYPT_PARAMS));
  if (scrypt == nullptr) {
    return fail(Reason::container_malformed);
  }
  constexpr std::int64_t most = 1 << 22;
  const std::int64_t cost = std::min(number_of(scrypt->costParameter), most);
  const std::int64_t block = std::min(number_of(scrypt->blockSize), most);
  const std::int64_t rounds = std::min(number_of(scrypt->parallelizationParameter), most);
  // One block takes about as long as two iterations of PBKDF2.
  return 2 * std::min(cost * block, std::int64_t{1} << 38) * std::min(rounds, most);
}

Result<std::int64_t> derivation_work(const X509_ALGOR* identifier) {
  const Algorithm derivation = look_at(identifier);
  if (derivation.nid == NID_id_scrypt) {
    return scrypt_work(derivation);
  }
  if (derivation.nid != NID_id_pbkdf2) {
    return fail(Reason::encryption_outdated);
  }
  const auto pbkdf2 = unpack<Pbkdf2>(derivation, ASN1_ITEM_rptr(PBKDF2PARAM));
  if (pbkdf2 == nullptr) {
    return fail(Reason::container_malformed);
  }
  return number_of(pbkdf2->iter);
}

bool is_provided(int cipher) {
  const char* name = OBJ_nid2sn(cipher);
  return name != nullptr && Cipher(EVP_CIPHER_fetch(nullptr, name, nullptr)) != nullptr;
}

// RFC 8018 §6.2.
Result<std::int64_t> scheme2_work(const Algorithm& algorithm) {
  const auto scheme = unpack<Scheme2>(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
  if (scheme == nullptr) {
    return fail(Reason::container_malformed);
  }
  if (!is_provided(look_at(scheme->encryption).nid)) {
    return fail(Reason::encryption_outdated);
  }
  return derivation_work(scheme->keyfunc);
}

// RFC 7292 §C: of the schemes with one name for all, those with triple DES.
Result<std::int64_t> scheme1_work(const Algorithm& algorithm) {
  if (algorithm.nid != NID_pbe_WithSHA1And3_Key_TripleDES_CBC &&
      algorithm.nid != NID_pbe_WithSHA1And2_Key_TripleDES_CBC) {
    return fail(Reason::encryption_outdated);
  }
  const auto scheme = unpack<Scheme1>(algorithm, ASN1_ITEM_rptr(PBEPARAM));
  if (scheme == nullptr) {
    return fail(Reason::container_malformed);
  }
  return number_of(scheme->iter);
}

}  // namespace

Result<> KeyStretching::add(const X509_ALGOR* identifier) {
  const Algorithm algorithm = look_at(identifier);
  const Result<std::int64_t> work =
      algorithm.nid == NID_pbes2 ? scheme2_work(algorithm) : scheme1_work(algorithm);
  return work ? add(*work) : Result<>(std::unexpected(work.error()));
}

Result<> KeyStretching::add(std::int64_t count) {
  const std::int64_t left = limits::key_stretching - spent_;
  if (count > left) {
    return fail(Reason::encryption_too_costly);
  }
  spent_ += count;
  return {};
}

Result<Key> open_key(const X509_SIG* sealed, const Password& password, KeyStretching& work) {
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(sealed, &algorithm, nullptr);
  if (const Result<> added = work.add(algorithm); !added) {
    return std::unexpected(added.error());
  }
  const KeyInfo info(PKCS8_decrypt(sealed, password.text(), password.size()));
  if (info == nullptr) {
    return fail(Reason::password_wrong);
  }
  return decode_info(info.get());
}

std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>> seal_key(EVP_PKEY* key,
                                                            const Password& password) {
  const KeyInfo info = encode_info(key);
  X509_ALGOR* scheme =
      PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), iterations, nullptr, 0, nullptr, NID_hmacWithSHA256);
  X509_SIG* sealed = info == nullptr || scheme == nullptr
                         ? nullptr
                         : PKCS8_set0_pbe(password.text(), password.size(), info.get(), scheme);
  if (sealed == nullptr) {
    X509_ALGOR_free(scheme);
  }
  return std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>(sealed);
}

}  // namespace handfast::crypto::openssl
