#include "bench/measures.h"
#include "crypto/exchange.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace handfast::bench {
namespace {

using crypto::Exchange;
using Share = std::vector<std::uint8_t>;

void must(bool good) {
  if (!good) {
    throw std::runtime_error("a key exchange failed");
  }
}

/// A fresh key pair, and its share.
void generate(benchmark::State& state, const Exchange& exchange) {
  Share share(exchange.client_share_size);
  for (auto unused : state) {
    const auto pair = exchange.generate();
    must(pair && exchange.write_share(*pair, share));
    benchmark::DoNotOptimize(share.data());
  }
}

void derive(benchmark::State& state, const Exchange& exchange) {
  const auto mine = exchange.generate();
  const auto peer = exchange.generate();
  Share share(exchange.client_share_size);
  Share secret(exchange.secret_size);
  must(mine && peer && exchange.write_share(*peer, share));
  for (auto unused : state) {
    must(exchange.decapsulate(*mine, share, secret));
    benchmark::DoNotOptimize(secret.data());
  }
}

void add(const std::string& group, const char* library, const Exchange& exchange) {
  benchmark::RegisterBenchmark((group + "/generate/" + library).c_str(), generate, exchange);
  benchmark::RegisterBenchmark((group + "/derive/" + library).c_str(), derive, exchange);
}

}  // namespace

void register_key_exchange() {
  add("x25519", handfast_name, crypto::dh_x25519);
  add("x25519", libssl_name, crypto::dh_x25519_of_libcrypto);
  add("secp384r1", handfast_name, crypto::dh_secp384r1);
  add("secp384r1", libssl_name, crypto::dh_secp384r1_of_libcrypto);
}

}  // namespace handfast::bench
