// Runs Hmac and Hash with key and text marked as undefined. Under Valgrind, which reports every
// branch and every address that depends on what is undefined, silence means that time tells nothing
// of them. Valgrind does not have the SHA extensions: here libcrypto takes the blocks in, and of
// our own function disassembly.py sees that `compress_both` has no jump; `compress` is the same
// text with a loop over the blocks around it.
#include "crypto/hkdf.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <valgrind/memcheck.h>

namespace handfast::crypto {
namespace {

using Vector = std::vector<std::uint8_t>;

void must(bool good, const char* what) {
  if (!good) {
    std::fprintf(stderr, "sha2_constant_time: %s\n", what);
    std::exit(2);
  }
}

Vector secret(std::size_t size, std::uint8_t value) {
  Vector bytes(size, value);
  VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
  return bytes;
}

void must_be_secret(Bytes bytes, const char* what) {
  Vector unknown(bytes.size());
  VALGRIND_GET_VBITS(bytes.data(), unknown.data(), unknown.size());
  must(std::ranges::all_of(unknown, [](std::uint8_t bits) { return bits == 0xff; }), what);
}

void run_with(HashId id, std::size_t size) {
  const Vector text = secret(size, 0x41);
  Vector code(digest_size(id));
  const Hmac mac(id, secret(size, 7));
  mac.authenticate({Bytes(text).first(size / 2), Bytes(text).subspan(size / 2)}, code);
  must_be_secret(code, "the code is not tracked: silence would mean nothing");
  Vector expanded(2 * digest_size(id) + 5);
  hkdf_expand(mac, text, expanded);
  must_be_secret(expanded, "what is expanded is not tracked");
  Hash running(id);
  running.update(text);
  must_be_secret(running.digest().bytes(), "the digest is not tracked");
}

}  // namespace
}  // namespace handfast::crypto

int main() {
  using namespace handfast::crypto;
  if (RUNNING_ON_VALGRIND == 0) {
    std::puts("run it under Valgrind");
    return 2;
  }
  for (const HashId id : {HashId::sha256, HashId::sha384, HashId::sha512}) {
    for (const std::size_t size : {1U, 32U, 55U, 56U, 64U, 100U, 128U, 300U}) {
      run_with(id, size);
    }
  }
  return 0;
}
