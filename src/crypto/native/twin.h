// The twins of this folder: the same function, once for any machine, once for one that has more.
#pragma once

#if defined(__x86_64__) && !defined(HANDFAST_NO_AVX2)
#define HANDFAST_HAS_AVX2
#define HANDFAST_HAS_ADX     // BMI2 and ADX; a machine may have one without the other
#define HANDFAST_HAS_AVX512  // avx512.h says with what
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

/// Which arithmetic of a curve's field works: any machine's of 64 bits, or that for BMI2 and ADX.
/// Both give the same bytes, and both are constant-time.
enum class FieldTwin { portable, adx };

/// Whether this build and this machine have `twin`. A build with HANDFAST_AVX2=OFF has one alone.
[[nodiscard]] inline bool is_available(FieldTwin twin) {
#ifdef HANDFAST_HAS_ADX
  return twin == FieldTwin::portable ||
         (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("adx"));
#else
  return twin == FieldTwin::portable;
#endif
}

[[nodiscard]] inline FieldTwin fastest_field_twin() {
  return is_available(FieldTwin::adx) ? FieldTwin::adx : FieldTwin::portable;
}

}  // namespace handfast::crypto::native
