#include "handfast/verdict.h"

#include "base/limits.h"

#include <array>
#include <memory>
#include <utility>

namespace handfast {

/// Some five thousand bytes, which a connection that waits for its peer does not need yet.
struct Verdict::Findings {
  std::array<Certificate, limits::certificates_in_path> path{};
  std::array<TrustCheck, 104>
      checks{};  // 11 steps for each of 8 certificates, and those of the whole
  std::array<TrustAttempt, 16> attempts{};
  std::array<RevocationFinding, 7> revocation{};
  Bytes sct_list;
  std::uint8_t path_size = 0;
  std::uint8_t checks_size = 0;
  std::uint8_t attempts_size = 0;
  std::uint8_t revocation_size = 0;
  bool trusted = false;
  std::optional<UnixTime> delegated_until;
  std::optional<Error> error;
  std::shared_ptr<const Trust> trust;
  std::shared_ptr<const RevocationLists> lists;
  std::shared_ptr<const CertificateSet> known;
};

Verdict::Verdict() = default;

Verdict::Verdict(const Verdict& other)
    : findings_(other.findings_ ? std::make_unique<Findings>(*other.findings_) : nullptr) {}

Verdict::Verdict(Verdict&& other) noexcept = default;

Verdict& Verdict::operator=(const Verdict& other) {
  if (this != &other) {
    findings_ = other.findings_ ? std::make_unique<Findings>(*other.findings_) : nullptr;
  }
  return *this;
}

Verdict& Verdict::operator=(Verdict&& other) noexcept = default;
Verdict::~Verdict() = default;

const Verdict::Findings& Verdict::found() const {
  static const Findings nothing;
  return findings_ ? *findings_ : nothing;
}

Verdict::Findings& Verdict::own() {
  if (!findings_) {
    findings_ = std::make_unique<Findings>();
  }
  return *findings_;
}

std::span<const Certificate> Verdict::path() const {
  return std::span(found().path).first(found().path_size);
}

std::span<const TrustCheck> Verdict::checks() const {
  return std::span(found().checks).first(found().checks_size);
}

std::span<const TrustAttempt> Verdict::attempts() const {
  return std::span(found().attempts).first(found().attempts_size);
}

std::span<const RevocationFinding> Verdict::revocation() const {
  return std::span(found().revocation).first(found().revocation_size);
}

Bytes Verdict::sct_list() const { return found().sct_list; }

const std::optional<UnixTime>& Verdict::delegated_until() const { return found().delegated_until; }

bool Verdict::is_trusted() const { return found().trusted; }

const std::optional<Error>& Verdict::error() const { return found().error; }

const Certificate* Verdict::kept(std::int16_t place) const {
  constexpr std::int16_t first_known = 0x4000;
  const auto& trust = found().trust;
  const auto& known = found().known;
  const auto index = static_cast<std::size_t>(place < 0 ? -2 - place : place - first_known);
  if (place < 0) {
    return trust != nullptr && index < trust->size() ? &trust->anchor(index) : nullptr;
  }
  return place >= first_known && known != nullptr && index < known->size() ? &known->at(index)
                                                                           : nullptr;
}

Outcome Verdict::outcome(TrustStep step) const {
  // The worst that was found: failed, then not checked, then passed; nothing found does not apply.
  constexpr auto weight = [](Outcome outcome) {
    switch (outcome) {
      case Outcome::failed: return 3;
      case Outcome::not_checked: return 2;
      case Outcome::passed: return 1;
      case Outcome::not_applicable: return 0;
    }
    return 3;
  };
  Outcome worst = Outcome::not_applicable;
  for (const TrustCheck& check : checks()) {
    if (check.step == step && weight(check.outcome) > weight(worst)) {
      worst = check.outcome;
    }
  }
  return worst;
}

void Verdict::add_to_path(const Certificate& certificate) {
  Findings& to = own();
  if (to.path_size < to.path.size()) {
    to.path[to.path_size++] = certificate;
  }
}

void Verdict::clear_path() {
  if (findings_) {
    findings_->path_size = 0;
    findings_->checks_size = 0;
    findings_->revocation_size = 0;
  }
}

void Verdict::add(TrustCheck check) {
  Findings& to = own();
  if (to.checks_size < to.checks.size()) {
    to.checks[to.checks_size++] = check;
  }
}

void Verdict::add(const TrustAttempt& attempt) {
  Findings& to = own();
  if (to.attempts_size < to.attempts.size()) {
    to.attempts[to.attempts_size++] = attempt;
  }
}

void Verdict::add(const RevocationFinding& finding) {
  Findings& to = own();
  if (to.revocation_size < to.revocation.size()) {
    to.revocation[to.revocation_size++] = finding;
  }
}

void Verdict::accept() { own().trusted = !found().error.has_value(); }

void Verdict::refuse(const Error& error) {
  own().error = error;
  own().trusted = false;
}

void Verdict::note_sct_list(Bytes list) { own().sct_list = list; }

void Verdict::note_delegated_until(UnixTime time) { own().delegated_until = time; }

void Verdict::keep(std::shared_ptr<const Trust> trust) { own().trust = std::move(trust); }

void Verdict::keep(std::shared_ptr<const RevocationLists> lists) { own().lists = std::move(lists); }

void Verdict::keep(std::shared_ptr<const CertificateSet> known) { own().known = std::move(known); }

std::string_view name(TrustStep step) {
  switch (step) {
    case TrustStep::name: return "name";
    case TrustStep::path: return "path";
    case TrustStep::anchor: return "anchor";
    case TrustStep::pin: return "pin";
    case TrustStep::time: return "time";
    case TrustStep::basic_constraints: return "basic constraints";
    case TrustStep::path_length: return "path length";
    case TrustStep::key_usage: return "key usage";
    case TrustStep::extended_key_usage: return "extended key usage";
    case TrustStep::name_constraints: return "name constraints";
    case TrustStep::policies: return "policies";
    case TrustStep::critical_extensions: return "critical extensions";
    case TrustStep::profile: return "profile";
    case TrustStep::algorithms: return "algorithms";
    case TrustStep::signatures: return "signatures";
    case TrustStep::revocation: return "revocation";
    case TrustStep::session: return "session";
    case TrustStep::external_psk: return "external PSK";
    case TrustStep::delegation: return "delegation";
    case TrustStep::possession: return "possession";
  }
  return "unknown";
}

std::string_view rule(TrustStep step) {
  switch (step) {
    case TrustStep::name: return "RFC 9525 §6";
    case TrustStep::path: return "RFC 5280 §6.1";
    case TrustStep::anchor: return "RFC 5280 §6.1.1 (d)";
    case TrustStep::pin: return "RFC 7250 §6";
    case TrustStep::time: return "RFC 5280 §6.1.3 (a) (2)";
    case TrustStep::basic_constraints: return "RFC 5280 §6.1.4 (k)";
    case TrustStep::path_length: return "RFC 5280 §6.1.4 (l), (m)";
    case TrustStep::key_usage: return "RFC 5280 §6.1.4 (n)";
    case TrustStep::extended_key_usage: return "RFC 5280 §4.2.1.12";
    case TrustStep::name_constraints: return "RFC 5280 §6.1.3 (b), (c)";
    case TrustStep::policies: return "RFC 5280 §6.1.5 (g)";
    case TrustStep::critical_extensions: return "RFC 5280 §6.1.4 (o)";
    case TrustStep::profile: return "RFC 5280 §4";
    case TrustStep::algorithms: return "RFC 9846 §4.5.1.3";
    case TrustStep::signatures: return "RFC 5280 §6.1.3 (a) (1)";
    case TrustStep::revocation: return "RFC 5280 §6.1.3 (a) (3)";
    case TrustStep::session:
    case TrustStep::external_psk: return "RFC 9846 §2.2";
    case TrustStep::delegation: return "RFC 9345 §4.1.3";
    case TrustStep::possession: return "RFC 9846 §4.5.2";
  }
  return {};
}

}  // namespace handfast
