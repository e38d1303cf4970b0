#include "handfast/failure.h"

#include "handfast/alert.h"
#include "handfast/registry.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace handfast::command {

namespace {

std::string what_failed(Stage stage) {
  switch (stage) {
    case Stage::setup: return "Nothing was started.";
    case Stage::network: return "No connection was made.";
    case Stage::plain: return "TLS did not begin.";
    case Stage::handshake: return "The handshake failed.";
    case Stage::data: return "The connection broke.";
  }
  return {};
}

std::string who_stopped(const Error& error, Side side) {
  const bool is_client = side == Side::client;
  switch (error.stopped_by()) {
    case Who::us: return is_client ? "You (the client) stopped it" : "You (the server) stopped it";
    case Who::peer: return is_client ? "The server stopped it" : "The client stopped it";
    case Who::network: return "The network stopped it";
    case Who::file: return "A file on this computer stopped it";
  }
  return {};
}

std::string_view who_name(const Error& error, Side side) {
  const bool is_client = side == Side::client;
  switch (error.stopped_by()) {
    case Who::us: return is_client ? "client" : "server";
    case Who::peer: return is_client ? "server" : "client";
    case Who::network: return "network";
    case Who::file: return "file";
  }
  return "nobody";
}

std::string manner(const Error& error) {
  if (error.reason == Reason::alert_received) {
    return fmt::format(" with the alert {}", alert_text(error.received));
  }
  if (error.reason == Reason::closed_in_handshake || error.reason == Reason::truncated ||
      error.reason == Reason::starttls_closed) {
    return " by hanging up";
  }
  return {};
}

bool sends_alert(const Error& error, Stage stage) {
  return stage >= Stage::handshake && error.stopped_by() == Who::us &&
         error.reason != Reason::truncated;
}

std::string code_name(Facts::Kind kind, std::uint16_t code) {
  switch (kind) {
    case Facts::Kind::versions: return std::string(name(static_cast<ProtocolVersion>(code)));
    case Facts::Kind::cipher_suites: return std::string(name(static_cast<CipherSuite>(code)));
    case Facts::Kind::groups: return std::string(name(static_cast<NamedGroup>(code)));
    case Facts::Kind::schemes: return std::string(name(static_cast<SignatureScheme>(code)));
    case Facts::Kind::extension: return std::string(name(static_cast<ExtensionType>(code)));
    default: return std::to_string(code);
  }
}

std::vector<std::string> names_of(Facts::Kind kind, std::span<const std::uint16_t> codes,
                                  std::size_t count) {
  std::vector<std::string> names;
  for (const std::uint16_t code : codes.first(std::min(count, codes.size()))) {
    std::string text = code_name(kind, code);
    if (text == "unassigned") {
      text = fmt::format("unknown (0x{:04x})", code);
    }
    if (!is_grease(code)) {
      names.push_back(std::move(text));
    }
  }
  if (count > codes.size()) {
    names.push_back(fmt::format("and {} more", count - codes.size()));
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

/// Both sides of the disagreement, as a sentence; empty where there is none to tell.
std::string facts_text(const Facts& facts, Side side) {
  const std::string_view peer = side == Side::client ? "the server" : "the client";
  const std::vector<std::string> ours = names_of(facts.kind, facts.ours, facts.ours_count);
  const std::vector<std::string> theirs = names_of(facts.kind, facts.theirs, facts.theirs_count);
  switch (facts.kind) {
    case Facts::Kind::none: return {};
    case Facts::Kind::numbers:
      return fmt::format("Allowed or expected: {}; what came: {}.", facts.limit, facts.got);
    case Facts::Kind::extension:
      return fmt::format("The extension: {}.", joined(theirs.empty() ? ours : theirs));
    default:
      if (theirs.empty()) {
        return fmt::format("Your side: {}.", joined(ours));
      }
      return fmt::format("Your side: {}; {}: {}.", joined(ours), peer, joined(theirs));
  }
}

Json facts_json(const Facts& facts) {
  switch (facts.kind) {
    case Facts::Kind::none: return Json::object();
    case Facts::Kind::numbers: return Json{{"limit", facts.limit}, {"got", facts.got}};
    default:
      return Json{{"ours", names_of(facts.kind, facts.ours, facts.ours_count)},
                  {"theirs", names_of(facts.kind, facts.theirs, facts.theirs_count)}};
  }
}

}  // namespace

Failure explain(const Error& error, Side side, Stage stage) {
  Failure failure{.error = error,
                  .side = side,
                  .headline = fmt::format("{} {}{}.", what_failed(stage), who_stopped(error, side),
                                          manner(error)),
                  .why = sentence(error.text()),
                  .tries = {std::string(error.fault().advice)},
                  .facts = facts_json(error.facts)};
  if (error.reason == Reason::alert_received) {
    failure.why =
        fmt::format("The {} did not say more than that. What this alert usually means, a "
                    "guess: {}",
                    side == Side::client ? "server" : "client", usual_meaning(error.received));
    failure.told = fmt::format("alert {} was received", alert_text(error.received));
  } else if (sends_alert(error, stage)) {
    failure.told = told_text(error, side);
  }
  const std::string both_sides = facts_text(error.facts, side);
  if (!both_sides.empty()) {
    failure.why += ' ' + both_sides;
  }
  return failure;
}

Failure file_failure(const Error& error, const std::string& path) {
  Failure failure{
      .error = error,
      .headline = fmt::format("{} cannot be used: {}.", escape(path), error.text()),
      .why = {},
      .tries = {std::string(error.fault().advice)},
      .facts = Json{{"path", path}},
  };
  std::error_code ignored;
  if (error.reason == Reason::file_unreadable && std::filesystem::is_directory(path, ignored) &&
      ::access(path.c_str(), R_OK | X_OK) == 0) {
    failure.headline = fmt::format("{} is a folder, and a file is meant.", escape(path));
    failure.tries = {"name a file in it"};
  }
  return failure;
}

int exit_code(const Error& error) {
  if (error.reason != Reason::alert_received) {
    return error.fault().exit;
  }
  switch (error.received) {
    case Alert::protocol_version:
    case Alert::inappropriate_fallback: return fault_of(Reason::version_none_common).exit;
    case Alert::handshake_failure:
    case Alert::insufficient_security:
    case Alert::no_application_protocol: return fault_of(Reason::suite_none_common).exit;
    case Alert::unrecognized_name: return fault_of(Reason::server_name_unknown).exit;
    // What a server has against a certificate can only be the client's.
    case Alert::bad_certificate:
    case Alert::unsupported_certificate:
    case Alert::certificate_revoked:
    case Alert::certificate_expired:
    case Alert::certificate_unknown:
    case Alert::unknown_ca:
    case Alert::certificate_required: return fault_of(Reason::certificate_required).exit;
    default: return error.fault().exit;
  }
}

std::string to_lines(const Failure& failure, const Terminal& terminal, bool is_verbose) {
  const auto width = static_cast<std::size_t>(terminal.width());
  const std::string headline = wrap_headline(failure.headline, terminal);
  std::string lines =
      terminal.paint(Paint::bad, "✗") + ' ' + terminal.paint(Paint::strong, headline) + '\n';
  const auto row = [&](std::string_view label, std::string_view text) {
    if (!text.empty()) {
      lines += "  " + pad(terminal.paint(Paint::faint, label), 7) + wrap(text, width, 9) + '\n';
    }
  };
  row("Why", failure.why);
  row("Where", failure.where);
  row("Told", failure.told);
  if (failure.tries.size() == 1) {
    row("Try", failure.tries.front());
  } else {
    for (const std::string& remedy : failure.tries) {
      const bool is_first = &remedy == &failure.tries.front();
      lines += "  " + pad(terminal.paint(Paint::faint, is_first ? "Try" : ""), 7) + "• " +
               wrap(remedy, width, 11) + '\n';
    }
  }
  if (is_verbose) {
    row("Rule", failure.error.fault().clause);
    row("Source",
        fmt::format("{}:{}", failure.error.where.file_name(), failure.error.where.line()));
  }
  const std::string_view code = failure.error.fault().code;
  lines += terminal.paint(Paint::faint, fmt::format("exit {} · {} · handfast help {}",
                                                    exit_code(failure.error), code, code));
  return lines + '\n';
}

Json to_json(const Failure& failure) {
  const Fault& fault = failure.error.fault();
  Json json{{"code", fault.code},
            {"exit", exit_code(failure.error)},
            {"stopped_by", who_name(failure.error, failure.side)},
            {"what", failure.headline},
            {"why", failure.why.empty() ? sentence(fault.text) : failure.why},
            {"where", failure.where},
            {"told", failure.told},
            {"try", failure.tries},
            {"rule", fault.clause},
            {"facts", failure.facts}};
  if (failure.error.reason == Reason::alert_received) {
    json["alert"] = {{"received", name(failure.error.received)},
                     {"number", std::to_underlying(failure.error.received)}};
  }
  return json;
}

int print_failure(const Common& common, const std::string& command, const Failure& failure) {
  if (common.json) {
    Json document = json_head(command, false);
    document.update(to_json(failure));
    print_json(document);
  } else if (common.quiet) {
    const Terminal terminal(stderr, common.color);
    terminal.print(fmt::format("✗ {}\n", wrap_headline(failure.headline, terminal)));
  } else {
    const Terminal terminal(stderr, common.color);
    terminal.print(to_lines(failure, terminal, common.verbose));
  }
  return exit_code(failure.error);
}

std::string alert_text(Alert alert) {
  return fmt::format("{} ({})", name(alert), std::to_underlying(alert));
}

std::string told_text(const Error& error, Side side) {
  return fmt::format("alert {} was sent to the {}", alert_text(error.alert()),
                     side == Side::client ? "server" : "client");
}

std::string sentence(std::string_view text) {
  std::string whole(text);
  if (!whole.empty() && whole.front() >= 'a' && whole.front() <= 'z') {
    whole.front() = static_cast<char>(whole.front() - 32);
  }
  if (!whole.ends_with('.')) {
    whole += '.';
  }
  return whole;
}

}  // namespace handfast::command
