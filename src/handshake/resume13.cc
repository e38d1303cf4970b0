#include "handshake/resume13.h"

#include "base/limits.h"
#include "base/secret.h"
#include "crypto/suites.h"
#include "handfast/resumption.h"
#include "handshake/psk13.h"
#include "handshake/resume12.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace handfast::handshake {
namespace {

using message::ClientHello;

}  // namespace

schedule::EarlyStage early_stage(const Handshake& hs, crypto::HashId hash) {
  const SessionState* const session = hs.session();
  if (session != nullptr) {
    return {hash, session->fields.psk};
  }
  const ExternalPsk* const external = hs.external_psk();
  return external != nullptr ? schedule::EarlyStage(hash, external->expose(kdf_of(hash)))
                             : schedule::EarlyStage(hash);
}

// ---- a client -----------------------------------------------------------------------------------

namespace {

/// RFC 9846 §4.3.11.1: the age in milliseconds, plus ticket_age_add, modulo 2^32. Our clock counts
/// seconds. Servers judge early data by the age, and there are some that take none with a ticket
/// older than they know it to be; so with early data it is the least that it can be.
std::uint32_t obfuscated_age(const SessionFields& session, UnixTime now, bool early_data) {
  const std::int64_t unknown = early_data ? 999 : 0;
  const std::int64_t age =
      std::max<std::int64_t>((now.seconds - session.issued) * 1000 - unknown, 0);
  return static_cast<std::uint32_t>(age) + session.age_add;
}

}  // namespace

void offer_session(Handshake& hs, Offer& offer) {
  const ClientConfig& config = *hs.client().config;
  if (config.options().sessions == nullptr) {
    return;
  }
  auto session =
      config.options().sessions->take(hs.client().name.text(), config.session_binding(), hs.now());
  if (!session || !can_resume(hs, session->state())) {
    return;
  }
  const SessionFields& fields = hs.hold_session(*std::move(session)).fields;
  if (fields.version() == ProtocolVersion::tls12) {
    offer_session12(hs, offer, fields);
    return;
  }
  const std::uint32_t age = obfuscated_age(fields, hs.now(), config.options().early_data);
  offer.psks.add({fields.ticket, age, crypto::hash_of(fields.suite)});
  hs.settled().session = SessionOutcome::declined;  // until the server says otherwise
}

Result<> reconsider_psks(Offer& offer, const Retry& retry) {
  // RFC 9846 §4.2.2: the second ClientHello is sent "(optionally) removing any PSKs which are
  // incompatible with the server's indicated cipher suite".
  offer.psks.keep(retry.suite->hash);
  const bool is_left = offer.takes_certificates || !offer.psks.empty();
  return is_left ? Result<>() : fail(Reason::psk_not_chosen);
}

namespace {

/// The binder of the session that is held.
crypto::Digest session_binder(const Handshake& hs, crypto::HashId hash,
                              const crypto::Digest& transcript) {
  return early_stage(hs, hash).binder(schedule::PskSource::resumption, transcript);
}

}  // namespace

void write_binders(const Handshake& hs, const Offer& offer, MutBytes hello) {
  if (offer.psks.empty()) {
    return;
  }
  MutBytes rest = hello.last(offer.binders_size()).subspan(2);
  const Bytes start = hello.first(hello.size() - offer.binders_size());
  for (const OfferedPsk& psk : offer.psks.view()) {
    const crypto::Digest transcript = hs.hello_transcript(psk.hash, start);
    const crypto::Digest binder = psk.external != nullptr
                                      ? binder_of(**psk.external, psk.hash, transcript)
                                      : session_binder(hs, psk.hash, transcript);
    std::ranges::copy(binder.bytes(), rest.subspan(1).begin());
    rest = rest.subspan(1 + binder.size());
  }
}

Result<> keep_ticket(const SessionSource& source, const message::NewSessionTicket& ticket,
                     const message::NewSessionTicketExtensions& extensions) {
  const HashSecret psk = schedule::resumption_psk(crypto::hash_of(source.suite),
                                                  source.resumption_secret, ticket.ticket_nonce);
  SessionFields fields;
  fields.age_add = ticket.ticket_age_add;
  fields.max_early_data = extensions.early_data ? extensions.early_data->max_early_data_size : 0;
  fields.psk = psk.expose();
  fields.ticket = ticket.ticket;
  // RFC 9846 §4.7.1: "Clients MUST NOT use tickets for longer than 7 days", and a lifetime of zero
  // "indicates that the ticket should be discarded immediately".
  return keep_session(source, fields, std::min(ticket.ticket_lifetime, limits::ticket_lifetime));
}

// ---- a server: taking sessions up ---------------------------------------------------------------

namespace {

/// The PSKs of a ClientHello that are looked at.
struct PskOffer {
  Bytes identity;
  Bytes binder;
};

class PskOffers {
 public:
  explicit PskOffers(const message::OfferedPsks& offered) {
    auto binder = offered.binders.begin();  // as many as identities: `negotiate13` counts them
    for (const message::PskIdentity& identity : offered.identities) {
      if (size_ == offers_.size()) {
        return;
      }
      offers_[size_++] = {identity.identity, binder->binder};
      ++binder;
    }
  }

  [[nodiscard]] std::span<const PskOffer> view() const { return std::span(offers_).first(size_); }

 private:
  std::array<PskOffer, limits::tickets_in_hello> offers_{};
  std::size_t size_ = 0;
};

/// Whether this server and this client can resume at all.
bool has_use_for_tickets(const Handshake& hs, const ClientHello& hello) {
  // RFC 9846 §4.3.9: "Servers MUST NOT select a key exchange mode that is not listed by the
  // client."
  const auto& modes = hello.typed.psk_key_exchange_modes;
  return hs.server().config->options().tickets != nullptr && modes &&
         modes->ke_modes.contains(message::PskKeyExchangeMode::psk_dhe_ke);
}

}  // namespace

Bytes without_binders(const Received<ClientHello>& hello) {
  return hello.raw.first(hello.raw.size() - 2 - hello->typed.pre_shared_key->binders.wire().size());
}

bool may_resume(const Handshake& hs, const ClientHello& hello) {
  return hello.typed.pre_shared_key && has_use_for_tickets(hs, hello);
}

Task<Resumed> resume_session(Handshake& hs, const Received<ClientHello>* hello,
                             const Choice* choice, const Credential* credential) {
  Resumed result;
  const PskOffers offers(*(*hello)->typed.pre_shared_key);
  const SessionState* session = nullptr;
  std::shared_ptr<const ExternalPsk> psk;
  SessionOutcome outcome = SessionOutcome::unknown;
  Bytes binder;
  for (const PskOffer& offer : offers.view()) {
    session = co_await hs.redeem_ticket(offer.identity);
    if (session != nullptr) {
      psk = nullptr;
      if (!session->fields.psk_identity.empty()) {
        psk = co_await recall_psk(hs, &session->fields);
      }
      outcome = judge_session(hs, session->fields, credential, psk.get(), *choice->suite);
      if (outcome == SessionOutcome::resumed) {
        binder = offer.binder;
        break;
      }
    }
    ++result.selected_identity;
  }
  if (outcome == SessionOutcome::resumed) {
    // RFC 9846 §4.3.11: "Servers SHOULD NOT attempt to validate multiple binders; rather, they
    // SHOULD select a single PSK and validate solely the binder that corresponds to that PSK."
    const crypto::HashId hash = choice->suite->hash;
    const crypto::Digest transcript = hs.hello_transcript(hash, without_binders(*hello));
    const crypto::Digest expected = session_binder(hs, hash, transcript);
    const Possession possession = co_await check_binder(expected, binder);
    result.is_resumed = true;
    hs.settled().client_certificate_type = session->fields.peer_type;
    if (!session->fields.path.empty()) {
      // Whom we trust, what was revoked and what time it is may have changed since.
      const PeerCertificates* shown = co_await certificates_of(hs.heard(), session->fields);
      const Verdict* verdict = co_await hs.verify_chain(*shown);
      hs.report(ChainJudged{verdict});
      if (verdict->is_trusted()) {
        result.claim = co_await Claim::resume(*verdict, shown->chain().front(), possession);
      } else {
        result.is_resumed = false;
        outcome = SessionOutcome::client_not_trusted;
        hs.forget_verdict();
      }
    }
  }
  hs.settled().session = outcome;
  if (!result.is_resumed) {
    hs.drop_session();
  } else if (psk != nullptr) {
    hs.use_external_psk(psk);
  }
  co_return result;
}

Result<Possession> check_binder(const crypto::Digest& expected, Bytes binder) {
  // RFC 9846 §4.3.11: before it accepts a PSK, "the server MUST validate the corresponding binder
  // value", and "If this value is not present or does not validate, the server MUST abort the
  // handshake."
  if (!equal_constant_time(expected.bytes(), binder)) {
    return fail(Reason::psk_binder_invalid);
  }
  return Possession();
}

// ---- a server: issuing tickets ------------------------------------------------------------------

unsigned tickets_due(const Handshake& hs, const ClientHello& hello) {
  if (!has_use_for_tickets(hs, hello)) {
    return 0;
  }
  const ServerOptions& options = hs.server().config->options();
  const bool resumed = hs.session() != nullptr;
  unsigned count = resumed ? options.ticket_counts.resumed : options.ticket_counts.full;
  // RFC 9149 §3: a server SHOULD NOT send more tickets than were asked for.
  if (const auto& wish = hello.typed.ticket_request) {
    count = resumed ? wish->resumption_count : wish->new_session_count;
  }
  return std::min(count, limits::tickets_issued);
}

namespace {

/// What a ticket says besides, for the client.
struct TicketDraft {
  SessionDraft session;
  std::uint32_t age_add = 0;
  std::array<std::uint8_t, 1> nonce{};
};

Result<TicketDraft> draft_ticket(Handshake& hs, unsigned index, const Credential* credential,
                                 const HashSecret& resumption_secret) {
  TicketDraft draft;
  draft.nonce = {static_cast<std::uint8_t>(index)};
  std::array<std::uint8_t, 4> random{};
  if (const auto drawn = hs.chance().fill(random); !drawn) {
    return std::unexpected(drawn.error());
  }
  for (const std::uint8_t byte : random) {
    draft.age_add = (draft.age_add << 8) | byte;
  }
  const HashSecret psk =
      schedule::resumption_psk(crypto::hash_of(hs.settled().suite), resumption_secret, draft.nonce);
  SessionFields fields;
  fields.age_add = draft.age_add;
  fields.max_early_data = hs.server().config->options().early_data.most();
  fields.psk = psk.expose();
  draft.session = draft_session(hs, fields, credential);
  return draft;
}

Result<> send_ticket(Handshake& hs, const TicketDraft& draft, Bytes ticket) {
  message::NewSessionTicket message;
  message.ticket_lifetime = draft.session.lifetime;
  message.ticket_age_add = draft.age_add;
  message.ticket_nonce = draft.nonce;
  message.ticket = ticket;
  std::array<std::uint8_t, 16> memory{};
  codec::Writer extensions(memory);
  if (const std::uint32_t most = hs.server().config->options().early_data.most(); most > 0) {
    message::write_extension(extensions, message::MaxEarlyDataSize{most});
  }
  message.extensions = message::ExtensionList::from_wire(extensions.written());
  const auto sent = hs.send(message, 64 + ticket.size());
  return sent ? Result<>() : std::unexpected(sent.error());
}

}  // namespace

Task<> issue_tickets(Handshake& hs, unsigned count, const Credential* credential,
                     const HashSecret* resumption_secret) {
  for (unsigned index = 0; index < count; ++index) {
    const TicketDraft draft = co_await draft_ticket(hs, index, credential, *resumption_secret);
    if (!draft.session.is_of_use()) {
      co_return;
    }
    const UnixTime expires{hs.now().seconds + draft.session.lifetime};
    const IssuedTicket* issued = co_await hs.issue_ticket(draft.session.session, expires);
    if (issued->ticket.empty() || issued->ticket.size() > limits::ticket) {
      co_return;
    }
    co_await send_ticket(hs, draft, issued->ticket);
  }
}

}  // namespace handfast::handshake
