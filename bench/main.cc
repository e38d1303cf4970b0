// handfast_bench: measures Handfast beside libssl, in one run, and says which bars are met.
//
//   handfast_bench [--json] [--benchmark_...]   times and memory; Google Benchmark's own options
//   handfast_bench --check                      what is exact: memory, allocations; no times
//   handfast_bench --check --libcrypto          the same; fails where a cipher is our own

#include "bench/footprint.h"
#include "bench/measures.h"
#include "bench/peer.h"
#include "bench/summary.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

#include <openssl/crypto.h>

namespace handfast::bench {
namespace {

/// Takes `flag` off the arguments. True if it was there.
bool take_flag(std::vector<char*>& arguments, std::string_view flag) {
  return std::erase_if(arguments, [&](const char* argument) { return argument == flag; }) > 0;
}

/// The exit code: 1 if a bar is not met.
int check(bool on_libcrypto) {
  const Footprint footprint = measure_footprint();
  for (const Kind kind : {Kind::full, Kind::chacha20}) {
    const auto& rest = footprint.handfast[static_cast<std::size_t>(kind)].server.at_rest;
    if (on_libcrypto && rest.libcrypto.bytes == 0) {
      give_up("a cipher is not libcrypto's here");
    }
  }
  const auto rows = footprint_rows(footprint);
  check_same_work();
  std::fputs(as_table(rows).c_str(), stdout);
  const bool good = std::ranges::all_of(rows, [](const Row& row) { return row.met() != false; });
  return good ? 0 : 1;
}

/// Rounds in which all benchmarks take turns, in an order that changes: what the machine does
/// besides falls on all alike.
std::vector<char*> with_defaults(std::vector<char*> arguments) {
  static std::array<std::string, 3> defaults = {"--benchmark_repetitions=15",
                                                "--benchmark_min_time=0.02",
                                                "--benchmark_enable_random_interleaving=true"};
  for (std::string& argument : defaults) {  // in front, so that what the user says comes later
    arguments.insert(arguments.begin() + 1, argument.data());
  }
  return arguments;
}

int measure(const std::vector<char*>& given, bool json) {
  const Footprint footprint = measure_footprint();
  check_same_work();
  register_handshakes();
  register_records();
  register_bursts();
  register_certificates();
  register_key_encapsulation();
  register_key_exchange();
  register_signatures();
  std::vector<char*> arguments = with_defaults(given);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
    return 2;
  }
  std::fputs("measuring, for about a minute\n", stderr);
  Samples samples;
  benchmark::RunSpecifiedBenchmarks(&samples);
  if (!samples.error().empty()) {
    give_up(samples.error());
  }
  std::vector<Row> rows = time_rows(samples);
  std::ranges::copy(burst_rows(samples), std::back_inserter(rows));
  std::ranges::copy(certificate_rows(samples), std::back_inserter(rows));
  std::ranges::copy(key_encapsulation_rows(samples), std::back_inserter(rows));
  std::ranges::copy(key_exchange_rows(samples), std::back_inserter(rows));
  std::ranges::copy(footprint_rows(footprint), std::back_inserter(rows));
  if (json) {
    std::fputs(as_json(rows).c_str(), stdout);
    return 0;
  }
  std::printf("Handfast beside libssl, both on %s; processor time, medians of rounds in turn\n\n",
              OpenSSL_version(OPENSSL_VERSION));
  std::fputs(as_table(rows).c_str(), stdout);
  return 0;
}

int run(std::vector<char*> arguments) {
  const bool on_libcrypto = take_flag(arguments, "--libcrypto");
  if (take_flag(arguments, "--check")) {
    return check(on_libcrypto);
  }
  const bool json = take_flag(arguments, "--json");
  return measure(arguments, json);
}

}  // namespace
}  // namespace handfast::bench

int main(int count, char** values) {
  try {
    return handfast::bench::run({values, values + count});
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "handfast_bench: %s\n", failure.what());
    return 2;
  }
}
