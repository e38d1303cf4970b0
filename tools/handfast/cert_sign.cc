// `handfast cert sign`: an authority answers a request with a certificate.

#include "handfast/cert.h"
#include "handfast/cert_file.h"
#include "handfast/cert_issuer.h"
#include "handfast/cert_key.h"
#include "handfast/cert_name.h"
#include "handfast/cert_order.h"
#include "handfast/cert_report.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/issue.h"
#include "handfast/json.h"
#include "handfast/net.h"
#include "handfast/one_of.h"
#include "handfast/request.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;
using command::Json;

namespace {

struct SignOptions {
  std::string request;
  IssuerOptions issuer;
  std::string profile = "server";
  std::optional<int> days;
  std::string out;
  std::vector<std::string> names;
  std::string subject;
  bool keep_subject = false;
  bool force = false;
  ExtensionOptions extensions;
};

constexpr const char* request_manual =
    R"(Makes the certificate that a request asks for: with the request's key and its names,
and nothing else of it unless an option says so. What was left out is told. The
profile says what it is good for:
  server   for TLS servers, 90 days
  client   for TLS clients, 90 days
  ca       for an authority below this one, 1825 days
  ocsp     for a responder that answers in this authority's name, 30 days
It never ends after the authority's own certificate. Before it is written it is checked
as everybody who trusts the authority will check it, or the highest of those above it
that the file of --ca holds too; the report says which.

Examples
  handfast cert sign shop.test.csr --ca ca.pem --ca-key ca.key
  handfast cert sign ann.csr --ca ca.pem --ca-key ca.key --profile client --days 30
  handfast cert sign shop.test.csr --ca ca.pem --ca-key ca.key --name shop.test
  handfast cert sign sub.csr --ca ca.pem --ca-key ca.key --profile ca --path-length 0
)";

/// What the request has that does not come into the certificate by itself.
std::vector<std::string> dropped_parts(const SignOptions& options,
                                       const CertificateRequest& request,
                                       const CertificateOrder& order) {
  const Certificate& wanted = request.wanted;
  std::vector<std::string> parts;
  const std::string subject = Certificate::name_text(wanted.subject);
  const bool is_kept = !order.whole_subject.empty() || !options.subject.empty() ||
                       subject == "CN=" + order.common_name;
  if (!subject.empty() && !is_kept) {
    parts.push_back(fmt::format("the subject {} (--keep-subject takes it over)", subject));
  }
  if (wanted.has_subject_alt_name && !options.names.empty()) {
    parts.emplace_back("its names");
  } else if (wanted.has_subject_alt_name && order.names.empty()) {
    parts.push_back(fmt::format("its names ({}): --profile {} has none",
                                fmt::join(alt_name_texts(wanted), ", "), options.profile));
  }
  if (options.names.empty() && alt_names(wanted).size() < alt_name_texts(wanted).size()) {
    parts.emplace_back("names that are not in the form of their kind, or of kinds not signed here");
  }
  if (wanted.basic_constraints && wanted.basic_constraints->is_authority && !order.is_authority) {
    parts.emplace_back("the wish to be an authority");
  }
  if (wanted.key_usage) {
    parts.push_back(fmt::format("key usage {}", fmt::join(key_usage_texts(wanted), ", ")));
  }
  const auto purposes = extended_key_usage_texts(wanted);
  const bool is_met = std::ranges::all_of(purposes, [&](std::string_view purpose) {
    return (purpose == "serverAuth" && order.server_auth) ||
           (purpose == "clientAuth" && order.client_auth);
  });
  if (!is_met) {
    parts.push_back(fmt::format("extended key usage {}", fmt::join(purposes, ", ")));
  }
  if (wanted.name_constraints_present) {
    parts.emplace_back("name constraints");
  }
  return parts;
}

/// A server's request of the old kind has its one name in the subject. A single word there, such as
/// "Ann", is somebody's own name.
std::optional<std::string> name_of_subject(const SignOptions& options,
                                           const CertificateRequest& request) {
  const std::string common_name = request.common_name();
  const bool is_server = options.profile == "server" && !request.wanted.has_subject_alt_name;
  const bool is_word = !common_name.contains('.') && !common_name.contains(':') &&
                       CLI::detail::to_lower(common_name) != "localhost";
  return is_server && !is_word && Name::parse(common_name) ? std::optional(common_name)
                                                           : std::nullopt;
}

/// The names of the request, as orders have them, each of the kind that it is there.
std::vector<std::string> asked_names(const SignOptions& options,
                                     const CertificateRequest& request) {
  std::vector<std::string> names;
  const std::vector<AltName> asked = alt_names(request.wanted);
  for (const AltName& name : asked) {
    using enum AltName::Kind;
    const std::string_view kind = name.kind == rfc822_name                   ? "email:"
                                  : name.kind == uniform_resource_identifier ? "URI:"
                                                                             : "";
    names.push_back(std::string(kind) + name.value);
  }
  if (auto name = name_of_subject(options, request)) {
    names.push_back(*std::move(name));
  }
  return names;
}

void set_profile(CertificateOrder& order, std::string_view profile) {
  order.is_authority = profile == "ca";
  order.server_auth = profile == "server";
  order.client_auth = profile == "client";
  order.ocsp_signing = profile == "ocsp";
}

int days_of(std::string_view profile) {
  return profile == "ca" ? 1825 : profile == "ocsp" ? 30 : 90;
}

/// From now on, but never beyond the authority's own dates.
std::expected<void, Failure> set_dates(CertificateOrder& order, const SignOptions& options,
                                       const Certificate& issuer, UnixTime now) {
  const int days = options.days.value_or(days_of(options.profile));
  order.not_before = std::max(UnixTime{now.seconds - 3600}, issuer.not_before);
  order.not_after = {now.seconds + days * day};
  if (order.not_after <= issuer.not_after) {
    return {};
  }
  if (options.days) {
    const std::int64_t left = (issuer.not_after.seconds - now.seconds) / day;
    Failure failure = order_failure(
        Error{.reason = Reason::configuration_unsupported},
        fmt::format("The certificate would end after that of its authority, which has {} days left "
                    "(until {}).",
                    left, date_text(issuer.not_after)));
    failure.tries = {fmt::format("ask for less: --days {}", std::max<std::int64_t>(left, 1)),
                     "renew the authority's certificate first"};
    return std::unexpected(std::move(failure));
  }
  order.not_after = issuer.not_after;
  return {};
}

std::expected<CertificateOrder, Failure> order_of(const SignOptions& options,
                                                  const CertificateRequest& request,
                                                  const Certificate& issuer, UnixTime now) {
  CertificateOrder order;
  set_profile(order, options.profile);
  auto names = options.names.empty()
                   ? std::expected<std::vector<std::string>, Failure>(asked_names(options, request))
                   : parse_alt_names(options.names);
  if (!names) {
    return std::unexpected(names.error());
  }
  if (!order.is_authority && !order.ocsp_signing) {
    order.names = std::move(*names);
  }
  order.common_name = request.common_name();
  if (!options.names.empty() && !order.names.empty()) {
    order.common_name = order.names.front().substr(0, 64);
  }
  if (options.keep_subject) {
    order.whole_subject = request.wanted.subject;
  }
  if (const auto set = set_subject(order, options.subject); !set) {
    return std::unexpected(set.error());
  }
  if (const auto set = set_extensions(order, options.extensions); !set) {
    return std::unexpected(set.error());
  }
  order.must_staple = order.must_staple || (request.wanted.must_staple && order.server_auth);
  if (const auto set = set_dates(order, options, issuer, now); !set) {
    return std::unexpected(set.error());
  }
  if (order.server_auth && order.names.empty()) {
    Failure failure =
        order_failure(Error{.reason = Reason::configuration_empty}, "The request names no server.");
    failure.tries = {"say for which names the certificate is to be: --name shop.test",
                     "is it for a client, or an authority? --profile client, --profile ca"};
    return std::unexpected(std::move(failure));
  }
  return order;
}

struct Request {
  std::vector<std::uint8_t> der;
  CertificateRequest parsed;  // views into der
};

std::expected<Request, Failure> load_request(const std::string& path) {
  const auto text = net::read_file(path);
  if (!text) {
    return std::unexpected(command::file_failure(text.error(), path));
  }
  const Bytes bytes = net::as_bytes(*text);
  auto der = text->contains("-----BEGIN ")
                 ? request_from_pem(*text)
                 : Result<std::vector<std::uint8_t>>(std::in_place, bytes.begin(), bytes.end());
  if (!der) {
    Failure failure = command::file_failure(der.error(), path);
    failure.headline = fmt::format("{} holds no certificate request.", command::escape(path));
    failure.tries = {"make one: handfast cert new NAME --csr",
                     fmt::format("see what it holds: handfast cert show {}", typed(path))};
    return std::unexpected(std::move(failure));
  }
  const auto parsed = CertificateRequest::parse(*der);
  if (!parsed) {
    return std::unexpected(command::file_failure(parsed.error(), path));
  }
  return Request{.der = std::move(*der), .parsed = *parsed};
}

std::string out_file(const SignOptions& options) {
  return options.out.empty()
             ? std::filesystem::path(options.request).replace_extension(".pem").string()
             : options.out;
}

/// What was signed, and the certificates that lead from it to the root, which everybody has.
std::string chain_pem(const std::vector<std::uint8_t>& made, const Authorities& authorities) {
  std::string pem = certificate_to_pem(made);
  for (const std::vector<std::uint8_t>& der : authorities.chain) {
    if (const auto above = Certificate::parse(der); above && !above->is_self_issued()) {
      pem += certificate_to_pem(der);
    }
  }
  return pem;
}

/// What was made, and how it came about.
struct Signed {
  std::string path;
  Certificate certificate;
  std::string checked;  ///< against whom
  std::vector<std::string> dropped;
  std::string renamed;  ///< what its name was made from, if not from the request's names
};

int say(const Common& common, const SignOptions& options, const Signed& done,
        const Authorities& authorities) {
  const auto& [path, made, checked, dropped, renamed] = done;
  const UnixTime now = net::now();
  if (common.json) {
    Json document = command::json_head("cert-sign", true);
    document["file"] = path;
    document["profile"] = options.profile;
    document["issuer"] = authorities.certificate.label();
    document["dropped"] = dropped;
    document["checked"] = checked;
    document["certificate"] = to_json(made, now);
    command::print_json(document);
    return command::exit_done;
  }
  if (common.quiet) {
    return command::exit_done;
  }
  const command::Terminal terminal(stdout, common.color);
  Report report(terminal);
  const auto names = alt_name_texts(made);
  report.done(fmt::format("Signed {} for {} ({}, {})", typed(path),
                          names.empty() ? made.label() : fmt::format("{}", fmt::join(names, ", ")),
                          options.profile, lifetime_text(made, now)));
  report.row("By", fmt::format("{}, {}", authorities.certificate.label(),
                               key_text(authorities.certificate)));
  report.row("Serial", hex(made.serial));
  report.row("Checked", checked);
  report.row("Name", renamed);
  report.row("Left out", fmt::format("{}", fmt::join(dropped, "; ")));
  const std::string key = std::filesystem::path(path).replace_extension(".key").string();
  if (options.profile == "server") {
    report.command("Next",
                   fmt::format("handfast serve . --cert {} --key {}", typed(path), typed(key)));
  } else if (options.profile == "ca") {
    report.command("Next", fmt::format("handfast cert sign REQUEST.csr --ca {} --ca-key {}",
                                       typed(path), typed(key)));
  } else {
    report.command("Next", fmt::format("handfast cert show {}", typed(path)));
  }
  report.print();
  return command::exit_done;
}

int sign(const Common& common, const SignOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return command::print_failure(common, "cert-sign", failure);
  };
  const UnixTime now = net::now();
  const auto request = load_request(options.request);
  if (!request) {
    return refuse(request.error());
  }
  const auto authorities = load_issuer(common, options.issuer, Duty::sign_certificates, now);
  if (!authorities) {
    return refuse(authorities.error());
  }
  const Certificate& issuer = authorities->certificate;
  const auto order = order_of(options, request->parsed, issuer, now);
  if (!order) {
    return refuse(order.error());
  }
  const auto made = issue(*order, request->parsed.wanted.public_key_info,
                          {.certificate = issuer, .key = authorities->key});
  if (!made) {
    return refuse(order_failure(
        made.error(), fmt::format("The certificate cannot be made: {}.", made.error().text())));
  }
  const auto checked = check_issued(*made, *authorities, options.issuer.certificate, now);
  if (!checked) {
    return refuse(checked.error());
  }
  const std::string path = out_file(options);
  const std::string pem = chain_pem(*made, *authorities);
  const Replacing replacing = options.force ? Replacing::always : Replacing::never;
  if (const auto written = write_file(path, net::as_bytes(pem), Access::everybody, replacing);
      !written) {
    return refuse(write_failure(written.error(), path));
  }
  const auto certificate = Certificate::parse(*made);
  if (!certificate) {
    return refuse(command::file_failure(certificate.error(), path));
  }
  const std::string renamed =
      options.names.empty() && name_of_subject(options, request->parsed)
          ? "the server's name is that of the subject, as in old requests; --name says another"
          : "";
  return say(common, options,
             {.path = path,
              .certificate = *certificate,
              .checked = *checked,
              .dropped = dropped_parts(options, request->parsed, *order),
              .renamed = renamed},
             *authorities);
}

}  // namespace

void add_sign(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<SignOptions>();
  CLI::App& command = command::add_command(cert, chosen, "sign",
                                           "have an authority answer a request", request_manual);
  command.add_option("CSR", options->request, "the request, in PEM or DER")->required();
  add_issuer_options(command, options->issuer);
  command.add_option("--profile", options->profile, "server (the default), client, ca or ocsp")
      ->type_name("KIND")
      ->transform(command::one_of({"server", "client", "ca", "ocsp"}));
  command.add_option("--days", options->days, "how long it is good")
      ->type_name("N")
      ->check(CLI::Range(1, 36'500));
  command.add_option("--name", options->names, "for this name, not those of the request")
      ->type_name("NAME");
  auto* subject =
      command.add_option("--subject", options->subject, "the whole subject")->type_name("NAME");
  command.add_flag("--keep-subject", options->keep_subject, "take the request's subject over")
      ->excludes(subject);
  command.add_option("--out", options->out, "the file to write; the request's name with .pem")
      ->type_name("FILE");
  command.add_flag("--force", options->force, "overwrite the file, and lose what it holds");
  add_extension_options(command, options->extensions);
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return sign(common, *options); };
  });
}

}  // namespace handfast::cert
