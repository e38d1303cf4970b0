// Runs AES-GCM or ChaCha20-Poly1305 with key and text marked as undefined. Under Valgrind, which
// reports every branch and every address that depends on what is undefined, silence means that time
// tells nothing of them.
//
//   aead_constant_time aes_gcm            by AES-NI, and so the text of the twins with two and with
//                                         four blocks an instruction (aes_gcm_wide.cc): Valgrind
//                                         does not know those of VAES and AVX-512
//   aead_constant_time chacha20_poly1305  its vectors lowered to what Valgrind knows, and the
//                                         multiplication of IFMA spelled out
#include "crypto/native/aes_gcm.h"
#include "crypto/native/chacha20_poly1305.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <vector>

#include <valgrind/memcheck.h>

namespace handfast::crypto::native {
namespace {

using Vector = std::vector<std::uint8_t>;

void must(bool good, const char* what) {
  if (!good) {
    std::fprintf(stderr, "aead_constant_time: %s\n", what);
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

/// What was sealed.
template <class Key>
Vector run_with(const Key& key, std::size_t size) {
  const Nonce nonce{1, 2, 3};
  const Vector aad(5, 9);
  const Vector text = secret(size, 0x41);
  Vector sealed(size + aead_tag_size);
  key.seal(nonce, aad, std::array{Bytes(text).first(size / 2), Bytes(text).subspan(size / 2)},
           sealed);
  must(is_secret(sealed), "what is sealed is not tracked: silence would mean nothing");
  VALGRIND_MAKE_MEM_DEFINED(sealed.data(), sealed.size());
  Vector told = sealed;
  must(key.open(nonce, aad, sealed), "it does not open");
  must(is_secret(Bytes(sealed).first(size)), "what was opened is not tracked");
  must(!key.open(nonce, aad, sealed), "it opens twice");
  return told;
}

constexpr std::array<std::size_t, 9> sizes = {1, 16, 100, 128, 300, 513, 1000, 1200, 3000};

int run_aes_gcm() {
#ifdef HANDFAST_AES_GCM
  if (is_available(AesTwin::aesni)) {
    for (const std::size_t size : sizes) {
      for (const std::size_t bytes : {16UZ, 32UZ}) {
        const Vector sealed = run_with(AesGcm(secret(bytes, 7), AesTwin::aesni), size);
        for (const AesTwin wide : {AesTwin::vaes, AesTwin::avx512}) {
          must(run_with(AesGcm(secret(bytes, 7), wide), size) == sealed, "twins differ");
        }
      }
    }
    return 0;
  }
#endif
  return 77;
}

int run_chacha20_poly1305() {
#ifdef HANDFAST_CHACHA20_POLY1305
  for (const std::size_t size : sizes) {
    std::ignore = run_with(ChaCha20Poly1305(secret(32, 7)), size);
  }
  return 0;
#else
  return 77;
#endif
}

}  // namespace
}  // namespace handfast::crypto::native

int main(int count, char** arguments) {
  using namespace handfast::crypto::native;
  const std::string_view cipher = count == 2 ? arguments[1] : "";
  if (RUNNING_ON_VALGRIND == 0 || cipher.empty()) {
    std::puts("run it under Valgrind, and name a cipher");
    return 2;
  }
  return cipher == "aes_gcm" ? run_aes_gcm() : run_chacha20_poly1305();
}
