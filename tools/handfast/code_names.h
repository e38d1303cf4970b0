// Versions, cipher suites, groups and compressions on the command line, by the names of the
// registry.
#pragma once

#include "handfast/policy.h"
#include "handfast/registry.h"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace handfast::command {

/// What was written after --tls, --suite, --legacy, --group, --key-share, --policy and --compress.
struct CodeNames {
  std::vector<std::string> versions;  ///< "1.2", "1.3"
  std::vector<std::string> suites;
  std::vector<std::string> mechanisms;  ///< old ones: "cbc"
  std::vector<std::string> groups;
  std::vector<std::string> key_shares;
  std::vector<std::string> compressions;
  std::string policy;  ///< "iot"; empty: none
};

/// The versions that are spoken, and the cipher suites of each.
struct Protocols {
  std::vector<ProtocolVersion>& versions;
  std::vector<CipherSuite>& suites13;
  std::vector<CipherSuite>& suites12;
};

/// Adds --tls, --suite, --legacy, --group, --policy and --compress. `verb` begins their help:
/// "offer". `names` outlives `command`.
void add_code_options(CLI::App& command, CodeNames& names, const std::string& verb);

/// Adds --key-share, which is a client's alone. `names` outlives `command`.
void add_key_shares(CLI::App& command, CodeNames& names);

/// The versions and the suites of each that were written; the defaults stay where nothing was. A
/// list of suites alone means the versions that they are of; old mechanisms without one add all
/// their suites to those of TLS 1.2. Thrown are also suites of a version that --tls leaves out, a
/// version of --tls that has none of the suites, and old mechanisms without TLS 1.2 or a suite of
/// it.
void read_protocols(const CodeNames& names, Protocols protocols);

/// What --policy and --legacy let in.
[[nodiscard]] Policy policy_of(const CodeNames& names);

/// Whether external keys are for TLS 1.2, as nothing else is spoken. Then the suites for them stand
/// before the others, unless some were written.
[[nodiscard]] bool settle_psks12(const CodeNames& names, Protocols protocols, bool has_psks);

/// Where TLS 1.2 is all that is spoken, throws one sentence for the first of the `wishes` (an
/// option of TLS 1.3, and whether it was given), or if TLS 1.2 knows none of the `groups`.
void check_for_12(const std::vector<ProtocolVersion>& versions,
                  const std::vector<NamedGroup>& groups,
                  std::span<const std::pair<const char*, bool>> wishes);

/// The code points that were written, in that order; the defaults stay in `codes` where nothing
/// was. What is no name, or of something that this build does not have, is thrown as a
/// CLI::ValidationError of one sentence.
void read_groups(const CodeNames& names, std::vector<NamedGroup>& codes);
void read_compressions(const CodeNames& names, std::vector<CertificateCompressionAlgorithm>& codes);

/// The same for --key-share; the word "none" alone is an empty list.
void read_key_shares(const CodeNames& names, std::optional<std::vector<NamedGroup>>& codes);

}  // namespace handfast::command
