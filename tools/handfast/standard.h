// Standard input and output as carriers of data.
#pragma once

#include "handfast/bytes.h"

#include <cstdint>
#include <string>

namespace handfast::command {

enum class InputKind : std::uint8_t {
  none,      ///< closed, or at its end already
  terminal,  ///< a person may type
  data,      ///< a file or a pipe that has, or may get, something
};

/// What standard input is. Reading is the only way to tell a pipe at its end from others, so the
/// first bytes may be in `first`.
struct StandardInput {
  InputKind kind = InputKind::none;
  std::string first = {};
};

[[nodiscard]] StandardInput look_at_standard_input();

enum class Written : std::uint8_t {
  all,
  reader_left,  ///< nobody reads the pipe any more, as with `| head`
  failed,       ///< no space, or no right
};

/// Writes all of `bytes` to `descriptor`.
[[nodiscard]] Written write_all(int descriptor, Bytes bytes);

}  // namespace handfast::command
