// Runs ECDH on P-384 with the private key marked as undefined. Under Valgrind, which reports every
// branch and every address that depends on what is undefined, silence means that time tells nothing
// of it.
#include "crypto/native/p384.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include <valgrind/memcheck.h>

namespace handfast::crypto::native {
namespace {

using Private = std::array<std::uint8_t, p384_size>;

void must(bool good, const char* what) {
  if (!good) {
    std::fprintf(stderr, "p384_constant_time: %s\n", what);
    std::exit(2);
  }
}

P384Key secret_key(std::uint8_t value) {
  Private number;
  number.fill(value);
  VALGRIND_MAKE_MEM_UNDEFINED(number.data(), number.size());
  auto key = P384Key::from_private(number);
  must(key.has_value(), "no key");
  return std::move(*key);
}

/// A copy that the test may look at. If Valgrind does not take all bits of `secret` for unknown,
/// something has been lost on the way, and its silence means nothing.
Private published(const Private& secret) {
  Private unknown;
  VALGRIND_GET_VBITS(secret.data(), unknown.data(), unknown.size());
  must(std::ranges::all_of(unknown, [](std::uint8_t bits) { return bits == 0xff; }),
       "the secret is not tracked");
  Private copy = secret;
  VALGRIND_MAKE_MEM_DEFINED(copy.data(), copy.size());
  return copy;
}

int run() {
  if (RUNNING_ON_VALGRIND == 0) {
    std::puts("run it under Valgrind");
    return 2;
  }
  for (const std::uint8_t value : std::array<std::uint8_t, 4>{1, 82, 115, 240}) {  // odd and even
    const P384Key mine = secret_key(value);
    const P384Key theirs = secret_key(static_cast<std::uint8_t>(value + 1));
    Private ours;
    Private others;
    must(mine.derive(theirs.share(), ours), "no secret");
    must(theirs.derive(mine.share(), others), "no secret of the peer");
    must(published(ours) == published(others), "the secrets differ");
  }
  return 0;
}

}  // namespace
}  // namespace handfast::crypto::native

int main() { return handfast::crypto::native::run(); }
