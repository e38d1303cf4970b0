#include "support/vectors.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <lzma.h>

namespace handfast::test {
namespace {

// The content of an .xz file, or nothing if it is not a whole one.
std::optional<std::string> decompress(const std::string& packed) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, UINT64_MAX, 0) != LZMA_OK) {
    return std::nullopt;
  }
  const std::vector<std::uint8_t> in(packed.begin(), packed.end());
  stream.next_in = in.data();
  stream.avail_in = in.size();
  std::string text;
  std::array<std::uint8_t, 1U << 16> out;
  lzma_ret state = LZMA_OK;
  while (state == LZMA_OK) {
    stream.next_out = out.data();
    stream.avail_out = out.size();
    state = lzma_code(&stream, LZMA_FINISH);
    text.append(out.begin(), out.end() - static_cast<std::ptrdiff_t>(stream.avail_out));
  }
  lzma_end(&stream);
  return state == LZMA_STREAM_END ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(file), {});
  if (!file) {
    return std::nullopt;
  }
  return path.ends_with(".xz") ? decompress(content) : std::optional(std::move(content));
}

std::string load_text(std::string_view name) {
  const std::string path = std::string(HANDFAST_TEST_VECTORS) + "/" + std::string(name);
  std::optional<std::string> text = read_file(path);
  if (!text) {
    std::cerr << path << " cannot be read\n";
    std::abort();
  }
  return std::move(*text);
}

nlohmann::json load_json(std::string_view name) { return nlohmann::json::parse(load_text(name)); }

}  // namespace handfast::test
