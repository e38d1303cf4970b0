// A verdict in words: why a chain was trusted, or why not.
#pragma once

#include "handfast/bytes.h"
#include "handfast/reason.h"
#include "handfast/server_name.h"
#include "handfast/time.h"
#include "handfast/transparency.h"
#include "handfast/verdict.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace handfast {

/// What a verdict was about, as the words need it.
struct TrustScene {
  std::span<const Bytes> chain;      ///< as it was judged: DER, leaf first
  const ServerName* name = nullptr;  ///< whom the leaf had to be for; nullptr: nobody in particular
  UnixTime now;                      ///< the moment that was judged for
  std::string_view anchors = {};     ///< where the authorities come from: "the system's store"
  const TransparencyLogs* logs = nullptr;  ///< those that timestamps are checked against, if any
};

/// One line of the reasoning: several steps that people think of as one.
struct TrustLine {
  std::string_view title;  ///< "Name", "Path", "Anchor", ...
  Outcome outcome;
  std::string text;            ///< one line, escaped, without a full stop
  std::string_view rule = {};  ///< the clause that asks for it; empty: none
};

/// The reasoning from the name to the proof of possession, one line after the other; what was not
/// checked says so. The chain's bytes must be those that were judged.
[[nodiscard]] std::vector<TrustLine> explain(const Verdict& verdict, const TrustScene& scene);

/// What a check looked at: "2026-11-21 00:00 UTC to 2027-02-19 00:00 UTC", "CA, path length 0",
/// "digitalSignature"; empty where there is nothing to tell.
[[nodiscard]] std::string check_input(const TrustCheck& check, const Verdict& verdict,
                                      const TrustScene& scene);

/// The paths that were given up, without the one that the verdict shows:
/// "shop.test ‹ Old CA: a certificate has expired".
[[nodiscard]] std::vector<std::string> attempt_texts(const Verdict& verdict,
                                                     const TrustScene& scene);

/// A timestamp that the leaf has, and what is known of it.
struct TimestampFinding {
  TimestampSource source;
  CertificateTimestamp timestamp = {};   ///< views into what the verdict's views lie in
  const TransparencyLog* log = nullptr;  ///< whose it is, if `TrustScene::logs` has that log

  /// Why it is no good; nothing: it is good, or its log is not known here. A list that cannot be
  /// read is one finding with a timestamp of zeros.
  std::optional<Reason> flaw = {};

  [[nodiscard]] Outcome outcome() const {
    return flaw ? Outcome::failed : log != nullptr ? Outcome::passed : Outcome::not_checked;
  }
};

/// The timestamps of the leaf, from wherever they came, checked as far as their logs are known. At
/// most 32 from each source. None for a path of one certificate, which nobody issued.
[[nodiscard]] std::vector<TimestampFinding> timestamp_findings(const Verdict& verdict,
                                                               const TrustScene& scene);

}  // namespace handfast
