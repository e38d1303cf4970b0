// KnownSignatures: what was found right once need not be computed again.
#pragma once

#include "base/limits.h"
#include "handfast/certificate.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace handfast::x509 {

/// Signatures of certificates that were found right on the way to a trusted path. That a key signed
/// a certificate depends on nothing but the bytes of both: neither time nor name nor policy changes
/// it, so what is kept can never be wrong later. Everything else is checked every time.
///
/// Keeps at most `limits::known_signatures`. Shared: any thread may ask and note.
class KnownSignatures {
 public:
  /// SHA-256 over a certificate and the key that signed it.
  using Key = std::array<std::uint8_t, 32>;

  [[nodiscard]] static Key key_of(const Certificate& child, const Certificate& issuer);

  /// Whether the signature was noted, and is still kept.
  [[nodiscard]] bool holds(const Key& key) const;

  /// Notes a signature that is right; an older one may be forgotten for it.
  void note(const Key& key);

 private:
  static constexpr std::size_t ways = 4;
  static constexpr std::size_t places = limits::known_signatures / ways;

  /// Where keys that begin alike lie, the oldest of which is overwritten first.
  struct Row {
    std::array<Key, ways> keys;
    std::uint8_t size = 0;
    std::uint8_t next = 0;

    [[nodiscard]] bool holds(const Key& key) const;
  };

  mutable std::mutex mutex_;
  std::array<Row, places> rows_{};
};

}  // namespace handfast::x509
