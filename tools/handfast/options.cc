#include "handfast/options.h"

#include <CLI/CLI.hpp>

namespace handfast::command {

void add_repeated(CLI::App& command, const std::string& option, std::vector<std::string>& values,
                  const std::string& type, const std::string& text) {
  command.add_option(option, values, text)
      ->type_name(type)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace handfast::command
