// `handfast cert show`: what a certificate says, from a file or from a server.

#include "handfast/cert.h"
#include "handfast/cert_source.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/net.h"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;
using command::Json;

namespace {

struct ShowOptions {
  std::string what;
  bool pem = false;
};

constexpr const char* manual =
    R"(FILE holds PEM (one certificate or more) or DER. HOST is asked for its
certificates without trusting them; nothing else is sent. Port 443 if not given.
What is a file here is read as a file.

Examples
  handfast cert show site.pem
  handfast cert show example.com
  handfast cert show --pem example.com > chain.pem
)";

int show(const Common& common, const ShowOptions& options) {
  const auto chain = find_chain(common, options.what);
  if (!chain) {
    return command::print_failure(common, "cert show", chain.error());
  }
  const command::Terminal terminal(stdout, common.color);
  const UnixTime now = net::now();
  Json document = command::json_head("cert-show", true);
  std::string lines;
  for (const std::vector<std::uint8_t>& der : *chain) {
    const auto certificate = Certificate::parse(der);
    if (!certificate) {
      Failure failure = command::file_failure(certificate.error(), options.what);
      failure.where = fmt::format("certificate {} of {}", &der - chain->data() + 1, chain->size());
      return command::print_failure(common, "cert show", failure);
    }
    if (options.pem) {
      lines += certificate_to_pem(der);
    } else {
      lines += fmt::format("{}{:<3}", lines.empty() ? "" : "\n", &der - chain->data() + 1) +
               to_lines(*certificate, now, terminal);
      document["certificates"].push_back(to_json(*certificate, now));
    }
  }
  if (common.json && !options.pem) {
    command::print_json(document);
  } else {
    terminal.print(lines);
  }
  return command::exit_done;
}

}  // namespace

void add_show(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<ShowOptions>();
  CLI::App& command = command::add_command(cert, chosen, "show",
                                           "show the certificates of a file or server", manual);
  command.add_option("FILE|HOST[:PORT]", options->what, "a file, or a server")->required();
  command.add_flag("--pem", options->pem, "write the certificates as PEM");
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return show(common, *options); };
  });
}

}  // namespace handfast::cert
