#include "crypto/random.h"

#include "base/secret.h"
#include "crypto/openssl/provider.h"

#include <openssl/rand.h>

namespace handfast::crypto {

Result<> fill_random(MutBytes out) {
  const openssl::QuietErrors quiet;
  // Strength 0 asks for what the generator has by itself: 256 bits.
  if (RAND_bytes_ex(nullptr, out.data(), out.size(), 0) != 1) {
    wipe(out);
    return fail(Reason::random_failed);
  }
  return {};
}

}  // namespace handfast::crypto
