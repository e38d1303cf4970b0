#include "handfast/one_of.h"

#include "handfast/terminal.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace handfast::command {

CLI::Validator one_of(std::vector<std::string> words) {
  const auto choose = [words = std::move(words)](std::string& value) -> std::string {
    const auto found = std::ranges::find(words, CLI::detail::to_lower(value), [](const auto& word) {
      return CLI::detail::to_lower(word);
    });
    if (found == words.end()) {
      return words.size() == 1
                 ? fmt::format("{} is not {}.", escape(value), words.front())
                 : fmt::format("{} is none of {}.", escape(value), fmt::join(words, ", "));
    }
    value = *found;
    return {};
  };
  // Without a description: the option's own says the words.
  return {choose, ""};
}

}  // namespace handfast::command
