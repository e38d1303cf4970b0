// One pair of functions for each library; see `Algorithm` for what they do.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstdint>
#include <vector>

namespace handfast::compression {

/// RFC 7932.
Result<std::vector<std::uint8_t>> compress_brotli(Bytes plain);
Result<> decompress_brotli(Bytes compressed, MutBytes plain);

/// RFC 1950.
Result<std::vector<std::uint8_t>> compress_zlib(Bytes plain);
Result<> decompress_zlib(Bytes compressed, MutBytes plain);

/// RFC 8878, which replaced the RFC 8478 that RFC 8879 names.
Result<std::vector<std::uint8_t>> compress_zstd(Bytes plain);
Result<> decompress_zstd(Bytes compressed, MutBytes plain);

}  // namespace handfast::compression
