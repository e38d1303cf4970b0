// Forms that options of many sub-commands have.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace handfast::command {

/// Adds an option that may be given again. Each time it takes one value: what stands behind that is
/// not its own.
void add_repeated(CLI::App& command, const std::string& option, std::vector<std::string>& values,
                  const std::string& type, const std::string& text);

}  // namespace handfast::command
