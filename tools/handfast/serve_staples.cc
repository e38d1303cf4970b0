#include "handfast/serve_staples.h"

#include "handfast/certificate.h"
#include "handfast/net.h"
#include "handfast/trust.h"
#include "handfast/verify.h"

#include <utility>

#include <fmt/format.h>

namespace handfast::serve {

using command::Failure;

namespace {

/// Until when `response` may be stapled to the credential's leaf. The issuer that it is held
/// against is the second certificate of the chain; without one, nothing can be said of it and
/// clients will.
Result<std::optional<UnixTime>> check(const Credential& credential, Bytes response, UnixTime now) {
  const auto chain = credential.certificates();
  if (chain.size() < 2) {
    return std::nullopt;
  }
  const auto issuer = Trust::from_der({chain[1]});
  if (!issuer) {
    return std::unexpected(issuer.error());
  }
  const Bytes leaf = chain.front();
  const Verdict verdict = x509::verify({.chain = std::span(&leaf, 1),
                                        .trust = *issuer,
                                        .now = now,
                                        .staples = std::span(&response, 1)});
  if (verdict.revocation().empty()) {  // the leaf itself is no good; that is told elsewhere
    return std::nullopt;
  }
  const RevocationFinding& finding = verdict.revocation().front();
  if (finding.flaw) {
    return fail(*finding.flaw);
  }
  return finding.next_update;
}

}  // namespace

std::expected<Staples, Failure>
Staples::read(std::vector<std::shared_ptr<const Credential>> credentials,
              const std::vector<std::string>& files, ServerOptions options, UnixTime now) {
  Staples staples(std::move(credentials), std::move(options));
  for (std::size_t i = 0; i < files.size() && i < staples.credentials_.size(); ++i) {
    if (files[i].empty()) {
      continue;
    }
    Source& source = staples.sources_.emplace_back(Source{.path = files[i], .index = i});
    if (const auto stapled = staples.staple(source, now); !stapled) {
      return std::unexpected(stapled.error());
    }
  }
  if (const auto made = staples.make_config(); !made) {
    return std::unexpected(
        command::explain(made.error(), command::Side::server, command::Stage::setup));
  }
  return staples;
}

void Staples::look_again(UnixTime now, Log& log) {
  bool has_changed = false;
  for (Source& source : sources_) {
    if (stamp_of(source.path) != source.stamp) {
      const auto stapled = staple(source, now);
      has_changed |= stapled.has_value();
      log.note(stapled ? fmt::format("stapling the new OCSP response in {}",
                                     command::escape(source.path))
                       : fmt::format("✗ {} The old response stays.", stapled.error().headline));
    }
    if (source.ends && now > *source.ends) {
      source.ends.reset();
      auto& credential = credentials_[source.index];
      credential = credential->with({}).value();
      has_changed = true;
      log.note(fmt::format("✗ the OCSP response in {} has ended: nothing is stapled until there is "
                           "a new one",
                           command::escape(source.path)));
    }
  }
  if (has_changed) {
    std::ignore = make_config();  // it could be made before, of no less
  }
}

std::optional<Staples::Stamp> Staples::stamp_of(const std::string& path) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(path, error);
  const auto size = error ? 0 : std::filesystem::file_size(path, error);
  return error ? std::nullopt : std::optional(Stamp{written, size});
}

/// Puts what is in the file into the place of what was stapled before. The file counts as looked at
/// in any case: one that is no good is told of once.
std::expected<void, Failure> Staples::staple(Source& source, UnixTime now) {
  source.stamp = stamp_of(source.path);
  const auto file = net::read_file(source.path);
  if (!file) {
    return std::unexpected(command::file_failure(file.error(), source.path));
  }
  const Bytes bytes = net::as_bytes(*file);
  auto& credential = credentials_[source.index];
  auto stapled = credential->with({.ocsp_response = {bytes.begin(), bytes.end()}});
  if (!stapled) {
    return std::unexpected(command::file_failure(stapled.error(), source.path));
  }
  const auto ends = check(**stapled, bytes, now);
  if (!ends) {
    return std::unexpected(command::file_failure(ends.error(), source.path));
  }
  credential = *std::move(stapled);
  source.ends = *ends;
  return {};
}

Result<> Staples::make_config() {
  auto made = ServerConfig::make(credentials_, options_);
  if (!made) {
    return std::unexpected(made.error());
  }
  config_ = *std::move(made);
  return {};
}

}  // namespace handfast::serve
