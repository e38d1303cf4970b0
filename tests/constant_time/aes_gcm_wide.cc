// The twins of AES-GCM with two and with four blocks an instruction, as Valgrind can watch them:
// the text of the real ones (aes_gcm_twin.h), over blocks that AES-NI takes one by one.
#include "crypto/native/aes_gcm.h"

#ifdef HANDFAST_AES_GCM

#include "crypto/native/aes_gcm_kernel.h"
#include "crypto/native/constant_time.h"

#include <algorithm>

#define HANDFAST_GCM HANDFAST_AESNI
#define HANDFAST_GCM_INLINE HANDFAST_AESNI_INLINE

namespace handfast::crypto::native::gcm_vaes {
constexpr std::size_t width = 2;
#include "constant_time/aes_gcm_blocks.h"
#include "crypto/native/aes_gcm_twin.h"
}  // namespace handfast::crypto::native::gcm_vaes

namespace handfast::crypto::native::gcm_avx512 {
constexpr std::size_t width = 4;
#include "constant_time/aes_gcm_blocks.h"
#include "crypto/native/aes_gcm_twin.h"
}  // namespace handfast::crypto::native::gcm_avx512

#undef HANDFAST_GCM
#undef HANDFAST_GCM_INLINE

#endif
