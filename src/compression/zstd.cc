#ifdef HANDFAST_ZSTD

#include "base/limits.h"
#include "compression/libraries.h"

#include <algorithm>
#include <array>
#include <memory>

#include <zstd.h>

namespace handfast::compression {
namespace {

using ZstdDecompressor =
    std::unique_ptr<ZSTD_DCtx, decltype([](ZSTD_DCtx* it) { ZSTD_freeDCtx(it); })>;

/// Whether `compressed` is one frame and nothing else: no frames to be skipped, none of the formats
/// from before RFC 8878, which the library may know as well.
bool is_one_frame(Bytes compressed) {
  constexpr std::array<std::uint8_t, 4> magic_number = {0x28, 0xb5, 0x2f, 0xfd};  // §3.1.1
  return compressed.size() > magic_number.size() &&
         std::ranges::equal(compressed.first(magic_number.size()), magic_number) &&
         ZSTD_findFrameCompressedSize(compressed.data(), compressed.size()) == compressed.size();
}

}  // namespace

Result<std::vector<std::uint8_t>> compress_zstd(Bytes plain) {
  std::vector<std::uint8_t> compressed(ZSTD_compressBound(plain.size()));
  const std::size_t size = ZSTD_compress(compressed.data(), compressed.size(), plain.data(),
                                         plain.size(), ZSTD_maxCLevel());
  if (ZSTD_isError(size) != 0) {
    return fail(Reason::internal);
  }
  compressed.resize(size);
  return compressed;
}

// In one call: what was decompressed is the window, so that none is allocated, however large a
// frame says that its own is.
Result<> decompress_zstd(Bytes compressed, MutBytes plain) {
  if (!is_one_frame(compressed)) {
    return fail(Reason::compressed_certificate_invalid);
  }
  const ZstdDecompressor context(ZSTD_createDCtx());
  if (context == nullptr || ZSTD_sizeof_DCtx(context.get()) > limits::decompression_memory) {
    return fail(Reason::out_of_memory);
  }
  const std::size_t size = ZSTD_decompressDCtx(context.get(), plain.data(), plain.size(),
                                               compressed.data(), compressed.size());
  return size == plain.size() ? Result<>() : fail(Reason::compressed_certificate_invalid);
}

}  // namespace handfast::compression

#endif
