// The seam of records without an AEAD: a block cipher and a MAC. RFC 5246 §6.2.3.2, RFC 7366. What
// stands behind it is not in the core, but in src/legacy.
#pragma once

#include "crypto/suites.h"
#include "handfast/registry.h"
#include "handfast/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace handfast::record {

/// What the MAC is of: the content, or what it was encrypted to.
enum class MacOrder : std::uint8_t { mac_then_encrypt, encrypt_then_mac };

/// What is authenticated of a record besides its content.
struct RecordPlace {
  std::uint64_t number = 0;  ///< its sequence number
  ContentType type{};
  ProtocolVersion version = ProtocolVersion::tls12;
};

/// One direction of one epoch, keyed.
///
/// Confined: one thread at a time.
class BlockProtection {
 public:
  BlockProtection() = default;
  BlockProtection(const BlockProtection&) = delete;
  BlockProtection& operator=(const BlockProtection&) = delete;
  virtual ~BlockProtection() = default;

  /// How many bytes `content` bytes become, without the record's header.
  [[nodiscard]] virtual std::size_t sealed_size(std::size_t content) const = 0;

  /// The most that `sealed_size` adds to any content.
  [[nodiscard]] virtual std::size_t overhead() const = 0;

  /// Writes the parts, protected, to `body` of `sealed_size` bytes, which does not overlap them.
  /// Fails: random_failed, internal.
  virtual Result<> seal(const RecordPlace& place, std::span<const Bytes> parts, MutBytes body) = 0;

  /// Opens `body` where it lies and returns the content inside it. Fails: record_unreadable,
  /// whatever is wrong; by mac_then_encrypt, in the same time. Then the bytes are wiped.
  virtual Result<MutBytes> open(const RecordPlace& place, MutBytes body) = 0;
};

/// Makes them.
class BlockCiphers {
 public:
  /// Fails: out_of_memory, internal.
  [[nodiscard]] virtual Result<std::unique_ptr<BlockProtection>>
  make(const crypto::Suite& suite, crypto::Direction direction, const crypto::TrafficKeys& keys,
       MacOrder order) const = 0;

 protected:
  ~BlockCiphers() = default;
};

/// How the records of block suites are protected on a connection, if it may have such.
struct BlockChoice {
  const BlockCiphers* ciphers = nullptr;  ///< nullptr: no policy lets them in
  MacOrder order = MacOrder::mac_then_encrypt;
};

/// That of `suite`, which has a block cipher. Fails: as BlockCiphers::make; internal without one.
[[nodiscard]] inline Result<std::unique_ptr<BlockProtection>>
make_protection(const crypto::Suite& suite, crypto::Direction direction,
                const crypto::TrafficKeys& keys, const BlockChoice& choice) {
  return choice.ciphers != nullptr ? choice.ciphers->make(suite, direction, keys, choice.order)
                                   : fail(Reason::internal);
}

}  // namespace handfast::record
