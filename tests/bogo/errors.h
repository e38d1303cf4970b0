// What the runner calls each of our reasons.
#pragma once

#include "handfast/error.h"
#include "handfast/settled.h"

#include <stdexcept>
#include <string>

namespace handfast::bogo {

/// ":UNEXPECTED_MESSAGE: HF-MESSAGE-ORDER ...": the runner's name, then ours. A name of our own
/// where the runner has none.
[[nodiscard]] std::string describe(const Error& error);

/// What the runner calls the fate of early data: "accept", "peer_declined", ...
[[nodiscard]] std::string describe_early_data(const Settled& settled, bool is_server);

/// A connection ended with `error`.
class Failed : public std::runtime_error {
 public:
  explicit Failed(const Error& error) : std::runtime_error(describe(error)) {}
};

/// An expectation of the runner was not met.
class Unmet : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace handfast::bogo
