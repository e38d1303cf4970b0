#include "handfast/verdict.h"

#include <algorithm>

namespace handfast {

const Certificate* Verdict::kept(std::int16_t place) const {
  constexpr std::int16_t first_known = 0x4000;
  const auto index = static_cast<std::size_t>(place < 0 ? -2 - place : place - first_known);
  if (place < 0) {
    return trust_ != nullptr && index < trust_->size() ? &trust_->anchor(index) : nullptr;
  }
  return place >= first_known && known_ != nullptr && index < known_->size() ? &known_->at(index)
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
  if (path_size_ < path_.size()) {
    path_[path_size_++] = certificate;
  }
}

void Verdict::add(TrustCheck check) {
  if (checks_size_ < checks_.size()) {
    checks_[checks_size_++] = check;
  }
}

void Verdict::add(const TrustAttempt& attempt) {
  if (attempts_size_ < attempts_.size()) {
    attempts_[attempts_size_++] = attempt;
  }
}

void Verdict::add(const RevocationFinding& finding) {
  if (revocation_size_ < revocation_.size()) {
    revocation_[revocation_size_++] = finding;
  }
}

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
    case TrustStep::possession: return "RFC 9846 §4.5.2";
  }
  return {};
}

}  // namespace handfast
