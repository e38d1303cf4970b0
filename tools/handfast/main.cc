// The `handfast` command: reads the command line, runs one sub-command, returns its exit code.

#include "handfast/commands.h"
#include "handfast/nearest.h"
#include "handfast/terminal.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> names_of_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

/// What is wrong with the command line, in one sentence.
std::string describe_mistake(const CLI::App& app, const CLI::ParseError& error) {
  const auto given = app.get_subcommands();
  const CLI::App& command = given.empty() ? app : *given.front();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) {
    std::string text = error.what();
    return text.ends_with('.') ? text : text + '.';
  }
  const std::vector<std::string> extras = app.remaining(true);
  const std::string extra =
      extras.empty() ? "" : extras.front().substr(0, extras.front().find('='));
  if (extra.starts_with('-')) {
    return fmt::format("There is no option {}{}", escape(extra),
                       suggestion(extra, names_of_options(command)));
  }
  if (given.empty()) {
    return fmt::format("There is no command {}{}", escape(extra),
                       suggestion(extra, names_of_commands(app)));
  }
  return fmt::format("{} is one argument too many.", escape(extra));
}

int run(int argc, char** argv) {
  Chosen chosen;
  CLI::App app;
  describe(app);
  add_connect(app, chosen);
  add_serve(app, chosen);
  add_cert(app, chosen);
  add_help(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    const auto given = app.get_subcommands();
    return print_usage_error(chosen.common, given.empty() ? "" : given.front()->get_name(),
                             describe_mistake(app, error));
  }
  if (!chosen.run) {
    std::fputs(app.help().c_str(), stderr);
    return exit_usage;
  }
  return chosen.run(chosen.common);
}

}  // namespace

}  // namespace handfast::command

int main(int argc, char** argv) {
  // A peer or a pipe that went away is told by write(), not by a signal.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return handfast::command::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "handfast met a bug of its own: %s\n", error.what());
    return handfast::command::exit_bug;
  }
}
