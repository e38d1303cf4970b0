// The algorithms that certificates are compressed with. RFC 8879.
#pragma once

#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace handfast::compression {

/// One algorithm, as two functions; any thread may call them at any time.
struct Algorithm {
  CertificateCompressionAlgorithm id{};

  /// `plain` as small as the algorithm makes it, whatever time that takes. Fails: out_of_memory,
  /// internal.
  Result<std::vector<std::uint8_t>> (*compress)(Bytes plain) = nullptr;

  /// Fills all of `plain` with what `compressed` holds: exactly that much, and nothing left over.
  /// Its own memory is bounded by `limits::decompression_memory`. Fails: out_of_memory,
  /// compressed_certificate_invalid.
  Result<> (*decompress)(Bytes compressed, MutBytes plain) = nullptr;
};

/// Those that this build has, those that make certificates smallest first.
[[nodiscard]] std::span<const Algorithm> algorithms();

/// The algorithm with the code point `id`, or nullptr.
[[nodiscard]] inline const Algorithm* find(CertificateCompressionAlgorithm id) {
  const auto all = algorithms();
  const auto found = std::ranges::find(all, id, &Algorithm::id);
  return found != all.end() ? &*found : nullptr;
}

}  // namespace handfast::compression
