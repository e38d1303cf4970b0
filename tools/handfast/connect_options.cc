// The command line of `handfast connect`.

#include "handfast/commands.h"
#include "handfast/connect.h"
#include "handfast/nearest.h"
#include "handfast/registry.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr const char* manual =
    R"(HOST is a name or an address; a port may follow it ("[::1]:8443"). It may also be
a URL, of which the host and the port count. Default port: 443.

What standard input gives is sent, and what comes back is printed to standard
output; when standard input ends, the server is told so. With --get one request is
made instead, and the body of its response printed. As soon as data may go to
standard output, the summary and the diagram go to standard error. With --json
standard input is left alone and one document holds everything.

Examples
  handfast connect example.com                       is it there, is it trusted?
  handfast connect --diagram example.com             the messages, one by one
  handfast connect --get / example.com               one HTTP request
  handfast connect --ca ca.pem [::1]:8443            trust one authority of your own
  handfast connect --sni shop.test 192.0.2.7         this name at that address
  printf 'QUIT\r\n' | handfast connect --quiet smtps://mail.example.com

Exit codes
  0 done, 10-12 network, 20-23 TLS, 30-34 certificate, 40 alert, 41 cut off;
  all of them: handfast help exit-codes
)";

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

/// What an option with a list of names of one kind needs.
template <class Code>
struct Kind {
  std::string_view what;
  std::optional<Code> (*find)(const std::string&);
  std::vector<Code> ClientOptions::* member;
};

/// Whether this build has `code`: a configuration with it alone can be made.
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

/// Reads names into `options`. The error is a sentence.
template <class Code>
void read_names(const std::vector<std::string>& names, const Kind<Code>& kind,
                ClientOptions& options) {
  std::vector<Code> codes;
  for (const std::string& written : names) {
    const std::optional<Code> code = kind.find(written);
    if (!code || !is_built_in(*code, kind.member)) {
      throw CLI::ValidationError(fmt::format("There is no {} {}; {}", kind.what, escape(written),
                                             names_of_built_in(kind.member, written)));
    }
    codes.push_back(*code);
  }
  options.*kind.member = codes;
}

void check_path(const ConnectOptions& options) {
  const bool is_odd = options.path.find_first_of(" \t\r\n") != std::string::npos;
  if (!options.path.empty() && (is_odd || !options.path.starts_with('/'))) {
    throw CLI::ValidationError("The path of --get begins with a slash and has no blanks.");
  }
  const bool speaks_http = std::ranges::all_of(
      options.offer.alpn, [](const std::string& protocol) { return protocol == "http/1.1"; });
  if (!options.path.empty() && !speaks_http) {
    throw CLI::ValidationError("--get speaks http/1.1 and cannot go with another --alpn.");
  }
}

/// Names as they were written, until all options are read.
struct Names {
  std::vector<std::string> groups;
  std::vector<std::string> suites;
  std::vector<std::string> protocols;
};

void add_options(CLI::App& command, ConnectOptions& options, Names& names) {
  command.add_option("HOST[:PORT]|URL", options.target, "whom to connect to")->required();
  command.add_flag("--diagram", options.draws, "draw the messages while they are exchanged");
  command.add_option("--get", options.path, "make one HTTP/1.1 request and print the response")
      ->type_name("PATH");
  command
      .add_option("--ca", options.authorities,
                  "trust the authorities in this file or folder, and no others")
      ->type_name("FILE|DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--sni", options.server_name, "send and check this name instead of HOST")
      ->type_name("NAME");
  command.add_option("--alpn", names.protocols, "offer these application protocols")
      ->type_name("A,B")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--group", names.groups, "offer these key exchange groups, first the best")
      ->type_name("A,B")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--suite", names.suites, "offer these cipher suites, first the best")
      ->type_name("A,B")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--tls", "offer this version: 1.3")
      ->type_name("VERSION")
      ->check(CLI::IsMember({"1.3"}));
  command
      .add_option("--keylog", options.key_log,
                  "append the secrets of this connection, for Wireshark: whoever has them reads "
                  "everything")
      ->type_name("FILE");
  command.add_flag("--insecure", options.is_insecure,
                   "check nothing: whoever answers may not be whom you mean");
}

}  // namespace

void add_connect(CLI::App& app, Chosen& chosen) {
  CLI::App& command = add_command(app, chosen, "connect",
                                  "Connect to a server, verify it, say how it went", manual);
  const auto options = std::make_shared<ConnectOptions>();
  const auto names = std::make_shared<Names>();
  add_options(command, *options, *names);
  command.callback([&chosen, options, names] {
    if (!names->groups.empty()) {
      read_names<NamedGroup>(names->groups, {"group", find_group, &ClientOptions::groups},
                             options->offer);
    }
    if (!names->suites.empty()) {
      read_names<CipherSuite>(names->suites,
                              {"cipher suite", find_suite, &ClientOptions::cipher_suites},
                              options->offer);
    }
    options->offer.alpn = names->protocols;
    check_path(*options);
    if (!options->path.empty()) {
      options->offer.alpn = {"http/1.1"};
    }
    chosen.run = [options](const Common& common) { return connect(*options, common); };
  });
}

}  // namespace handfast::command
