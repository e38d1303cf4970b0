#include "handshake/early13.h"

#include "base/limits.h"
#include "handfast/early_data.h"
#include "message/end_of_early_data.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace handfast::handshake {
namespace {

bool is_text(Bytes bytes, std::string_view text) {
  return std::ranges::equal(bytes, text, {}, {},
                            [](char c) { return static_cast<std::uint8_t>(c); });
}

/// client_early_traffic_secret, and the exporter beside it; `transcript` reaches up to the
/// ClientHello.
schedule::TrafficSecret early_secret(Handshake& hs, const message::Random& client_random,
                                     const crypto::Suite& suite, const crypto::Digest& transcript) {
  const schedule::EarlyStage stage = early_stage(hs, suite.hash);
  schedule::TrafficSecret secret = stage.client_traffic(transcript);
  HashSecret exporter = stage.exporter(transcript);
  hs.log_secret("CLIENT_EARLY_TRAFFIC_SECRET", client_random, secret.expose());
  hs.log_secret("EARLY_EXPORTER_SECRET", client_random, exporter.expose());
  hs.keep_early_exporter(schedule::EarlyExporter{suite.hash, std::move(exporter)});
  return secret;
}

}  // namespace

// ---- a client -----------------------------------------------------------------------------------

namespace {

EarlyDataOutcome judge_offer(const ClientOptions& options, const SessionState* session) {
  if (!options.early_data) {
    return EarlyDataOutcome::not_enabled;
  }
  if (session == nullptr) {
    return EarlyDataOutcome::not_offered;
  }
  const SessionFields& fields = session->fields;
  if (fields.max_early_data == 0) {
    return EarlyDataOutcome::not_allowed;
  }
  // RFC 9846 §4.3.10: version, cipher suite and application protocol "are those associated with the
  // PSK in use"; what this configuration does not speak cannot be sent.
  if (std::ranges::find(options.cipher_suites, fields.suite) == options.cipher_suites.end()) {
    return EarlyDataOutcome::other_suite;
  }
  const bool is_spoken =
      fields.alpn.empty() || std::ranges::any_of(options.alpn, [&](const std::string& protocol) {
        return is_text(fields.alpn, protocol);
      });
  return is_spoken ? EarlyDataOutcome::offered : EarlyDataOutcome::other_protocols;
}

}  // namespace

void offer_early_data(Handshake& hs, Offer& offer) {
  Settled& settled = hs.settled();
  const SessionState* const session = hs.session();
  settled.early_data = judge_offer(hs.client().config->options(), session);
  offer.early_data = settled.early_data == EarlyDataOutcome::offered;
  if (offer.early_data && session != nullptr) {
    const SessionFields& fields = session->fields;
    settled.suite = fields.suite;
    settled.alpn.assign(fields.alpn.begin(), fields.alpn.end());
  }
}

Result<> begin_early_data(Handshake& hs, const Offer& offer) {
  const SessionState* const session = hs.session();
  if (!offer.early_data || session == nullptr) {
    return {};
  }
  const crypto::Suite& suite = crypto::suite_of(session->fields.suite);
  const schedule::TrafficSecret secret =
      early_secret(hs, offer.random, suite, hs.early_transcript(suite.hash));
  // RFC 9846 §E.4: "If offering early data, the record is placed immediately after the first
  // ClientHello."
  if (const auto changed = hs.wire().change_cipher_spec(); !changed) {
    return changed;
  }
  return hs.wire().install_write(Epoch::early, suite, secret);
}

void withdraw_early_data(Handshake& hs, Offer& offer) {
  if (offer.early_data) {
    offer.early_data = false;
    hs.wire().withdraw_early_data();
    hs.keep_early_exporter(std::nullopt);
    hs.settled().early_data = EarlyDataOutcome::retried;
    hs.settled().alpn.clear();
  }
}

Result<> settle_early_data(Handshake& hs, const ServerChoice& choice, const ServerTerms& terms) {
  EarlyDataOutcome& outcome = hs.settled().early_data;
  if (!terms.early_data) {
    outcome = outcome == EarlyDataOutcome::offered ? EarlyDataOutcome::declined : outcome;
    return {};
  }
  // RFC 9846 §4.3.11: "If the server supplies an "early_data" extension, the client MUST verify
  // that the server's selected_identity is 0. If any other value is returned, the client MUST abort
  // the handshake with an "illegal_parameter" alert." The session is the first that is offered.
  const SessionState* const session = hs.session();
  if (!choice.resumes() || session == nullptr) {
    return fail(Reason::early_data_not_resumed);
  }
  // RFC 9846 §4.3.10: to accept, the server MUST have verified that suite and protocol are those of
  // the PSK.
  if (session->fields.suite != choice.suite->id) {
    return fail(Reason::early_data_suite_changed);
  }
  if (!is_text(session->fields.alpn, terms.alpn)) {
    return fail(Reason::early_data_alpn_changed);
  }
  outcome = EarlyDataOutcome::accepted;
  return {};
}

Result<> end_early_data(Handshake& hs) {
  const auto sent = hs.send(message::EndOfEarlyData{}, message::header_size);
  return sent ? Result<>() : std::unexpected(sent.error());
}

// ---- a server -----------------------------------------------------------------------------------

namespace {

/// When a ClientHello came into being, by the age that its client gives the ticket, in seconds
/// rounded up, as clients that count in seconds round it down. RFC 9846 §8.3 adds a round trip,
/// which the window of ten seconds to either side has room for.
UnixTime arrival_of(const SessionFields& session, const message::PskIdentity& identity) {
  const std::uint32_t age = identity.obfuscated_ticket_age - session.age_add;  // modulo 2^32
  return {static_cast<std::int64_t>(session.issued) + (std::int64_t{age} + 999) / 1000};
}

/// All but the question whether it came before.
EarlyDataOutcome judge_hello(const Handshake& hs, const message::ClientHello& hello,
                             const Choice& choice, const Resumed& resumed) {
  const ServerOptions& options = hs.server().config->options();
  if (options.early_data.replays() == nullptr) {
    return EarlyDataOutcome::not_enabled;
  }
  // RFC 9846 §4.3.10: "In order to accept early data, the server MUST have selected the first key
  // offered in the client's "pre_shared_key" extension."
  const SessionState* const held = hs.session();
  if (!resumed.is_resumed || resumed.selected_identity != 0 || held == nullptr) {
    return EarlyDataOutcome::not_resumed;
  }
  const SessionFields& session = held->fields;
  if (session.max_early_data == 0) {
    return EarlyDataOutcome::not_allowed;
  }
  // RFC 9846 §4.3.10: "it MUST verify that the following values are the same as those associated
  // with the selected PSK": version (there is one), cipher suite, application protocol. That the
  // name is the same, no session goes on without.
  if (session.suite != choice.suite->id) {
    return EarlyDataOutcome::other_suite;
  }
  const std::string_view alpn = choice.alpn ? options.alpn[*choice.alpn] : std::string_view();
  if (!is_text(session.alpn, alpn)) {
    return EarlyDataOutcome::other_protocols;
  }
  // RFC 9846 §4.3.10: a ticket age that is not within a small tolerance of the time since the
  // ticket was issued rejects the early data and nothing else.
  const UnixTime arrival = arrival_of(session, *hello.typed.pre_shared_key->identities.begin());
  const std::int64_t late = hs.now().seconds - arrival.seconds;
  const bool is_fresh = late <= limits::early_data_window && late >= -limits::early_data_window;
  return is_fresh ? EarlyDataOutcome::accepted : EarlyDataOutcome::stale;
}

/// What the register is asked. RFC 9846 §8.2: "The server MUST derive the storage key only from
/// validated sections of the ClientHello": the binder of the PSK that was selected.
ReplayRegister::Entry entry_of(const SessionFields& session, const message::OfferedPsks& offered) {
  const message::PskBinderEntry binder = *offered.binders.begin();
  const std::int64_t arrival = arrival_of(session, *offered.identities.begin()).seconds;
  const std::int64_t issued = session.issued;
  return {.key = binder.binder.first<32>(),
          .from = {std::max(issued, arrival - limits::early_data_window)},
          .until = {arrival + limits::early_data_window}};
}

EarlyDataOutcome outcome_of(ReplayVerdict verdict) {
  switch (verdict) {
    case ReplayVerdict::fresh: return EarlyDataOutcome::accepted;
    case ReplayVerdict::seen: return EarlyDataOutcome::replayed;
    case ReplayVerdict::unknown: break;
  }
  return EarlyDataOutcome::unregistered;
}

Result<> open_early_data(Handshake& hs, const Received<message::ClientHello>& hello,
                         const SessionFields& session, const crypto::Suite& suite) {
  const auto boundary = hello.boundary();
  if (!boundary) {
    return std::unexpected(boundary.error());
  }
  const schedule::TrafficSecret secret = early_secret(hs, hello->random, suite, hs.transcript());
  // What a ticket allows is the word of whoever sealed it; the bound is ours.
  hs.wire().accept_early_data(std::min(session.max_early_data, limits::early_data));
  return hs.wire().install_read(Epoch::early, suite, secret, *boundary);
}

}  // namespace

void refuse_early_data(Handshake& hs) {
  const bool is_enabled = hs.server().config->options().early_data.replays() != nullptr;
  hs.settled().early_data = is_enabled ? EarlyDataOutcome::retried : EarlyDataOutcome::not_enabled;
  hs.wire().skip_early_data();
}

Task<> take_early_data(Handshake& hs, const Received<message::ClientHello>* hello,
                       const Choice* choice, const Resumed* resumed) {
  const SessionState* const session = hs.session();
  EarlyDataOutcome outcome = judge_hello(hs, **hello, *choice, *resumed);
  if (outcome == EarlyDataOutcome::accepted && session != nullptr) {
    const auto entry = entry_of(session->fields, *(*hello)->typed.pre_shared_key);
    const ReplayVerdict* verdict = co_await hs.check_replay(entry);
    outcome = outcome_of(*verdict);
  }
  hs.settled().early_data = outcome;
  if (outcome != EarlyDataOutcome::accepted || session == nullptr) {
    hs.wire().skip_early_data();
    co_return;
  }
  const std::vector<std::string>& protocols = hs.server().config->options().alpn;
  if (choice->alpn) {
    hs.settled().alpn = protocols[*choice->alpn];
  }
  hs.settled().suite = choice->suite->id;
  co_await open_early_data(hs, *hello, session->fields, *choice->suite);
}

}  // namespace handfast::handshake
