#ifdef HANDFAST_BROTLI

#include "base/limits.h"
#include "compression/libraries.h"

#include <cstdlib>
#include <memory>

#include <brotli/decode.h>
#include <brotli/encode.h>

namespace handfast::compression {
namespace {

using BrotliDecompressor =
    std::unique_ptr<BrotliDecoderState,
                    decltype([](BrotliDecoderState* it) { BrotliDecoderDestroyInstance(it); })>;

/// What a decoder may allocate in all: the peer says how large its window is, up to 16 MiB.
struct Allowance {
  std::size_t left = limits::decompression_memory;
  bool has_memory_ended = false;
};

void* allocate(void* opaque, std::size_t size) {
  auto& allowance = *static_cast<Allowance*>(opaque);
  if (size > allowance.left) {
    return nullptr;
  }
  allowance.left -= size;
  void* const memory = std::malloc(size);  // NOLINT: the library frees it by `release`
  allowance.has_memory_ended |= memory == nullptr;
  return memory;
}

void release(void* /*opaque*/, void* memory) {
  std::free(memory);  // NOLINT: of `allocate`
}

}  // namespace

Result<std::vector<std::uint8_t>> compress_brotli(Bytes plain) {
  std::vector<std::uint8_t> compressed(BrotliEncoderMaxCompressedSize(plain.size()));
  std::size_t size = compressed.size();
  if (BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC,
                            plain.size(), plain.data(), &size, compressed.data()) == BROTLI_FALSE) {
    return fail(Reason::internal);
  }
  compressed.resize(size);
  return compressed;
}

Result<> decompress_brotli(Bytes compressed, MutBytes plain) {
  Allowance allowance;
  const BrotliDecompressor decoder(BrotliDecoderCreateInstance(allocate, release, &allowance));
  if (decoder == nullptr) {
    return fail(Reason::out_of_memory);
  }
  std::size_t bytes_left = compressed.size();
  const std::uint8_t* next = compressed.data();
  std::size_t room_left = plain.size();
  std::uint8_t* out = plain.data();
  const auto done =
      BrotliDecoderDecompressStream(decoder.get(), &bytes_left, &next, &room_left, &out, nullptr);
  if (allowance.has_memory_ended) {
    return fail(Reason::out_of_memory);
  }
  const bool is_whole = done == BROTLI_DECODER_RESULT_SUCCESS && bytes_left == 0 && room_left == 0;
  return is_whole ? Result<>() : fail(Reason::compressed_certificate_invalid);
}

}  // namespace handfast::compression

#endif
