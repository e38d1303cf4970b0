// Revocation lists in files and folders, for the commands that look at them.
#pragma once

#include "handfast/failure.h"
#include "handfast/revocation.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace handfast::command {

/// The lists in the files and folders `paths`, and in `more` that came from elsewhere, each as a
/// file is. All or none: the failure names the file that is at fault.
std::expected<std::shared_ptr<const RevocationLists>, Failure>
load_lists(const std::vector<std::string>& paths, std::vector<std::vector<std::uint8_t>> more = {});

}  // namespace handfast::command
