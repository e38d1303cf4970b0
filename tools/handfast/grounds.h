// What a peer's certificates are judged on, as the command line names it: whom to trust, and what
// is known besides.
#pragma once

#include "handfast/config.h"
#include "handfast/failure.h"
#include "handfast/revocation.h"
#include "handfast/transparency.h"
#include "handfast/trust.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace handfast::command {

struct GroundOptions {
  std::vector<std::string> authorities = {};    ///< files and folders; empty: the system's
  std::vector<std::string> pins = {};           ///< keys that are trusted for themselves
  std::vector<std::string> lists = {};          ///< CRLs: files and folders
  std::vector<std::string> intermediates = {};  ///< certificates that may help to find a path
  std::string logs = {};                        ///< transparency logs to check timestamps against
  RevocationDemand demand = RevocationDemand::soft;
};

/// Adds --ca, --crl, --revocation, --intermediates and --ct-logs to a sub-command.
void add_ground_options(CLI::App& command, GroundOptions& options);

/// The same, read.
struct Grounds {
  std::shared_ptr<const Trust> trust;
  std::string anchors;  ///< where the authorities come from: "the system's store", "ca.pem"
  std::shared_ptr<const RevocationLists> lists = nullptr;     ///< nullptr: none
  std::vector<std::vector<std::uint8_t>> intermediates = {};  ///< in DER
  std::shared_ptr<const TransparencyLogs> logs = nullptr;     ///< nullptr: none
};

/// Fails: with the file that is at fault.
std::expected<Grounds, Failure> read_grounds(const GroundOptions& options);

}  // namespace handfast::command
