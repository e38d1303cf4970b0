// Nothing but the table stands here: a program that puts another in its place, as the shim for
// BoringSSL's tests does, leaves this file out when it is linked.
#include "compression/algorithm.h"
#include "compression/libraries.h"

#include <array>

namespace handfast::compression {

std::span<const Algorithm> algorithms() {
  static constexpr auto table = std::to_array<Algorithm>({
#ifdef HANDFAST_BROTLI
      {CertificateCompressionAlgorithm::brotli, compress_brotli, decompress_brotli},
#endif
#ifdef HANDFAST_ZSTD
      {CertificateCompressionAlgorithm::zstd, compress_zstd, decompress_zstd},
#endif
#ifdef HANDFAST_ZLIB
      {CertificateCompressionAlgorithm::zlib, compress_zlib, decompress_zlib},
#endif
      {},  // so that there is a table where a build has none of them
  });
  return std::span(table).first(table.size() - 1);
}

}  // namespace handfast::compression
