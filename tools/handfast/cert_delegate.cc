// `handfast cert delegate`: lets a new key sign handshakes in the place of a certificate's, for
// some days.

#include "handfast/cert.h"
#include "handfast/cert_file.h"
#include "handfast/cert_key.h"
#include "handfast/cert_order.h"
#include "handfast/cert_report.h"
#include "handfast/cert_text.h"
#include "handfast/delegated_credential.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/key_text.h"
#include "handfast/net.h"
#include "handfast/one_of.h"

#include <algorithm>
#include <expected>
#include <filesystem>
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

struct DelegateOptions {
  std::string certificate;
  std::string key;
  std::string password_source;
  std::string key_type = "p256";
  int days = 3;
  bool client = false;
  std::string out;
  bool force = false;
};

constexpr const char* delegate_manual =
    R"(Makes NAME.dc.pem, with a new key and a delegated credential (RFC 9345): the
certificate's own key says in it that the new one may sign for it, for --days. serve
shows it to clients that take such; the others are shown the certificate with its own
key, as before. Nobody can revoke it but with the certificate, so let it be short, and
make a new one before it ends: serve looks for it. One for a --client is for programs.

The certificate has to say that it may: handfast cert sign --delegation. The file
holds a key: it is for you alone (mode 0600). Seven days are an hour less, for clients
whose clocks are behind.

Examples
  handfast cert delegate site.pem
  handfast cert delegate site.pem --key site.key --days 1 --out edge.dc.pem
  handfast serve site --cert site.pem --key site.key --delegated site.dc.pem
)";

constexpr std::int64_t hour = 3'600;

std::string out_file(const DelegateOptions& options) {
  return options.out.empty()
             ? std::filesystem::path(options.certificate).replace_extension(".dc.pem").string()
             : options.out;
}

/// "site.pem" -> "site.key" if there is such a file, else the same file.
std::string key_file(const DelegateOptions& options) {
  if (!options.key.empty()) {
    return options.key;
  }
  const auto beside = std::filesystem::path(options.certificate).replace_extension(".key");
  std::error_code ignored;
  return std::filesystem::exists(beside, ignored) ? beside.string() : options.certificate;
}

/// What was made, and from what.
struct Delegated {
  std::string path;
  std::vector<std::uint8_t> leaf_der;
  std::vector<std::uint8_t> wire;
  SigningKey key;
};

Failure delegation_failure(const Error& error, const DelegateOptions& options) {
  Failure failure = command::file_failure(error, options.certificate);
  if (error.reason == Reason::key_does_not_fit) {
    failure.headline =
        fmt::format("The key in {} does not belong to the certificate in {}.",
                    command::escape(key_file(options)), command::escape(options.certificate));
  }
  return failure;
}

std::expected<Delegated, Failure> make_delegated(const Common& common,
                                                 const DelegateOptions& options) {
  auto file = net::read_file(options.certificate);
  if (!file) {
    return std::unexpected(command::file_failure(file.error(), options.certificate));
  }
  const command::KeyText text(*std::move(file));  // which may hold the key too
  auto chain = certificates_from_pem(text.view());
  const auto leaf = chain ? Certificate::parse(chain->front()) : std::unexpected(chain.error());
  if (!leaf) {
    return std::unexpected(command::file_failure(leaf.error(), options.certificate));
  }
  const auto leaf_key = load_key(common, key_file(options), options.password_source);
  if (!leaf_key) {
    return std::unexpected(leaf_key.error());
  }
  auto key = make_key(options.key_type);
  if (!key) {
    return std::unexpected(order_failure(key.error(), "The key cannot be made."));
  }
  const UnixTime now = net::now();
  const std::int64_t longest = std::int64_t{delegated_credential_lifetime} - hour;
  const DelegationOrder order{
      .now = now,
      .expires =
          std::min(UnixTime{now.seconds + std::min(options.days * day, longest)}, leaf->not_after),
      .owner = options.client ? Party::client : Party::server};
  auto wire = issue_delegated_credential(order, key->public_key_info(), *leaf, *leaf_key);
  if (!wire) {
    return std::unexpected(delegation_failure(wire.error(), options));
  }
  return Delegated{out_file(options), std::move(chain->front()), *std::move(wire), *std::move(key)};
}

std::expected<void, Failure> write_delegated(const Delegated& made, bool force) {
  auto key = made.key.to_pem();
  if (!key) {
    return std::unexpected(command::file_failure(key.error(), made.path));
  }
  const std::string credential = delegated_credential_to_pem(made.wire);
  std::string whole;
  whole.reserve(credential.size() + key->size());  // never moved
  whole.append(credential).append(net::as_text(*key));
  wipe(*key);
  const command::KeyText text(std::move(whole));
  const auto written = write_file(made.path, net::as_bytes(text.view()), Access::owner,
                                  force ? Replacing::always : Replacing::never);
  return written ? std::expected<void, Failure>()
                 : std::unexpected(write_failure(written.error(), made.path));
}

int say(const Common& common, const DelegateOptions& options, const Delegated& made) {
  const auto leaf = Certificate::parse(made.leaf_der);
  const auto parsed = DelegatedCredential::parse(made.wire);
  if (!leaf || !parsed) {
    return command::print_failure(common, "cert-delegate",
                                  command::file_failure(Error{.reason = Reason::internal}, {}));
  }
  const UnixTime expires = parsed->expires(*leaf);
  const std::string_view scheme = name(parsed->dc_cert_verify_algorithm);
  if (common.json) {
    Json document = command::json_head("cert-delegate", true);
    document["file"] = made.path;
    document["scheme"] = scheme;
    document["expires"] = date_text(expires);
    document["certificate"] = to_json(*leaf, net::now());
    command::print_json(document);
  } else if (!common.quiet) {
    const command::Terminal terminal(stdout, common.color);
    Report report(terminal);
    report.done(fmt::format("Made {}: a key that may sign for {} until {} ({})", typed(made.path),
                            leaf->label(), date_text(expires), scheme));
    report.row("Beware", "whoever has it is the server until then; nobody can revoke it but with "
                         "the certificate");
    if (!options.client) {
      report.command("Next", fmt::format("handfast serve . --cert {} --delegated {}",
                                         typed(options.certificate), typed(made.path)));
    }
    report.print();
  }
  return command::exit_done;
}

int run_delegate(const Common& common, const DelegateOptions& options) {
  const auto made = make_delegated(common, options);
  if (!made) {
    return command::print_failure(common, "cert-delegate", made.error());
  }
  if (const auto written = write_delegated(*made, options.force); !written) {
    return command::print_failure(common, "cert-delegate", written.error());
  }
  return say(common, options, *made);
}

}  // namespace

void add_delegate(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<DelegateOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "delegate", "let a new key sign in its place for some days", delegate_manual);
  command.add_option("CERT", options->certificate, "the certificate, in PEM")->required();
  command.add_option("--key", options->key, "its key; else it is looked for beside it")
      ->type_name("FILE");
  command.add_option("--password-file", options->password_source, "the password of the key")
      ->type_name("FILE");
  command.add_option("--days", options->days, "how long it is good; 3")
      ->type_name("N")
      ->check(CLI::Range(1, 7));
  command
      .add_option("--key-type", options->key_type,
                  "of the new key: p256 (the default), p384, ed25519, mldsa44, mldsa65, mldsa87")
      ->type_name("KIND")
      ->transform(command::one_of({"p256", "p384", "ed25519", "mldsa44", "mldsa65", "mldsa87"}));
  command.add_flag("--client", options->client, "for a client, not for a server");
  command.add_option("--out", options->out, "the file to write; the certificate's with .dc.pem")
      ->type_name("FILE");
  command.add_flag("--force", options->force, "overwrite the file, and lose what it holds");
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return run_delegate(common, *options); };
  });
}

}  // namespace handfast::cert
