// `handfast help [TOPIC]`: a row of the table of reasons, the list of them, the exit codes.

#include "handfast/commands.h"
#include "handfast/error.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/nearest.h"

#include <algorithm>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

std::string_view fault_text(Who who) {
  switch (who) {
    case Who::us: return "this side: the program, its settings or this computer";
    case Who::peer: return "the peer";
    case Who::network: return "the network between";
    case Who::file: return "a file on this computer";
  }
  return "nobody";
}

Json row_json(const Fault& fault) {
  return Json{{"code", fault.code},         {"exit", fault.exit},   {"what", fault.text},
              {"alert", name(fault.alert)}, {"rule", fault.clause}, {"try", fault.advice}};
}

std::string row_lines(const Fault& fault, const Terminal& terminal) {
  const auto width = static_cast<std::size_t>(terminal.width());
  std::string lines = terminal.paint(Paint::strong, fault.code) + '\n';
  const auto row = [&](std::string_view label, std::string_view text) {
    if (!text.empty()) {
      lines += "  " + pad(terminal.paint(Paint::faint, label), 7) + wrap(text, width, 9) + '\n';
    }
  };
  row("What", sentence(fault.text));
  row("Fault", fault_text(fault.who));
  row("Rule", fault.clause);
  if (fault.who == Who::peer) {
    row("Told", fmt::format("the peer gets the alert {}", alert_text(fault.alert)));
  }
  row("Try", sentence(fault.advice));
  row("Exit", std::to_string(fault.exit));
  return lines;
}

int print_row(const Common& common, const Fault& fault) {
  if (common.json) {
    Json document = json_head("help", true);
    document.update(row_json(fault));
    print_json(document);
    return exit_done;
  }
  const Terminal terminal(stdout, common.color);
  terminal.print(row_lines(fault, terminal));
  return exit_done;
}

int print_codes(const Common& common) {
  if (common.json) {
    Json document = json_head("help", true);
    for (const Fault& fault : all_faults()) {
      document["codes"].push_back(row_json(fault));
    }
    print_json(document);
    return exit_done;
  }
  const Terminal terminal(stdout, common.color);
  const auto width = static_cast<std::size_t>(terminal.width());
  std::string lines;
  for (const Fault& fault : all_faults()) {
    lines += fmt::format("{:>3}  {} {}\n", fault.exit,
                         pad(terminal.paint(Paint::strong, fault.code), 23),
                         wrap(fault.text, width, 29));
  }
  terminal.print(lines);
  return exit_done;
}

constexpr std::string_view exit_codes = R"(Exit codes of handfast

   0  done
   1  a bug in handfast
   2  the command line cannot be meant
   3  a file, key or setting on this computer
  10  the name has no address
  11  refused or unreachable
  12  no answer in time
  20  no common version of TLS
  21  no common cipher suite, group, signature scheme, application protocol or ECH key
  22  the peer does not speak TLS
  23  the peer broke the protocol
  30  the chain of certificates is not trusted
  31  a certificate is outside its dates
  32  the certificate is for another name
  33  a certificate was revoked
  34  a certificate breaks another rule
  35  a client certificate is wanted, or was refused
  40  the peer sent another fatal alert
  41  cut off before the end
  50  findings of a check
 130  Ctrl-C

`handfast help codes` lists every reason with its exit code, `handfast help HF-CODE` tells one.
)";

int help(const Common& common, const std::string& topic, const CLI::App& app) {
  if (topic.empty()) {
    std::fputs(app.help().c_str(), stdout);
    return exit_done;
  }
  if (topic == "codes") {
    return print_codes(common);
  }
  if (topic == "exit" || topic == "exit-codes") {
    std::fputs(exit_codes.data(), stdout);
    return exit_done;
  }
  const auto is_topic = [&](const CLI::App* command) { return command->get_name() == topic; };
  for (const CLI::App* command : app.get_subcommands(is_topic)) {
    std::fputs(command->help().c_str(), stdout);
    return exit_done;
  }
  std::vector<std::string> known = {"codes", "exit-codes"};
  for (const Fault& fault : all_faults()) {
    if (CLI::detail::to_lower(std::string(fault.code)) == CLI::detail::to_lower(topic)) {
      return print_row(common, fault);
    }
    known.emplace_back(fault.code);
  }
  return print_usage_error(
      common, "help",
      fmt::format("There is no help about {}{}", escape(topic), suggestion(topic, known)));
}

}  // namespace

void add_help(CLI::App& app, Chosen& chosen) {
  CLI::App& command =
      add_command(app, chosen, "help", "Explain a code, an exit code or a command",
                  "Examples\n"
                  "  handfast help HF-CERT-EXPIRED    what it means and what to try\n"
                  "  handfast help codes              every reason there is\n"
                  "  handfast help exit-codes\n"
                  "  handfast help connect\n");
  const auto topic = std::make_shared<std::string>();
  command.add_option("TOPIC", *topic, "an HF-CODE, codes, exit-codes, or a command");
  command.callback([&app, &chosen, topic] {
    chosen.run = [&app, topic](const Common& common) { return help(common, *topic, app); };
  });
}

}  // namespace handfast::command
