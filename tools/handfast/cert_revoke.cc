// `handfast cert revoke`: puts a certificate on its authority's revocation list.

#include "handfast/cert.h"
#include "handfast/cert_contents.h"
#include "handfast/cert_crl.h"
#include "handfast/cert_file.h"
#include "handfast/cert_issuer.h"
#include "handfast/cert_order.h"
#include "handfast/cert_report.h"
#include "handfast/cert_text.h"
#include "handfast/document.h"
#include "handfast/failure.h"
#include "handfast/issue_crl.h"
#include "handfast/json.h"
#include "handfast/net.h"
#include "handfast/one_of.h"
#include "handfast/revocation.h"

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

constexpr std::array reasons = {
    RevocationReason::unspecified,         RevocationReason::key_compromise,
    RevocationReason::ca_compromise,       RevocationReason::affiliation_changed,
    RevocationReason::superseded,          RevocationReason::cessation_of_operation,
    RevocationReason::certificate_hold,    RevocationReason::remove_from_crl,
    RevocationReason::privilege_withdrawn, RevocationReason::aa_compromise,
};

struct RevokeOptions {
  std::string what;
  IssuerOptions issuer;
  std::string list;
  std::string reason = "unspecified";
  int days = 30;
};

constexpr const char* revoke_manual =
    R"(Adds the certificate, named by its file or its serial number, to the list in FILE,
which is made if it is not there, and signs the list anew: what stood on it stays, its
number goes up by one. Without a certificate the list is only renewed. A list that is
too old is not believed, so renew it before its --days are over.

REASON is one of keyCompromise, cACompromise, affiliationChanged, superseded,
cessationOfOperation, certificateHold, privilegeWithdrawn, aACompromise;
removeFromCRL takes a held certificate off the list again.

Examples
  handfast cert revoke shop.test.pem --ca ca.pem --ca-key ca.key --crl ca.crl
  handfast cert revoke 3fa1c2 --ca ca.pem --crl ca.crl --reason keyCompromise
  handfast cert revoke --ca ca.pem --crl ca.crl          only renew the list
)";

std::vector<std::string> reason_names() {
  std::vector<std::string> names;
  names.reserve(reasons.size());
  for (const RevocationReason reason : reasons) {
    names.emplace_back(name(reason));
  }
  return names;
}

RevocationReason reason_of(const std::string& text) {
  const auto* found =
      std::ranges::find_if(reasons, [&](RevocationReason reason) { return name(reason) == text; });
  return found != reasons.end() ? *found : RevocationReason::unspecified;
}

/// Which certificate is meant.
struct Subject {
  std::vector<std::uint8_t> serial;
  std::string label;  ///< empty: only the number is known
};

std::expected<Subject, Failure> find_subject(const Common& common, const RevokeOptions& options,
                                             const Certificate& issuer) {
  std::error_code ignored;
  if (!std::filesystem::exists(options.what, ignored)) {
    if (auto serial = parse_serial(options.what)) {
      return Subject{.serial = std::move(*serial), .label = {}};
    }
    Failure failure = command::file_failure(Error{.reason = Reason::file_missing}, options.what);
    failure.headline =
        fmt::format("{} is neither a file nor a serial number.", command::escape(options.what));
    failure.tries = {"serial numbers are hexadecimal: handfast cert show FILE tells them"};
    return std::unexpected(std::move(failure));
  }
  const auto contents = read_contents(common, options.what, {}, Keys::open_if_given);
  if (!contents) {
    return std::unexpected(contents.error());
  }
  const auto certificates = certificates_of(contents->documents);
  const auto leaf =
      certificates.empty() ? fail(Reason::pem_malformed) : Certificate::parse(certificates.front());
  if (!leaf) {
    Failure failure = command::file_failure(leaf.error(), options.what);
    failure.headline = fmt::format("{} holds no certificate.", command::escape(options.what));
    return std::unexpected(std::move(failure));
  }
  if (const auto belongs = belongs_to(*leaf, options.what, issuer, options.issuer.certificate);
      !belongs) {
    return std::unexpected(belongs.error());
  }
  return Subject{.serial = {leaf->serial.begin(), leaf->serial.end()}, .label = leaf->label()};
}

enum class Change : std::uint8_t { renewed, added, removed, was_there };

/// Puts the certificate on the list, or takes it off.
Change apply(CrlOrder& order, const Subject& subject, RevocationReason reason, UnixTime now) {
  const auto found = std::ranges::find(order.revoked, subject.serial, &RevokedCertificate::serial);
  if (reason == RevocationReason::remove_from_crl) {
    const bool is_held =
        found != order.revoked.end() && found->reason == RevocationReason::certificate_hold;
    if (!is_held) {
      return Change::was_there;
    }
    order.revoked.erase(found);
    return Change::removed;
  }
  if (found == order.revoked.end()) {
    order.revoked.push_back({.serial = subject.serial,
                             .revoked_at = now,
                             .reason = reason,
                             .invalid_since = std::nullopt});
    return Change::added;
  }
  // A held certificate can be revoked for good; its date stays that of the hold.
  const bool was_held = found->reason == RevocationReason::certificate_hold;
  found->reason = was_held ? reason : found->reason;
  return was_held ? Change::added : Change::was_there;
}

struct Done {
  Change change = Change::renewed;
  Subject subject;
  CrlOrder order;
};

void report(const Common& common, const RevokeOptions& options, const Done& done) {
  const command::Terminal terminal(stdout, common.color);
  Report report(terminal);
  const std::string serial = hex(done.subject.serial);
  const std::string whom =
      done.subject.label.empty() ? serial : fmt::format("{} ({})", done.subject.label, serial);
  const RevocationReason reason = reason_of(options.reason);
  const std::string why =
      reason == RevocationReason::unspecified ? std::string() : fmt::format(": {}", name(reason));
  switch (done.change) {
    case Change::added: report.done(fmt::format("Revoked {}{}", whom, why)); break;
    case Change::removed: report.done(fmt::format("Took {} off the list again", whom)); break;
    case Change::renewed: report.done("Renewed the list"); break;
    case Change::was_there:
      report.beware(reason == RevocationReason::remove_from_crl
                        ? fmt::format("{} is not held; the list was only renewed", whom)
                        : fmt::format("{} was revoked already; the list was only renewed", whom));
      break;
  }
  const std::size_t count = done.order.revoked.size();
  report.row("List", fmt::format("{}: number {}, {} {}, until {}", typed(options.list),
                                 number_text(done.order.number), count,
                                 count == 1 ? "certificate" : "certificates",
                                 date_text(done.order.next_update)));
  report.command("Next", fmt::format("handfast cert ocsp serve --ca {} --crl {}",
                                     typed(options.issuer.certificate), typed(options.list)));
  report.row("", "or put the list where its --crl-url says");
  report.print();
}

int say(const Common& common, const RevokeOptions& options, const Done& done) {
  if (common.json) {
    constexpr std::array names = {"renewed", "added", "removed", "unchanged"};
    Json document = command::json_head("cert-revoke", true);
    document["file"] = options.list;
    document["change"] = names[static_cast<std::size_t>(done.change)];
    document["serial"] = hex(done.subject.serial);
    document["number"] = number_text(done.order.number);
    document["entries"] = done.order.revoked.size();
    document["this_update"] = date_text(done.order.this_update);
    document["next_update"] = date_text(done.order.next_update);
    command::print_json(document);
  } else if (!common.quiet) {
    report(common, options, done);
  }
  return command::exit_done;
}

int revoke(const Common& common, const RevokeOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return command::print_failure(common, "cert-revoke", failure);
  };
  const UnixTime now = net::now();
  const auto authorities = load_issuer(common, options.issuer, Duty::sign_lists, now);
  if (!authorities) {
    return refuse(authorities.error());
  }
  Done done;
  const Certificate& issuer = authorities->certificate;
  if (!options.what.empty()) {
    auto subject = find_subject(common, options, issuer);
    if (!subject) {
      return refuse(subject.error());
    }
    done.subject = std::move(*subject);
  }
  const std::string folder = std::filesystem::absolute(options.list).parent_path().string();
  const FolderLock lock(folder);
  auto before = load_crl(options.list, issuer, options.issuer.certificate);
  if (!before) {
    return refuse(before.error());
  }
  const bool is_pem = !*before || (*before)->is_pem;
  if (*before) {
    done.order = std::move((*before)->list.order);
  }
  done.order.number = next_crl_number(done.order.number);
  done.order.this_update = now;
  done.order.next_update = {now.seconds + options.days * day};
  if (!options.what.empty()) {
    done.change = apply(done.order, done.subject, reason_of(options.reason), now);
  }
  const auto made = issue_crl(done.order, {.certificate = issuer, .key = authorities->key});
  if (!made) {
    return refuse(order_failure(made.error(),
                                fmt::format("The list cannot be made: {}.", made.error().text())));
  }
  const std::string pem = to_pem(DocumentKind::revocation_list, *made);
  if (const auto written =
          write_file(options.list, is_pem ? net::as_bytes(pem) : Bytes(*made), Access::everybody);
      !written) {
    return refuse(write_failure(written.error(), options.list));
  }
  return say(common, options, done);
}

}  // namespace

void add_revoke(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<RevokeOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "revoke", "take a certificate back, by its authority's list", revoke_manual);
  command.add_option("CERT|SERIAL", options->what, "the certificate's file or serial number");
  add_issuer_options(command, options->issuer);
  command.add_option("--crl", options->list, "the list; made if it is not there")
      ->type_name("FILE")
      ->required();
  command.add_option("--reason", options->reason, "why; unspecified")
      ->type_name("REASON")
      ->transform(command::one_of(reason_names()));
  command.add_option("--days", options->days, "until the next list comes; 30")
      ->type_name("N")
      ->check(CLI::Range(1, 3650));
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return revoke(common, *options); };
  });
}

}  // namespace handfast::cert
