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

/// What is wrong with an option's value, in one sentence. The words of CLI11 that are taken apart
/// here are those of its Error.hpp.
std::string describe_value(const CLI::App& command, const CLI::ParseError& error) {
  const std::string text = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    for (const CLI::Option* option : command.get_options()) {
      if (option->get_required() && option->count() == 0) {
        return option->get_name() + " is missing.";
      }
    }
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return text.substr(0, text.find(':')) + " needs a value.";
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    const std::size_t colon = text.find(": ");
    const std::size_t equals = text.find(" = ");
    if (colon != std::string::npos && equals != std::string::npos) {
      return fmt::format("{} is no number for {}.", escape(text.substr(equals + 3)),
                         text.substr(colon + 2, equals - colon - 2));
    }
  }
  return text.ends_with('.') || text.ends_with('?') ? text : text + '.';
}

/// The command that was named, as far as it goes: `cert` of `cert no-such`, else `cert sign`.
const CLI::App& named_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
  }
  return *command;
}

/// "cert sign"
std::string path_of(const CLI::App& command) {
  std::string path;
  for (const CLI::App* part = &command; part->get_parent() != nullptr; part = part->get_parent()) {
    path.insert(0, part->get_name() + (path.empty() ? "" : " "));
  }
  return path;
}

/// What is wrong with the command line, in one sentence.
std::string describe_mistake(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = named_command(app);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) {
    return describe_value(command, error);
  }
  const std::vector<std::string> extras = app.remaining(true);
  const std::string extra =
      extras.empty() ? "" : extras.front().substr(0, extras.front().find('='));
  if (extra.starts_with('-')) {
    return fmt::format("There is no option {}{}", escape(extra),
                       suggestion(extra, names_of_options(command)));
  }
  const auto commands = names_of_commands(command);
  if (!commands.empty()) {
    return fmt::format("There is no command {}{}", escape(extra), suggestion(extra, commands));
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
  add_ech(app, chosen);
  add_help(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return print_usage_error(chosen.common, path_of(named_command(app)),
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
