#include "handfast/explain.h"

#include <array>
#include <utility>

namespace handfast {

namespace {

using Source = std::pair<TimestampSource, Bytes>;

// RFC 6962 §3.3: the three ways in which a server can show timestamps.
std::array<Source, 3> lists_of(const Verdict& verdict) {
  const auto revocation = verdict.revocation();
  return {
      Source{TimestampSource::certificate, verdict.path().front().signed_certificate_timestamps},
      Source{TimestampSource::handshake, verdict.sct_list()},
      Source{TimestampSource::staple,
             revocation.empty() ? Bytes{} : revocation.front().signed_certificate_timestamps}};
}

TimestampFinding look_at(const CertificateTimestamp& timestamp, TimestampSource source,
                         const Verdict& verdict, const TrustScene& scene) {
  TimestampFinding finding{.source = source, .timestamp = timestamp};
  finding.log = scene.logs == nullptr ? nullptr : scene.logs->find(timestamp.log_id);
  if (finding.log != nullptr) {
    const auto path = verdict.path();
    if (const auto checked =
            check_timestamp(timestamp, source, path[0], path[1], *finding.log, scene.now);
        !checked) {
      finding.flaw = checked.error().reason;
    }
  }
  return finding;
}

}  // namespace

std::vector<TimestampFinding> timestamp_findings(const Verdict& verdict, const TrustScene& scene) {
  std::vector<TimestampFinding> findings;
  if (verdict.path().size() < 2) {
    return findings;
  }
  const std::array<Source, 3> lists = lists_of(verdict);
  for (const auto& [source, list] : lists) {
    if (list.empty()) {
      continue;
    }
    const auto timestamps = read_timestamps(list);
    if (!timestamps) {
      findings.push_back({.source = source, .flaw = timestamps.error().reason});
      continue;
    }
    for (const CertificateTimestamp& timestamp : *timestamps) {
      findings.push_back(look_at(timestamp, source, verdict, scene));
    }
  }
  return findings;
}

}  // namespace handfast
