// Sealer: turns content into records, in clear or encrypted. RFC 9846 §5.1, §5.2, §5.4; of TLS 1.2,
// RFC 5246 §6.2.3.3, RFC 5288 §3, RFC 7905 §2.
#pragma once

#include "crypto/suites.h"
#include "handfast/result.h"
#include "record/block.h"
#include "record/record.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace handfast::record {

/// One sending direction of one epoch: a keyed cipher and its sequence number, or neither
/// (plaintext). Move-only.
///
/// Confined: one thread at a time.
class Sealer {
 public:
  /// Writes records in clear. RFC 9846 §5.1 lets the first ClientHello alone say TLS 1.0, which old
  /// devices between the two like to see.
  explicit Sealer(ProtocolVersion legacy_version = ProtocolVersion::tls12)
      : legacy_version_(legacy_version) {}

  /// Encrypts with `keys`; by `block` where the suite has a block cipher. Fails: out_of_memory;
  /// internal for such a suite without one.
  static Result<Sealer> make(const crypto::Suite& suite, const crypto::TrafficKeys& keys,
                             const BlockChoice& block = {});

  /// The size of a record of `content` bytes, padded to a multiple of `padding` bytes (0: not
  /// padded; TLS 1.2 has no padding).
  [[nodiscard]] std::size_t record_size(std::size_t content, std::size_t padding) const;

  /// The most by which a record without padding of ours is longer than its content.
  [[nodiscard]] std::size_t overhead() const {
    return block_ ? header_size + block_->overhead() : record_size(0, 0);
  }

  /// Writes one record of the parts, one after another, to `out`, which has exactly `record_size`
  /// bytes and does not overlap them. The parts have at most 2^14 bytes together. Fails:
  /// sequence_exhausted, random_failed, internal.
  Result<> seal(ContentType type, std::span<const Bytes> parts, std::size_t padding,
                const MutBytes& out);

  /// How many records have been sealed.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

  [[nodiscard]] bool is_protected() const { return aead_ || block_; }

  /// For tests of the limits: as if `sequence` records had been sealed.
  void skip_to(std::uint64_t sequence) { sequence_ = sequence; }

 private:
  Result<> seal12(ContentType type, std::span<const Bytes> parts, MutBytes body);

  Sealer(const crypto::Suite& suite, const crypto::TrafficKeys& keys, crypto::Aead aead)
      : aead_(std::move(aead)), iv_(keys.iv.clone()), suite_(&suite) {}

  Sealer(const crypto::Suite& suite, std::unique_ptr<BlockProtection> block)
      : block_(std::move(block)), suite_(&suite) {}

  std::optional<crypto::Aead> aead_;
  std::unique_ptr<BlockProtection> block_;
  crypto::Iv iv_;
  const crypto::Suite* suite_ = nullptr;
  std::uint64_t sequence_ = 0;
  ProtocolVersion legacy_version_ = ProtocolVersion::tls12;
};

}  // namespace handfast::record
