// Runs X25519 with the private key marked as undefined. Under Valgrind, which reports every branch
// and every address that depends on what is undefined, silence means that time tells nothing of it.
//
// x25519_constant_time TWIN
#include "crypto/native/x25519.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <valgrind/memcheck.h>

namespace handfast::crypto::native {
namespace {

using Number = std::array<std::uint8_t, x25519_size>;

constexpr int skipped = 77;

void must(bool good, const char* what) {
  if (!good) {
    std::fprintf(stderr, "x25519_constant_time: %s\n", what);
    std::exit(2);
  }
}

X25519Key secret_key(std::uint8_t value, X25519Twin twin) {
  Number number;
  number.fill(value);
  VALGRIND_MAKE_MEM_UNDEFINED(number.data(), number.size());
  return X25519Key(number, twin);
}

/// A copy that the test may look at. If Valgrind does not take all bits of `secret` for unknown,
/// but the highest, which is always zero, something has been lost on the way, and its silence means
/// nothing.
Number published(const Number& secret) {
  Number unknown;
  VALGRIND_GET_VBITS(secret.data(), unknown.data(), unknown.size());
  unknown.back() |= 0x80;
  must(std::ranges::all_of(unknown, [](std::uint8_t bits) { return bits == 0xff; }),
       "the secret is not tracked");
  Number copy = secret;
  VALGRIND_MAKE_MEM_DEFINED(copy.data(), copy.size());
  return copy;
}

int run(X25519Twin twin) {
  if (RUNNING_ON_VALGRIND == 0) {
    std::puts("run it under Valgrind");
    return 2;
  }
#ifdef HANDFAST_HAS_ADX
  // Valgrind knows ADX on every processor, but does not say so; BMI2 it takes from the processor.
  // Of AVX-512 it sees the same text lowered to older instructions (avx512.h).
  const bool is_here = twin != X25519Twin::adx || __builtin_cpu_supports("bmi2");
#else
  const bool is_here = twin == X25519Twin::portable;
#endif
  if (!is_here) {
    std::puts("skipped: this build or this processor does not have this twin");
    return skipped;
  }
  for (const std::uint8_t value : std::array<std::uint8_t, 4>{1, 82, 115, 240}) {
    const X25519Key mine = secret_key(value, twin);
    const X25519Key theirs = secret_key(static_cast<std::uint8_t>(value ^ 8), twin);
    Number ours;
    Number others;
    must(mine.derive(theirs.share(), ours), "no secret");
    must(theirs.derive(mine.share(), others), "no secret of the peer");
    must(published(ours) == published(others), "the secrets differ");
    // What stands in for instructions that Valgrind does not know has to do what they do.
    const X25519Key again = secret_key(value, X25519Twin::portable);
    Number expected;
    must(again.derive(theirs.share(), expected), "no secret of the portable twin");
    must(again.share() == mine.share() && published(expected) == published(ours),
         "another twin comes to something else");
  }
  return 0;
}

}  // namespace
}  // namespace handfast::crypto::native

int main(int count, char** values) {
  using handfast::crypto::native::X25519Twin;
  const std::string_view asked = count == 2 ? values[1] : "";
  return handfast::crypto::native::run(asked == "ifma"  ? X25519Twin::ifma
                                       : asked == "adx" ? X25519Twin::adx
                                                        : X25519Twin::portable);
}
