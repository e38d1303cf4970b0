// Options that take one word of a few.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace handfast::command {

/// Takes one of `words`, with capitals or without, and makes it the one that stands there: for
/// CLI::Option::transform, since what `check` does to a value is lost.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);

}  // namespace handfast::command
