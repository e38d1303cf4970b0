#include "handfast/connect_report.h"

#include "handfast/cert_text.h"
#include "handfast/describe.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr std::size_t label_width = 14;

std::string row(const Terminal& terminal, std::string_view label, std::string_view text) {
  const auto width = static_cast<std::size_t>(terminal.width());
  return "  " + pad(terminal.paint(Paint::faint, label), label_width) +
         wrap(text, width, label_width + 2) + '\n';
}

std::string first_line(const Report& report, const Terminal& terminal) {
  const bool is_trusted = report.judgement && report.judgement->is_trusted;
  const std::string sign =
      is_trusted ? terminal.paint(Paint::good, "✓") : terminal.paint(Paint::warning, "!");
  const std::string trust = is_trusted ? terminal.paint(Paint::good, "trusted")
                                       : terminal.paint(Paint::warning, "NOT CHECKED");
  return fmt::format("{} {} ({})  {}  {}  handshake {:.1f} ms ({})\n", sign,
                     terminal.paint(Paint::strong, report.target.shown), report.address, trust,
                     name(report.settled.version), report.times.handshake,
                     report.settled.retried ? "2 round trips" : "1 round trip");
}

std::string chain_text(const Report& report) {
  if (!report.judgement) {
    return {};
  }
  return fmt::format("{} ({})", fmt::join(report.judgement->path, " ‹ "), report.trust);
}

std::string_view sign_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return "✓";
    case Outcome::failed: return "✗";
    case Outcome::not_checked:
    case Outcome::not_applicable: return "–";
  }
  return "–";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::failed: return "failed";
    case Outcome::not_checked: return "not checked";
    case Outcome::not_applicable: return "does not apply";
  }
  return {};
}

/// How one step went over the whole path.
Outcome outcome_of(const Judgement& judgement, TrustStep step) {
  Outcome worst = Outcome::not_applicable;
  for (const TrustCheck& check : judgement.checks) {
    if (check.step != step) {
      continue;
    }
    if (check.outcome == Outcome::failed) {
      return Outcome::failed;
    }
    if (worst == Outcome::not_applicable || check.outcome == Outcome::not_checked) {
      worst = check.outcome;
    }
  }
  return worst;
}

std::vector<TrustStep> steps_of(const Judgement& judgement) {
  std::vector<TrustStep> steps;
  for (const TrustCheck& check : judgement.checks) {
    if (std::ranges::find(steps, check.step) == steps.end()) {
      steps.push_back(check.step);
    }
  }
  std::ranges::sort(steps);
  return steps;
}

std::string words(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string check_lines(const Judgement& judgement, const Terminal& terminal) {
  std::string lines = "  " + terminal.paint(Paint::faint, "Checks") + '\n';
  for (const TrustStep step : steps_of(judgement)) {
    const Outcome outcome = outcome_of(judgement, step);
    const Paint paint = outcome == Outcome::passed   ? Paint::good
                        : outcome == Outcome::failed ? Paint::bad
                                                     : Paint::faint;
    lines += "    " + terminal.paint(paint, sign_of(outcome)) + ' ' + pad(words(name(step)), 20) +
             "  " + terminal.paint(Paint::faint, name_of(outcome)) + '\n';
  }
  return lines;
}

Json checks_json(const Judgement& judgement) {
  Json checks = Json::array();
  for (const TrustCheck& check : judgement.checks) {
    Json entry{{"step", name(check.step)}, {"outcome", name_of(check.outcome)}};
    if (check.certificate >= 0) {
      entry["certificate"] = check.certificate;
    }
    if (check.outcome == Outcome::failed) {
      entry["code"] = fault_of(check.reason).code;
    }
    checks.push_back(std::move(entry));
  }
  return checks;
}

std::string_view name_of(StepKind kind) {
  switch (kind) {
    case StepKind::message: return "message";
    case StepKind::compatibility: return "compatibility";
    case StepKind::data: return "data";
    case StepKind::alert: return "alert";
    case StepKind::keys: return "keys";
  }
  return {};
}

}  // namespace

Judgement judgement_of(const Verdict& verdict) {
  Judgement judgement{.is_trusted = verdict.is_trusted()};
  for (const Certificate& certificate : verdict.path()) {
    judgement.path.push_back(certificate.label());
  }
  judgement.checks.assign(verdict.checks().begin(), verdict.checks().end());
  return judgement;
}

std::string summary_lines(const Report& report, const Terminal& terminal, bool is_verbose) {
  std::string lines = first_line(report, terminal);
  if (!report.is_checked) {
    lines += "  " +
             terminal.paint(Paint::warning,
                            wrap("Nothing was checked (--insecure): whoever answers here "
                                 "may not be whom you mean, and may read and change all.",
                                 static_cast<std::size_t>(terminal.width()), 2)) +
             '\n';
  }
  const Settled& settled = report.settled;
  lines += row(terminal, "Key exchange",
               fmt::format("{}   {} {}   {} {}", name(settled.group),
                           terminal.paint(Paint::faint, "Cipher"), name(settled.suite),
                           terminal.paint(Paint::faint, "Signed with"), name(settled.scheme)));
  if (report.leaf) {
    lines += row(terminal, "Certificate",
                 fmt::format("{}, {}, {}", report.leaf->label(), key_text(*report.leaf),
                             cert::validity_text(*report.leaf, report.now)));
  }
  const std::string chain = chain_text(report);
  if (report.is_checked && !chain.empty()) {
    lines += row(terminal, "Chain", chain);
  }
  lines += row(terminal, "ALPN",
               fmt::format("{}   {} {}", settled.alpn.empty() ? "–" : escape(settled.alpn),
                           terminal.paint(Paint::faint, "SNI"), report.server_name));
  lines += row(terminal, "Time",
               fmt::format("name {:.1f}   tcp {:.1f}   tls {:.1f} ms", report.times.lookup,
                           report.times.reach, report.times.handshake));
  if (is_verbose && report.is_checked && report.judgement) {
    lines += check_lines(*report.judgement, terminal);
  }
  return lines;
}

Json report_json(const Report& report) {
  const Settled& settled = report.settled;
  Json json{
      {"host", report.target.host},
      {"port", report.target.port},
      {"address", report.address},
      {"server_name", report.server_name},
      {"checked", report.is_checked},
      {"trusted", report.is_checked && report.judgement && report.judgement->is_trusted},
      {"version", name(settled.version)},
      {"cipher_suite", name(settled.suite)},
      {"group", name(settled.group)},
      {"signature_scheme", name(settled.scheme)},
      {"alpn", settled.alpn.empty() ? Json(nullptr) : Json(escape(settled.alpn))},
      {"round_trips", settled.retried ? 2 : 1},
      {"milliseconds",
       {{"name", report.times.lookup},
        {"tcp", report.times.reach},
        {"tls", report.times.handshake}}},
  };
  if (report.leaf) {
    json["certificate"] = cert::to_json(*report.leaf, report.now);
  }
  if (report.is_checked && report.judgement) {
    json["chain"] = report.judgement->path;
    json["trust"] = report.trust;
    json["checks"] = checks_json(*report.judgement);
  }
  return json;
}

Json steps_json(const std::vector<Step>& steps) {
  Json list = Json::array();
  for (const Step& step : steps) {
    Json entry{{"kind", name_of(step.kind)},
               {"from", step.is_both_ways         ? "both"
                        : step.flow == Flow::sent ? "client"
                                                  : "server"},
               {"text", step.text},
               {"milliseconds", step.milliseconds}};
    if (step.kind != StepKind::keys) {
      entry["bytes"] = step.size;
      entry["count"] = step.count;
    }
    if (!step.note.empty()) {
      entry["note"] = step.note;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::optional<Certificate> certificate_at(const Recorder& recorder, std::size_t index) {
  if (index >= recorder.chain().size()) {
    return std::nullopt;
  }
  const Result<Certificate> certificate = Certificate::parse(recorder.chain()[index]);
  return certificate ? std::optional(*certificate) : std::nullopt;
}

}  // namespace handfast::command
