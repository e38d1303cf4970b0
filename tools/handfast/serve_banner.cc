#include "handfast/serve_banner.h"

#include "handfast/cert_file.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/json.h"
#include "handfast/net.h"

#include <filesystem>
#include <string_view>

#include <fmt/format.h>

namespace handfast::serve {

using command::Json;
using command::Paint;

namespace {

/// A host to type into a browser here.
std::string url_host(const std::string& host) {
  if (host.empty() || host == "0.0.0.0" || host == "::") {
    return "localhost";
  }
  return host.contains(':') ? "[" + host + "]" : host;
}

std::string absolute(const std::string& folder) {
  std::error_code error;
  const auto path = std::filesystem::canonical(folder, error);
  return command::escape(error ? folder : path.string());
}

std::string count(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace

void tell_start(const command::Common& common, const command::Terminal& terminal,
                const Start& start) {
  const UnixTime now = net::now();
  const std::string host = url_host(start.host);
  const std::string url = fmt::format("https://{}:{}/", host, start.port);
  const std::string& trust = start.credentials.trust_file;
  if (common.json) {
    Json document = command::json_head("serve", true);
    document.update(Json{{"event", "listening"},
                         {"url", url},
                         {"port", start.port},
                         {"folder", absolute(start.folder)},
                         {"trust_file", trust.empty() ? Json() : Json(trust)}});
    for (const auto& credential : start.credentials.list) {
      document["certificates"].push_back(cert::to_json(credential->leaf(), now));
    }
    document["unstapled"] = start.unstapled;
    document["psk_identities"] = Json::array();
    for (const auto& psk : start.psks) {
      document["psk_identities"].push_back(command::escape(net::as_text(psk->identity())));
    }
    command::print_json(document, -1);
    return;
  }
  if (common.quiet) {
    return;
  }
  std::string lines = fmt::format("Serving {} at {}  Ctrl-C stops.\n",
                                  terminal.paint(Paint::strong, absolute(start.folder)),
                                  terminal.paint(Paint::strong, url));
  const auto row = [&](std::string_view title, const std::string& text) {
    lines += "  " + command::pad(terminal.paint(Paint::faint, title), 13) + text + '\n';
  };
  std::string_view title = "Certificate";
  for (const auto& credential : start.credentials.list) {
    const Certificate& leaf = credential->leaf();
    if (leaf.is_raw_key) {
      row("Raw key",
          fmt::format("{}, SHA-256 {}", key_text(leaf), cert::hex(fingerprint(leaf.der))));
      continue;
    }
    const std::string validity = cert::validity_text(leaf, now);
    row(title,
        fmt::format("{}, {}, {}", fmt::join(alt_name_texts(leaf), ", "), key_text(leaf),
                    cert::is_current(leaf, now) ? validity : terminal.paint(Paint::bad, validity)));
    title = "";
  }
  for (const std::string& file : start.unstapled) {
    row(terminal.paint(Paint::warning, "Beware"),
        fmt::format("{} promises an OCSP response (RFC 7633), and has no --ocsp: clients that look "
                    "refuse it",
                    cert::typed(file)));
    row("", fmt::format("handfast cert ocsp sign {} --ca CA.pem --crl CA.crl", cert::typed(file)));
  }
  for (const auto& psk : start.psks) {
    row("Key", command::psk_identity_text(psk->identity()) +
                   (psk->is_imported() ? "" : ", raw: for peers that import none"));
  }
  if (!start.asks_clients.empty()) {
    row("Clients", start.asks_clients);
  }
  if (!trust.empty()) {
    row("Authority", trust + " (for development on this computer)");
    row("Try", fmt::format("handfast connect --ca {} --get / {}:{}", trust, host, start.port));
    row("", fmt::format("curl --cacert {} {}", trust, url));
  }
  terminal.print(lines);
}

void tell_end(const command::Common& common, const command::Terminal& terminal,
              const Counts& counts) {
  if (common.json) {
    Json document = command::json_head("serve", true);
    document.update(Json{{"event", "stopped"},
                         {"requests", counts.requests},
                         {"connections", counts.connections},
                         {"failures", counts.failures}});
    command::print_json(document, -1);
  } else if (!common.quiet) {
    terminal.print(fmt::format(
        "Stopped after {} on {}{}.\n", count(counts.requests, "request"),
        count(counts.connections, "connection"),
        counts.failures == 0 ? "" : fmt::format(", {} of which failed", counts.failures)));
  }
}

}  // namespace handfast::serve
