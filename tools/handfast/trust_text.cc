#include "handfast/trust_text.h"

#include "handfast/cert_text.h"
#include "handfast/error.h"

#include <fmt/format.h>

namespace handfast::command {

namespace {

Paint paint_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return Paint::good;
    case Outcome::failed: return Paint::bad;
    case Outcome::not_checked:
    case Outcome::not_applicable: return Paint::faint;
  }
  return Paint::faint;
}

Json check_json(const TrustCheck& check, const Verdict& verdict, const TrustScene& scene) {
  Json json{
      {"step", name(check.step)}, {"outcome", name_of(check.outcome)}, {"rule", rule(check.step)}};
  if (check.certificate >= 0) {
    json["certificate"] = check.certificate;
  }
  if (const std::string input = check_input(check, verdict, scene); !input.empty()) {
    json["input"] = input;
  }
  if (check.outcome == Outcome::failed) {
    json["code"] = fault_of(check.reason).code;
    json["why"] = fault_of(check.reason).text;
  }
  return json;
}

std::string_view text_of(TimestampSource source) {
  switch (source) {
    case TimestampSource::certificate: return "certificate";
    case TimestampSource::handshake: return "handshake";
    case TimestampSource::staple: return "OCSP response";
  }
  return {};
}

Json timestamp_json(const TimestampFinding& finding) {
  Json json{{"source", text_of(finding.source)},
            {"outcome", command::name_of(finding.outcome())},
            {"log", finding.log == nullptr ? Json(nullptr) : Json(finding.log->name)}};
  if (!finding.timestamp.log_id.empty()) {
    json["log_id"] = cert::hex(finding.timestamp.log_id);
    json["at"] = date_text(finding.timestamp.time());
  }
  if (finding.flaw) {
    json["code"] = fault_of(*finding.flaw).code;
    json["why"] = fault_of(*finding.flaw).text;
  }
  return json;
}

}  // namespace

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

Reasoning reasoning_of(const Verdict& verdict, const TrustScene& scene) {
  Reasoning reasoning{.lines = explain(verdict, scene), .given_up = attempt_texts(verdict, scene)};
  for (const TrustCheck& check : verdict.checks()) {
    reasoning.checks.push_back(check_json(check, verdict, scene));
  }
  const std::vector<TimestampFinding> timestamps = timestamp_findings(verdict, scene);
  for (const TimestampFinding& finding : timestamps) {
    reasoning.timestamps.push_back(timestamp_json(finding));
  }
  return reasoning;
}

std::string to_lines(const Reasoning& reasoning, const Terminal& terminal) {
  constexpr std::size_t title_width = 13;
  constexpr std::size_t indent = 5 + title_width;
  const auto width = static_cast<std::size_t>(terminal.width());
  std::string lines;
  int number = 0;
  for (const TrustLine& line : reasoning.lines) {
    const std::string rule = line.outcome == Outcome::failed && !line.rule.empty()
                                 ? fmt::format(" [{}]", line.rule)
                                 : std::string();
    lines += fmt::format("{:>2} {} {}{}\n", ++number,
                         terminal.paint(paint_of(line.outcome), sign_of(line.outcome)),
                         pad(terminal.paint(Paint::faint, line.title), title_width),
                         wrap(line.text + rule, width, indent));
    if (line.title == "Path") {
      for (const std::string& path : reasoning.given_up) {
        lines += std::string(indent, ' ') +
                 terminal.paint(Paint::faint, wrap("given up: " + path, width, indent + 2)) + '\n';
      }
    }
  }
  return lines;
}

std::string failed_line(const Reasoning& reasoning) {
  // A path that leads to no anchor says so, but the line of the anchor says why.
  const TrustLine* found = nullptr;
  for (const TrustLine& line : reasoning.lines) {
    if (line.outcome == Outcome::failed && (found == nullptr || found->title == "Path")) {
      found = &line;
    }
  }
  return found == nullptr ? std::string() : fmt::format("{}: {}", found->title, found->text);
}

Json to_json(const Reasoning& reasoning) {
  Json lines = Json::array();
  for (const TrustLine& line : reasoning.lines) {
    lines.push_back({{"title", line.title},
                     {"outcome", name_of(line.outcome)},
                     {"text", line.text},
                     {"rule", line.rule}});
  }
  return {{"reasoning", std::move(lines)},
          {"paths_given_up", reasoning.given_up},
          {"checks", reasoning.checks},
          {"timestamps", reasoning.timestamps}};
}

}  // namespace handfast::command
