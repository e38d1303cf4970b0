// Feeds files to a target, without libFuzzer: so that every build, by either compiler, runs the
// seeds and what was once found.

#include "fuzz.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

// Also every beginning of it, and it with one byte changed here and there.
void feed_around(std::vector<std::uint8_t> input) {
  constexpr std::size_t steps = 256;
  const std::size_t step = input.size() / steps + 1;
  handfast::fuzz::feed(input);
  for (std::size_t at = 0; at < input.size(); at += step) {
    handfast::fuzz::feed(handfast::Bytes(input).first(at));
    input[at] ^= 0x41U;
    handfast::fuzz::feed(input);
    input[at] ^= 0x41U;
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
      feed_around({text.begin(), text.end()});
      ++files;
    }
  }
  std::printf("%zu seeds\n", files);
  return files == 0 ? 1 : 0;
}
