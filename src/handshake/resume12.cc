#include "handshake/resume12.h"

#include "base/limits.h"
#include "base/secret.h"
#include "handfast/tickets.h"
#include "handshake/authenticate12.h"
#include "handshake/common_choice.h"
#include "handshake/psk13.h"

#include <algorithm>

namespace handfast::handshake {

using message::ClientHello;

// ---- a client -----------------------------------------------------------------------------------

void offer_session12(Handshake& hs, Offer& offer, const SessionFields& session) {
  offer.session12 = &session;
  offer.session_id_size = offer.session_id.size();
  if (!session.session_id.empty()) {
    std::ranges::copy(session.session_id, offer.session_id.begin());
    offer.session_id_size = session.session_id.size();
  }  // else, with a ticket, an id that only tells whether it was taken (RFC 5077 §3.4)
  hs.settled().session = SessionOutcome::declined;  // until the server says otherwise
}

Result<> keep_session12(Handshake& hs, const ServerChoice12& choice,
                        const schedule::MainSecret& secret,
                        const std::optional<Received<message::NewSessionTicket12>>& ticket) {
  const bool has_ticket = ticket && !(*ticket)->ticket.empty();
  const SessionState* const resumed = hs.session();
  if (resumed != nullptr && !has_ticket) {
    be_ready_to_forget(hs, resumed->standing);
    hs.give_session_back();
    return {};
  }
  const auto source = session_source(hs, *choice.suite, HashSecret(secret.expose()));
  if (source == nullptr) {
    return {};
  }
  // RFC 5077 §3.3: "A value of zero is reserved to indicate that the lifetime of the ticket is
  // unspecified"; an id has none. A day is what RFC 5246 §F.1.4 has at most.
  std::int64_t lifetime = limits::session_lifetime12;
  SessionFields fields;
  fields.psk = secret.expose();
  fields.max_fragment_length = hs.settled().max_fragment_length;
  if (has_ticket) {
    fields.ticket = (*ticket)->ticket;
    if ((*ticket)->ticket_lifetime_hint != 0) {
      lifetime = std::min<std::int64_t>(lifetime, (*ticket)->ticket_lifetime_hint);
    }
  } else {
    fields.session_id = choice.session_id;
  }
  if (fields.ticket.empty() && fields.session_id.empty()) {
    return {};
  }
  be_ready_to_forget(hs, source->standing);
  return keep_session(*source, fields, lifetime);
}

// ---- a server: taking sessions up ---------------------------------------------------------------

namespace {

/// What the client shows of a session: a ticket, or an id where sessions are kept under ids. (RFC
/// 5077 §3.4: with a ticket the id is there for the client alone.)
Bytes token_of(const Handshake& hs, const ClientHello& hello) {
  const auto& tickets = hs.server().config->options().tickets;
  if (tickets == nullptr) {
    return {};
  }
  const auto& ticket = hello.typed.session_ticket;
  if (ticket && !ticket->ticket.empty()) {
    return ticket->ticket;
  }
  return tickets->keeps_ids() ? hello.legacy_session_id : Bytes();
}

/// The session's suite, if both sides would still take it.
const crypto::Suite* suite_of_session(const Handshake& hs, const SessionFields& session,
                                      const ClientHello& hello) {
  const auto& ours = hs.server().config->options().cipher_suites12;
  // RFC 5246 §7.4.1.2: the client's list "MUST include at least the cipher_suite from that
  // session."
  const bool is_common = std::ranges::find(ours, session.suite) != ours.end() &&
                         hello.cipher_suites.contains(session.suite);
  return is_common ? crypto::find_suite12(session.suite) : nullptr;
}

/// Whether the session's records may go on as they were. RFC 6066 §4: "The negotiated length
/// applies for the duration of the session including session resumptions." A client that wishes for
/// another one, or for what takes its place, needs a session of its own.
bool keeps_fragments(const Handshake& hs, const SessionFields& session, const ClientHello& hello) {
  const ServerOptions& options = hs.server().config->options();
  const bool wishes = hello.typed.max_fragment_length || answers_record_limit(options, hello.typed);
  return !wishes ||
         choose_fragment_length(options, hello.typed).value_or(0) == session.max_fragment_length;
}

/// Whether the client needs a new ticket for a session that goes on: its own is used up, or half of
/// its time is over. RFC 5077 §3.3 leaves it to the server; before that a new one would only be the
/// same in another wrapping.
bool is_due(const Handshake& hs, const Tickets& tickets, const SessionFields& session) {
  const std::int64_t age = hs.now().seconds - session.issued;
  return !tickets.stay_good() || age >= session.lifetime / 2;
}

}  // namespace

Task<Resumed12> resume_session12(Handshake& hs, const ClientHello* hello,
                                 const Credential* credential) {
  Resumed12 resumed;
  const Bytes token = token_of(hs, *hello);
  if (token.empty()) {
    co_return resumed;
  }
  SessionOutcome outcome = SessionOutcome::unknown;
  std::shared_ptr<const ExternalPsk> psk;
  const SessionState* session = co_await hs.redeem_ticket(token);
  if (session != nullptr) {
    outcome = SessionOutcome::other_suite;
    const crypto::Suite* suite = suite_of_session(hs, session->fields, *hello);
    if (suite != nullptr) {
      if (!session->fields.psk_identity.empty()) {
        psk = co_await recall_psk(hs, &session->fields);
      }
      outcome = judge_session(hs, session->fields, credential, psk.get(), *suite);
    }
    if (outcome == SessionOutcome::resumed && !keeps_fragments(hs, session->fields, *hello)) {
      outcome = SessionOutcome::other_fragments;
    }
    if (outcome == SessionOutcome::resumed && !session->fields.path.empty()) {
      // Whom we trust, what was revoked and what time it is may have changed since.
      resumed.shown = co_await certificates_of(hs.heard(), session->fields);
      const Verdict* verdict = co_await hs.verify_chain(*resumed.shown);
      hs.report(ChainJudged{verdict});
      if (!verdict->is_trusted()) {
        outcome = SessionOutcome::client_not_trusted;
        hs.forget_verdict();
      }
    }
    if (outcome == SessionOutcome::resumed) {
      resumed.suite = suite;
      resumed.session = &session->fields;
      if (psk != nullptr) {
        hs.use_external_psk(psk);
      }
      hs.settled().max_fragment_length = session->fields.max_fragment_length;
    }
  }
  hs.settled().session = outcome;
  if (resumed.suite == nullptr) {
    hs.drop_session();
  }
  co_return resumed;
}

Result<SessionAnswer12> answer_session12(Handshake& hs, const ClientHello& hello,
                                         const Resumed12& resumed) {
  SessionAnswer12 answer;
  const auto& tickets = hs.server().config->options().tickets;
  answer.gives_ticket = tickets != nullptr && hello.typed.session_ticket &&
                        (resumed.session == nullptr || is_due(hs, *tickets, *resumed.session));
  answer.keeps_id = tickets != nullptr && tickets->keeps_ids() && !hello.typed.session_ticket;
  if (resumed.suite != nullptr) {
    answer.resumes = true;
    answer.id = hello.legacy_session_id;
    return answer;
  }
  if (answer.keeps_id) {
    const MutBytes id = hs.store().allocate(session_id_size12);
    if (id.empty()) {
      return fail(Reason::out_of_memory);
    }
    if (const auto filled = hs.chance().fill(id); !filled) {
      return std::unexpected(filled.error());
    }
    answer.id = id;
  }
  return answer;
}

Result<Possession> check_possession12(const Received<message::Finished>& finished,
                                      const schedule::VerifyData& expected) {
  const auto confirmed = check_finished12(finished, expected);
  return confirmed ? Result<Possession>(Possession()) : std::unexpected(confirmed.error());
}

// ---- a server: giving sessions ------------------------------------------------------------------

namespace {

SessionDraft draft_session12(Handshake& hs, const Credential* credential,
                             const schedule::MainSecret& secret) {
  SessionFields fields;
  fields.psk = secret.expose();
  fields.max_fragment_length = hs.settled().max_fragment_length;
  return draft_session(hs, fields, credential);
}

}  // namespace

Task<> give_ticket12(Handshake& hs, const Credential* credential,
                     const schedule::MainSecret* secret) {
  const SessionDraft draft = draft_session12(hs, credential, *secret);
  message::NewSessionTicket12 message;
  if (draft.is_of_use()) {
    be_ready_to_forget(hs, *secret);
    const UnixTime expires{hs.now().seconds + draft.lifetime};
    const IssuedTicket* issued = co_await hs.issue_ticket(draft.session, expires);
    if (issued->ticket.size() <= limits::ticket) {
      message.ticket_lifetime_hint = draft.lifetime;
      message.ticket = issued->ticket;
    }
  }
  co_await send_ticket12(hs, message);
}

Task<> keep_by_id12(Handshake& hs, const Credential* credential, const schedule::MainSecret* secret,
                    Bytes id) {
  const SessionDraft draft = draft_session12(hs, credential, *secret);
  if (draft.is_of_use()) {
    be_ready_to_forget(hs, *secret);
    const UnixTime expires{hs.now().seconds + draft.lifetime};
    co_await hs.issue_ticket(draft.session, expires, id);
  }
}

}  // namespace handfast::handshake
