// `handfast cert ocsp`: a small responder, and single responses for stapling.

#include "handfast/cert.h"
#include "handfast/cert_contents.h"
#include "handfast/cert_crl.h"
#include "handfast/cert_file.h"
#include "handfast/cert_issuer.h"
#include "handfast/cert_key.h"
#include "handfast/cert_order.h"
#include "handfast/cert_report.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/issue_ocsp.h"
#include "handfast/json.h"
#include "handfast/net.h"
#include "handfast/ocsp_responder.h"
#include "handfast/ocsp_service.h"
#include "handfast/serve_listen.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <filesystem>
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

struct OcspOptions {
  std::string what;
  IssuerOptions issuer;
  std::string responder;
  std::string responder_key;
  std::string list;
  std::string listen = "127.0.0.1:2560";
  std::string out;
  bool force = false;
};

constexpr const char* serve_manual =
    R"(Answers OCSP questions about the authority's certificates from its revocation list:
revoked if it stands on the list, else good. The list is read again whenever its file
changes, and while it is too old clients are told to come later. The answers are signed
by the authority's own key, or by a responder's (cert sign --profile ocsp), so that the
authority's key need not be here.

For tests and private authorities: it listens on this computer alone unless told
otherwise.

Examples
  handfast cert ocsp serve --ca ca.pem --ca-key ca.key --crl ca.crl
  handfast cert ocsp serve --ca ca.pem --responder-cert ocsp.pem --crl ca.crl
)";

constexpr const char* sign_manual =
    R"(Makes one OCSP response in a file, which a server can staple: handfast serve --ocsp.
It is as good as the list: until the list's next update.

Examples
  handfast cert ocsp sign shop.test.pem --ca ca.pem --ca-key ca.key --crl ca.crl
)";

/// Whoever signs responses: the authority, or its delegate.
struct Signers {
  std::vector<std::uint8_t> issuer_der;
  Certificate issuer;  // views into issuer_der
  std::vector<std::uint8_t> signer_der;
  Certificate signer;  // views into signer_der
  SigningKey key;
  bool is_delegated = false;
};

std::expected<std::vector<std::uint8_t>, Failure> first_certificate(const Common& common,
                                                                    const std::string& path) {
  const auto contents = read_contents(common, path, {}, Keys::open_if_given);
  if (!contents) {
    return std::unexpected(contents.error());
  }
  auto certificates = certificates_of(contents->documents);
  if (certificates.empty()) {
    Failure failure = command::file_failure(Error{.reason = Reason::pem_malformed}, path);
    failure.headline = fmt::format("{} holds no certificate.", command::escape(path));
    return std::unexpected(std::move(failure));
  }
  return std::move(certificates.front());
}

std::expected<Signers, Failure> load_delegate(const Common& common, const OcspOptions& options,
                                              UnixTime now) {
  auto issuer_der = first_certificate(common, options.issuer.certificate);
  if (!issuer_der) {
    return std::unexpected(issuer_der.error());
  }
  auto signer_der = first_certificate(common, options.responder);
  if (!signer_der) {
    return std::unexpected(signer_der.error());
  }
  const auto issuer = Certificate::parse(*issuer_der);
  const auto signer = Certificate::parse(*signer_der);
  if (!issuer || !signer) {
    return std::unexpected(issuer
                               ? command::file_failure(signer.error(), options.responder)
                               : command::file_failure(issuer.error(), options.issuer.certificate));
  }
  const auto purposes = extended_key_usage_texts(*signer);
  const bool is_for_it = std::ranges::find(purposes, "OCSPSigning") != purposes.end() &&
                         std::ranges::equal(signer->issuer, issuer->subject);
  if (!is_for_it || !is_current(*signer, now)) {
    const Reason reason =
        is_for_it ? Reason::certificate_expired : Reason::certificate_extended_key_usage;
    Failure failure = command::file_failure(Error{.reason = reason}, options.responder);
    failure.headline =
        is_for_it ? fmt::format("{} is outside its dates.", command::escape(options.responder))
                  : fmt::format("{} may not answer for {}: that takes a certificate from it, for "
                                "OCSPSigning.",
                                command::escape(options.responder),
                                command::escape(options.issuer.certificate));
    failure.tries = {"have one signed: handfast cert sign REQUEST.csr --profile ocsp --ca CA.pem"};
    return std::unexpected(std::move(failure));
  }
  const std::string key_path =
      options.responder_key.empty()
          ? std::filesystem::path(options.responder).replace_extension(".key").string()
          : options.responder_key;
  auto key = load_key(common, key_path, options.issuer.password_source);
  if (!key) {
    return std::unexpected(key.error());
  }
  if (!std::ranges::equal(key->public_key_info(), signer->public_key_info)) {
    Failure failure = command::file_failure(Error{.reason = Reason::key_does_not_fit}, key_path);
    failure.headline = fmt::format("{} is not the key of {}.", command::escape(key_path),
                                   command::escape(options.responder));
    return std::unexpected(std::move(failure));
  }
  return Signers{.issuer_der = std::move(*issuer_der),
                 .issuer = *issuer,
                 .signer_der = std::move(*signer_der),
                 .signer = *signer,
                 .key = std::move(*key),
                 .is_delegated = true};
}

std::expected<Signers, Failure> load_signers(const Common& common, const OcspOptions& options,
                                             UnixTime now) {
  if (!options.responder.empty()) {
    return load_delegate(common, options, now);
  }
  auto authorities = load_issuer(common, options.issuer, Duty::sign_responses, now);
  if (!authorities) {
    return std::unexpected(authorities.error());
  }
  return Signers{.issuer_der = std::move(authorities->chain.front()),
                 .issuer = authorities->certificate,
                 .signer_der = {},
                 .signer = authorities->certificate,
                 .key = std::move(authorities->key),
                 .is_delegated = false};
}

/// A list there has to be: whoever is not on one that is missing would be called good.
std::expected<CrlFile, Failure> need_list(const OcspOptions& options, const Certificate& issuer,
                                          UnixTime now) {
  auto list = load_crl(options.list, issuer, options.issuer.certificate);
  if (!list) {
    return std::unexpected(list.error());
  }
  const std::string renewal = fmt::format("handfast cert revoke --ca {} --crl {}",
                                          typed(options.issuer.certificate), typed(options.list));
  if (!*list) {
    Failure failure = command::file_failure(Error{.reason = Reason::file_missing}, options.list);
    failure.headline = fmt::format("There is no list {}.", command::escape(options.list));
    failure.tries = {"begin an empty one: " + renewal};
    return std::unexpected(std::move(failure));
  }
  if ((*list)->list.order.next_update < now) {
    Failure failure = command::file_failure(Error{.reason = Reason::crl_expired}, options.list);
    failure.headline =
        fmt::format("The list {} was good until {}: nothing can be said from it now.",
                    command::escape(options.list), date_text((*list)->list.order.next_update));
    failure.tries = {"renew it: " + renewal};
    return std::unexpected(std::move(failure));
  }
  return std::move(**list);
}

int serve(const Common& common, const OcspOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return command::print_failure(common, "cert-ocsp-serve", failure);
  };
  const UnixTime now = net::now();
  const auto signers = load_signers(common, options, now);
  if (!signers) {
    return refuse(signers.error());
  }
  if (const auto list = need_list(options, signers->issuer, now); !list) {
    return refuse(list.error());
  }
  const auto endpoint = serve::parse_endpoint(options.listen);
  if (!endpoint) {
    return refuse(order_failure(endpoint.error(), fmt::format("{} is no address to listen at.",
                                                              command::escape(options.listen))));
  }
  auto listening = serve::listen_on(*endpoint);
  if (!listening) {
    return refuse(order_failure(listening.error(), fmt::format("It cannot listen at {}: {}.",
                                                               command::escape(options.listen),
                                                               listening.error().text())));
  }
  ocsp::Responder responder({.issuer = signers->issuer,
                             .signer = signers->signer,
                             .key = signers->key,
                             .is_delegated = signers->is_delegated},
                            options.list, options.issuer.certificate);
  const std::string host = endpoint->host.contains(':') ? "[" + endpoint->host + "]"
                           : endpoint->host.empty()     ? "localhost"
                                                        : endpoint->host;
  const std::string url = fmt::format("http://{}:{}/", host, listening->port);
  ocsp::Log log(common);
  log.start(signers->issuer.label(), url, listening->port);
  ocsp::run(*listening, responder, log);
  return command::exit_done;
}

int sign(const Common& common, const OcspOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return command::print_failure(common, "cert-ocsp-sign", failure);
  };
  const UnixTime now = net::now();
  const auto signers = load_signers(common, options, now);
  if (!signers) {
    return refuse(signers.error());
  }
  const auto list = need_list(options, signers->issuer, now);
  if (!list) {
    return refuse(list.error());
  }
  const auto der = first_certificate(common, options.what);
  if (!der) {
    return refuse(der.error());
  }
  const auto certificate = Certificate::parse(*der);
  if (!certificate) {
    return refuse(command::file_failure(certificate.error(), options.what));
  }
  if (const auto belongs =
          belongs_to(*certificate, options.what, signers->issuer, options.issuer.certificate);
      !belongs) {
    return refuse(belongs.error());
  }
  const auto id = ocsp_certificate_id(*certificate, signers->issuer);
  if (!id) {
    return refuse(command::file_failure(id.error(), options.what));
  }
  const std::array<OcspAnswer, 1> answers = {answer_from(list->list, *id, certificate->serial)};
  const auto made = issue_ocsp_response(
      answers, {}, now,
      {.certificate = signers->signer, .key = signers->key, .is_delegated = signers->is_delegated});
  if (!made) {
    return refuse(order_failure(
        made.error(), fmt::format("The response cannot be made: {}.", made.error().text())));
  }
  const std::string path =
      options.out.empty() ? std::filesystem::path(options.what).replace_extension(".ocsp").string()
                          : options.out;
  if (const auto written = write_file(path, *made, Access::everybody,
                                      options.force ? Replacing::always : Replacing::never);
      !written) {
    return refuse(write_failure(written.error(), path));
  }
  const bool is_revoked = answers[0].status == OcspAnswer::Status::revoked;
  const std::string until = date_text(list->list.order.next_update);
  if (common.json) {
    Json document = command::json_head("cert-ocsp-sign", true);
    document["file"] = path;
    document["status"] = is_revoked ? "revoked" : "good";
    document["serial"] = hex(certificate->serial);
    document["next_update"] = until;
    command::print_json(document);
  } else if (!common.quiet) {
    const command::Terminal terminal(stdout, common.color);
    Report report(terminal);
    report.done(fmt::format("Made {}: {} is {}; it is believed until {}", typed(path),
                            certificate->label(), is_revoked ? "revoked" : "good", until));
    if (!is_revoked) {
      report.command("Next", fmt::format("handfast serve . --cert {} --ocsp {}",
                                         typed(options.what), typed(path)));
    }
    report.print();
  }
  return command::exit_done;
}

void add_signer_options(CLI::App& command, OcspOptions& options) {
  add_issuer_options(command, options.issuer);
  command
      .add_option("--responder-cert", options.responder,
                  "answer with this certificate's key, not the authority's")
      ->type_name("FILE");
  command
      .add_option("--responder-key", options.responder_key,
                  "its key; the certificate's name with .key")
      ->type_name("FILE");
  command.add_option("--crl", options.list, "the authority's revocation list")
      ->type_name("FILE")
      ->required();
}

}  // namespace

void add_ocsp(CLI::App& cert, command::Chosen& chosen) {
  CLI::App& ocsp = *cert.add_subcommand("ocsp", "answer whether certificates were revoked");
  ocsp.set_help_flag("-h,--help", "show this help")->group("Common options");
  ocsp.require_subcommand(0, 1);
  const auto options = std::make_shared<OcspOptions>();
  CLI::App& serve_command = command::add_command(
      ocsp, chosen, "serve", "answer questions over HTTP, from a list", serve_manual);
  add_signer_options(serve_command, *options);
  serve_command.add_option("--listen", options->listen, "where; 127.0.0.1:2560")
      ->type_name("HOST:PORT");
  serve_command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return serve(common, *options); };
  });
  CLI::App& sign_command =
      command::add_command(ocsp, chosen, "sign", "make one response, to be stapled", sign_manual);
  sign_command.add_option("CERT", options->what, "the certificate")->required();
  add_signer_options(sign_command, *options);
  sign_command.add_option("--out", options->out, "the file to write; CERT's name with .ocsp")
      ->type_name("FILE");
  sign_command.add_flag("--force", options->force, "overwrite the file");
  sign_command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return sign(common, *options); };
  });
  ocsp.callback([&ocsp, &chosen] {
    if (ocsp.get_subcommands().empty()) {
      chosen.run = [](const Common& common) {
        return command::print_usage_error(common, "cert ocsp",
                                          "cert ocsp needs one of its commands: serve or sign.");
      };
    }
  });
}

}  // namespace handfast::cert
