#include "bench/measures.h"
#include "bench/peer.h"
#include "bench/stopwatch.h"

#include <algorithm>
#include <array>
#include <vector>

#include <benchmark/benchmark.h>

namespace handfast::bench {
namespace {

// Enough bytes at once to hide the clock, few enough to stay in the cache.
constexpr std::size_t batch_bytes = 1 << 17;
constexpr std::size_t most_in_batch = 128;
constexpr std::size_t overhead_most = 1024;

/// A connection, and messages of one size to go from its server to its client, each by itself.
class Stream {
 public:
  Stream(const Library& library, std::size_t size)
      : message_(size), client_(library.client()), server_(library.server()) {
    Pipe to_server(batch_bytes);
    Pipe to_client(batch_bytes);
    connect(*client_, *server_, to_server, to_client);
    const std::size_t batch = std::min(batch_bytes / size, most_in_batch);
    under_way_.assign(batch, Pipe(size + overhead_most));
  }

  /// How many messages go at once.
  [[nodiscard]] std::size_t batch() const { return under_way_.size(); }

  void send() {
    for (Pipe& pipe : under_way_) {
      server_->send(message_, pipe);
    }
  }

  void receive() {
    for (Pipe& pipe : under_way_) {
      if (client_->receive(pipe) != message_.size()) {
        give_up("a message came in pieces");
      }
    }
  }

 private:
  std::vector<std::uint8_t> message_;
  std::unique_ptr<Peer> client_;
  std::unique_ptr<Peer> server_;
  std::vector<Pipe> under_way_;
};

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
