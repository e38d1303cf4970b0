#include "handfast/serve_renewal.h"

#include "handfast/certificate.h"
#include "handfast/delegated_credential.h"
#include "handfast/document.h"
#include "handfast/issue_ocsp.h"
#include "handfast/key_text.h"
#include "handfast/net.h"
#include "handfast/raw_keys.h"
#include "handfast/trust.h"
#include "handfast/verify.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace handfast::serve {

using command::Failure;

namespace {

/// Until when `response` says something of a certificate with this serial number; nothing: it does
/// not say. For a chain without the issuer, who alone could tell more.
Result<std::optional<UnixTime>> read_end(const Certificate& certificate, Bytes response,
                                         UnixTime now) {
  const auto read = OcspResponse::parse(response);
  if (!read) {
    return std::unexpected(read.error());
  }
  if (read->status != 0) {
    return fail(Reason::ocsp_not_successful);
  }
  const auto statement =
      std::ranges::find_if(read->statements, [&](const OcspResponse::Statement& candidate) {
        return std::ranges::equal(candidate.serial, certificate.serial);
      });
  if (statement == read->statements.end()) {
    return fail(Reason::ocsp_other_certificate);
  }
  const std::optional<UnixTime> end = statement->answer.next_update;
  if (end && now > *end) {
    return fail(Reason::ocsp_expired);
  }
  return end;
}

/// Until when `response` may be stapled to the n-th certificate; nothing: for as long as clients
/// take it. It is held against that one's issuer, wherever in the chain that stands.
Result<std::optional<UnixTime>> check(const Credential& credential, std::size_t n, Bytes response,
                                      UnixTime now) {
  std::vector<std::vector<std::uint8_t>> others(credential.certificates().begin(),
                                                credential.certificates().end());
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(n));
  const auto parsed = Certificate::parse(credential.certificates()[n]);
  if (!parsed) {
    return std::unexpected(parsed.error());
  }
  const Certificate& leaf = *parsed;
  const auto issuers = Trust::from_der(std::move(others));
  if (!issuers) {
    return read_end(leaf, response, now);
  }
  const bool is_leaf = n == 0;
  const Verdict verdict =
      x509::verify({.chain = std::span(&leaf.der, 1),
                    .trust = *issuers,
                    .now = now,
                    .purpose = is_leaf ? x509::Purpose::server_auth : x509::Purpose::any,
                    .profile = is_leaf ? x509::Profile::tls : x509::Profile::internet,
                    .staples = std::span(&response, 1)});
  // Nobody in the chain is the issuer, or the leaf itself is no good, which is told elsewhere.
  if (verdict.revocation().empty()) {
    return read_end(leaf, response, now);
  }
  const RevocationFinding& finding = verdict.revocation().front();
  if (finding.flaw) {
    return fail(*finding.flaw);
  }
  // An empty file is no staple to `verify`.
  if (finding.source != RevocationFinding::Source::staple) {
    return read_end(leaf, response, now);
  }
  return finding.next_update;
}

ClientAuthentication asking(ClientAuthentication::Mode mode, std::shared_ptr<const Trust> trust) {
  switch (mode) {
    case ClientAuthentication::Mode::none: break;
    case ClientAuthentication::Mode::later: return ClientAuthentication::later(std::move(trust));
    case ClientAuthentication::Mode::request:
      return ClientAuthentication::request(std::move(trust));
    case ClientAuthentication::Mode::require:
      return ClientAuthentication::require(std::move(trust));
  }
  return {};
}

Failure setup_failure(const Error& error) {
  return command::explain(error, command::Side::server, command::Stage::setup);
}

}  // namespace

std::expected<Renewal, Failure>
Renewal::read(std::vector<std::shared_ptr<const Credential>> credentials, Sources sources,
              ServerOptions options, UnixTime now) {
  Renewal renewal(std::move(credentials), std::move(sources), std::move(options));
  if (const auto authorities = renewal.read_authorities(); !authorities) {
    return std::unexpected(authorities.error());
  }
  const std::vector<std::string>& files = renewal.sources_.responses;
  for (std::size_t i = 0; i < files.size() && i < renewal.credentials_.size(); ++i) {
    if (files[i].empty()) {
      continue;
    }
    Response& source = renewal.responses_.emplace_back(Response{.path = files[i], .index = i});
    if (const auto stapled = renewal.staple(source, now); !stapled) {
      return std::unexpected(stapled.error());
    }
  }
  const std::vector<std::string>& delegated = renewal.sources_.delegated;
  for (std::size_t i = 0; i < delegated.size() && i < renewal.credentials_.size(); ++i) {
    if (delegated[i].empty()) {
      continue;
    }
    Lent& source = renewal.lent_.emplace_back(Lent{.path = delegated[i], .index = i});
    if (const auto borrowed = renewal.borrow(source, now); !borrowed) {
      return std::unexpected(borrowed.error());
    }
  }
  auto config = ServerConfig::make(renewal.shown(), renewal.options_);
  if (!config) {
    return std::unexpected(setup_failure(config.error()));
  }
  renewal.current_ = std::make_unique<Current<ServerConfig>>(*std::move(config));
  return renewal;
}

void Renewal::look_again(UnixTime now, Log& log) {
  bool has_changed = false;
  for (Response& source : responses_) {
    has_changed |= renew(source, now, log);
    has_changed |= end(source, now, log);
  }
  for (Lent& source : lent_) {
    has_changed |= renew(source, now, log);
  }
  if (has_changed) {
    std::ignore = make_config();  // it could be made before, of no less
  }
}

void Renewal::read_again(UnixTime now, Log& log) {
  look_again(now, log);
  if (sources_.client_authorities.empty()) {
    return;
  }
  const auto read = read_authorities();
  const bool is_taken = read && make_config();
  const std::string path = command::escape(sources_.client_authorities);
  log.note(is_taken ? fmt::format("believing the authorities in {} as they are now", path)
           : read   ? fmt::format("✗ {}: nothing can be made of it.", path)
                    : fmt::format("✗ {} Those of before stay.", read.error().headline));
}

/// Reads the file if it is another than before. Whether something else is stapled now.
bool Renewal::renew(Response& source, UnixTime now, Log& log) {
  if (stamp_of(source.path) == source.stamp) {
    return false;
  }
  const auto stapled = staple(source, now);
  log.note(stapled
               ? fmt::format("stapling the new OCSP response in {}", command::escape(source.path))
               : fmt::format("✗ {} The old response stays.", stapled.error().headline));
  return stapled.has_value();
}

/// The same of a delegated credential. One that has ended needs no care: it is not shown.
bool Renewal::renew(Lent& source, UnixTime now, Log& log) {
  if (stamp_of(source.path) == source.stamp) {
    return false;
  }
  const auto borrowed = borrow(source, now);
  log.note(borrowed ? fmt::format("showing the new delegated credential in {}, good until {}",
                                  command::escape(source.path),
                                  date_text(source.credential->delegation()->expires))
                    : fmt::format("✗ {} The old one stays.", borrowed.error().headline));
  return borrowed.has_value();
}

/// RFC 6960 §4.2.2.1: a response whose nextUpdate has passed is not reliable, and whoever was sent
/// one would end the handshake. Whether there was such a one. Those for other certificates of the
/// chain stay.
bool Renewal::end(Response& source, UnixTime now, Log& log) {
  bool has_ended = false;
  for (Staple& staple : source.staples) {
    if (staple.ends && now > *staple.ends) {
      staple = {};
      has_ended = true;
    }
  }
  if (has_ended) {
    put(source).value();  // there is less of what was there before
    log.note(
        fmt::format("✗ an OCSP response in {} has ended: nothing is stapled in its place until "
                    "there is a new one",
                    command::escape(source.path)));
  }
  return has_ended;
}

std::expected<void, Failure> Renewal::read_authorities() {
  if (sources_.client_authorities.empty() && sources_.client_keys.empty()) {
    return {};
  }
  Result<std::shared_ptr<const Trust>> trust = nullptr;
  if (!sources_.client_authorities.empty()) {
    trust = net::load_trust(sources_.client_authorities);
  }
  if (trust && !sources_.client_keys.empty()) {
    trust = command::trust_in(trust->get(), sources_.client_keys);
    options_.peer_certificate_types = {CertificateType::raw_public_key, CertificateType::x509};
  }
  if (!trust) {
    return std::unexpected(command::file_failure(trust.error(), sources_.client_authorities));
  }
  options_.client_authentication = asking(sources_.mode, *std::move(trust));
  return {};
}

std::optional<Renewal::Stamp> Renewal::stamp_of(const std::string& path) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(path, error);
  const auto size = error ? 0 : std::filesystem::file_size(path, error);
  return error ? std::nullopt : std::optional(Stamp{written, size});
}

/// Finds out to which certificate each response of the file belongs: one in DER, or several in PEM
/// ("OCSP RESPONSE"), in any order. An error is that about the leaf.
Result<std::vector<Renewal::Staple>> Renewal::assign(const Credential& credential,
                                                     std::string_view file, UnixTime now) {
  const auto documents = read_documents(file);
  if (!documents) {
    return std::unexpected(documents.error());
  }
  std::vector<Staple> staples(credential.certificates().size());
  for (const Document& document : *documents) {
    const auto about_leaf = check(credential, 0, document.der, now);
    std::size_t n = 0;
    auto ends = about_leaf;
    while (!ends && ++n < staples.size()) {
      ends = check(credential, n, document.der, now);
    }
    if (!ends) {
      return std::unexpected(about_leaf.error());
    }
    staples[n] = {document.der, *ends};
  }
  return staples;
}

/// Staples the responses of `source` to its certificates, and nothing else.
Result<> Renewal::put(const Response& source) {
  std::vector<Stapled> stapled;
  stapled.reserve(source.staples.size());
  for (const Staple& staple : source.staples) {
    stapled.push_back({.ocsp_response = staple.response, .sct_list = {}});
  }
  auto& credential = credentials_[source.index];
  auto with = credential->with_each(std::move(stapled));
  if (!with) {
    return std::unexpected(with.error());
  }
  credential = *std::move(with);
  return {};
}

/// Puts what is in the file into the place of what was stapled before. The file counts as looked at
/// in any case: one that is no good is told of once.
std::expected<void, Failure> Renewal::staple(Response& source, UnixTime now) {
  source.stamp = stamp_of(source.path);
  const auto file = net::read_file(source.path);
  if (!file) {
    return std::unexpected(command::file_failure(file.error(), source.path));
  }
  auto staples = assign(*credentials_[source.index], *file, now);
  if (!staples) {
    return std::unexpected(command::file_failure(staples.error(), source.path));
  }
  const auto before = std::exchange(source.staples, *std::move(staples));
  if (const auto done = put(source); !done) {
    source.staples = before;
    return std::unexpected(command::file_failure(done.error(), source.path));
  }
  return {};
}

/// Takes what `cert delegate` has made for the certificate, and which any client would take now.
std::expected<void, Failure> Renewal::borrow(Lent& source, UnixTime now) {
  source.stamp = stamp_of(source.path);
  auto file = net::read_file(source.path);
  if (!file) {
    return std::unexpected(command::file_failure(file.error(), source.path));
  }
  const command::KeyText text(*std::move(file));
  const auto wire = delegated_credential_from_pem(text.view());
  auto key = wire ? SigningKey::from_pem(text.view()) : std::unexpected(wire.error());
  const auto delegated = key ? DelegatedCredential::parse(*wire) : std::unexpected(key.error());
  if (!delegated) {
    return std::unexpected(command::file_failure(delegated.error(), source.path));
  }
  const Credential& own = *credentials_[source.index];
  const auto checked = check_delegated_credential(*delegated, own.leaf(), now);
  if (!checked) {
    return std::unexpected(command::file_failure(checked.error(), source.path));
  }
  const auto chain = own.certificates();
  auto lent = delegated_to(*std::move(key), *wire, {chain.begin(), chain.end()});
  if (!lent) {
    return std::unexpected(command::file_failure(lent.error(), source.path));
  }
  source.credential = *std::move(lent);
  return {};
}

/// All credentials; in front of each what it has lent its name to, with the same staples.
std::vector<std::shared_ptr<const Credential>> Renewal::shown() const {
  std::vector<std::shared_ptr<const Credential>> all;
  for (std::size_t i = 0; i < credentials_.size(); ++i) {
    for (const Lent& source : lent_) {
      if (source.index == i) {
        const auto stapled = credentials_[i]->all_stapled();
        all.push_back(source.credential->with_each({stapled.begin(), stapled.end()}).value());
      }
    }
    all.push_back(credentials_[i]);
  }
  return all;
}

Result<> Renewal::make_config() {
  auto made = ServerConfig::make(shown(), options_);
  if (!made) {
    return std::unexpected(made.error());
  }
  current_->replace(*std::move(made));
  return {};
}

}  // namespace handfast::serve
