// Opener: decrypts records where they lie. RFC 9846 §5.2, §5.4; of TLS 1.2, RFC 5246 §6.2.3.3.
#pragma once

#include "crypto/suites.h"
#include "handfast/result.h"
#include "record/record.h"

#include <cstdint>
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

  /// Decrypts with `keys`. Fails: out_of_memory.
  static Result<Opener> make(const crypto::Suite& suite, const crypto::TrafficKeys& keys);

  /// Opens a whole encrypted record, header included. Fails: record_unreadable,
  /// record_plaintext_overflow, record_without_type, sequence_exhausted.
  Result<Opened> open(MutBytes record);

  [[nodiscard]] bool is_protected() const { return aead_.has_value(); }

  /// How many records have been opened.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

  /// For tests of the limits: as if `sequence` records had been opened.
  void skip_to(std::uint64_t sequence) { sequence_ = sequence; }

 private:
  Opener(const crypto::Suite& suite, const crypto::TrafficKeys& keys, crypto::Aead aead)
      : aead_(std::move(aead)), iv_(keys.iv.clone()), suite_(&suite) {}

  Result<Opened> open13(MutBytes record);
  Result<Opened> open12(MutBytes record);

  std::optional<crypto::Aead> aead_;
  crypto::Iv iv_;
  const crypto::Suite* suite_ = nullptr;
  std::uint64_t sequence_ = 0;
};

}  // namespace handfast::record
