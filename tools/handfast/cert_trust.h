// Puts the development authority among those that this computer trusts, and takes it out again.
#pragma once

#include "handfast/cert_report.h"
#include "handfast/failure.h"
#include "handfast/json.h"

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace handfast::cert {

enum class TrustChange : std::uint8_t { add, remove };

struct TrustOptions {
  std::string root;       ///< act on the system below this folder; empty: on this one
  bool may_sudo = false;  ///< run what takes more rights through sudo
};

/// One store, and how it went.
struct TrustedStore {
  enum class Outcome : std::uint8_t {
    done,
    nothing_to_do,  ///< it was not there, when it was to be removed
    left_alone,     ///< `note` says why, and `commands` what to do by hand
    failed,
  };

  std::string name;  ///< "the system", "Chromium", "Firefox (default-release)"
  Outcome outcome = Outcome::done;
  std::string note;
  std::vector<std::string> commands;  ///< what was run or written, or is left to run
};

/// Changes the system's store (Debian's, with update-ca-certificates) and those of Chromium and
/// Firefox below $HOME (with certutil), for the authority in the file `certificate`. Fails:
/// file_missing if there is no authority.
std::expected<std::vector<TrustedStore>, command::Failure>
change_trust(TrustChange change, const std::string& certificate, const TrustOptions& options);

/// Tells it to people.
void report_trust(Report& report, TrustChange change, const std::vector<TrustedStore>& stores);

/// Tells it to programs.
[[nodiscard]] command::Json to_json(const std::vector<TrustedStore>& stores);

/// Whether every store is as it should be.
[[nodiscard]] bool is_complete(const std::vector<TrustedStore>& stores);

}  // namespace handfast::cert
