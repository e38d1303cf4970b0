// The list of Certificate Transparency logs that somebody believes, as it is published.
#pragma once

#include "handfast/failure.h"
#include "handfast/transparency.h"

#include <expected>
#include <memory>
#include <string>

namespace handfast::command {

/// Reads the file `path`: a list in JSON as browsers' makers publish it (operators, each with logs
/// that have a description and a key in Base64), or PEM text with one public key or more.
std::expected<std::shared_ptr<const TransparencyLogs>, Failure>
load_log_list(const std::string& path);

}  // namespace handfast::command
