#include "handfast/code_names.h"

#include "handfast/config.h"
#include "handfast/legacy.h"
#include "handfast/nearest.h"
#include "handfast/one_of.h"
#include "handfast/terminal.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

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

/// The old mechanisms by the words for them.
const std::array mechanisms = {std::pair{"cbc", &legacy::cbc_suites},
                               std::pair{"dhe", &legacy::ffdhe_key_exchange},
                               std::pair{"rsa", &legacy::rsa_key_exchange}};

Policy everything() {
  Policy policy = Policy::iot();
  for (const auto& [word, mechanism] : mechanisms) {
    policy = policy | Policy::legacy(*mechanism);
  }
  return policy;
}

/// Whether this build has `code`: a configuration with it alone can be made. A server has what a
/// client has.
template <class Code>
bool is_built_in(Code code, std::vector<Code> ClientOptions::* member,
                 const Policy& policy = everything()) {
  ClientOptions options;
  options.policy = policy;
  options.*member = {code};
  return ClientConfig::make(danger::AcceptAnyCertificate(), options).has_value();
}

template <class Code>
std::vector<std::string> built_in_names(std::vector<Code> ClientOptions::* member) {
  std::vector<std::string> names;
  for (std::uint32_t code = 0; code <= std::numeric_limits<std::uint16_t>::max(); ++code) {
    const std::string_view known = name(static_cast<Code>(code));
    if (known != "GREASE" && known != "unassigned" &&
        is_built_in(static_cast<Code>(code), member)) {
      names.emplace_back(known);
    }
  }
  return names;
}

std::string advice_on(const std::string& written, const std::vector<std::string>& names) {
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
                                             advice_on(written, built_in_names(kind.member))));
    }
    codes.push_back(*code);
  }
}

/// What was written of both versions' suites.
struct SuiteLists {
  std::vector<CipherSuite> of13 = {};
  std::vector<CipherSuite> of12 = {};
};

SuiteLists read_suites(const std::vector<std::string>& written) {
  SuiteLists lists;
  for (const std::string& one : written) {
    const std::optional<CipherSuite> suite = find_suite(one);
    if (suite && is_built_in(*suite, &ClientOptions::cipher_suites)) {
      lists.of13.push_back(*suite);
    } else if (suite && is_built_in(*suite, &ClientOptions::cipher_suites12)) {
      lists.of12.push_back(*suite);
    } else {
      std::vector<std::string> known = built_in_names(&ClientOptions::cipher_suites);
      std::ranges::copy(built_in_names(&ClientOptions::cipher_suites12), std::back_inserter(known));
      throw CLI::ValidationError(
          fmt::format("There is no cipher suite {}; {}", escape(one), advice_on(one, known)));
    }
  }
  return lists;
}

bool has(const auto& list, const auto& wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

/// Behind the usual ones, all that the old mechanisms let in.
void add_old_suites(const CodeNames& names, const Protocols& protocols) {
  if (names.mechanisms.empty()) {
    return;
  }
  if (!has(protocols.versions, ProtocolVersion::tls12)) {
    throw CLI::ValidationError(
        "--legacy is of TLS 1.2, which is not among the versions here: see --tls.");
  }
  constexpr auto member = &ClientOptions::cipher_suites12;
  for (const bool has_forward_secrecy : {true, false}) {  // those with it come first
    for (const std::string& known : built_in_names(member)) {
      const CipherSuite suite = *find_suite(known);
      if (is_built_in(suite, member, policy_of(names)) &&
          !is_built_in(suite, member, Policy::iot()) &&
          name(suite).contains("DHE_") == has_forward_secrecy) {
        protocols.suites12.push_back(suite);
      }
    }
  }
}

std::string_view version_text(ProtocolVersion version) {
  return version == ProtocolVersion::tls12 ? "1.2" : "1.3";
}

CLI::Option* add_list(CLI::App& command, const char* option, std::vector<std::string>& names,
                      const std::string& text) {
  return command.add_option(option, names, text)
      ->type_name("A,B")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

void add_code_options(CLI::App& command, CodeNames& names, const std::string& verb) {
  add_list(command, "--tls", names.versions,
           verb + " these versions: 1.3, 1.2, or both as if not given")
      ->type_name("VERSION,...")
      ->transform(one_of({"1.2", "1.3"}));
  add_list(command, "--group", names.groups, verb + " these key exchange groups, first the best");
  add_list(command, "--suite", names.suites, verb + " these cipher suites, first the best");
  std::vector<std::string> words;
  words.reserve(mechanisms.size());
  for (const auto& [word, mechanism] : mechanisms) {
    words.emplace_back(word);
  }
  add_list(command, "--legacy", names.mechanisms,
           fmt::format("{} these old mechanisms of TLS 1.2 too, after all others: {}", verb,
                       fmt::join(words, ", ")))
      ->type_name("MECHANISM,...")
      ->transform(one_of(words));
  command
      .add_option("--policy", names.policy,
                  "iot: let in what constrained devices use (RFC 7925), where --suite names it: "
                  "CCM_8, and PSK without a key exchange")
      ->type_name("iot")
      ->transform(one_of({"iot"}));
  add_list(command, "--compress", names.compressions,
           verb + " these compressions of certificates, first the best");
}

Policy policy_of(const CodeNames& names) {
  Policy policy = names.policy == "iot" ? Policy::iot() : Policy();
  for (const auto& [word, mechanism] : mechanisms) {
    if (has(names.mechanisms, word)) {
      policy = policy | Policy::legacy(*mechanism);
    }
  }
  return policy;
}

bool settle_psks12(const CodeNames& names, Protocols protocols, bool has_psks) {
  const bool are_for_12 =
      has_psks && std::ranges::count(protocols.versions, ProtocolVersion::tls13) == 0;
  if (are_for_12 && names.suites.empty()) {
    protocols.suites12.insert(protocols.suites12.begin(), psk_suites12.begin(), psk_suites12.end());
  }
  return are_for_12;
}

void add_key_shares(CLI::App& command, CodeNames& names) {
  add_list(
      command, "--key-share", names.key_shares,
      "send key shares of these groups, in the order of --group, or none; else of the first two");
}

namespace {

/// False: --tls was not given.
bool read_versions(const CodeNames& names, std::vector<ProtocolVersion>& versions) {
  if (names.versions.empty()) {
    return false;
  }
  versions.clear();
  for (const ProtocolVersion version : {ProtocolVersion::tls13, ProtocolVersion::tls12}) {
    if (has(names.versions, version_text(version))) {
      versions.push_back(version);
    }
  }
  return true;
}

}  // namespace

void read_protocols(const CodeNames& names, Protocols protocols) {
  const bool has_versions = read_versions(names, protocols.versions);
  if (names.suites.empty()) {
    add_old_suites(names, protocols);
    return;
  }
  SuiteLists lists = read_suites(names.suites);
  if (!names.mechanisms.empty() && lists.of12.empty()) {
    throw CLI::ValidationError("--legacy is of TLS 1.2, of which --suite names no suite.");
  }
  if (!has_versions) {
    protocols.versions.clear();
  }
  for (const ProtocolVersion version : {ProtocolVersion::tls13, ProtocolVersion::tls12}) {
    std::vector<CipherSuite>& list = version == ProtocolVersion::tls13 ? lists.of13 : lists.of12;
    const bool is_spoken = has(protocols.versions, version);
    if (has_versions && is_spoken && list.empty()) {
      throw CLI::ValidationError(
          fmt::format("--suite names no suite of {}, which --tls asks for.", name(version)));
    }
    if (has_versions && !is_spoken && !list.empty()) {
      throw CLI::ValidationError(fmt::format("{} is a suite of {}, which --tls leaves out.",
                                             name(list.front()), name(version)));
    }
    if (!list.empty()) {
      (version == ProtocolVersion::tls13 ? protocols.suites13 : protocols.suites12) =
          std::move(list);
      if (!has_versions) {
        protocols.versions.push_back(version);
      }
    }
  }
}

void check_for_12(const std::vector<ProtocolVersion>& versions,
                  const std::vector<NamedGroup>& groups,
                  std::span<const std::pair<const char*, bool>> wishes) {
  if (versions.size() != 1 || versions.front() != ProtocolVersion::tls12) {
    return;
  }
  for (const auto& [option, is_given] : wishes) {
    if (is_given) {
      throw CLI::ValidationError(
          fmt::format("{} is of TLS 1.3, which is not among the versions here.", option));
    }
  }
  // RFC 10024: groups with ML-KEM are for TLS 1.3 alone.
  const bool are_all =
      std::ranges::all_of(groups, [](NamedGroup group) { return name(group).contains("MLKEM"); });
  if (are_all) {
    throw CLI::ValidationError("No group of --group is one of TLS 1.2.");
  }
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
