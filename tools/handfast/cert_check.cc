// `handfast cert check`: whether a chain is to be trusted, and why.

#include "handfast/cert.h"
#include "handfast/cert_source.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/moment.h"
#include "handfast/net.h"
#include "handfast/target.h"
#include "handfast/trust_text.h"
#include "handfast/verify.h"

#include <map>
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
using command::Paint;
using command::Terminal;

namespace {

struct CheckOptions {
  std::string what = {};
  std::string name = {};
  std::string at = {};
  std::vector<std::string> authorities = {};  ///< files and folders; empty: the system's
  x509::Purpose purpose = x509::Purpose::server_auth;
};

constexpr const char* manual =
    R"(CHAIN is a file with the certificate first and those of its authorities after
it, in PEM or DER, or a server, whose certificates are fetched without trusting
them. The name to check is that of --name, or the server's; without one the names
are not checked, and the answer says so.

Every check is told with its rule and what it looked at; so is every path that was
tried and given up. What is not checked is never called good.

TIME is a day or a moment in UTC: 2026-11-21, "2026-11-21 08:30", @1795000000.

Examples
  handfast cert check example.com
  handfast cert check site.pem --name www.example.com
  handfast cert check site.pem --name shop.test --ca ca.pem --at 2027-01-01
  handfast cert check client.pem --purpose client --ca ca.pem --json

Exit codes
  0 trusted, 3 file, 30 untrusted, 31 outside its dates, 32 other name,
  33 revoked, 34 another rule broken
)";

/// One run of the command: what its steps share.
class Check {
 public:
  Check(const Common& common, const CheckOptions& options)
      : common_(common), options_(options), terminal_(stdout, common.color) {}

  int operator()();

 private:
  // Each reads one thing; what stood in the way is told, and its exit code returned.
  std::optional<int> read_moment();
  std::optional<int> read_name();
  std::optional<int> read_chain();
  std::optional<int> read_trust();
  int tell_failure(const Failure& failure) const;
  int tell(const Verdict& verdict, const TrustScene& scene) const;

  const Common& common_;
  const CheckOptions& options_;
  Terminal terminal_;
  Chain chain_;
  std::optional<ServerName> name_;
  std::shared_ptr<const Trust> trust_;
  std::string trust_text_;
  UnixTime now_;
};

int Check::operator()() {
  for (const auto step :
       {&Check::read_moment, &Check::read_name, &Check::read_chain, &Check::read_trust}) {
    if (const std::optional<int> exit = (this->*step)()) {
      return *exit;
    }
  }
  const std::vector<Bytes> chain(chain_.begin(), chain_.end());
  const ServerName* name = name_ ? &*name_ : nullptr;
  const Verdict verdict = x509::verify(
      {.chain = chain, .trust = trust_, .name = name, .now = now_, .purpose = options_.purpose});
  return tell(verdict, {.chain = chain, .name = name, .now = now_, .anchors = trust_text_});
}

std::optional<int> Check::read_moment() {
  now_ = net::now();
  if (options_.at.empty()) {
    return std::nullopt;
  }
  const std::optional<UnixTime> moment = command::parse_moment(options_.at);
  if (!moment) {
    return command::print_usage_error(
        common_, "cert-check",
        fmt::format("{} is no moment: write a day, as 2026-11-21, or a moment, as "
                    "\"2026-11-21 08:30\".",
                    command::escape(options_.at)));
  }
  now_ = *moment;
  return std::nullopt;
}

std::optional<int> Check::read_name() {
  const bool names_server = !is_file(options_.what);
  const std::string& text = options_.name.empty() && names_server ? options_.what : options_.name;
  if (text.empty()) {
    return std::nullopt;
  }
  // People write names in their own letters; certificates have A-labels (RFC 5890 §2.3.2.1).
  const auto target = command::parse_target(text);
  const auto name = ServerName::parse(target ? target->host : text);
  if (!name) {
    return command::print_usage_error(
        common_, "cert-check",
        fmt::format("{} is neither a DNS name nor an IP address.", command::escape(text)));
  }
  name_ = *name;
  return std::nullopt;
}

std::optional<int> Check::read_chain() {
  auto chain = find_chain(common_, options_.what);
  if (!chain) {
    return tell_failure(chain.error());
  }
  chain_ = *std::move(chain);
  return std::nullopt;
}

std::optional<int> Check::read_trust() {
  const auto fails = [&](const Error& error) {
    return tell_failure(command::explain(error, command::Side::client, command::Stage::setup));
  };
  if (options_.authorities.empty()) {
    trust_text_ = "the system's store";
    auto trust = net::system_trust();
    if (!trust) {
      return fails(trust.error());
    }
    trust_ = *std::move(trust);
    return std::nullopt;
  }
  // One by one, to name the one that is at fault.
  for (const std::string& path : options_.authorities) {
    if (const auto one = net::load_trust(path); !one) {
      return tell_failure(command::file_failure(one.error(), path));
    }
  }
  trust_text_ = command::escape(fmt::format("{}", fmt::join(options_.authorities, ", ")));
  auto trust = net::load_trust(options_.authorities);
  if (!trust) {
    return fails(trust.error());
  }
  trust_ = *std::move(trust);
  return std::nullopt;
}

int Check::tell_failure(const Failure& failure) const {
  return command::print_failure(common_, "cert-check", failure);
}

int Check::tell(const Verdict& verdict, const TrustScene& scene) const {
  const command::Reasoning reasoning = command::reasoning_of(verdict, scene);
  if (!verdict.is_trusted()) {
    Failure failure =
        command::explain(*verdict.error(), command::Side::client, command::Stage::setup);
    failure.headline = fmt::format("{} is not trusted{}.", command::escape(options_.what),
                                   name_ ? " for " + std::string(name_->text()) : std::string());
    failure.why = command::sentence(verdict.error()->text());
    failure.where = command::failed_line(reasoning);
    failure.facts = to_json(reasoning);
    if (!common_.json && !common_.quiet) {
      terminal_.print(to_lines(reasoning, terminal_));
    }
    return tell_failure(failure);
  }
  if (common_.json) {
    Json document = command::json_head("cert-check", true);
    document["exit"] = command::exit_done;
    document["name"] = name_ ? Json(name_->text()) : Json(nullptr);
    document["at"] = date_text(now_);
    document["trust"] = trust_text_;
    document.update(to_json(reasoning));
    command::print_json(document);
    return command::exit_done;
  }
  if (!common_.quiet) {
    terminal_.print(
        fmt::format("{} {} is trusted{}\n", terminal_.paint(Paint::good, "✓"),
                    terminal_.paint(Paint::strong, command::escape(options_.what)),
                    name_ ? " for " + std::string(name_->text()) : ", for whatever name it has"));
    terminal_.print(to_lines(reasoning, terminal_));
  }
  return command::exit_done;
}

}  // namespace

void add_check(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "check", "tell whether a certificate is to be trusted, and why", manual);
  command.add_option("CHAIN|HOST[:PORT]", options->what, "a file, or a server")->required();
  command.add_option("--name", options->name, "the name that it must be for")->type_name("NAME");
  command.add_option("--at", options->at, "judge for this moment instead of now")
      ->type_name("TIME");
  command
      .add_option("--ca", options->authorities,
                  "trust the authorities in this file or folder, and no others")
      ->type_name("FILE|DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  const std::map<std::string, x509::Purpose> purposes = {{"server", x509::Purpose::server_auth},
                                                         {"client", x509::Purpose::client_auth}};
  command.add_option("--purpose", options->purpose, "what it must be good for: server or client")
      ->type_name("PURPOSE")
      ->transform(CLI::Transformer(purposes));
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return Check(common, *options)(); };
  });
}

}  // namespace handfast::cert
