// The twins of this folder: the same function, once for any machine, once for one that has more.
#pragma once

#if defined(__x86_64__) && !defined(HANDFAST_NO_AVX2)
#define HANDFAST_HAS_AVX2
#define HANDFAST_HAS_ADX  // BMI2 and ADX; a machine may have one without the other
#endif

namespace handfast::crypto::native {

/// Which one works. Both give the same bytes, and both are constant-time.
enum class Twin { portable, avx2 };

/// Whether this build and this machine have `twin`. A build with HANDFAST_AVX2=OFF has one alone.
[[nodiscard]] inline bool is_available(Twin twin) {
#ifdef HANDFAST_HAS_AVX2
  return twin == Twin::portable || __builtin_cpu_supports("avx2");
#else
  return twin == Twin::portable;
#endif
}

[[nodiscard]] inline Twin fastest_twin() {
  return is_available(Twin::avx2) ? Twin::avx2 : Twin::portable;
}

}  // namespace handfast::crypto::native
