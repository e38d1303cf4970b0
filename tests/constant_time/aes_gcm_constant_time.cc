// Runs AES-GCM with key and text marked as undefined. Under Valgrind, which reports every branch
// and every address that depends on what is undefined, silence means that time tells nothing of
// them. Valgrind does not know the instructions of VAES and AVX-512; the twins have one text.
#include "crypto/native/aes_gcm.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <valgrind/memcheck.h>

namespace handfast::crypto::native {
namespace {

using Vector = std::vector<std::uint8_t>;

void must(bool good, const char* what) {
  if (!good) {
    std::fprintf(stderr, "aes_gcm_constant_time: %s\n", what);
    std::exit(2);
  }
}

Vector secret(std::size_t size, std::uint8_t value) {
  Vector bytes(size, value);
  VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
  return bytes;
}

bool is_secret(Bytes bytes) {
  Vector unknown(bytes.size());
  VALGRIND_GET_VBITS(bytes.data(), unknown.data(), unknown.size());
  return std::ranges::all_of(unknown, [](std::uint8_t bits) { return bits == 0xff; });
}

void run_with(std::size_t key_size, std::size_t size) {
  const AesGcm key(secret(key_size, 7), AesTwin::aesni);
  const std::array<std::uint8_t, gcm_nonce_size> nonce{1, 2, 3};
  const Vector aad(5, 9);
  const Vector text = secret(size, 0x41);
  Vector sealed(size + gcm_tag_size);
  key.seal(nonce, aad, std::array{Bytes(text).first(size / 2), Bytes(text).subspan(size / 2)},
           sealed);
  must(is_secret(sealed), "what is sealed is not tracked: silence would mean nothing");
  VALGRIND_MAKE_MEM_DEFINED(sealed.data(), sealed.size());
  must(key.open(nonce, aad, sealed), "it does not open");
  must(is_secret(Bytes(sealed).first(size)), "what was opened is not tracked");
  must(!key.open(nonce, aad, sealed), "it opens twice");
}

}  // namespace
}  // namespace handfast::crypto::native

int main() {
  using namespace handfast::crypto::native;
  if (RUNNING_ON_VALGRIND == 0) {
    std::puts("run it under Valgrind");
    return 2;
  }
  if (!is_available(AesTwin::aesni)) {
    return 77;
  }
  for (const std::size_t key_size : {16U, 32U}) {
    for (const std::size_t size : {1U, 16U, 100U, 128U, 300U, 1000U}) {
      run_with(key_size, size);
    }
  }
  return 0;
}
