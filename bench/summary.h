// Summary: the figures of a run as rows, each with what libssl takes and the bar to meet.
#pragma once

#include "bench/footprint.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace handfast::bench {

/// Gathers what Google Benchmark measures: for each benchmark and counter the samples of all
/// rounds.
class Samples final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override;

  /// The median over the rounds, in seconds; nothing for what was not measured. `counter` is empty
  /// for the time of the whole.
  [[nodiscard]] std::optional<double> median(const std::string& benchmark,
                                             const std::string& counter) const;

  /// The first error that a benchmark ended with; empty if there was none.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  std::map<std::string, std::vector<double>> samples_;
  std::string error_;
};

/// What a row is measured in.
enum class Unit : std::uint8_t { microseconds, nanoseconds, bytes, count };

/// What a figure has to be for the bar to be met.
struct Bar {
  enum class Kind : std::uint8_t { none, ratio_at_least, below, at_most };

  Kind kind = Kind::none;
  double value = 0;
};

struct Row {
  std::string group;
  std::string name;
  Unit unit{};
  double handfast = 0;
  std::optional<double> libssl = std::nullopt;
  Bar bar = {};

  /// How many times better Handfast is; nothing where libssl has no such figure.
  [[nodiscard]] std::optional<double> ratio() const;

  /// Nothing where there is no bar.
  [[nodiscard]] std::optional<bool> met() const;
};

/// The rows of times, of those benchmarks that ran.
std::vector<Row> time_rows(const Samples& samples);

/// The rows of small records that are there at once: of Handfast alone, as libssl has no call that
/// takes more than one.
std::vector<Row> burst_rows(const Samples& samples);

/// The rows of certificates: times of Handfast alone, since libssl verifies only within a
/// handshake.
std::vector<Row> certificate_rows(const Samples& samples);

/// The rows of ML-KEM, which the libssl here has not.
std::vector<Row> key_encapsulation_rows(const Samples& samples);

/// The rows of ECDH, beside libcrypto's where there is an own one.
std::vector<Row> key_exchange_rows(const Samples& samples);

/// The rows of memory and allocations.
std::vector<Row> footprint_rows(const Footprint& footprint);

/// A table for people; `groups` head their rows.
std::string as_table(const std::vector<Row>& rows);

/// The same as JSON: an array of objects.
std::string as_json(const std::vector<Row>& rows);

}  // namespace handfast::bench
