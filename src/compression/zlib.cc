#ifdef HANDFAST_ZLIB

#include "compression/libraries.h"

#include <zlib.h>

namespace handfast::compression {

Result<std::vector<std::uint8_t>> compress_zlib(Bytes plain) {
  std::vector<std::uint8_t> compressed(compressBound(plain.size()));
  uLongf size = compressed.size();
  const int done =
      compress2(compressed.data(), &size, plain.data(), plain.size(), Z_BEST_COMPRESSION);
  if (done != Z_OK) {
    return fail(done == Z_MEM_ERROR ? Reason::out_of_memory : Reason::internal);
  }
  compressed.resize(size);
  return compressed;
}

// A stream of zlib has a window of at most 32 KiB, so its memory needs no bound of ours.
Result<> decompress_zlib(Bytes compressed, MutBytes plain) {
  uLongf size = plain.size();
  uLong used = compressed.size();
  const int done = uncompress2(plain.data(), &size, compressed.data(), &used);
  if (done == Z_MEM_ERROR) {
    return fail(Reason::out_of_memory);
  }
  const bool is_whole = done == Z_OK && size == plain.size() && used == compressed.size();
  return is_whole ? Result<>() : fail(Reason::compressed_certificate_invalid);
}

}  // namespace handfast::compression

#endif
