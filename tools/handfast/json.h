// JSON, as the command writes it.
#pragma once

#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

namespace handfast::command {

/// Keys stay in the order in which they were written, for people read this too.
using Json = nlohmann::ordered_json;

/// `value` as text, never failing: bytes that are not UTF-8 are replaced. `indent` -1: one line.
/// Peers may have chosen the strings and people may read this on a terminal, which must not obey
/// them: all but printable ASCII is escaped.
[[nodiscard]] inline std::string to_text(const Json& value, int indent = 2) {
  constexpr bool ascii_alone = true;
  return value.dump(indent, ' ', ascii_alone, Json::error_handler_t::replace);
}

/// Prints one document to standard output, and a newline.
inline void print_json(const Json& value, int indent = 2) {
  const std::string text = to_text(value, indent) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// The name of a code, or null where none was chosen.
template <class Code>
[[nodiscard]] Json name_or_null(Code code) {
  return code == Code{} ? Json() : Json(name(code));
}

/// What every document begins with: {"schema": "handfast.connect/1", "ok": true}.
[[nodiscard]] inline Json json_head(const std::string& command, bool is_ok) {
  return Json{{"schema", "handfast." + command + "/1"}, {"ok", is_ok}};
}

}  // namespace handfast::command
