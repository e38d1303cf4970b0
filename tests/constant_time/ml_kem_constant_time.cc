// Runs ML-KEM with all secrets marked as undefined. Under Valgrind, which reports every branch and
// every address that depends on what is undefined, silence means that time tells nothing of them.
//
//   ml_kem_constant_time portable|avx2               nothing may be reported
//   ml_kem_constant_time portable|avx2 branch|index  leaks on purpose: something must be
#include "base/secret.h"
#include "crypto/native/ml_kem.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <valgrind/memcheck.h>

namespace handfast::crypto::native {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr int skipped = 77;  // the exit code, as CTest is told

void must(bool good, const char* what) {
  if (!good) {
    std::fprintf(stderr, "ml_kem_constant_time: %s\n", what);
    std::exit(2);
  }
}

Vector secret_bytes(std::size_t size, std::uint8_t value) {
  Vector bytes(size, value);
  VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
  return bytes;
}

// A copy that the peer, or the test, may look at.
Vector published(Bytes bytes) {
  Vector copy(bytes.begin(), bytes.end());
  VALGRIND_MAKE_MEM_DEFINED(copy.data(), copy.size());
  return copy;
}

// Whether Valgrind still takes all bits for unknown: if not, something has been lost on the way,
// and its silence means nothing.
bool is_tracked(Bytes secret) {
  Vector unknown(secret.size());
  VALGRIND_GET_VBITS(secret.data(), unknown.data(), unknown.size());
  return std::ranges::all_of(unknown, [](std::uint8_t bits) { return bits == 0xff; });
}

// What none of our code may do with a secret.
void leak(std::string_view how, Bytes secret) {
  static volatile int counter = 0;
  static const std::array<int, 256> table = [] {
    std::array<int, 256> numbers{};
    numbers[7] = 1;
    return numbers;
  }();
  if (how == "branch" && (secret.front() & 1) != 0) {
    counter = counter + 1;
  } else if (how == "index") {
    counter = table[secret.front()];
  }
}

template <class Set>
void run(Twin twin, std::string_view how) {
  const Vector seed = secret_bytes(ml_kem_seed_size, 1);
  const auto key = MlKemKey<Set>::from_seed(seed, twin);
  must(key.has_value(), "no key");
  const Vector encapsulation_key = published(key->encapsulation_key());

  const Vector message = secret_bytes(ml_kem_message_size, 2);
  const auto made =
      ml_kem_encapsulate<Set>(encapsulation_key, Bytes(message).first<ml_kem_message_size>(), twin);
  must(made.has_value(), "no encapsulation");
  must(is_tracked(made->secret.expose()), "the secret of the encapsulation is not tracked");
  const Vector ciphertext = published(made->ciphertext);

  Vector expanded(key->expose().begin(), key->expose().end());
  VALGRIND_MAKE_MEM_UNDEFINED(expanded.data(), expanded.size());
  const auto again = MlKemKey<Set>::from_expanded(expanded, twin);
  must(again.has_value(), "no key from its expanded form");
  const auto secret = again->decapsulate(ciphertext);
  must(secret.has_value() && is_tracked(secret->expose()), "the secret is not tracked");
  must(published(secret->expose()) == published(made->secret.expose()), "the secrets differ");

  Vector changed = ciphertext;
  changed.back() ^= 1;
  const auto rejected = key->decapsulate(changed);
  must(rejected.has_value() && is_tracked(rejected->expose()), "the rejection is not tracked");
  must(published(rejected->expose()) != published(made->secret.expose()), "nothing was rejected");
  leak(how, rejected->expose());
}

int run_all(std::string_view name, std::string_view how) {
  if (RUNNING_ON_VALGRIND == 0) {
    std::puts("run it under Valgrind");
    return 2;
  }
  const Twin twin = name == "avx2" ? Twin::avx2 : Twin::portable;
  if (!is_available(twin)) {
    std::puts("skipped: this build or this processor does not have AVX2");
    return skipped;
  }
  run<MlKem768>(twin, how);
  run<MlKem1024>(twin, how);
  return 0;
}

}  // namespace
}  // namespace handfast::crypto::native

int main(int count, char** values) {
  if (count < 2) {
    std::puts("usage: ml_kem_constant_time portable|avx2 [branch|index]");
    return 2;
  }
  return handfast::crypto::native::run_all(values[1], count > 2 ? values[2] : "");
}
