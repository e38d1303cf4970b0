// A verdict as the command tells it: the reasoning in lines for people, every check for programs.
#pragma once

#include "handfast/explain.h"
#include "handfast/json.h"
#include "handfast/terminal.h"
#include "handfast/verdict.h"

#include <string>
#include <vector>

namespace handfast::command {

/// A verdict's reasoning, which may outlive the verdict.
struct Reasoning {
  std::vector<TrustLine> lines = {};
  std::vector<std::string> given_up = {};  ///< paths, each with its reason
  Json checks = Json::array();             ///< every check with its rule and what it looked at
  Json timestamps = Json::array();         ///< every certificate timestamp, from wherever it came
};

[[nodiscard]] Reasoning reasoning_of(const Verdict& verdict, const TrustScene& scene);

/// Numbered lines, " 1 ✓ Name  ..."; the paths that were given up stand below "Path".
[[nodiscard]] std::string to_lines(const Reasoning& reasoning, const Terminal& terminal);

/// The line that tells best why the verdict is no: "Time: shop.test ended ..."; empty for a yes.
[[nodiscard]] std::string failed_line(const Reasoning& reasoning);

/// The members "reasoning", "paths_given_up", "checks" and "timestamps".
[[nodiscard]] Json to_json(const Reasoning& reasoning);

/// "✓", "✗" or "–".
[[nodiscard]] std::string_view sign_of(Outcome outcome);

/// "passed", "failed", "not checked", "does not apply".
[[nodiscard]] std::string_view name_of(Outcome outcome);

}  // namespace handfast::command
