// The name that was probably meant, where an unknown one was written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handfast::command {

/// The one of `known` that takes the fewest edits to reach from `written`; empty if none is close.
[[nodiscard]] std::string nearest(std::string_view written, const std::vector<std::string>& known);

/// The end of a sentence about `written`: "; did you mean --group?", or ".".
[[nodiscard]] std::string suggestion(std::string_view written,
                                     const std::vector<std::string>& known);

}  // namespace handfast::command
