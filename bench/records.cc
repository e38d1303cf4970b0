#include "bench/measures.h"
#include "bench/peer.h"
#include "bench/stopwatch.h"
#include "bench/stream.h"

#include <array>
#include <vector>

#include <benchmark/benchmark.h>

namespace handfast::bench {
namespace {

/// Whose time is taken; the other does its half untimed.
enum class Half : std::uint8_t { send, receive };

void measure(benchmark::State& state, Stream& stream, Half timed) {
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(stream.batch()))) {
    Stopwatch sending;
    Stopwatch receiving;
    sending.start();
    stream.send();
    sending.stop();
    receiving.start();
    stream.receive();
    receiving.stop();
    state.SetIterationTime(timed == Half::send ? sending.total() : receiving.total());
  }
}

void add(const std::string& name, Half timed, std::shared_ptr<const Library> library,
         std::size_t size) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [=, library = std::move(library)](benchmark::State& state) {
                                 Stream stream(*library, size);
                                 measure(state, stream, timed);
                                 state.SetBytesProcessed(state.iterations() *
                                                         static_cast<std::int64_t>(size));
                               })
      ->UseManualTime()
      ->Unit(benchmark::kNanosecond);
}

}  // namespace

void register_records() {
  struct Cipher {
    const char* name;
    CipherSuite suite;
  };

  constexpr std::array ciphers = {
      Cipher{"aes_128_gcm", CipherSuite::tls_aes_128_gcm_sha256},
      Cipher{"aes_256_gcm", CipherSuite::tls_aes_256_gcm_sha384},
      Cipher{"chacha20_poly1305", CipherSuite::tls_chacha20_poly1305_sha256}};
  for (const Cipher& cipher : ciphers) {
    const std::shared_ptr<const Library> handfast = make_handfast({.suite = cipher.suite});
    const std::shared_ptr<const Library> libssl = make_libssl({.suite = cipher.suite});
    for (const std::size_t size : {std::size_t{16'384}, std::size_t{1'024}, std::size_t{100}}) {
      const std::string what = std::string(cipher.name) + "/" + std::to_string(size) + "/";
      add("send/" + what + handfast_name, Half::send, handfast, size);
      add("send/" + what + libssl_name, Half::send, libssl, size);
      add("receive/" + what + handfast_name, Half::receive, handfast, size);
      add("receive/" + what + libssl_name, Half::receive, libssl, size);
    }
  }
}

}  // namespace handfast::bench
