#include "support/vectors.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <lzma.h>

namespace handfast::test {
namespace {

[[noreturn]] void give_up(const std::string& path, const char* why) {
  std::fprintf(stderr, "%s: %s\n", path.c_str(), why);
  std::abort();
}

std::string decompress(const std::string& path, const std::string& packed) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, UINT64_MAX, 0) != LZMA_OK) {
    give_up(path, "no memory to decompress it");
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
  if (state != LZMA_STREAM_END) {
    give_up(path, "not a whole .xz file");
  }
  return text;
}

}  // namespace

std::string load_text(std::string_view name) {
  const std::string path = std::string(HANDFAST_TEST_VECTORS) + "/" + std::string(name);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    give_up(path, "cannot be read");
  }
  const std::string content(std::istreambuf_iterator<char>(file), {});
  return name.ends_with(".xz") ? decompress(path, content) : content;
}

nlohmann::json load_json(std::string_view name) { return nlohmann::json::parse(load_text(name)); }

}  // namespace handfast::test
