#include "bench/measures.h"
#include "crypto/native/ml_kem.h"
#include "crypto/random.h"

#include <array>
#include <string>

#include <benchmark/benchmark.h>

namespace handfast::bench {
namespace {

using crypto::native::is_available;
using crypto::native::ml_kem_encapsulate;
using crypto::native::ml_kem_message_size;
using crypto::native::ml_kem_seed_size;
using crypto::native::MlKem1024;
using crypto::native::MlKem768;
using crypto::native::MlKemKey;
using crypto::native::Twin;

template <std::size_t size>
std::array<std::uint8_t, size> fresh() {
  std::array<std::uint8_t, size> bytes;
  crypto::fill_random(bytes).value();
  return bytes;
}

template <class Set>
void generate(benchmark::State& state, Twin twin) {
  const auto seed = fresh<ml_kem_seed_size>();
  for (auto unused : state) {
    const auto key = MlKemKey<Set>::from_seed(seed, twin);
    benchmark::DoNotOptimize(key->encapsulation_key().data());
  }
}

template <class Set>
void encapsulate(benchmark::State& state, Twin twin) {
  const auto key = MlKemKey<Set>::from_seed(fresh<ml_kem_seed_size>(), twin).value();
  const auto message = fresh<ml_kem_message_size>();
  for (auto unused : state) {
    const auto made = ml_kem_encapsulate<Set>(key.encapsulation_key(), message, twin);
    benchmark::DoNotOptimize(made->ciphertext.data());
  }
}

template <class Set>
void decapsulate(benchmark::State& state, Twin twin) {
  const auto key = MlKemKey<Set>::from_seed(fresh<ml_kem_seed_size>(), twin).value();
  const auto made =
      ml_kem_encapsulate<Set>(key.encapsulation_key(), fresh<ml_kem_message_size>(), twin).value();
  for (auto unused : state) {
    const auto secret = key.decapsulate(made.ciphertext);
    benchmark::DoNotOptimize(secret->expose().data());
  }
}

template <class Set>
void add(const std::string& set, Twin twin) {
  const std::string suffix = twin == Twin::avx2 ? "/avx2" : "/portable";
  benchmark::RegisterBenchmark((set + "/generate" + suffix).c_str(), generate<Set>, twin);
  benchmark::RegisterBenchmark((set + "/encapsulate" + suffix).c_str(), encapsulate<Set>, twin);
  benchmark::RegisterBenchmark((set + "/decapsulate" + suffix).c_str(), decapsulate<Set>, twin);
}

}  // namespace

void register_key_encapsulation() {
  for (const Twin twin : {Twin::avx2, Twin::portable}) {
    if (is_available(twin)) {
      add<MlKem768>("ml_kem_768", twin);
      add<MlKem1024>("ml_kem_1024", twin);
    }
  }
}

}  // namespace handfast::bench
