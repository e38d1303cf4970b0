// Cipher suites, groups and compressions on the command line, by the names of the registry.
#pragma once

#include "handfast/registry.h"

#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace handfast::command {

/// What was written after --suite, --group, --key-share and --compress.
struct CodeNames {
  std::vector<std::string> suites;
  std::vector<std::string> groups;
  std::vector<std::string> key_shares;
  std::vector<std::string> compressions;
};

/// Adds --suite, --group and --compress. `verb` begins their help: "offer". `names` outlives
/// `command`.
void add_code_options(CLI::App& command, CodeNames& names, const std::string& verb);

/// Adds --key-share, which is a client's alone. `names` outlives `command`.
void add_key_shares(CLI::App& command, CodeNames& names);

/// The code points that were written, in that order; the defaults stay in `codes` where nothing
/// was. What is no name, or of something that this build does not have, is thrown as a
/// CLI::ValidationError of one sentence.
void read_suites(const CodeNames& names, std::vector<CipherSuite>& codes);
void read_groups(const CodeNames& names, std::vector<NamedGroup>& codes);
void read_compressions(const CodeNames& names, std::vector<CertificateCompressionAlgorithm>& codes);

/// The same for --key-share; the word "none" alone is an empty list.
void read_key_shares(const CodeNames& names, std::optional<std::vector<NamedGroup>>& codes);

}  // namespace handfast::command
