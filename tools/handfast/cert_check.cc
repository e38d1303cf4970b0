// `handfast cert check`: whether a chain is to be trusted, and why.

#include "handfast/cert.h"
#include "handfast/cert_source.h"
#include "handfast/certificate_set.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/grounds.h"
#include "handfast/json.h"
#include "handfast/list_files.h"
#include "handfast/moment.h"
#include "handfast/net.h"
#include "handfast/one_of.h"
#include "handfast/online.h"
#include "handfast/target.h"
#include "handfast/trust_text.h"
#include "handfast/verify.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iterator>
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
  std::string response = {};  ///< an OCSP response for the leaf
  command::GroundOptions grounds = {};
  bool is_online = false;
  bool allows_private = false;
  x509::Purpose purpose = x509::Purpose::server_auth;
};

constexpr const char* check_manual =
    R"(CHAIN is a file with the certificate first and those of its authorities after
it, in PEM, DER, PKCS#7 or PKCS#12, or a server, whose certificates are fetched
without trusting them. The name to check is that of --name, or the server's; without
one the names are not checked, and the answer says so. What a server sends beside its
certificates (an OCSP response, timestamps) counts as it does in a handshake.

Every check is told with its rule and what it looked at; so is every path that was
tried and given up. What is not checked is never called good.

TIME is a day or a moment in UTC: 2026-11-21, "2026-11-21 08:30", @1795000000.

Examples
  handfast cert check example.com
  handfast cert check site.pem --name www.example.com
  handfast cert check site.pem --name shop.test --ca ca.pem --at 2027-01-01
  handfast cert check client.pem --purpose client --ca ca.pem --json
  handfast cert check site.pem --ca ca.pem --crl lists/ --revocation all
  handfast cert check site.pem --ca ca.pem --ocsp site.ocsp
  handfast cert check --online example.com

Exit codes
  0 trusted, 3 file, 30 untrusted, 31 outside its dates, 32 other name,
  33 revoked, 34 another rule broken
)";

command::HttpLimits http_limits(const Common& common, const CheckOptions& options) {
  command::HttpLimits limits;
  limits.allows_private = options.allows_private;
  if (common.timeout) {
    limits.time =
        std::chrono::ceil<net::Milliseconds>(std::chrono::duration<double>(*common.timeout));
  }
  return limits;
}

std::string fetched_lines(const std::vector<command::Fetched>& fetched, const Terminal& terminal) {
  std::string lines;
  const auto width = static_cast<std::size_t>(terminal.width());
  for (const command::Fetched& one : fetched) {
    const std::string problem = one.problem.empty() ? "" : ": " + one.problem;
    lines += "   " +
             terminal.paint(Paint::faint,
                            command::wrap(fmt::format("{} {} from {}{}",
                                                      one.problem.empty() ? "fetched" : "no",
                                                      one.what, one.url, problem),
                                          width, 5)) +
             '\n';
  }
  return lines;
}

Json fetched_json(const std::vector<command::Fetched>& fetched) {
  Json list = Json::array();
  for (const command::Fetched& one : fetched) {
    list.push_back({{"what", one.what},
                    {"url", one.url},
                    {"problem", one.problem.empty() ? Json(nullptr) : Json(one.problem)}});
  }
  return list;
}

/// One run of the command: what its steps share.
class Check {
 public:
  Check(const Common& common, const CheckOptions& options)
      : common_(common), options_(options), terminal_(stdout, common.color),
        online_(http_limits(common, options)) {}

  int operator()();

 private:
  // Each reads one thing; what stood in the way is told, and its exit code returned.
  std::optional<int> read_moment();
  std::optional<int> read_name();
  std::optional<int> read_chain();
  std::optional<int> read_response();
  std::optional<int> read_grounds();
  Verdict judge(RevocationDemand demand);
  std::optional<int> fetch();
  std::optional<Reason> flaw_of(Bytes response, Bytes nonce);
  [[nodiscard]] bool may_take_response(const Certificate& leaf) const;
  void take_response(std::vector<std::uint8_t> response);
  int tell_failure(const Failure& failure) const;
  int tell(const Verdict& verdict, const TrustScene& scene) const;

  const Common& common_;
  const CheckOptions& options_;
  Terminal terminal_;
  ShownChain shown_;
  std::optional<ServerName> name_;
  command::Grounds grounds_;
  std::vector<Bytes> chain_views_;
  std::vector<Bytes> staple_views_;
  std::vector<Bytes> sct_list_views_;
  command::Online online_;
  UnixTime now_;
};

int Check::operator()() {
  for (const auto step : {&Check::read_moment, &Check::read_name, &Check::read_chain,
                          &Check::read_response, &Check::read_grounds}) {
    if (const std::optional<int> exit = (this->*step)()) {
      return *exit;
    }
  }
  if (options_.is_online) {
    if (const std::optional<int> exit = fetch()) {
      return *exit;
    }
  }
  const Verdict verdict = judge(options_.grounds.demand);
  return tell(verdict, {.chain = chain_views_,
                        .name = name_ ? &*name_ : nullptr,
                        .now = now_,
                        .anchors = grounds_.anchors,
                        .logs = grounds_.logs.get()});
}

Verdict Check::judge(RevocationDemand demand) {
  staple_views_.assign(shown_.staples.begin(), shown_.staples.end());
  sct_list_views_.assign(shown_.sct_lists.begin(), shown_.sct_lists.end());
  return x509::verify({.chain = chain_views_,
                       .trust = grounds_.trust,
                       .name = name_ ? &*name_ : nullptr,
                       .now = now_,
                       .intermediates = CertificateSet::from_der(grounds_.intermediates),
                       .purpose = options_.purpose,
                       .staples = staple_views_,
                       // Nobody can staple anything to a file.
                       .revocation = {.demand = demand, .must_staple = !is_file(options_.what)},
                       .lists = grounds_.lists,
                       .sct_lists = sct_list_views_});
}

// Finds out by judging without revocation what is missing, fetches it, and looks again: issuers
// until there is a path, then what is known of its certificates.
std::optional<int> Check::fetch() {
  Verdict verdict = judge(RevocationDemand::off);
  auto& known = grounds_.intermediates;
  while (!verdict.is_trusted() && !verdict.path().empty() &&
         verdict.outcome(TrustStep::path) == Outcome::failed) {
    auto issuer = online_.issuer_of(verdict.path().back());
    if (!issuer || std::ranges::find(known, *issuer) != known.end()) {
      return std::nullopt;
    }
    known.push_back(*std::move(issuer));
    verdict = judge(RevocationDemand::off);
  }
  const std::span<const Certificate> path = verdict.path();
  std::vector<std::vector<std::uint8_t>> list_files;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (i == 0 && may_take_response(path[0])) {
      auto response =
          online_.response_for(path[0], path[1], std::bind_front(&Check::flaw_of, this));
      if (response) {
        take_response(*std::move(response));
        continue;
      }
    }
    if (auto list = online_.list_for(path[i])) {
      list_files.push_back(*std::move(list));
    }
  }
  if (list_files.empty()) {
    return std::nullopt;
  }
  auto lists = command::load_lists(options_.grounds.lists, std::move(list_files));
  if (!lists) {
    return tell_failure(lists.error());
  }
  grounds_.lists = *std::move(lists);
  return std::nullopt;
}

// A response that was fetched is no staple, on which RFC 6066 §8 has clients insist: one that is of
// no use is passed over. Where the path is refused anyway, nothing is found out about it.
std::optional<Reason> Check::flaw_of(Bytes response, Bytes nonce) {
  const std::array<Bytes, 1> responses = {response};
  const std::array<Bytes, 1> nonces = {nonce};
  const Verdict verdict =
      x509::verify({.chain = chain_views_,
                    .trust = grounds_.trust,
                    .now = now_,
                    .intermediates = CertificateSet::from_der(grounds_.intermediates),
                    .purpose = options_.purpose,
                    .staples = responses,
                    .nonces = nonces});
  return verdict.revocation().empty() ? std::nullopt : verdict.revocation().front().flaw;
}

// What the server stapled stands; and one that owes a staple (RFC 7633) is not helped out.
bool Check::may_take_response(const Certificate& leaf) const {
  const bool has_one = !shown_.staples.empty() && !shown_.staples.front().empty();
  return !has_one && (is_file(options_.what) || !leaf.must_staple);
}

// Counts as if it had come with the leaf.
void Check::take_response(std::vector<std::uint8_t> response) {
  shown_.staples.resize(std::max<std::size_t>(shown_.staples.size(), 1));
  shown_.staples.front() = std::move(response);
}

std::optional<int> Check::read_moment() {
  now_ = net::now();
  if (options_.at.empty()) {
    return std::nullopt;
  }
  const std::optional<UnixTime> moment = command::parse_moment(options_.at);
  if (!moment) {
    return command::print_usage_error(
        common_, "cert check",
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
        common_, "cert check",
        fmt::format("{} is neither a DNS name nor an IP address.", command::escape(text)));
  }
  name_ = *name;
  return std::nullopt;
}

std::optional<int> Check::read_chain() {
  auto shown = find_chain(common_, options_.what);
  if (!shown) {
    return tell_failure(shown.error());
  }
  shown_ = *std::move(shown);
  chain_views_.assign(shown_.chain.begin(), shown_.chain.end());
  return std::nullopt;
}

std::optional<int> Check::read_response() {
  if (options_.response.empty()) {
    return std::nullopt;
  }
  const auto file = net::read_file(options_.response);
  if (!file) {
    return tell_failure(command::file_failure(file.error(), options_.response));
  }
  const Bytes response = net::as_bytes(*file);
  take_response({response.begin(), response.end()});
  return std::nullopt;
}

std::optional<int> Check::read_grounds() {
  auto grounds = command::read_grounds(options_.grounds);
  if (!grounds) {
    return tell_failure(grounds.error());
  }
  grounds_ = *std::move(grounds);
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
    if (failure.error.reason == Reason::certificate_extended_key_usage) {
      const bool is_server = options_.purpose == x509::Purpose::server_auth;
      failure.tries.insert(failure.tries.begin(), fmt::format("is it a {}'s? --purpose {}",
                                                              is_server ? "client" : "server",
                                                              is_server ? "client" : "server"));
    }
    failure.facts = command::to_json(reasoning);
    failure.facts["fetched"] = fetched_json(online_.fetched());
    if (!common_.json && !common_.quiet) {
      terminal_.print(fetched_lines(online_.fetched(), terminal_));
      terminal_.print(to_lines(reasoning, terminal_));
    }
    return tell_failure(failure);
  }
  if (common_.json) {
    Json document = command::json_head("cert-check", true);
    document["exit"] = command::exit_done;
    document["name"] = name_ ? Json(name_->text()) : Json(nullptr);
    document["at"] = date_text(now_);
    document["trust"] = grounds_.anchors;
    document["fetched"] = fetched_json(online_.fetched());
    document.update(command::to_json(reasoning));
    command::print_json(document);
    return command::exit_done;
  }
  if (!common_.quiet) {
    terminal_.print(
        fmt::format("{} {} is trusted{}\n", terminal_.paint(Paint::good, "✓"),
                    terminal_.paint(Paint::strong, command::escape(options_.what)),
                    name_ ? " for " + std::string(name_->text()) : ", for whatever name it has"));
    terminal_.print(fetched_lines(online_.fetched(), terminal_));
    terminal_.print(to_lines(reasoning, terminal_));
  }
  return command::exit_done;
}

}  // namespace

void add_check(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "check", "tell whether a certificate is to be trusted, and why", check_manual);
  command.add_option("CHAIN|HOST[:PORT]", options->what, "a file, or a server")->required();
  command.add_option("--name", options->name, "the name that it must be for")->type_name("NAME");
  command.add_option("--at", options->at, "judge for this moment instead of now")
      ->type_name("TIME");
  const std::map<std::string, x509::Purpose> purposes = {{"server", x509::Purpose::server_auth},
                                                         {"client", x509::Purpose::client_auth}};
  command.add_option("--purpose", options->purpose, "what it must be good for: server or client")
      ->type_name("PURPOSE")
      ->transform(CLI::Transformer(purposes))
      ->transform(command::one_of({"server", "client"}));
  command::add_ground_options(command, options->grounds);
  command
      .add_option("--ocsp", options->response,
                  "an OCSP response for the first certificate, in the place of a stapled one")
      ->type_name("FILE");
  command.add_flag("--online", options->is_online,
                   "fetch missing issuers, OCSP responses and revocation lists over HTTP");
  command.add_flag("--allow-private", options->allows_private,
                   "with --online: ask loopback and private addresses too");
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return Check(common, *options)(); };
  });
}

}  // namespace handfast::cert
