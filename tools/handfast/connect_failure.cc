#include "handfast/connect_failure.h"

#include "handfast/cert_text.h"
#include "handfast/connect_report.h"
#include "handfast/describe.h"
#include "handfast/server_name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>

namespace handfast::command {

namespace {

/// What a client awaits, one after the other; the last is the end of the handshake.
constexpr std::array exchange_steps = {
    HandshakeType::client_hello,         HandshakeType::server_hello,
    HandshakeType::encrypted_extensions, HandshakeType::certificate,
    HandshakeType::certificate_verify,   HandshakeType::finished,
};

/// The same in TLS 1.2. RFC 5246 §7.3.
constexpr std::array exchange_steps12 = {
    HandshakeType::client_hello,      HandshakeType::server_hello,
    HandshakeType::certificate,       HandshakeType::server_key_exchange,
    HandshakeType::server_hello_done, HandshakeType::finished,
};

/// The step of a message that is no step of its own, as most servers leave it out.
HandshakeType counted_step(HandshakeType type, bool is_12) {
  switch (type) {
    case HandshakeType::certificate_request:
      return is_12 ? HandshakeType::server_hello_done : HandshakeType::certificate;
    case HandshakeType::compressed_certificate: return HandshakeType::certificate;
    case HandshakeType::certificate_status: return HandshakeType::server_key_exchange;
    case HandshakeType::new_session_ticket: return HandshakeType::finished;
    default: return type;
  }
}

/// The exit codes of failed checks are a family of their own: 30 to 34.
bool is_about_certificates(const Error& error) {
  const int exit = error.fault().exit;
  return exit >= 30 && exit <= 34;
}

/// The step at which the handshake stood: what the error names, else what had to come next.
/// What `connect` is told so as to come to the same server.
std::string again(const Scene& scene) {
  return scene.starttls.empty()
             ? scene.target.shown
             : fmt::format("--starttls {} {}", scene.starttls, scene.target.shown);
}

std::string step_text(const Error& error, const Scene& scene) {
  if (scene.stage != Stage::handshake) {
    return {};
  }
  const bool is_12 = scene.recorder.is_12();
  const std::span<const HandshakeType> steps = is_12 ? exchange_steps12 : exchange_steps;
  auto step = steps.begin() + 1;
  if (error.during != Error::no_message) {
    const auto during = counted_step(static_cast<HandshakeType>(error.during), is_12);
    const auto named = std::ranges::find(steps, during);
    step = named != steps.end() ? named : step;
  } else if (const auto last = scene.recorder.last_received()) {
    // What most servers leave out stands before its step in TLS 1.2.
    const bool is_between = is_12 && counted_step(*last, true) != *last;
    const auto came = std::ranges::find(steps, counted_step(*last, is_12));
    const bool is_inner = came != steps.end() && came + 1 != steps.end();
    step = is_between ? came : is_inner ? came + 1 : step;
  }
  return fmt::format("step {} of {}: {}", step - steps.begin() + 1, steps.size(), name(*step));
}

std::string certificate_text(const Error& error, const Scene& scene) {
  if (error.certificate < 0) {
    return {};
  }
  const auto index = static_cast<std::size_t>(static_cast<unsigned char>(error.certificate));
  std::string text =
      fmt::format(", certificate {} of {}", index + 1, scene.recorder.chain().size());
  return text + (index == 0 ? " (the server's own)" : "");
}

/// The certificate that the error is about; nothing if it is about none, or about all of them.
std::optional<Certificate> culprit(const Error& error, const Scene& scene) {
  return error.certificate < 0
             ? std::nullopt
             : certificate_at(scene.recorder, static_cast<std::size_t>(error.certificate));
}

std::string joined(const std::vector<std::string>& names, std::string_view none) {
  return names.empty() ? std::string(none) : fmt::format("{}", fmt::join(names, ", "));
}

void tell_dates(Failure& failure, const Certificate& certificate, const Scene& scene) {
  failure.why = fmt::format("The certificate for {} {}.", certificate.label(),
                            cert::validity_text(certificate, scene.now));
  const bool is_over = scene.now > certificate.not_after;
  failure.tries = {
      is_over ? fmt::format("your server? renew its certificate, then: handfast connect {}",
                            again(scene))
              : "wait until it begins, or have it issued again",
      fmt::format("is this computer's clock right? It says {}", date_text(scene.now)),
      fmt::format("only look, send nothing secret, as nothing is checked then: "
                  "handfast connect --insecure {}",
                  again(scene))};
  failure.facts = Json{{"not_before", date_text(certificate.not_before)},
                       {"not_after", date_text(certificate.not_after)},
                       {"now", date_text(scene.now)}};
}

void tell_names(Failure& failure, const Certificate& certificate, const Scene& scene) {
  const std::vector<std::string> names = alt_name_texts(certificate);
  failure.why = fmt::format("You asked for {}; the names in the certificate are: {}.",
                            scene.server_name, joined(names, "none"));
  failure.tries = {};
  // Whoever made the certificate chose its names, and people paste commands into their shells.
  const auto usable = std::ranges::find_if(
      names, [](const std::string& name) { return ServerName::parse(name).has_value(); });
  if (usable != names.end()) {
    failure.tries.push_back(
        fmt::format("is it the same server? handfast connect --sni {} {}", *usable, again(scene)));
  }
  failure.tries.push_back(
      fmt::format("your server? have its certificate issued for {}", scene.server_name));
  failure.facts = Json{{"asked", scene.server_name}, {"names", names}};
}

void tell_authority(Failure& failure, const Error& error, const Certificate& certificate,
                    const Scene& scene) {
  const std::string subject = certificate.label();
  const std::string issuer = Certificate::name_text(certificate.issuer);
  switch (error.reason) {
    case Reason::certificate_self_signed:
      failure.why = fmt::format(
          "The certificate for {} is signed by itself, and not among those that are trusted here.",
          subject);
      break;
    case Reason::certificate_intermediate_missing:
      failure.why = fmt::format("The server did not send the certificate of {}, which signed the "
                                "one for {}; so nothing leads to an authority that is trusted.",
                                issuer, subject);
      break;
    default:
      failure.why = fmt::format(
          "The chain ends at {}, which is not among the authorities that are trusted here.",
          issuer);
      break;
  }
  failure.tries = {};
  if (error.reason == Reason::certificate_intermediate_missing) {
    failure.tries.emplace_back("your server? let it send its intermediate certificates too");
  }
  failure.tries.push_back(fmt::format("you know that authority and trust it? handfast connect "
                                      "--ca FILE {}",
                                      again(scene)));
  failure.tries.push_back(
      fmt::format("see what the server sent: handfast cert show {}", scene.target.shown));
  failure.facts = Json{{"subject", subject}, {"issuer", issuer}};
}

void tell_certificate(Failure& failure, const Error& error, const Scene& scene) {
  const std::optional<Certificate> certificate = culprit(error, scene);
  if (!certificate) {
    return;
  }
  switch (error.reason) {
    case Reason::certificate_expired:
    case Reason::certificate_not_yet_valid: return tell_dates(failure, *certificate, scene);
    case Reason::certificate_name_mismatch: return tell_names(failure, *certificate, scene);
    case Reason::certificate_authority_unknown:
    case Reason::certificate_intermediate_missing:
    case Reason::certificate_self_signed:
      return tell_authority(failure, error, *certificate, scene);
    case Reason::raw_key_unknown: {
      const std::string digest = cert::hex(fingerprint(certificate->public_key_info));
      failure.why = fmt::format("The server showed a raw public key ({}) that is not pinned here.",
                                key_text(*certificate));
      failure.tries = {fmt::format("its owner told you of this key? handfast connect --raw-key "
                                   "--pin-key {} {}",
                                   digest, again(scene))};
      failure.facts = Json{{"key_sha256", digest}};
      return;
    }
    case Reason::certificate_key_usage:
      failure.why =
          fmt::format("{} In the certificate for {} stand: {}.", sentence(error.text()),
                      certificate->label(), joined(key_usage_texts(*certificate), "none"));
      break;
    case Reason::certificate_extended_key_usage:
      failure.why =
          fmt::format("{} The certificate for {} is for: {}.", sentence(error.text()),
                      certificate->label(), joined(extended_key_usage_texts(*certificate), "none"));
      break;
    default:
      failure.why = fmt::format("{} It is the certificate for {}.", sentence(error.text()),
                                certificate->label());
      break;
  }
  failure.facts = Json{{"subject", certificate->label()}};
}

void tell_network(Failure& failure, const Error& error, const Scene& scene) {
  switch (error.reason) {
    case Reason::name_not_found:
      failure.why = fmt::format("The name {} has no address.", scene.target.host);
      break;
    case Reason::connection_refused:
      failure.why = fmt::format("Nobody listens at {}.", scene.target.shown);
      break;
    case Reason::unreachable:
      failure.why = fmt::format("The network does not lead to {}.", scene.target.host);
      break;
    case Reason::timed_out:
      failure.why =
          fmt::format("{} did not answer within {:g} s.", scene.target.shown, scene.seconds);
      break;
    case Reason::connection_lost:
      failure.why = "The connection was reset, by the server or by something between.";
      break;
    default: break;
  }
}

/// A ClientHello with the share of a hybrid group fills more than one packet. Some servers, and
/// some of what stands before them, never answer such a one.
void tell_long_hello(Failure& failure, const Error& error, const Scene& scene) {
  constexpr std::size_t one_packet = 1300;
  const bool is_silence = error.reason == Reason::timed_out ||
                          error.reason == Reason::closed_in_handshake ||
                          error.reason == Reason::connection_lost;
  const std::vector<Step>& steps = scene.recorder.steps();
  const auto told = std::ranges::find(steps, StepKind::message, &Step::kind);
  if (is_silence && !scene.recorder.last_received() && told != steps.end() &&
      told->size > one_packet) {
    failure.tries.push_back(fmt::format(
        "is it too old for a ClientHello of {} bytes? handfast connect --group x25519,secp256r1 {}",
        told->size, again(scene)));
  }
}

/// What the server said last in clear tells most; but it may be somebody else's word.
void tell_plain_text(Failure& failure, const Scene& scene) {
  const std::string& line = scene.recorder.last_plain_line();
  if (scene.stage == Stage::plain && !line.empty()) {
    failure.why =
        fmt::format("{} It said last, in clear: \"{}\".",
                    failure.why.empty() ? sentence(failure.error.text()) : failure.why, line);
    failure.facts["said"] = line;
  }
}

/// Whose certificates the server takes, as it says itself.
std::string wanted_text(const Scene& scene) {
  const auto& authorities = scene.recorder.asked_of();
  if (!authorities || authorities->empty()) {
    return "It does not say whose certificates it takes.";
  }
  constexpr std::size_t shown = 5;
  const std::size_t count = std::min(authorities->size(), shown);
  const auto first = std::span(*authorities).first(count);
  return fmt::format(
      "It takes those that were issued by: {}{}.", fmt::join(first, "; "),
      authorities->size() > shown ? fmt::format("; and {} more", authorities->size() - shown) : "");
}

/// The server was shown no certificate and lets nobody in without one.
void tell_demand(Failure& failure, const Scene& scene) {
  failure.headline = fmt::format("{} The server wants a client certificate.", failure.headline);
  failure.why = scene.has_credential
                    ? "Your certificate was not shown, since it does not fit what the server asked "
                      "for. " +
                          wanted_text(scene)
                    : "You showed none, and it lets nobody in without. " + wanted_text(scene);
  const std::string command =
      fmt::format("handfast connect --cert me.pem --key me.key {}", again(scene));
  failure.tries = {
      scene.has_credential
          ? "give one that such an authority issued, with its intermediates: " + command
          : "have one? " + command,
      fmt::format("see what is asked for: handfast connect --diagram {}", again(scene))};
  failure.facts["authorities"] = scene.recorder.asked_of().value_or(std::vector<std::string>());
  failure.facts["certificate_shown"] = scene.recorder.has_shown();
}

/// The server was shown one and does not take it.
void tell_refusal(Failure& failure, const Error& error, const Scene& scene) {
  failure.headline = fmt::format("{} The server refused your certificate.", failure.headline);
  failure.why = fmt::format("{} {}", usual_meaning(error.received), wanted_text(scene));
  failure.tries = {"is it for clients (clientAuth), in its dates, and are its intermediates with "
                   "it? see: handfast cert show FILE",
                   "see the server's log; an alert names the kind of trouble, not the cause"};
  failure.facts["authorities"] = scene.recorder.asked_of().value_or(std::vector<std::string>());
  failure.facts["certificate_shown"] = scene.recorder.has_shown();
}

void tell_alert(Failure& failure, const Error& error, const Scene& scene) {
  switch (error.received) {
    case Alert::certificate_required: tell_demand(failure, scene); break;
    case Alert::bad_certificate:
    case Alert::unsupported_certificate:
    case Alert::certificate_revoked:
    case Alert::certificate_expired:
    case Alert::certificate_unknown:
    case Alert::unknown_ca:
      if (scene.recorder.has_shown()) {
        tell_refusal(failure, error, scene);
      } else if (scene.recorder.asked_of()) {  // some call an empty list a bad certificate
        tell_demand(failure, scene);
      }
      break;
    case Alert::handshake_failure:
      // RFC 5246 §7.4.6: this is how a server of TLS 1.2 says that it wants a certificate.
      if (scene.recorder.is_12() && scene.recorder.asked_of() && !scene.recorder.has_shown()) {
        tell_demand(failure, scene);
        break;
      }
      [[fallthrough]];
    case Alert::insufficient_security:
      failure.tries = {fmt::format("offer more: handfast connect --group X25519MLKEM768,"
                                   "SecP384r1MLKEM1024,x25519,secp256r1,secp384r1,secp521r1 {}",
                                   again(scene)),
                       "see the server's log; an alert names the kind of trouble, not the cause"};
      break;
    case Alert::unrecognized_name:
      failure.tries = {
          fmt::format("ask for a name that it has: handfast connect --sni NAME {}", again(scene))};
      break;
    case Alert::no_application_protocol:
      failure.tries = {
          fmt::format("offer others: handfast connect --alpn http/1.1 {}", again(scene))};
      break;
    case Alert::protocol_version:
      failure.tries = {};
      if (scene.names_versions) {
        failure.tries.push_back(fmt::format(
            "does it speak another version? handfast connect --tls 1.2,1.3 {}", again(scene)));
      }
      failure.tries.emplace_back("your server? switch TLS 1.3 on, or at least TLS 1.2: what is "
                                 "older is broken, and not spoken here (RFC 8996)");
      break;
    default: break;
  }
}

struct Greeting {
  std::string_view start;
  std::string_view contained;
  std::string_view protocol;
  std::string_view starttls;  ///< how it goes over to TLS; empty: it does not, or is not known
};

// Where several fit, the first is meant.
constexpr std::array greetings = {
    Greeting{"SSH-", "", "SSH", ""},
    Greeting{"+OK", "", "POP3", "pop3"},
    Greeting{"* OK", "", "IMAP", "imap"},
    Greeting{"* PREAUTH", "", "IMAP", ""},
    Greeting{"220", "LMTP", "LMTP", "lmtp"},
    Greeting{"220", "SMTP", "SMTP", "smtp"},
    Greeting{"220", "FTP", "FTP", "ftp"},
    Greeting{"220", "", "SMTP or FTP", ""},
    Greeting{"\"IMPLEMENTATION\"", "", "ManageSieve", "sieve"},
    Greeting{"HTTP/", "", "plain HTTP", ""},
    Greeting{"-ERR", "", "Redis or POP3", ""},
    Greeting{"<!DOCTYPE", "", "plain HTTP", ""},
    Greeting{"<html", "", "plain HTTP", ""},
    Greeting{"RFB ", "", "VNC", ""},
    Greeting{"<?xml", "", "XMPP", "xmpp"},
};

const Greeting* known_greeting(std::string_view greeting) {
  const auto* known = std::ranges::find_if(greetings, [&](const Greeting& candidate) {
    return greeting.starts_with(candidate.start) &&
           greeting.find(candidate.contained) != std::string_view::npos;
  });
  return known != greetings.end() ? known : nullptr;
}

void tell_other_protocol(Failure& failure, const Error& error, const Scene& scene) {
  if (error.reason == Reason::plain_http) {
    failure.tries = {fmt::format("http://{}/ with a browser or curl", scene.target.shown),
                     "the server's https port, often 443 or 8443"};
    return;
  }
  const std::string protocol = protocol_of(scene.unread);
  if (!protocol.empty()) {
    failure.why = fmt::format("The server does not speak TLS here, but {}.", protocol);
    failure.facts = Json{{"speaks", protocol}};
    const Greeting* known = known_greeting(scene.unread);
    if (known != nullptr && !known->starttls.empty()) {
      failure.tries.insert(
          failure.tries.begin(),
          fmt::format("begin in clear, as it does: handfast connect --starttls {} {}",
                      known->starttls, scene.target.shown));
    }
  }
}

}  // namespace

Failure explain(const Error& error, const Scene& scene) {
  Failure failure = explain(error, Side::client, scene.stage);
  failure.where = step_text(error, scene);
  if (!failure.where.empty()) {
    failure.where += certificate_text(error, scene);
  }
  if (is_about_certificates(error)) {
    failure.headline =
        "The handshake failed. You (the client) stopped it, checking the server's certificate.";
    tell_certificate(failure, error, scene);
  } else if (error.reason == Reason::alert_received) {
    tell_alert(failure, error, scene);
  } else if (error.reason == Reason::not_tls || error.reason == Reason::plain_http) {
    tell_other_protocol(failure, error, scene);
  } else if (error.reason == Reason::http_malformed) {
    failure.headline = "The request failed. You (the client) stopped it, reading the response.";
  } else {
    tell_network(failure, error, scene);
    tell_long_hello(failure, error, scene);
    tell_plain_text(failure, scene);
  }
  if (scene.is_timeout_told) {
    failure.told = told_text(error, Side::client);
  }
  failure.facts["host"] = scene.target.host;
  failure.facts["port"] = scene.target.port;
  return failure;
}

std::string protocol_of(std::string_view greeting) {
  const Greeting* known = known_greeting(greeting);
  if (known == nullptr) {
    return {};
  }
  constexpr std::size_t shown = 60;
  const std::string_view line = greeting.substr(0, std::min(greeting.find_first_of("\r\n"), shown));
  return fmt::format("{} (\"{}\")", known->protocol, escape(line));
}

}  // namespace handfast::command
