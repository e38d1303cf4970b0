// A certificate message as a peer compresses it: the algorithm, the length that it shall have, and
// the compressed bytes. RFC 8879.

#include "choices.h"
#include "compression/algorithm.h"
#include "fuzz.h"

#include <vector>

namespace handfast::fuzz {

void feed(Bytes bytes) {
  Choices input(bytes);
  const auto algorithms = compression::algorithms();
  const compression::Algorithm& algorithm = algorithms[input.byte() % algorithms.size()];
  std::vector<std::uint8_t> plain(input.number());
  const Result<> done = algorithm.decompress(input.rest(), plain);
  if (!done) {
    must(done.error().reason == Reason::compressed_certificate_invalid);
    return;
  }
  const auto again = algorithm.compress(plain);
  must(again.has_value());
  std::vector<std::uint8_t> copy(plain.size());
  must(algorithm.decompress(*again, copy).has_value() && copy == plain);
}

}  // namespace handfast::fuzz
