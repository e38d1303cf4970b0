// --psk and its companions: external pre-shared keys from the command line or a file.
#pragma once

#include "handfast/external_psk.h"
#include "handfast/failure.h"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace handfast::command {

struct PskOptions {
  std::vector<std::string> keys = {};  ///< IDENTITY:HEXKEY, or @FILE with lines of these
  std::string context = {};            ///< of the importer
  bool is_raw = false;                 ///< danger::raw_psk
  bool is_for_12 = false;              ///< ExternalPsk::for_tls12: nothing else is spoken
};

using Psks = std::vector<std::shared_ptr<const ExternalPsk>>;

/// Adds --psk, --psk-context and --raw-psk to a sub-command.
void add_psk_options(CLI::App& command, PskOptions& options);

/// What is wrong with their form; empty: nothing.
[[nodiscard]] std::string psk_trouble(const PskOptions& options);

/// The files of `keys`: they must not be served.
[[nodiscard]] std::vector<std::string> psk_files(const PskOptions& options);

/// Reads the keys. Fails: with the one that is at fault, which is never shown itself.
std::expected<Psks, Failure> read_psks(const PskOptions& options, PskRole role);

/// The identity of a key as people may read it: `"light bulb"`, or in hexadecimal where it is no
/// text.
[[nodiscard]] std::string psk_identity_text(Bytes identity);

}  // namespace handfast::command
