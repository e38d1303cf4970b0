// The verifiers that are compared in this process.
#pragma once

#include "differential/case.h"

#include <string>

namespace handfast::differential {

/// Whether a chain was accepted, and what was said if not.
struct Answer {
  bool is_accepted = false;
  std::string why = {};
};

[[nodiscard]] Answer ask_handfast(const Case& question);
[[nodiscard]] Answer ask_openssl(const Case& question);

}  // namespace handfast::differential
