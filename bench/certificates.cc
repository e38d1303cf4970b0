#include "bench/chain.h"
#include "bench/measures.h"
#include "handfast/server_name.h"
#include "handfast/verify.h"
#include "x509/signature.h"

#include <array>
#include <memory>
#include <stdexcept>

#include <benchmark/benchmark.h>

namespace handfast::bench {
namespace {

void parse(benchmark::State& state) {
  for (auto unused : state) {
    const Result<Certificate> certificate = Certificate::parse(chain().leaf);
    benchmark::DoNotOptimize(certificate->serial);
  }
}

void verify(benchmark::State& state, bool remember) {
  const std::array<Bytes, 2> sent = {chain().leaf, chain().intermediate};
  const auto trust =
      Trust::make({.anchors = {{.certificate = chain().root}}, .remember_signatures = remember})
          .value();
  const ServerName name = ServerName::parse(server_name).value();
  for (auto unused : state) {
    const Verdict verdict =
        x509::verify({.chain = sent, .trust = trust, .name = &name, .now = {now()}});
    if (!verdict.is_trusted()) {
      throw std::runtime_error("the benchmark's chain is not trusted");
    }
  }
}

// What no verifier can do without: both keys imported, both signatures checked.
void check_signatures(benchmark::State& state) {
  const Certificate leaf = Certificate::parse(chain().leaf).value();
  const Certificate intermediate = Certificate::parse(chain().intermediate).value();
  const Certificate root = Certificate::parse(chain().root).value();
  for (auto unused : state) {
    Budget budget;
    if (!x509::check_signature(leaf, intermediate, budget) ||
        !x509::check_signature(intermediate, root, budget)) {
      throw std::runtime_error("the benchmark's signatures are wrong");
    }
  }
}

}  // namespace

void register_certificates() {
  benchmark::RegisterBenchmark("certificate/parse/handfast", parse);
  benchmark::RegisterBenchmark("certificate/verify/handfast", verify, false);
  benchmark::RegisterBenchmark("certificate/verify_again/handfast", verify, true);
  benchmark::RegisterBenchmark("certificate/signatures/handfast", check_signatures);
}

}  // namespace handfast::bench
