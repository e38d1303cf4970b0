// Opener: decrypts records where they lie. RFC 9846 §5.2, §5.4; of TLS 1.2, RFC 5246 §6.2.3.3.
#pragma once

#include "crypto/suites.h"
#include "handfast/result.h"
#include "record/block.h"
#include "record/record.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace handfast::record {

/// The content of a record, inside the memory in which it came.
struct Opened {
  ContentType type{};
  MutBytes content;
};

/// One receiving direction of one epoch: a keyed cipher and its sequence number, or neither
/// (plaintext). Move-only.
///
/// Confined: one thread at a time.
class Opener {
 public:
  /// Takes records in clear.
  Opener() = default;

  /// Decrypts with `keys`; by `block` where the suite has a block cipher. Fails: out_of_memory;
  /// internal for such a suite without one.
  static Result<Opener> make(const crypto::Suite& suite, const crypto::TrafficKeys& keys,
                             const BlockChoice& block = {});

  /// Opens a whole encrypted record, header included. Fails: record_unreadable,
  /// record_plaintext_overflow, record_without_type, sequence_exhausted.
  Result<Opened> open(MutBytes record);

  [[nodiscard]] bool is_protected() const { return aead_ || block_; }

  /// The longest record that may come, without its header.
  [[nodiscard]] std::size_t longest() const {
    return block_ ? limits::record_block_ciphertext : limits::record_ciphertext;
  }

  /// How many records have been opened.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

  /// For tests of the limits: as if `sequence` records had been opened.
  void skip_to(std::uint64_t sequence) { sequence_ = sequence; }

 private:
  Opener(const crypto::Suite& suite, const crypto::TrafficKeys& keys, crypto::Aead aead)
      : aead_(std::move(aead)), iv_(keys.iv.clone()), suite_(&suite) {}

  Opener(const crypto::Suite& suite, std::unique_ptr<BlockProtection> block)
      : block_(std::move(block)), suite_(&suite) {}

  Result<Opened> open13(MutBytes record);
  Result<Opened> open12(MutBytes record);
  Result<MutBytes> open_aead12(const RecordPlace& place, MutBytes body);

  std::optional<crypto::Aead> aead_;
  std::unique_ptr<BlockProtection> block_;
  crypto::Iv iv_;
  const crypto::Suite* suite_ = nullptr;
  std::uint64_t sequence_ = 0;
};

}  // namespace handfast::record
