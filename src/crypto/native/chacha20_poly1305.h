// ChaCha20-Poly1305 as TLS uses it, of our own where the processor has AVX-512 IFMA. RFC 8439 §2.8.
#pragma once

#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/native/twin.h"
#include "handfast/bytes.h"

#include <span>

// Whether this build has it.
#if defined(HANDFAST_HAS_AVX512) && !defined(HANDFAST_NO_CHACHA20)
#define HANDFAST_CHACHA20_POLY1305
#endif

namespace handfast::crypto::native {

#ifdef HANDFAST_CHACHA20_POLY1305

/// Whether this machine has it. Without, libcrypto does it.
[[nodiscard]] bool has_chacha20_poly1305();

/// A key. It keeps nothing between two messages, and is wiped when it goes or is moved from.
/// Move-only; in constant time.
///
/// Any thread may read it.
class ChaCha20Poly1305 {
 public:
  /// `key` has 32 bytes, and `has_chacha20_poly1305()`.
  explicit ChaCha20Poly1305(Bytes key) : key_(key) {}

  /// Encrypts `parts`, one after another, to `out`, which has the size of all parts and the tag,
  /// with a `nonce` that was never used under this key. The first part may lie at the front of
  /// `out`; else parts and `out` do not overlap. Less than 256 GiB.
  void seal(const Nonce& nonce, Bytes aad, std::span<const Bytes> parts, const MutBytes& out) const;

  /// Decrypts where it lies all of `sealed` but its tag, the last 16 bytes. False: the tag is
  /// another, and nothing was decrypted.
  [[nodiscard]] bool open(const Nonce& nonce, Bytes aad, MutBytes sealed) const;

 private:
  Secret<32> key_;
};

#endif

}  // namespace handfast::crypto::native
