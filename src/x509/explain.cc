#include "handfast/explain.h"

#include "handfast/describe.h"
#include "handfast/error.h"
#include "x509/dns_name.h"
#include "x509/extensions.h"
#include "x509/path.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace handfast {

namespace {

std::string joined(const std::vector<std::string>& texts, std::string_view separator = ", ") {
  std::string text;
  for (const std::string& part : texts) {
    text += (text.empty() ? "" : std::string(separator)) + part;
  }
  return text;
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

bool is_authority(const Certificate& certificate) {
  return certificate.basic_constraints && certificate.basic_constraints->is_authority;
}

// A list's number, which nobody makes longer than eight bytes but may.
std::string decimal(Bytes magnitude) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : magnitude) {
    if (value >> 56U != 0) {
      return "of a long number";
    }
    value = value << 8U | octet;
  }
  return std::to_string(value);
}

/// A digest's two ends, enough to recognize it by: "96bcec06…a3f1".
std::string digest_text(Bytes der) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto digest = fingerprint(der);
  const auto part = [&](std::size_t first, std::size_t count) {
    std::string text;
    for (const std::uint8_t octet : std::span(digest).subspan(first, count)) {
      text += digits[octet >> 4U];
      text += digits[octet & 0xfU];
    }
    return text;
  };
  return part(0, 4) + "…" + part(digest.size() - 2, 2);
}

/// The alternative name that makes the leaf the one that was asked for.
std::optional<std::string> matching_name(const Certificate& leaf, const ServerName& asked) {
  const std::vector<std::string> texts = alt_name_texts(leaf);
  std::optional<std::string> found;
  std::size_t index = 0;
  leaf.each_alt_name([&](std::uint8_t number, Bytes value) {
    const auto kind = static_cast<x509::NameKind>(number);
    bool matches = false;
    if (asked.is_dns() && kind == x509::NameKind::dns_name) {
      const auto presented = x509::DnsName::parse_presented(value);
      matches = presented && presented->covers(asked.text());
    } else if (!asked.is_dns() && kind == x509::NameKind::ip_address) {
      matches = std::ranges::equal(value, asked.address());
    }
    if (matches && !found && index < texts.size()) {
      found = (asked.is_dns() ? "DNS:" : "IP:") + texts[index];
    }
    ++index;
  });
  return found;
}

std::string authority_text(const Certificate& certificate) {
  if (!is_authority(certificate)) {
    return "no CA";
  }
  const auto& length = certificate.basic_constraints->path_length;
  return length ? "CA, path length " + std::to_string(*length) : "CA";
}

std::string use_text(const Certificate& certificate) {
  std::vector<std::string> uses = key_usage_texts(certificate);
  for (std::string& purpose : extended_key_usage_texts(certificate)) {
    uses.push_back(std::move(purpose));
  }
  return uses.empty() ? "not limited" : joined(uses);
}

// "ECDSA P-256 with SHA-256": the key that signed, and the hash if the kind of key leaves a choice.
std::string signer_text(const Certificate& signer, CertificateSignature algorithm) {
  const std::string_view name = handfast::name(algorithm);
  const std::size_t comma = name.rfind(", ");
  return key_text(signer) + (comma == std::string_view::npos
                                 ? std::string()
                                 : " with " + std::string(name.substr(comma + 2)));
}

std::string constraint_text(const Certificate& certificate) {
  const NameConstraintTexts texts = name_constraint_texts(certificate);
  std::vector<std::string> parts;
  if (!texts.permitted.empty()) {
    parts.push_back("only " + joined(texts.permitted));
  }
  if (!texts.excluded.empty()) {
    parts.push_back("never " + joined(texts.excluded));
  }
  return joined(parts, "; ");
}

std::string source_text(const RevocationFinding& finding) {
  const std::string issuer = Certificate::name_text(finding.issuer);
  const std::string until = finding.next_update ? ", valid until " + date_text(*finding.next_update)
                                                : ", of " + date_text(finding.this_update);
  switch (finding.source) {
    case RevocationFinding::Source::staple: return "the OCSP response of " + issuer + until;
    case RevocationFinding::Source::list:
      return "CRL " + (finding.number.empty() ? std::string() : decimal(finding.number) + ' ') +
             "of " + issuer + until;
    case RevocationFinding::Source::no_revocation:
    case RevocationFinding::Source::none: break;
  }
  return {};
}

std::string finding_text(const RevocationFinding& finding) {
  if (finding.source == RevocationFinding::Source::no_revocation) {
    return "says that there is nobody to ask, as it ends soon (noRevAvail)";
  }
  if (finding.flaw && finding.status != RevocationFinding::Status::revoked) {
    return std::string(fault_of(*finding.flaw).text);
  }
  switch (finding.status) {
    case RevocationFinding::Status::not_known:
      return "nobody was asked: no response was stapled, no list was given";
    case RevocationFinding::Status::good: return "good, by " + source_text(finding);
    case RevocationFinding::Status::revoked:
      return "revoked" + (finding.revoked_at ? " on " + date_text(*finding.revoked_at) : "") +
             (finding.reason ? " (" + std::string(name(*finding.reason)) + ')' : std::string()) +
             ", says " + source_text(finding);
  }
  return {};
}

std::string path_text(std::span<const Certificate> path) {
  std::vector<std::string> labels;
  labels.reserve(path.size());
  for (const Certificate& certificate : path) {
    labels.push_back(certificate.label());
  }
  return joined(labels, " ‹ ");
}

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
    if (path().empty()) {
      add("Path", {TrustStep::path}, {});
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
      line.rule = rule(failure->step);
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
    add("Signatures", {TrustStep::algorithms, TrustStep::signatures},
        !is_checked  ? "not checked, since the path is refused without them"
        : count == 0 ? "none to check: the certificate itself is trusted"
                     : std::to_string(count) + " of " + std::to_string(count) + " (" +
                           joined(kinds, "; ") + ')');
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
    add("Revocation", {TrustStep::revocation},
        parts.empty() ? "not asked, since the path is refused without it" : joined(parts, "; "));
    if (!parts.empty()) {
      lines_.back().text = joined(parts, "; ");
    }
  }

  // Nothing depends on timestamps here; what is known of them is told all the same.
  void tell_transparency() {
    if (path().size() < 2) {
      return;
    }
    TimestampCount count;
    for (const auto& [source, list] : timestamp_lists()) {
      if (!list.empty()) {
        count_timestamps(source, list, count);
      }
    }
    TrustLine line{.title = "Transparency",
                   .outcome = Outcome::not_checked,
                   .text = counted(count.all, "timestamp"),
                   .rule = "RFC 6962 §5.2"};
    if (count.flaw) {
      line.outcome = Outcome::failed;
      line.text += ", of which one is no good: " + std::string(fault_of(*count.flaw).text) +
                   "; nothing here depends on it";
    } else if (scene_.logs == nullptr) {
      line.text += count.all == 0 ? "" : ", not checked: no list of logs was given";
    } else if (count.all > 0) {
      line.outcome = count.logs.empty() ? Outcome::not_checked : Outcome::passed;
      line.text += ", " + std::to_string(count.logs.size()) + " by logs that are known here";
      line.text += count.logs.empty() ? "" : ": " + joined(count.logs);
    }
    lines_.push_back(std::move(line));
  }

  struct TimestampCount {
    std::size_t all = 0;
    std::vector<std::string> logs;  // whose timestamps are good
    std::optional<Reason> flaw;
  };

  [[nodiscard]] std::array<std::pair<TimestampSource, Bytes>, 3> timestamp_lists() const {
    const auto findings = verdict_.revocation();
    return {std::pair{TimestampSource::certificate, leaf().signed_certificate_timestamps},
            std::pair{TimestampSource::handshake, scene_.sct_list},
            std::pair{TimestampSource::staple,
                      findings.empty() ? Bytes{} : findings[0].signed_certificate_timestamps}};
  }

  void count_timestamps(TimestampSource source, Bytes list, TimestampCount& count) const {
    const auto timestamps = read_timestamps(list);
    if (!timestamps) {
      count.flaw = timestamps.error().reason;
      return;
    }
    for (const CertificateTimestamp& timestamp : *timestamps) {
      ++count.all;
      const TransparencyLog* log =
          scene_.logs == nullptr ? nullptr : scene_.logs->find(timestamp.log_id);
      if (log == nullptr) {
        continue;
      }
      if (const auto checked =
              check_timestamp(timestamp, source, leaf(), path()[1], *log, scene_.now);
          !checked) {
        count.flaw = checked.error().reason;
        continue;
      }
      count.logs.push_back(log->name + " on " +
                           date_text({static_cast<std::int64_t>(timestamp.milliseconds / 1000)}));
    }
  }

  // Only a handshake can show that the peer has the leaf's key.
  void tell_possession() {
    if (verdict_.outcome(TrustStep::possession) != Outcome::not_applicable) {
      add("Possession", {TrustStep::possession},
          "the peer signed this very handshake with the leaf's key");
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
    case TrustStep::anchor: return certificate.label();
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
