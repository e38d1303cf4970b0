#include "crypto/openssl/ml_dsa.h"

#include <algorithm>

#include <openssl/objects.h>

namespace handfast::crypto {

namespace {

using openssl::ml_dsa_rows;
using openssl::MlDsa;

using Had = std::array<bool, ml_dsa_rows.size()>;

// Whether libcrypto has a kind is asked once: peers name it in each ClientHello, and looking for
// what is not there takes longest.
const Had& had() {
  static const Had rows = [] {
    const openssl::QuietErrors quiet;
    Had found{};
    std::ranges::transform(ml_dsa_rows, found.begin(), [](const MlDsa& row) {
      const std::unique_ptr<EVP_SIGNATURE, openssl::FreeWith<EVP_SIGNATURE_free>> algorithm(
          EVP_SIGNATURE_fetch(nullptr, row.name, nullptr));
      return algorithm != nullptr;
    });
    return found;
  }();
  return rows;
}

constexpr std::size_t seed_size = 32;

// RFC 9881 §6: seed [0] OCTET STRING (SIZE (32)).
constexpr std::array<std::uint8_t, 2> seed_header = {0x80, seed_size};

// PrivateKeyInfo with the seed of `key`; nullptr if it has none any more.
openssl::KeyInfo encode_seed(const EVP_PKEY* key, const MlDsa& row) {
  constexpr std::size_t size = seed_header.size() + seed_size;
  openssl::KeyInfo info(PKCS8_PRIV_KEY_INFO_new());
  auto* const content = static_cast<std::uint8_t*>(OPENSSL_malloc(size));
  std::size_t got = 0;
  if (info == nullptr || content == nullptr ||
      EVP_PKEY_get_octet_string_param(key, "seed", content + seed_header.size(), seed_size, &got) !=
          1 ||
      got != seed_size) {
    OPENSSL_clear_free(content, size);
    return nullptr;
  }
  std::ranges::copy(seed_header, content);
  // It owns, and wipes, the content then.
  if (PKCS8_pkey_set0(info.get(), OBJ_txt2obj(row.oid, 1), 0, V_ASN1_UNDEF, nullptr, content,
                      static_cast<int>(size)) != 1) {
    OPENSSL_clear_free(content, size);
    return nullptr;
  }
  return info;
}

}  // namespace

bool is_available(KeyKind kind) {
  const MlDsa* row = openssl::ml_dsa(kind);
  return row == nullptr || had()[static_cast<std::size_t>(row - ml_dsa_rows.data())];
}

bool openssl::needs_ml_dsa(const PKCS8_PRIV_KEY_INFO* info) {
  const ASN1_OBJECT* algorithm = nullptr;
  std::array<char, 32> text;
  if (info == nullptr || PKCS8_pkey_get0(&algorithm, nullptr, nullptr, nullptr, info) != 1) {
    return false;
  }
  const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), algorithm, 1);
  return size > 0 && std::ranges::any_of(ml_dsa_rows, [&](const MlDsa& row) {
           return std::string_view(text.data()) == row.oid && !is_available(row.kind);
         });
}

Result<openssl::Key> openssl::decode_info(const PKCS8_PRIV_KEY_INFO* info) {
  Key key(info != nullptr ? EVP_PKCS82PKEY(info) : nullptr);
  if (key == nullptr) {
    return fail(needs_ml_dsa(info) ? Reason::key_needs_ml_dsa : Reason::key_unsupported);
  }
  return key;
}

openssl::KeyInfo openssl::encode_info(EVP_PKEY* key) {
  for (const MlDsa& row : ml_dsa_rows) {
    if (EVP_PKEY_is_a(key, row.name) == 1) {
      if (KeyInfo info = encode_seed(key, row)) {
        return info;
      }
    }
  }
  return KeyInfo(EVP_PKEY2PKCS8(key));
}

}  // namespace handfast::crypto
