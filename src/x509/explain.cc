#include "handfast/explain.h"

#include "handfast/describe.h"
#include "handfast/error.h"
#include "x509/trust_texts.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace handfast {

using x509::authority_text;
using x509::constraint_text;
using x509::counted;
using x509::digest_text;
using x509::finding_text;
using x509::joined;
using x509::matching_name;
using x509::path_text;
using x509::signer_text;
using x509::timestamp_count_text;
using x509::timestamp_text;
using x509::use_text;

namespace {

// The certificate at a place of an attempt; nothing if it was not readable.
std::optional<Certificate> certificate_at(std::int16_t place, const Verdict& verdict,
                                          const TrustScene& scene) {
  if (const Certificate* kept = verdict.kept(place)) {
    return *kept;
  }
  const auto index = static_cast<std::size_t>(place);
  if (place < 0 || index >= scene.chain.size()) {
    return std::nullopt;
  }
  const Result<Certificate> sent = Certificate::parse(scene.chain[index]);
  return sent ? std::optional(*sent) : std::nullopt;
}

// Whether an attempt is another path than the one that the verdict shows.
bool is_other_path(const TrustAttempt& attempt, const Verdict& verdict, const TrustScene& scene) {
  const auto places = std::span(attempt.path).first(attempt.length);
  return !std::ranges::equal(
      places, verdict.path(), [&](std::int16_t place, const Certificate& shown) {
        const std::optional<Certificate> tried = certificate_at(place, verdict, scene);
        return tried && std::ranges::equal(tried->der, shown.der);
      });
}

/// Writes the lines, one topic after the other.
class Narrator {
 public:
  Narrator(const Verdict& verdict, const TrustScene& scene) : verdict_(verdict), scene_(scene) {}

  std::vector<TrustLine> tell() {
    if (verdict_.outcome(TrustStep::external_psk) == Outcome::passed) {
      add("Key", {TrustStep::external_psk}, external_psk_text());
      return std::move(lines_);
    }
    if (path().empty()) {
      add("Path", {TrustStep::path}, {});
      return std::move(lines_);
    }
    if (leaf().is_raw_key && verdict_.outcome(TrustStep::session) != Outcome::passed) {
      tell_raw_key();
      return std::move(lines_);
    }
    if (verdict_.outcome(TrustStep::session) == Outcome::passed) {
      tell_session();
      return std::move(lines_);
    }
    tell_name();
    tell_path();
    tell_anchor();
    tell_time();
    tell_use();
    tell_constraints();
    tell_signatures();
    tell_revocation();
    tell_transparency();
    tell_possession();
    return std::move(lines_);
  }

 private:
  [[nodiscard]] std::span<const Certificate> path() const { return verdict_.path(); }

  [[nodiscard]] const Certificate& leaf() const { return path().front(); }

  [[nodiscard]] std::span<const Certificate> authorities() const { return path().subspan(1); }

  [[nodiscard]] const TrustCheck* first_failure(std::span<const TrustStep> steps) const {
    const auto checks = verdict_.checks();
    const auto found = std::ranges::find_if(checks, [&](const TrustCheck& check) {
      return check.outcome == Outcome::failed &&
             std::ranges::find(steps, check.step) != steps.end();
    });
    return found == checks.end() ? nullptr : &*found;
  }

  [[nodiscard]] Outcome worst(std::span<const TrustStep> steps) const {
    Outcome outcome = Outcome::not_applicable;
    for (const TrustStep step : steps) {
      const Outcome one = verdict_.outcome(step);
      if (one == Outcome::failed || (one == Outcome::not_checked && outcome != Outcome::failed) ||
          (one == Outcome::passed && outcome == Outcome::not_applicable)) {
        outcome = one;
      }
    }
    return outcome;
  }

  // What went wrong in one of `steps` comes in the place of `text`.
  void add(std::string_view title, std::initializer_list<TrustStep> steps, std::string text) {
    const std::span<const TrustStep> all(steps.begin(), steps.size());
    TrustLine line{.title = title, .outcome = worst(all), .text = std::move(text)};
    line.rule = rule(*steps.begin());
    if (const TrustCheck* failure = first_failure(all)) {
      line.text = failure_text(*failure);
      // What algorithms may not be has more than one source.
      line.rule = failure->step == TrustStep::algorithms ? fault_of(failure->reason).clause
                                                         : rule(failure->step);
    } else if (path().empty() && verdict_.error()) {
      line.outcome = Outcome::failed;
      line.text = verdict_.error()->text();
    }
    lines_.push_back(std::move(line));
  }

  [[nodiscard]] std::string failure_text(const TrustCheck& failure) const {
    std::string text(fault_of(failure.reason).text);
    if (failure.step == TrustStep::time) {
      return time_failure_text(path()[static_cast<std::size_t>(failure.certificate)]);
    }
    if (failure.step == TrustStep::name) {
      return check_input(failure, verdict_, scene_);
    }
    if (failure.certificate >= 0 && std::cmp_less(failure.certificate, path().size())) {
      text = path()[static_cast<std::size_t>(failure.certificate)].label() + ": " + text;
    }
    const std::string input = check_input(failure, verdict_, scene_);
    return input.empty() ? text : text + " (" + input + ')';
  }

  [[nodiscard]] std::string time_failure_text(const Certificate& certificate) const {
    const bool is_late = scene_.now > certificate.not_after;
    const UnixTime bound = is_late ? certificate.not_after : certificate.not_before;
    const std::int64_t distance =
        is_late ? scene_.now.seconds - bound.seconds : bound.seconds - scene_.now.seconds;
    return certificate.label() + (is_late ? " ended " : " begins ") + date_text(bound) + ", " +
           duration_text(distance) + (is_late ? " before " : " after ") + date_text(scene_.now);
  }

  void tell_raw_key() {
    add("Name", {TrustStep::name},
        scene_.name == nullptr ? "nobody was asked for by name"
                               : "a raw public key has none: whoever has the key is taken for " +
                                     std::string(scene_.name->text()));
    add("Pin", {TrustStep::pin},
        leaf().label() + " (SHA-256) is one of those that are pinned here");
    if (verdict_.outcome(TrustStep::pin) == Outcome::failed) {
      lines_.back().text = leaf().label() + " (SHA-256) is none of those that are pinned here";
    }
    add("Key", {TrustStep::algorithms}, key_text(leaf()) + " is strong enough");
    tell_possession();
  }

  void tell_name() {
    if (scene_.name == nullptr) {
      add("Name", {TrustStep::name}, "nobody was asked for by name");
      return;
    }
    const std::optional<std::string> match = matching_name(leaf(), *scene_.name);
    const bool is_wildcard = match && match->starts_with("DNS:*");
    add("Name", {TrustStep::name},
        std::string(scene_.name->text()) + " matches " + match.value_or("nothing") + " (" +
            (is_wildcard ? "one label; " : "") + "the common name is not used)");
  }

  void tell_path() {
    const auto given_up = static_cast<std::size_t>(
        std::ranges::count_if(verdict_.attempts(), [&](const TrustAttempt& attempt) {
          return is_other_path(attempt, verdict_, scene_);
        }));
    add("Path", {TrustStep::path},
        path_text(path()) +
            (given_up == 0 ? "" : " (" + counted(given_up, "other path") + " given up)"));
    if (verdict_.outcome(TrustStep::path) == Outcome::failed) {
      lines_.back().text = path_text(path()) + ", and no further";
    }
  }

  void tell_anchor() {
    const Certificate& top = path().back();
    const std::string set =
        scene_.anchors.empty() ? "what is trusted here" : std::string(scene_.anchors);
    const bool is_pinned = path().size() == 1;
    add("Anchor", {TrustStep::anchor},
        top.label() + (is_pinned ? ", this very certificate, is in " : " is in ") + set +
            " (SHA-256 " + digest_text(top.der) + ')');
    if (verdict_.outcome(TrustStep::anchor) == Outcome::failed) {
      lines_.back().text =
          "none: " + top.label() +
          (top.is_self_issued()
               ? " names itself as its issuer and is not in " + set
               : " names " + Certificate::name_text(top.issuer) +
                     " as its issuer, whose certificate is neither here nor in " + set);
    }
  }

  void tell_time() {
    const auto shortest = std::ranges::min_element(
        path(), {}, [](const Certificate& certificate) { return certificate.not_after.seconds; });
    add("Time", {TrustStep::time},
        date_text(scene_.now) + " lies inside " +
            (path().size() == 1 ? "its dates"
                                : "the dates of all " + std::to_string(path().size())) +
            "; the first to end is " + shortest->label() + ", in " +
            duration_text(shortest->not_after.seconds - scene_.now.seconds));
  }

  void tell_use() {
    std::vector<std::string> parts = {"leaf: " + use_text(leaf())};
    for (const Certificate& certificate : authorities()) {
      parts.push_back(certificate.label() + ": " + authority_text(certificate));
    }
    add("Use",
        {TrustStep::basic_constraints, TrustStep::path_length, TrustStep::key_usage,
         TrustStep::extended_key_usage},
        joined(parts, "; "));
  }

  void tell_constraints() {
    std::vector<std::string> parts;
    for (const Certificate& certificate : authorities()) {
      const std::string limits = constraint_text(certificate);
      if (!limits.empty()) {
        parts.push_back(certificate.label() + " may sign " + limits);
      }
    }
    if (verdict_.outcome(TrustStep::policies) == Outcome::passed) {
      parts.emplace_back("a policy that is demanded holds through the chain");
    }
    add("Constraints",
        {TrustStep::name_constraints, TrustStep::policies, TrustStep::critical_extensions,
         TrustStep::profile},
        parts.empty() ? "no authority is limited to some names" : joined(parts, "; "));
  }

  void tell_signatures() {
    const std::size_t count = path().size() - 1;
    std::vector<std::string> kinds;
    for (std::size_t i = 0; i < count; ++i) {
      std::string kind = signer_text(path()[i + 1], path()[i].signature_algorithm);
      if (std::ranges::find(kinds, kind) == kinds.end()) {
        kinds.push_back(std::move(kind));
      }
    }
    const bool is_checked = verdict_.outcome(TrustStep::path) == Outcome::passed &&
                            verdict_.outcome(TrustStep::signatures) != Outcome::not_checked;
    add("Signatures", {TrustStep::signatures, TrustStep::algorithms},
        !is_checked  ? "not checked, since the path is refused without them"
        : count == 0 ? "none to check: the certificate itself is trusted"
                     : std::to_string(count) + " of " + std::to_string(count) + " (" +
                           joined(kinds, "; ") + ')');
    if (!is_checked && lines_.back().outcome != Outcome::failed) {
      lines_.back().outcome = Outcome::not_checked;
    }
  }

  void tell_revocation() {
    std::vector<std::string> parts;
    const auto findings = verdict_.revocation();
    std::vector<std::string> not_asked;  // authorities that nothing is known of, as of most
    for (std::size_t i = 0; i < findings.size() && i < path().size(); ++i) {
      const RevocationFinding& finding = findings[i];
      const std::string label = i == 0 ? "leaf" : path()[i].label();
      const bool is_asked = finding.source != RevocationFinding::Source::none ||
                            (finding.flaw && *finding.flaw != Reason::crl_missing);
      if (i == 0 || is_asked) {
        parts.push_back(label + ": " + finding_text(finding));
      } else {
        not_asked.push_back(label);
      }
    }
    if (!not_asked.empty() && parts.front() != "leaf: " + finding_text({})) {
      parts.push_back(joined(not_asked) + ": not asked");
    }
    const bool is_pinned = path().size() == 1 && verdict_.is_trusted();
    add("Revocation", {TrustStep::revocation},
        !parts.empty() ? joined(parts, "; ")
        : is_pinned    ? "nothing to ask: the certificate itself is trusted"
                       : "not asked, since the path is refused without it");
    if (!parts.empty()) {
      lines_.back().text = joined(parts, "; ");
    }
  }

  // Nothing depends on timestamps here; what is known of them is told all the same.
  void tell_transparency() {
    if (path().size() < 2) {
      return;
    }
    const std::vector<TimestampFinding> findings = timestamp_findings(verdict_, scene_);
    TrustLine line{.title = "Transparency",
                   .outcome = Outcome::not_checked,
                   .text = timestamp_count_text(findings),
                   .rule = "RFC 6962 §5.2"};
    std::vector<std::string> good;
    std::vector<const TransparencyLog*> logs;  // one timestamp shown twice is still one log's word
    const TimestampFinding* bad = nullptr;
    for (const TimestampFinding& finding : findings) {
      if (finding.outcome() == Outcome::passed &&
          std::ranges::find(logs, finding.log) == logs.end()) {
        good.push_back(timestamp_text(finding));
        logs.push_back(finding.log);
      }
      bad = finding.flaw ? &finding : bad;
    }
    if (bad != nullptr) {
      line.outcome = Outcome::failed;
      line.text += ", of which one is no good: " + std::string(fault_of(*bad->flaw).text) +
                   "; nothing here depends on it";
    } else if (scene_.logs == nullptr) {
      line.text += findings.empty() ? "" : ", not checked: no list of logs was given";
    } else if (!findings.empty()) {
      line.outcome = good.empty() ? Outcome::not_checked : Outcome::passed;
      line.text += ", confirmed by " + counted(good.size(), "known log");
      line.text += good.empty() ? "" : ": " + joined(good);
    }
    lines_.push_back(std::move(line));
  }

  void tell_session() {
    std::string text = "resumed: nobody showed a certificate now; what was found when the session "
                       "began holds, for ";
    text += leaf().label();
    for (const Certificate& authority : authorities()) {
      text += " ‹ " + authority.label();
    }
    add("Session", {TrustStep::session}, std::move(text));
  }

  [[nodiscard]] std::string external_psk_text() const {
    const std::string now = "nobody showed a certificate: both sides hold the pre-shared key";
    return verdict_.outcome(TrustStep::session) == Outcome::passed
               ? "resumed: " + now + " that the session began with"
               : now;
  }

  // Only a handshake can show that the peer has the leaf's key, or one that it was delegated to.
  void tell_possession() {
    const std::optional<UnixTime>& delegated = verdict_.delegated_until();
    if (delegated) {
      add("Delegation", {TrustStep::delegation},
          "the leaf lets another key sign in its place until " + date_text(*delegated));
    }
    if (verdict_.outcome(TrustStep::possession) != Outcome::not_applicable) {
      add("Possession", {TrustStep::possession},
          leaf().is_raw_key ? "the peer signed this very handshake with the key"
          : delegated       ? "the peer signed this very handshake with the delegated key"
                            : "the peer signed this very handshake with the leaf's key");
    }
  }

  const Verdict& verdict_;
  const TrustScene& scene_;
  std::vector<TrustLine> lines_;
};

}  // namespace

std::vector<TrustLine> explain(const Verdict& verdict, const TrustScene& scene) {
  return Narrator(verdict, scene).tell();
}

std::string check_input(const TrustCheck& check, const Verdict& verdict, const TrustScene& scene) {
  if (check.step == TrustStep::name && scene.name != nullptr && !verdict.path().empty()) {
    const std::vector<std::string> names = alt_name_texts(verdict.path().front());
    return "asked for " + std::string(scene.name->text()) + "; the certificate is for " +
           (names.empty() ? "no name" : joined(names));
  }
  if (check.certificate < 0 || std::cmp_greater_equal(check.certificate, verdict.path().size())) {
    return {};
  }
  const auto index = static_cast<std::size_t>(static_cast<unsigned char>(check.certificate));
  const Certificate& certificate = verdict.path()[index];
  switch (check.step) {
    case TrustStep::anchor:
    case TrustStep::pin: return certificate.label();
    case TrustStep::time:
      return date_text(certificate.not_before) + " to " + date_text(certificate.not_after);
    case TrustStep::basic_constraints: return authority_text(certificate);
    case TrustStep::path_length:
      return authority_text(certificate) + ", " + counted(index - 1, "certificate") +
             " between it and the leaf";
    case TrustStep::key_usage: return joined(key_usage_texts(certificate));
    case TrustStep::extended_key_usage: return joined(extended_key_usage_texts(certificate));
    case TrustStep::name_constraints: return constraint_text(certificate);
    case TrustStep::algorithms:
      return key_text(certificate) + "; signed with " +
             std::string(name(certificate.signature_algorithm));
    case TrustStep::signatures:
      return index + 1 < verdict.path().size()
                 ? "by the key of " + verdict.path()[index + 1].label()
                 : std::string();
    case TrustStep::name:
    case TrustStep::path:
    case TrustStep::policies:
    case TrustStep::critical_extensions:
    case TrustStep::profile:
    case TrustStep::revocation:
    case TrustStep::session:
    case TrustStep::external_psk:
    case TrustStep::delegation:
    case TrustStep::possession: break;
  }
  return {};
}

std::vector<std::string> attempt_texts(const Verdict& verdict, const TrustScene& scene) {
  std::vector<std::string> texts;
  for (const TrustAttempt& attempt : verdict.attempts()) {
    if (!is_other_path(attempt, verdict, scene)) {
      continue;
    }
    std::vector<std::string> labels;
    for (const std::int16_t place : std::span(attempt.path).first(attempt.length)) {
      const std::optional<Certificate> tried = certificate_at(place, verdict, scene);
      labels.push_back(tried ? tried->label() : "certificate " + std::to_string(place + 1));
    }
    texts.push_back(joined(labels, " ‹ ") + ": " + std::string(fault_of(attempt.reason).text));
  }
  return texts;
}

}  // namespace handfast
