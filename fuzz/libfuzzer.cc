// The entry that libFuzzer calls.

#include "fuzz.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  handfast::fuzz::feed({data, size});
  return 0;
}
