// What the linker puts in the place of `Aead::own` (--wrap), so that all ciphers are libcrypto's,
// as on a machine that has neither AES-NI nor AVX-512.
#include "crypto/aead.h"

namespace handfast::crypto {

Result<Aead> no_own(AeadId id, Bytes key) asm(
    "__wrap__ZN8handfast6crypto4Aead3ownENS0_6AeadIdESt4spanIKhLm18446744073709551615EE");

Result<Aead> no_own(AeadId /*id*/, Bytes /*key*/) {
  return fail(Reason::configuration_unsupported);
}

}  // namespace handfast::crypto
