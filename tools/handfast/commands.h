// The sub-commands of `handfast`, and what they share.
#pragma once

#include "handfast/terminal.h"

#include <functional>
#include <optional>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace handfast::command {

/// The flags that every sub-command has.
struct Common {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool no_input = false;
  ColorChoice color = ColorChoice::automatic;
  std::optional<double> timeout;  ///< seconds; nothing: the sub-command's own default
};

/// Filled in while the command line is read; `run` is the sub-command that was named, and returns
/// the exit code.
struct Chosen {
  Common common;
  std::function<int(const Common&)> run;
};

/// Exit codes that stand in no row of the table of reasons. The others are `Fault::exit`.
inline constexpr int exit_done = 0;
inline constexpr int exit_bug = 1;
inline constexpr int exit_usage = 2;

// Each adds one sub-command to `app`, in a file of its own name. `chosen` outlives `app`.
void add_connect(CLI::App& app, Chosen& chosen);
void add_serve(CLI::App& app, Chosen& chosen);
void add_cert(CLI::App& app, Chosen& chosen);
void add_ech(CLI::App& app, Chosen& chosen);
void add_help(CLI::App& app, Chosen& chosen);

/// Starts a sub-command: `text` is its one line in the list, `manual` what its help says below the
/// options. The common flags are added. The caller adds options of its own and a callback that sets
/// `chosen.run`.
CLI::App& add_command(CLI::App& app, Chosen& chosen, const std::string& name,
                      const std::string& text, const std::string& manual);

/// The program's own entry in the help: how the whole is called, and its manner of writing help.
void describe(CLI::App& app);

/// One sentence about a command line that cannot be meant, and where help is. Returns exit_usage.
int print_usage_error(const Common& common, const std::string& command,
                      const std::string& sentence);

}  // namespace handfast::command
