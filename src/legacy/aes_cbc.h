// AES in CBC mode, without padding. NIST SP 800-38A §6.2.
#pragma once

#include "crypto/aead.h"
#include "handfast/result.h"

#include <cstddef>
#include <memory>

namespace handfast::legacy {

inline constexpr std::size_t aes_block = 16;

/// The cipher with its key set once, for one direction. Move-only; wiped when it goes.
///
/// Confined: one thread at a time.
class AesCbc {
 public:
  /// `key` has 16 or 32 bytes. Fails: out_of_memory, internal.
  static Result<AesCbc> make(crypto::Direction direction, Bytes key);

  /// Converts `text`, a number of whole blocks, where it lies. Fails: internal.
  Result<> convert(Bytes iv, MutBytes text);

 private:
  struct Free {
    void operator()(void* context) const;
  };

  explicit AesCbc(void* context) : context_(context) {}

  std::unique_ptr<void, Free> context_;  // libcrypto's, see openssl/aes_cbc.cc
};

}  // namespace handfast::legacy
