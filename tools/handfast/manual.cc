// How help is written, and the flags that every sub-command has.

#include "handfast/commands.h"
#include "handfast/json.h"
#include "handfast/one_of.h"
#include "handfast/terminal.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr std::size_t column = 24;
constexpr std::size_t page_width = 80;
constexpr double longest_timeout = 365.0 * 86'400;
constexpr const char* common_group = "Common options";

std::string row(const std::string& left, const std::string& text) {
  const std::string first = "  " + left;
  const std::string gap = first.size() + 2 > column ? '\n' + std::string(column, ' ')
                                                    : std::string(column - first.size(), ' ');
  return first + gap + wrap(text, page_width, column) + '\n';
}

/// Help as a manual page: what it does, how it is called, options, then examples and the rest.
class Manual : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    std::string page = wrap(app->get_description(), page_width, 0) + "\n\n" + usage(*app);
    const auto commands = app->get_subcommands([](const CLI::App*) { return true; });
    if (!commands.empty()) {
      page += "\nCommands\n";
      for (const CLI::App* command : commands) {
        page += row(command->get_name(), command->get_description());
      }
    }
    page += group(*app, "Options") + group(*app, common_group);
    if (!app->get_footer().empty()) {
      page += '\n' + app->get_footer();
    }
    return page;
  }

 private:
  static std::string usage(const CLI::App& app) {
    std::string line = "Usage  handfast";
    if (app.get_parent() == nullptr) {
      return line + " COMMAND [OPTIONS]\n";
    }
    std::string path;
    for (const CLI::App* part = &app; part->get_parent() != nullptr; part = part->get_parent()) {
      path.insert(0, ' ' + part->get_name());
    }
    line += path;
    if (!app.get_subcommands([](const CLI::App*) { return true; }).empty()) {
      return line + " COMMAND [OPTIONS]\n";
    }
    line += " [OPTIONS]";
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional()) {
        const std::string name = option->get_name(true);
        line += option->get_required() ? ' ' + name : " [" + name + ']';
      }
    }
    return line + '\n';
  }

  static std::string group(const CLI::App& app, const std::string& name) {
    std::string rows;
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_group() == name && option->nonpositional()) {
        // CLI11 writes the checks behind a colon.
        const std::string kind = option->get_type_name();
        const std::string type =
            option->get_type_size() > 0 ? ' ' + kind.substr(0, kind.find(':')) : "";
        rows += row(option->get_name(false, true) + type, option->get_description());
      }
    }
    return rows.empty() ? rows : '\n' + name + '\n' + rows;
  }
};

void add_common(CLI::App& command, Common& common) {
  const std::map<std::string, ColorChoice> choices = {{"auto", ColorChoice::automatic},
                                                      {"always", ColorChoice::always},
                                                      {"never", ColorChoice::never}};
  command.add_flag("--json", common.json, "write one JSON document instead of text")
      ->group(common_group);
  command.add_flag("--quiet", common.quiet, "say nothing but what failed")->group(common_group);
  command.add_flag("--verbose", common.verbose, "say more")->group(common_group);
  const auto set_color = [&common, choices](const std::string& word) {
    common.color = choices.at(word);
  };
  command.add_option_function<std::string>("--color", set_color, "auto, always or never")
      ->transform(one_of({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->group(common_group);
  const auto set_timeout = [&common](double seconds) {
    // NOLINTNEXTLINE(readability-simplify-boolean-expr): what is no number must fail too
    if (!(seconds > 0 && seconds <= longest_timeout)) {
      throw CLI::ValidationError("--timeout takes more than 0 seconds, and less than a year.");
    }
    common.timeout = seconds;
  };
  command.add_option_function<double>("--timeout", set_timeout, "give up after so many seconds")
      ->type_name("SECONDS")
      ->group(common_group);
  command.add_flag("--no-input", common.no_input, "read nothing from standard input, ask nothing")
      ->group(common_group);
}

}  // namespace

CLI::App& add_command(CLI::App& app, Chosen& chosen, const std::string& name,
                      const std::string& text, const std::string& manual) {
  CLI::App& command = *app.add_subcommand(name, text);
  command.footer(manual);
  command.set_help_flag("-h,--help", "show this help")->group(common_group);
  add_common(command, chosen.common);
  return command;
}

void describe(CLI::App& app) {
  app.description("Handfast makes TLS connections and says why: why one failed, who stopped it, "
                  "why a certificate was trusted.");
  app.require_subcommand(0, 1);  // further words are arguments, even those that name a command
  app.formatter(std::make_shared<Manual>());
  app.set_help_flag("-h,--help", "show this help");
  app.set_version_flag("--version", "handfast " HANDFAST_VERSION, "show the version");
  app.footer("Try\n"
             "  handfast connect example.com      connect, verify, say how it went\n"
             "  handfast help HF-CERT-EXPIRED     what a code means and what to try\n"
             "  handfast COMMAND --help           options and examples\n");
}

int print_usage_error(const Common& common, const std::string& command,
                      const std::string& sentence) {
  if (common.json) {
    std::string schema = command.empty() ? "handfast" : command;
    std::ranges::replace(schema, ' ', '-');
    Json document = json_head(schema, false);
    document.update(Json{{"exit", exit_usage}, {"stopped_by", "usage"}, {"why", sentence}});
    print_json(document);
    return exit_usage;
  }
  const Terminal terminal(stderr, common.color);
  const std::string help = command.empty() ? "handfast --help" : "handfast " + command + " --help";
  terminal.print(terminal.paint(Paint::bad, "✗") + ' ' + wrap_headline(sentence, terminal) + '\n');
  if (!common.quiet) {
    terminal.print(terminal.paint(Paint::faint, fmt::format("exit {} · {}", exit_usage, help)) +
                   '\n');
  }
  return exit_usage;
}

}  // namespace handfast::command
