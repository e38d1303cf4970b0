// Keys and certificates that a password protects: what may be opened, and how new ones are sealed.
// RFC 8018.
#pragma once

#include "crypto/openssl/provider.h"
#include "handfast/result.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <openssl/x509.h>

namespace handfast::crypto::openssl {

/// How often a password is hashed for a new file: a fraction of a second here, years for guessers.
inline constexpr int iterations = 600'000;

/// How much work one file may ask for before it is refused, in iterations; counted over all its
/// parts, before any of them is opened.
class KeyStretching {
 public:
  /// Adds what opening something sealed with `identifier` costs. Fails: encryption_outdated for
  /// methods that are not known here, encryption_too_costly, container_malformed.
  Result<> add(const X509_ALGOR* identifier);

  /// Adds so many iterations. Fails: encryption_too_costly.
  Result<> add(std::int64_t count);

 private:
  std::int64_t spent_ = 0;
};

/// A password as libcrypto wants it. Wiped when it goes.
class Password {
 public:
  explicit Password(std::string_view text) : text_(text) {}

  Password(const Password&) = delete;
  Password& operator=(const Password&) = delete;

  ~Password() { OPENSSL_cleanse(text_.data(), text_.size()); }

  [[nodiscard]] const char* text() const { return text_.c_str(); }

  [[nodiscard]] int size() const { return static_cast<int>(text_.size()); }

 private:
  std::string text_;
};

/// The key in an EncryptedPrivateKeyInfo. Fails: as `KeyStretching::add`, and as `decode_info`;
/// password_wrong.
Result<Key> open_key(const X509_SIG* sealed, const Password& password, KeyStretching& work);

/// `key` as EncryptedPrivateKeyInfo under AES-256-CBC and PBKDF2 with HMAC-SHA-256; nullptr if
/// libcrypto fails.
[[nodiscard]] std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>> seal_key(EVP_PKEY* key,
                                                                          const Password& password);

}  // namespace handfast::crypto::openssl
