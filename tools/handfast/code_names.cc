#include "handfast/code_names.h"

#include "handfast/config.h"
#include "handfast/nearest.h"
#include "handfast/terminal.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr std::string_view prefix_of_suites = "TLS_";

std::string folded(std::string_view text) { return CLI::detail::to_lower(std::string(text)); }

struct OtherName {
  std::string_view written;
  NamedGroup group;
};

/// NIST's names for the groups that the registry names after SECG.
constexpr std::array other_names = {
    OtherName{"p-256", NamedGroup::secp256r1},
    OtherName{"p-384", NamedGroup::secp384r1},
    OtherName{"p-521", NamedGroup::secp521r1},
};

/// The code point with this name in the registry. Nothing if there is none.
template <class Code>
std::optional<Code> find_code(std::string_view written) {
  for (std::uint32_t code = 0; code <= std::numeric_limits<std::uint16_t>::max(); ++code) {
    const std::string_view known = name(static_cast<Code>(code));
    if (known != "GREASE" && known != "unassigned" && folded(known) == folded(written)) {
      return static_cast<Code>(code);
    }
  }
  return std::nullopt;
}

std::optional<NamedGroup> find_group(const std::string& written) {
  const auto* other = std::ranges::find(other_names, folded(written), &OtherName::written);
  return other != other_names.end() ? other->group : find_code<NamedGroup>(written);
}

std::optional<CipherSuite> find_suite(const std::string& written) {
  const std::optional<CipherSuite> suite = find_code<CipherSuite>(written);
  return suite ? suite : find_code<CipherSuite>(std::string(prefix_of_suites) + written);
}

std::optional<CertificateCompressionAlgorithm> find_compression(const std::string& written) {
  return find_code<CertificateCompressionAlgorithm>(written);
}

/// What an option with a list of names of one kind needs.
template <class Code>
struct Kind {
  std::string_view what;
  std::optional<Code> (*find)(const std::string&);
  std::vector<Code> ClientOptions::* member;
};

/// Whether this build has `code`: a configuration with it alone can be made. A server has what a
/// client has.
template <class Code>
bool is_built_in(Code code, std::vector<Code> ClientOptions::* member) {
  ClientOptions options;
  options.*member = {code};
  return ClientConfig::make(danger::AcceptAnyCertificate(), options).has_value();
}

template <class Code>
std::string names_of_built_in(std::vector<Code> ClientOptions::* member,
                              const std::string& written) {
  std::vector<std::string> names;
  for (std::uint32_t code = 0; code <= std::numeric_limits<std::uint16_t>::max(); ++code) {
    const std::string_view known = name(static_cast<Code>(code));
    if (known != "GREASE" && known != "unassigned" &&
        is_built_in(static_cast<Code>(code), member)) {
      names.emplace_back(known);
    }
  }
  const std::string close = nearest(written, names);
  return close.empty() ? fmt::format("known are {}", fmt::join(names, ", "))
                       : fmt::format("did you mean {}?", close);
}

template <class Code>
void read_names(const std::vector<std::string>& names, const Kind<Code>& kind,
                std::vector<Code>& codes) {
  if (names.empty()) {
    return;
  }
  codes.clear();
  for (const std::string& written : names) {
    const std::optional<Code> code = kind.find(written);
    if (!code || !is_built_in(*code, kind.member)) {
      throw CLI::ValidationError(fmt::format("There is no {} {}; {}", kind.what, escape(written),
                                             names_of_built_in(kind.member, written)));
    }
    codes.push_back(*code);
  }
}

void add_list(CLI::App& command, const char* option, std::vector<std::string>& names,
              const std::string& text) {
  command.add_option(option, names, text)
      ->type_name("A,B")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

void add_code_options(CLI::App& command, CodeNames& names, const std::string& verb) {
  add_list(command, "--group", names.groups, verb + " these key exchange groups, first the best");
  add_list(command, "--suite", names.suites, verb + " these cipher suites, first the best");
  add_list(command, "--compress", names.compressions,
           verb + " these compressions of certificates, first the best");
}

void add_key_shares(CLI::App& command, CodeNames& names) {
  add_list(
      command, "--key-share", names.key_shares,
      "send key shares of these groups, in the order of --group, or none; else of the first two");
}

void read_suites(const CodeNames& names, std::vector<CipherSuite>& codes) {
  read_names(names.suites, {"cipher suite", find_suite, &ClientOptions::cipher_suites}, codes);
}

void read_groups(const CodeNames& names, std::vector<NamedGroup>& codes) {
  read_names(names.groups, {"group", find_group, &ClientOptions::groups}, codes);
}

void read_compressions(const CodeNames& names,
                       std::vector<CertificateCompressionAlgorithm>& codes) {
  read_names(names.compressions,
             {"compression", find_compression, &ClientOptions::certificate_compression}, codes);
}

void read_key_shares(const CodeNames& names, std::optional<std::vector<NamedGroup>>& codes) {
  if (names.key_shares.empty()) {
    return;
  }
  codes.emplace();
  if (names.key_shares != std::vector<std::string>{"none"}) {
    read_names(names.key_shares, {"group", find_group, &ClientOptions::groups}, *codes);
  }
}

}  // namespace handfast::command
