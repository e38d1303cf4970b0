#include "handfast/connect_report.h"

#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/net.h"
#include "handfast/psk_options.h"
#include "handfast/settled_text.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr std::size_t label_width = 14;

std::string row(const Terminal& terminal, std::string_view label, std::string_view text) {
  const auto width = static_cast<std::size_t>(terminal.width());
  return "  " + pad(terminal.paint(Paint::faint, label), label_width) +
         wrap(text, width, label_width + 2) + '\n';
}

std::string first_line(const Report& report, const Terminal& terminal) {
  const bool is_trusted = report.judgement && report.judgement->is_trusted;
  const std::string sign =
      is_trusted ? terminal.paint(Paint::good, "✓") : terminal.paint(Paint::warning, "!");
  const std::string trust = is_trusted ? terminal.paint(Paint::good, "trusted")
                                       : terminal.paint(Paint::warning, "NOT CHECKED");
  return fmt::format("{} {} ({})  {}  {}  handshake {:.1f} ms ({})\n", sign,
                     terminal.paint(Paint::strong, report.target.shown), report.address, trust,
                     name(report.settled.version), report.times.handshake,
                     round_trips(report.settled) == 2 ? "2 round trips" : "1 round trip");
}

std::string chain_text(const Report& report) {
  if (!report.judgement || report.judgement->path.empty()) {
    return {};
  }
  return fmt::format("{} ({})", fmt::join(report.judgement->path, " ‹ "), report.trust);
}

/// How the server proved who it is.
std::string proof_text(const Report& report) {
  switch (report.settled.session) {
    case SessionOutcome::resumed: return "resumed: the server is who it was when the session began";
    case SessionOutcome::declined:
      return "the server did not take the session up that was offered, and showed its certificates";
    default: return "none was there to be resumed";
  }
}

/// Empty: nobody wanted to send any.
std::string_view early_data_text(const Report& report) {
  const EarlyDataOutcome outcome = report.settled.early_data;
  if (report.is_early_withheld) {
    return "not taken, nor sent again: it was written for another protocol (ALPN)";
  }
  switch (outcome) {
    case EarlyDataOutcome::accepted: return "taken by the server";
    case EarlyDataOutcome::declined: return "the server did not take it; it was sent afterwards";
    case EarlyDataOutcome::retried:
      return "not taken, as the server asked for another ClientHello; it was sent afterwards";
    case EarlyDataOutcome::not_enabled: return "";
    default: return "no session allowed it; it was sent afterwards";
  }
}

std::string_view kind_name(StepKind kind) {
  switch (kind) {
    case StepKind::plain: return "plain";
    case StepKind::message: return "message";
    case StepKind::compatibility: return "compatibility";
    case StepKind::data: return "data";
    case StepKind::alert: return "alert";
    case StepKind::keys: return "keys";
  }
  return {};
}

}  // namespace

Judgement judgement_of(const Verdict& verdict, const TrustScene& scene) {
  Judgement judgement{.is_trusted = verdict.is_trusted(),
                      .reasoning = reasoning_of(verdict, scene)};
  for (const Certificate& certificate : verdict.path()) {
    judgement.path.push_back(certificate.label());
  }
  return judgement;
}

namespace {

/// What was given to have it.
std::string_view option_for(Weakness weakness) {
  const bool is_iot = weakness == Weakness::short_tag || weakness == Weakness::no_forward_secrecy;
  return is_iot ? "--policy" : "--legacy";
}

std::string_view group_text(const Settled& settled) {
  if (has_exchange(settled)) {
    return name(settled.group);
  }
  if (settled.session == SessionOutcome::resumed) {
    return "none, the session's keys go on";
  }
  return settled.psk_identity.empty() ? "none, a secret encrypted to the server's key"
                                      : "none, the pre-shared key alone";
}

/// Empty: nobody wanted any.
std::string heartbeat_line(const Report& report, const Terminal& terminal) {
  if (!report.beats) {
    return {};
  }
  const bool is_answered = report.settled.heartbeat == HeartbeatMode::peer_allowed_to_send;
  return row(terminal, "Heartbeat",
             is_answered ? "the server answers"
                         : "the server does not take any; its silence is not noticed");
}

std::string exchange_text(const Settled& settled, const Terminal& terminal) {
  // Without an exchange, what is recorded now can be read by whoever gets the session's keys later.
  std::string text = fmt::format("{}   {} {}", group_text(settled),
                                 terminal.paint(Paint::faint, "Cipher"), name(settled.suite));
  if (is_signed(settled)) {
    text +=
        fmt::format("   {} {}", terminal.paint(Paint::faint, "Signed with"), name(settled.scheme));
  }
  return text;
}

}  // namespace

std::string summary_lines(const Report& report, const Terminal& terminal) {
  std::string lines = first_line(report, terminal);
  if (!report.is_checked) {
    lines += "  " +
             terminal.paint(Paint::warning,
                            wrap("Nothing was checked (--insecure): whoever answers here "
                                 "may not be whom you mean, and may read and change all.",
                                 static_cast<std::size_t>(terminal.width()), 2)) +
             '\n';
  }
  if (report.starttls) {
    lines += row(terminal, "Before TLS",
                 fmt::format("{}, in clear, until the server let TLS begin (STARTTLS)",
                             name(*report.starttls)));
  }
  const Settled& settled = report.settled;
  lines += row(terminal, "Key exchange", exchange_text(settled, terminal));
  if (!settled.psk_identity.empty()) {
    lines += row(terminal, "Known by",
                 fmt::format("the pre-shared key {}; nobody showed a certificate",
                             psk_identity_text(settled.psk_identity)));
  }
  for (const Weakness weakness : report.weaknesses) {
    lines += row(terminal, "Weak",
                 terminal.paint(Paint::warning, fmt::format("{} ({} lets it in)", name(weakness),
                                                            option_for(weakness))));
  }
  lines += heartbeat_line(report, terminal);
  if (report.keeps_session) {
    lines += row(terminal, "Session", proof_text(report));
    if (const std::string_view text = early_data_text(report); !text.empty()) {
      lines += row(terminal, "Early data", text);
    }
  }
  if (report.leaf && report.leaf->is_raw_key) {
    lines += row(terminal, "Raw key",
                 fmt::format("{}, SHA-256 {}", key_text(*report.leaf),
                             cert::hex(fingerprint(report.leaf->der))));
  } else if (report.leaf) {
    lines += row(terminal, "Certificate",
                 fmt::format("{}, {}, {}", report.leaf->label(), key_text(*report.leaf),
                             cert::validity_text(*report.leaf, report.now)));
  }
  const std::string chain = chain_text(report);
  if (report.is_checked && !chain.empty()) {
    lines += row(terminal, "Chain", chain);
  }
  if (settled.delegated_until) {
    lines += row(terminal, "Delegated",
                 fmt::format("the server signed with a key that may stand for the certificate's "
                             "until {}",
                             date_text(*settled.delegated_until)));
  }
  if (report.staple_size > 0) {
    lines += row(terminal, "Stapled", fmt::format("OCSP response, {} B", report.staple_size));
  }
  if (report.is_asked) {
    lines += row(terminal, "You",
                 report.has_shown
                     ? fmt::format("the server asked who you are, and was shown your {}, signed "
                                   "with {}",
                                   settled.client_certificate_type == CertificateType::x509
                                       ? "certificate"
                                       : "raw public key",
                                   name(settled.client_scheme))
                     : "the server asked who you are, and was shown nothing");
  }
  lines += row(terminal, "ALPN",
               fmt::format("{}   {} {}", settled.alpn.empty() ? "–" : escape(settled.alpn),
                           terminal.paint(Paint::faint, "SNI"), report.server_name));
  if (!report.ech.empty()) {
    lines += row(terminal, "ECH", report.ech);
  }
  const std::string plain =
      report.starttls ? fmt::format("   clear {:.1f}", report.times.plain) : std::string();
  lines += row(terminal, "Time",
               fmt::format("name {:.1f}   tcp {:.1f}{}   tls {:.1f} ms", report.times.lookup,
                           report.times.reach, plain, report.times.handshake));
  return lines;
}

std::string kept_line(const Report& report, const Terminal& terminal) {
  return row(terminal, "Session",
             report.session_kept_until
                 ? "the next one is kept until " + date_text(*report.session_kept_until)
                 : std::string("the server gave none for the next connection"));
}

Json report_json(const Report& report) {
  const Settled& settled = report.settled;
  Json json{
      {"host", report.target.host},
      {"port", report.target.port},
      {"address", report.address},
      {"server_name", report.server_name},
      {"checked", report.is_checked},
      {"trusted", report.is_checked && report.judgement && report.judgement->is_trusted},
      {"starttls", report.starttls ? Json(name(*report.starttls)) : Json()},
      {"version", name(settled.version)},
      {"cipher_suite", name(settled.suite)},
      {"group", has_exchange(settled) ? Json(name(settled.group)) : Json()},
      {"signature_scheme", is_signed(settled) ? Json(name(settled.scheme)) : Json()},
      {"delegated_until",
       settled.delegated_until ? Json(date_text(*settled.delegated_until)) : Json()},
      {"psk_identity",
       settled.psk_identity.empty() ? Json() : Json(escape(net::as_text(settled.psk_identity)))},
      {"session", name(settled.session)},
      {"early_data", name(settled.early_data)},
      {"early_data_withheld", report.is_early_withheld},
      {"certificate_type", name(settled.server_certificate_type)},
      {"ech", name(settled.ech)},
      {"certificate_compression", name_or_null(settled.compression)},
      {"client_certificate_compression", name_or_null(settled.client_compression)},
      {"client_certificate", {{"asked", report.is_asked}, {"shown", report.has_shown}}},
      {"ocsp_stapled", report.staple_size},
      {"alpn", settled.alpn.empty() ? Json(nullptr) : Json(escape(settled.alpn))},
      {"max_fragment_length", settled.max_fragment_length},
      {"heartbeat", settled.heartbeat ? Json(name(*settled.heartbeat)) : Json()},
      {"round_trips", round_trips(settled)},
      {"milliseconds",
       {{"name", report.times.lookup},
        {"tcp", report.times.reach},
        {"tls", report.times.handshake}}},
  };
  json["weaknesses"] = Json::array();
  for (const Weakness weakness : report.weaknesses) {
    json["weaknesses"].push_back(name(weakness));
  }
  if (report.starttls) {
    json["milliseconds"]["clear"] = report.times.plain;
  }
  if (report.keeps_session) {
    json["session_kept_until"] =
        report.session_kept_until ? Json(date_text(*report.session_kept_until)) : Json();
  }
  if (report.leaf) {
    json["certificate"] = cert::to_json(*report.leaf, report.now);
  }
  if (report.is_checked && report.judgement) {
    json["chain"] = report.judgement->path;
    json["trust"] = report.trust;
    json.update(to_json(report.judgement->reasoning));
  }
  return json;
}

Json steps_json(const std::vector<Step>& steps) {
  Json list = Json::array();
  for (const Step& step : steps) {
    Json entry{{"kind", kind_name(step.kind)},
               {"from", step.is_both_ways         ? "both"
                        : step.flow == Flow::sent ? "client"
                                                  : "server"},
               {"text", step.text},
               {"milliseconds", step.milliseconds}};
    if (step.kind != StepKind::keys) {
      entry["bytes"] = step.size;
      entry["count"] = step.count;
    }
    if (!step.note.empty()) {
      entry["note"] = step.note;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::optional<Certificate> certificate_at(const Recorder& recorder, std::size_t index) {
  if (index >= recorder.chain().size()) {
    return std::nullopt;
  }
  const Result<Certificate> certificate =
      Certificate::of_type(recorder.shown_type(Flow::received), recorder.chain()[index]);
  return certificate ? std::optional(*certificate) : std::nullopt;
}

}  // namespace handfast::command
