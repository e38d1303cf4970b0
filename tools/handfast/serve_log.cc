#include "handfast/serve_log.h"

#include "handfast/certificate.h"
#include "handfast/http_page.h"
#include "handfast/net.h"
#include "handfast/psk_options.h"
#include "handfast/settled_text.h"

#include <ctime>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace handfast::serve {

using command::Json;
using command::Paint;

namespace {

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// Clients may ask for paths of 16 KiB; a line shows their beginning.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string safe = command::escape(text.substr(0, longest));
  return text.size() > longest ? safe + "…" : safe;
}

/// "The peer was late." -> "it was late"; "the peer was late" -> "the client was late"
std::string about_client(std::string_view text) {
  std::string told(text);
  if (told.starts_with("The peer")) {
    told.replace(0, 8, "it");
  }
  for (std::size_t at = told.find("the peer"); at != std::string::npos;
       at = told.find("the peer", at)) {
    told.replace(at, 8, "the client");
  }
  if (told.ends_with('.')) {
    told.pop_back();
  }
  return told;
}

Paint paint_of(unsigned status) {
  return status < 400 ? Paint::good : status < 500 ? Paint::warning : Paint::bad;
}

/// "127.0.0.1", or "127.0.0.1 (its name)" of a client that has proved it, or has a key of that
/// name.
std::string client_text(const Answered& answered) {
  if (const auto& key = answered.settled.psk_identity; !key.empty()) {
    return fmt::format("{} (key {})", answered.client, command::psk_identity_text(key));
  }
  const auto* identity = std::get_if<Identity>(&answered.peer);
  return identity == nullptr
             ? std::string(answered.client)
             : fmt::format("{} ({})", answered.client, shown(identity->certificate().label()));
}

Json identity_json(const PeerIdentity& peer) {
  const auto* identity = std::get_if<Identity>(&peer);
  if (identity == nullptr) {
    return {};
  }
  std::string hash;
  for (const std::uint8_t byte : identity->public_key_hash()) {
    hash += fmt::format("{:02x}", byte);
  }
  Json names = Json::array();
  const std::vector<AltName> proved = identity->names();
  for (const AltName& alt : proved) {
    names.push_back({{"kind", name(alt.kind)}, {"value", alt.value}});
  }
  const Certificate& shown = identity->certificate();
  return Json{{"subject", shown.is_raw_key ? shown.label() : Certificate::name_text(shown.subject)},
              {"names", names},
              {"public_key_sha256", hash}};
}

std::string_view version_text(const Settled& settled) {
  return settled.version == ProtocolVersion::tls12 ? "1.2" : "1.3";
}

/// CompressionMethod, by its name in the registry. RFC 3749 §2, RFC 3943 §2.
std::string compression_text(std::uint8_t method) {
  switch (method) {
    case 1: return "DEFLATE";
    case 64: return "LZS";
    default: return std::to_string(method);
  }
}

std::string_view or_dash(std::string_view text) { return text.empty() ? "–" : text; }

}  // namespace

void Log::answered(const Answered& answered) {
  if (form_ == Form::none) {
    return;  // a busy server would spend more on the line than on the answer
  }
  const Settled& settled = answered.settled;
  if (form_ == Form::json) {
    Json fields = {
        {"tls", version_text(settled)},
        {"group", command::has_exchange(settled) ? Json(name(settled.group)) : Json()},
        {"cipher_suite", name(settled.suite)},
        {"weaknesses", command::weakness_names(settled)},
        {"signature_scheme", command::is_signed(settled) ? Json(name(settled.scheme)) : Json()},
        {"delegated_until",
         settled.delegated_until ? Json(date_text(*settled.delegated_until)) : Json()},
        {"round_trips", command::round_trips(settled)},
        {"session", name(settled.session)},
        {"early_data", name(settled.early_data)},
        {"certificate_compression", command::name_or_null(settled.compression)},
        {"client_certificate_compression", command::name_or_null(settled.client_compression)},
        {"alpn", settled.alpn.empty() ? Json() : Json(settled.alpn)},
        {"server_name", settled.server_name.empty() ? Json() : Json(settled.server_name)},
        {"psk_identity",
         settled.psk_identity.empty() ? Json() : Json(shown(net::as_text(settled.psk_identity)))},
        {"client_certificate", identity_json(answered.peer)},
        {"handshake_ms", answered.handshake ? Json(milliseconds(*answered.handshake)) : Json()},
        {"method", answered.method},
        {"target", answered.target},
        {"status", answered.status},
        {"size", answered.size},
        {"cut_off", answered.is_cut_off},
    };
    add_json("request", answered.client, fields);
    return;
  }
  const std::string how =
      answered.handshake
          ? fmt::format("{} {:.1f} ms",
                        settled.session == SessionOutcome::resumed ? "resumed" : "new",
                        milliseconds(*answered.handshake))
          : "kept";
  const std::string head =
      fmt::format("{} TLS{} {} {} {}", client_text(answered), version_text(settled),
                  command::pad(command::has_exchange(settled) ? name(settled.group) : "–", 14),
                  command::pad(or_dash(settled.alpn), 8), command::pad(how, 15));
  add_line(fmt::format("{}  {} {} {} {}{}", terminal_.paint(Paint::faint, head),
                       or_dash(shown(answered.method)), shown(answered.target),
                       terminal_.paint(paint_of(answered.status), std::to_string(answered.status)),
                       http::size_text(answered.size), answered.is_cut_off ? " (cut off)" : ""));
}

void Log::failed(std::string_view client, const Error& error) {
  const std::string_view code = error.fault().code;
  if (error.reason == Reason::alert_received) {
    const bool is_ours = is_development_ && error.received == Alert::unknown_ca;
    fail_line(client, code,
              fmt::format("the client left with alert {} ({}): {}", name(error.received),
                          static_cast<unsigned>(error.received),
                          is_ours ? "it does not trust your dev authority"
                                  : about_client(usual_meaning(error.received))));
    return;
  }
  fail_line(client, code, about_client(error.text()));
}

void Log::gave_up(std::string_view client, Reason reason, std::string_view why) {
  fail_line(client, fault_of(reason).code, fmt::format("the client {}", why));
}

void Log::observed(std::string_view client, const PskIdentityUnknown& unknown) {
  observed_line(client, "psk_identity_unknown",
                fmt::format("the client has named a key that is not known here: {}",
                            shown(net::as_text(unknown.identity))));
}

void Log::observed(std::string_view client, const CompressionOffered& offered) {
  std::string methods;
  for (const std::uint8_t method : offered.methods) {
    if (method != 0) {
      methods += fmt::format("{}{}", methods.empty() ? "" : ", ", compression_text(method));
    }
  }
  observed_line(
      client, "compression_offered",
      fmt::format("the client has offered compression, and gets none: {}", shown(methods)));
}

void Log::observed_line(std::string_view client, std::string_view what, std::string_view text) {
  if (form_ == Form::json) {
    add_json("observation", client, {{"what", what}, {"text", text}});
    return;
  }
  add_line(fmt::format("{} {} {}", client, terminal_.paint(Paint::warning, "!"), text));
}

void Log::note(std::string_view text) {
  if (form_ == Form::json) {
    add_json("note", {}, {{"text", text}});
  } else {
    add_line(text);
  }
}

void Log::fail_line(std::string_view client, std::string_view code, std::string_view why) {
  if (form_ == Form::json) {
    add_json("failure", client, {{"code", code}, {"why", why}});
    return;
  }
  // The code of alerts says no more than their name does.
  const bool is_alert = code == fault_of(Reason::alert_received).code;
  add_line(fmt::format("{} {} {}{}", client, terminal_.paint(Paint::bad, "✗"), why,
                       is_alert ? "" : terminal_.paint(Paint::faint, fmt::format("  {}", code))));
}

void Log::add_line(std::string_view line) {
  if (form_ != Form::none) {
    lines_ += fmt::format("{:%H:%M:%S} {}\n", fmt::localtime(std::time(nullptr)), line);
  }
}

void Log::add_json(std::string_view event, std::string_view client, const Json& fields) {
  Json line = command::json_head("serve", event != "failure");
  line["event"] = event;
  line["time"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  if (!client.empty()) {
    line["client"] = client;
  }
  line.update(fields);
  lines_ += command::to_text(line, -1) + "\n";
}

void Log::flush() {
  if (lines_.empty()) {
    return;
  }
  if (form_ == Form::json) {
    std::fwrite(lines_.data(), 1, lines_.size(), stdout);
    std::fflush(stdout);
  } else {
    terminal_.print(lines_);
  }
  lines_.clear();
}

}  // namespace handfast::serve
