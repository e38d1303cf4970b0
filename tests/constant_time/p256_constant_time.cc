// Makes signatures on P-256 with the private key and the nonce marked as undefined. Under Valgrind,
// which reports every branch and every address that depends on what is undefined, silence means
// that time tells nothing of them.
//
// p256_constant_time TWIN
#include "crypto/native/p256.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <valgrind/memcheck.h>

namespace handfast::crypto::native {
namespace {

using Number = std::array<std::uint8_t, p256_size>;

constexpr int skipped = 77;

void must(bool good, const char* what) {
  if (!good) {
    std::fprintf(stderr, "p256_constant_time: %s\n", what);
    std::exit(2);
  }
}

Number number_of(std::uint8_t value) {
  Number number;
  number.fill(value);
  return number;
}

Number secret(std::uint8_t value) {
  Number number = number_of(value);
  VALGRIND_MAKE_MEM_UNDEFINED(number.data(), number.size());
  return number;
}

/// If Valgrind does not take all bits of a number for unknown, something has been lost on the way,
/// and its silence means nothing.
void must_be_tracked(std::span<const std::uint8_t, p256_size> number) {
  Number unknown;
  VALGRIND_GET_VBITS(number.data(), unknown.data(), unknown.size());
  must(std::ranges::all_of(unknown, [](std::uint8_t bits) { return bits == 0xff; }),
       "the secret is not tracked");
}

int run(FieldTwin twin) {
  if (RUNNING_ON_VALGRIND == 0) {
    std::puts("run it under Valgrind");
    return 2;
  }
#ifdef HANDFAST_HAS_ADX
  // Valgrind knows ADX on every processor, but does not say so; BMI2 it takes from the processor.
  const bool is_here = twin == FieldTwin::portable || __builtin_cpu_supports("bmi2");
#else
  const bool is_here = twin == FieldTwin::portable;
#endif
  if (!is_here) {
    std::puts("skipped: this build or this processor does not have BMI2 and ADX");
    return skipped;
  }
  for (const std::uint8_t value : std::array<std::uint8_t, 4>{1, 82, 115, 240}) {  // odd and even
    const auto key = P256PrivateKey::of(secret(value));
    must(key.has_value(), "no key");
    must_be_tracked(key->expose());
    const Number digest = number_of(9);
    const auto signature = key->sign(digest, secret(static_cast<std::uint8_t>(value + 3)), twin);
    must(signature.has_value(), "no signature");
    // The same in the open, which Valgrind has nothing to say about.
    const auto open_key = P256PrivateKey::of(number_of(value));
    const auto again =
        open_key->sign(digest, number_of(static_cast<std::uint8_t>(value + 3)), twin);
    must(again.has_value() && again->r == signature->r && again->s == signature->s,
         "the signatures differ");
  }
  return 0;
}

}  // namespace
}  // namespace handfast::crypto::native

int main(int count, char** values) {
  using handfast::crypto::native::FieldTwin;
  const bool is_adx = count == 2 && std::string_view(values[1]) == "adx";
  return handfast::crypto::native::run(is_adx ? FieldTwin::adx : FieldTwin::portable);
}
