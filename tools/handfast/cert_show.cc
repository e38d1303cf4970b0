// `handfast cert show`: what a file holds, or what a server sends.

#include "handfast/cert.h"
#include "handfast/cert_contents.h"
#include "handfast/cert_list_text.h"
#include "handfast/cert_source.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/describe_extensions.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/net.h"
#include "handfast/request.h"

#include <cstdio>
#include <expected>
#include <memory>
#include <optional>
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
  std::string password_source;
  bool pem = false;
};

constexpr const char* show_manual =
    R"(FILE holds certificates, requests, revocation lists, OCSP responses or keys, in PEM,
DER, PKCS#7 or PKCS#12: it is recognised by its content. Of a private key only its kind
and the fingerprint of its public half are shown. HOST is asked for its certificates
without trusting them; nothing else is sent. Port 443 if not given. What is a file here
is read as a file.

Examples
  handfast cert show site.pem
  handfast cert show example.com
  handfast cert show shop.test.csr
  handfast cert show store.p12 --password-file password.txt
  handfast cert show --pem example.com > chain.pem
)";

/// One thing of a file, for people and for programs.
struct Shown {
  std::string lines;
  std::string list;  ///< where it stands in the JSON document
  Json json;
};

Shown show_key(const Contents& contents, const command::Terminal& terminal) {
  const bool is_open = contents.key.has_value();
  const std::string kind = is_open ? public_key_text(contents.key->public_key_info()) : "";
  const std::string pin = is_open ? hex(fingerprint(contents.key->public_key_info())) : "";
  Block block(terminal, is_open ? "private key" : "private key, encrypted");
  block.row("Key", kind);
  block.row("Key SHA-256", pin);
  block.row("More", is_open ? "" : "give its password: --password-file FILE");
  return {block.lines(), "keys", Json{{"is_open", is_open}, {"key", kind}, {"key_sha256", pin}}};
}

std::expected<Shown, Error> show_document(const Document& document, const Contents& contents,
                                          const Common& common, const command::Terminal& terminal,
                                          UnixTime now) {
  switch (document.kind) {
    case DocumentKind::revocation_list: {
      const auto list = read_crl(document.der);
      if (!list) {
        return std::unexpected(list.error());
      }
      return Shown{to_lines(*list, now, common.verbose, terminal), "lists", to_json(*list)};
    }
    case DocumentKind::ocsp_response: {
      const auto response = OcspResponse::parse(document.der);
      if (!response) {
        return std::unexpected(response.error());
      }
      return Shown{to_lines(*response, now, terminal), "responses", to_json(*response)};
    }
    case DocumentKind::request: {
      const auto request = CertificateRequest::parse(document.der);
      if (!request) {
        return std::unexpected(request.error());
      }
      return Shown{to_lines(*request, terminal), "requests", to_json(*request)};
    }
    case DocumentKind::private_key:
    case DocumentKind::encrypted_key: return show_key(contents, terminal);
    default: {
      const auto certificate = Certificate::parse(document.der);
      if (!certificate) {
        return std::unexpected(certificate.error());
      }
      return Shown{to_lines(*certificate, now, terminal), "certificates",
                   to_json(*certificate, now)};
    }
  }
}

std::expected<Contents, Failure> find(const Common& common, const ShowOptions& options) {
  if (is_file(options.what)) {
    return read_contents(common, options.what, options.password_source, Keys::open_if_given);
  }
  auto shown = find_chain(common, options.what);
  if (!shown) {
    return std::unexpected(shown.error());
  }
  Contents contents{.form = "TLS", .documents = {}, .key = std::nullopt};
  for (std::vector<std::uint8_t>& der : shown->chain) {
    contents.documents.push_back({DocumentKind::certificate, std::move(der)});
  }
  return contents;
}

int show_pem(const Common& common, const ShowOptions& options, const Contents& contents) {
  std::string lines;
  for (const Document& document : contents.documents) {
    if (!document.der.empty()) {  // keys are not written: their files are for their owner alone
      lines += to_pem(document.kind, document.der);
    }
  }
  if (lines.empty()) {
    Failure failure = command::file_failure(Error{.reason = Reason::pem_malformed}, options.what);
    failure.headline =
        fmt::format("{} holds a private key, and no certificate.", command::escape(options.what));
    failure.tries = {"name the file of the certificate, usually .pem or .crt"};
    return command::print_failure(common, "cert-show", failure);
  }
  const command::Terminal terminal(stdout, common.color);
  terminal.print(lines);
  return command::exit_done;
}

int show(const Common& common, const ShowOptions& options) {
  const auto contents = find(common, options);
  if (!contents) {
    return command::print_failure(common, "cert-show", contents.error());
  }
  if (options.pem) {
    return show_pem(common, options, *contents);
  }
  const command::Terminal terminal(stdout, common.color);
  const UnixTime now = net::now();
  Json document = command::json_head("cert-show", true);
  document["form"] = contents->form;
  document["certificates"] = Json::array();
  std::string lines;
  std::size_t number = 0;
  for (const Document& part : contents->documents) {
    ++number;
    auto shown = show_document(part, *contents, common, terminal, now);
    if (!shown) {
      Failure failure = command::file_failure(shown.error(), options.what);
      failure.where = fmt::format("number {} of {} in it", number, contents->documents.size());
      return command::print_failure(common, "cert-show", failure);
    }
    lines += fmt::format("{}{:<3}", lines.empty() ? "" : "\n", number) + shown->lines;
    document[shown->list].push_back(std::move(shown->json));
  }
  if (common.json) {
    command::print_json(document);
  } else {
    terminal.print(lines);
  }
  return command::exit_done;
}

}  // namespace

void add_show(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<ShowOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "show", "show what a file holds, or what a server sends", show_manual);
  command.add_option("FILE|HOST[:PORT]", options->what, "a file, or a server")->required();
  command.add_flag("--pem", options->pem, "write it as PEM, without private keys");
  command
      .add_option("--password-file", options->password_source,
                  "the file's password is the first line of this one")
      ->type_name("FILE");
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return show(common, *options); };
  });
}

}  // namespace handfast::cert
