// The records of suites with AES-CBC and HMAC. RFC 5246 §6.2.3.2, RFC 7366.
#pragma once

#include "legacy/aes_cbc.h"
#include "legacy/hidden_mac.h"
#include "record/block.h"

#include <array>
#include <cstddef>
#include <optional>

namespace handfast::legacy {

/// What was found in decrypted records by MAC-then-encrypt, none of which may show in time.
struct Unpadded {
  Mask is_good = 0;      ///< the padding is as it has to be
  std::size_t size = 0;  ///< of what is before the padding; without any, where that is not good
};

/// Takes the padding off `text`, which is longer than `mac_size`. RFC 5246 §6.2.3.2: each byte of
/// it, and the one that says how many there are, has that number. RFC 5246 §6.2.3.2 would have
/// "essentially the same" time whatever they are: here each of the last 256 bytes is looked at.
[[nodiscard]] Unpadded unpad(Bytes text, std::size_t mac_size);

/// Copies `out.size()` bytes of `text` from `start`, a secret that is not below `least`.
void copy_hidden(Bytes text, std::size_t least, std::size_t start, MutBytes out);

/// What came of a record by MAC-then-encrypt: everybody may know it once all of it is known.
struct Verified {
  Mask is_good = 0;
  std::size_t size = 0;  ///< of the content
};

/// One direction.
///
/// Confined: one thread at a time.
class CbcProtection final : public record::BlockProtection {
 public:
  CbcProtection(AesCbc cipher, crypto::MacId mac, Bytes mac_key, record::MacOrder order)
      : cipher_(std::move(cipher)), mac_(mac, mac_key), order_(order) {}

  [[nodiscard]] std::size_t sealed_size(std::size_t content) const override;
  [[nodiscard]] std::size_t overhead() const override;
  Result<> seal(const record::RecordPlace& place, std::span<const Bytes> parts,
                MutBytes body) override;
  Result<MutBytes> open(const record::RecordPlace& place, MutBytes body) override;

  /// What `open` does with a decrypted `text` by MAC-then-encrypt, which has room for a MAC and a
  /// byte of padding: wiped, if it is not good. It takes a time that depends on sizes alone.
  [[nodiscard]] Verified verify(const record::RecordPlace& place, MutBytes text) const;

 private:
  Result<MutBytes> open_encrypted_first(const record::RecordPlace& place, MutBytes body);
  Result<MutBytes> open_mac_first(const record::RecordPlace& place, MutBytes body);

  AesCbc cipher_;
  HiddenMac mac_;
  record::MacOrder order_;
};

class CbcCiphers final : public record::BlockCiphers {
 public:
  [[nodiscard]] Result<std::unique_ptr<record::BlockProtection>>
  make(const crypto::Suite& suite, crypto::Direction direction, const crypto::TrafficKeys& keys,
       record::MacOrder order) const override;
};

}  // namespace handfast::legacy
