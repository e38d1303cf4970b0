#include "handshake/resume13.h"

#include "base/limits.h"
#include "base/secret.h"
#include "crypto/suites.h"
#include "handfast/resumption.h"
#include "handshake/psk13.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

namespace handfast::handshake {
namespace {

using message::ClientHello;

/// Our own text, seen as bytes.
Bytes bytes_of(std::string_view text) {
  const void* const start = text.data();
  return {static_cast<const std::uint8_t*>(start), text.size()};
}

UnixTime after(UnixTime time, std::uint32_t seconds) { return {time.seconds + seconds}; }

/// When the peer was verified: now, unless this is a session that goes on. RFC 9345 §7.4 would not
/// have sessions outlive a delegated credential: its last day has begun as long before its end as
/// any verification counts.
UnixTime authentication_of(const Handshake& hs) {
  if (hs.session() != nullptr) {
    return {hs.session()->fields.authenticated};
  }
  const bool is_client = hs.own_party() == Party::client;
  const std::optional<UnixTime>& end =
      is_client ? hs.settled().delegated_until : hs.settled().client_delegated_until;
  return end ? std::min(hs.now(), UnixTime{end->seconds - limits::authentication_age}) : hs.now();
}

/// The path by which the peer was verified, as a session keeps it.
class KeptPath {
 public:
  explicit KeptPath(const Verdict* verdict) {
    if (verdict != nullptr && verdict->is_trusted()) {
      for (const Certificate& certificate : verdict->path()) {
        certificates_[size_++] = {certificate.der};
        end_ = std::min(end_, certificate.not_after);
      }
    }
  }

  [[nodiscard]] std::span<const SessionCertificate> view() const {
    return std::span(certificates_).first(size_);
  }

  /// `time`, or the end of a certificate that ends earlier.
  [[nodiscard]] UnixTime end(UnixTime time) const { return std::min(time, end_); }

 private:
  std::array<SessionCertificate, 8> certificates_{};
  std::size_t size_ = 0;
  UnixTime end_{std::numeric_limits<std::int64_t>::max()};
};

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

/// Whether a session that the cache had is one for this handshake. It may come from a file, so its
/// certificates are looked at too.
bool is_usable(const Handshake& hs, const SessionState& session) {
  const ClientConfig& config = *hs.client().config;
  const auto& suites = config.options().cipher_suites;
  const bool is_by_psk = !session.fields.psk_identity.empty();
  const bool is_unchecked = config.takes_certificates() && config.trust() == nullptr;
  const bool knows_peer = is_by_psk ? find_psk(config, session.fields) != nullptr
                                    : is_unchecked || !session.fields.path.empty();
  const bool is_path =
      std::ranges::all_of(session.fields.path, [&](const SessionCertificate& certificate) {
        return Certificate::of_type(session.fields.peer_type, certificate.der).has_value();
      });
  return knows_peer && is_path && session.lists == config.options().evidence.lists &&
         std::ranges::any_of(suites,
                             [hash = crypto::hash_of(session.fields.suite)](CipherSuite suite) {
                               return crypto::hash_of(suite) == hash;
                             });
}

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
  if (!session || !is_usable(hs, session->state())) {
    return;
  }
  const SessionFields& fields = hs.hold_session(*std::move(session)).fields;
  const std::uint32_t age = obfuscated_age(fields, hs.now(), config.options().early_data);
  offer.psks.push_back({fields.ticket, age, crypto::hash_of(fields.suite)});
  hs.settled().session = SessionOutcome::declined;  // until the server says otherwise
}

Result<> reconsider_psks(Offer& offer, const Retry& retry) {
  // RFC 9846 §4.2.2: the second ClientHello is sent "(optionally) removing any PSKs which are
  // incompatible with the server's indicated cipher suite".
  std::erase_if(offer.psks, [&](const OfferedPsk& psk) { return psk.hash != retry.suite->hash; });
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
  for (const OfferedPsk& psk : offer.psks) {
    const crypto::Digest transcript = hs.hello_transcript(psk.hash, start);
    const crypto::Digest binder = psk.external != nullptr
                                      ? binder_of(**psk.external, psk.hash, transcript)
                                      : session_binder(hs, psk.hash, transcript);
    std::ranges::copy(binder.bytes(), rest.subspan(1).begin());
    rest = rest.subspan(1 + binder.size());
  }
}

std::unique_ptr<SessionSource> session_source(const Handshake& hs, const crypto::Suite& suite,
                                              HashSecret resumption_secret) {
  const std::shared_ptr<const ClientConfig>& config = hs.client().config;
  if (config->options().sessions == nullptr) {
    return nullptr;
  }
  const KeptPath path(hs.verdict());
  auto source = std::make_unique<SessionSource>();
  source->config = config;
  source->server_name = hs.client().name.text();
  source->alpn = hs.settled().alpn;
  for (const SessionCertificate& certificate : path.view()) {
    source->path.emplace_back(certificate.der.begin(), certificate.der.end());
  }
  source->type = hs.settled().server_certificate_type;
  if (hs.external_psk() != nullptr) {
    const Bytes identity = hs.external_psk()->sent_identity(kdf_of(suite.hash));
    source->psk_identity.assign(identity.begin(), identity.end());
  }
  source->suite = suite.id;
  source->resumption_secret = std::move(resumption_secret);
  source->now = hs.now();
  source->authenticated = authentication_of(hs);
  source->expires = path.end(after(source->authenticated, limits::authentication_age));
  return source;
}

Result<> keep_session(const SessionSource& source, const message::NewSessionTicket& ticket,
                      const message::NewSessionTicketExtensions& extensions) {
  const auto received = session_time(source.now);
  const auto authenticated = session_time(source.authenticated);
  if (!received || !authenticated || ticket.ticket.size() > limits::ticket) {
    return {};
  }
  // RFC 9846 §4.7.1: "Clients MUST NOT use tickets for longer than 7 days", and a lifetime of zero
  // "indicates that the ticket should be discarded immediately".
  const std::int64_t lifetime =
      std::min<std::int64_t>({ticket.ticket_lifetime, limits::ticket_lifetime,
                              source.expires.seconds - source.now.seconds});
  if (lifetime <= 0) {
    return {};
  }
  const HashSecret psk = schedule::resumption_psk(crypto::hash_of(source.suite),
                                                  source.resumption_secret, ticket.ticket_nonce);
  std::vector<SessionCertificate> path;
  path.reserve(source.path.size());
  for (const std::vector<std::uint8_t>& der : source.path) {
    path.push_back({der});
  }
  SessionFields fields;
  fields.suite = source.suite;
  fields.issued = *received;
  fields.authenticated = *authenticated;
  fields.lifetime = static_cast<std::uint32_t>(lifetime);
  fields.age_add = ticket.ticket_age_add;
  fields.max_early_data = extensions.early_data ? extensions.early_data->max_early_data_size : 0;
  fields.psk = psk.expose();
  fields.server_name = bytes_of(source.server_name);
  fields.alpn = bytes_of(source.alpn);
  fields.binding = source.config->session_binding();
  fields.ticket = ticket.ticket;
  fields.peer_type = source.type;
  fields.psk_identity = source.psk_identity;
  fields.path = std::span<const SessionCertificate>(path);
  auto bytes = write_session(fields);
  if (!bytes) {
    return {};  // a path that is too long to be kept
  }
  const ClientOptions& options = source.config->options();
  auto session = read_session(*std::move(bytes), options.evidence.lists);
  if (!session) {
    return std::unexpected(session.error());
  }
  options.sessions->put(*std::move(session));
  return {};
}

// ---- a server: taking sessions up ---------------------------------------------------------------

namespace {

/// What a session is good for: the bytes of `SessionFields::binding`.
struct SessionBinding {
  static constexpr std::size_t part_size = 32;

  std::array<std::uint8_t, 3 * part_size> bytes{};  // host, clients, service

  /// `host` is the digest of the certificate, or of the external key.
  SessionBinding(const std::array<std::uint8_t, part_size>& host, const ServerConfig& config) {
    auto end = std::ranges::copy(host, bytes.begin()).out;
    end = std::ranges::copy(config.clients_digest(), end).out;
    std::ranges::copy(config.service_digest(), end);
  }

  /// Whether `other` has the same n-th part.
  [[nodiscard]] bool shares(std::size_t part, Bytes other) const {
    const std::size_t start = part * part_size;
    return other.size() == bytes.size() &&
           std::ranges::equal(other.subspan(start, part_size),
                              Bytes(bytes).subspan(start, part_size));
  }
};

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

/// Whether a session that was found may go on in this connection; the client is looked at later.
SessionOutcome judge(const Handshake& hs, const SessionFields& session,
                     const SessionBinding& binding, const crypto::Suite& suite) {
  constexpr std::int64_t clock_difference = 60;  // of servers that share keys
  const std::int64_t now = hs.now().seconds;
  if (now >= session.expires().seconds || now + clock_difference < session.issued ||
      now >= after({session.authenticated}, limits::authentication_age).seconds) {
    return SessionOutcome::expired;
  }
  if (!binding.shares(0, session.binding)) {
    return SessionOutcome::other_host;
  }
  if (!binding.shares(1, session.binding)) {
    return SessionOutcome::other_clients;
  }
  if (!binding.shares(2, session.binding)) {
    return SessionOutcome::other_protocols;
  }
  if (!std::ranges::equal(session.server_name, bytes_of(hs.settled().server_name))) {
    return SessionOutcome::other_name;
  }
  // RFC 9846 §4.3.11: the server MUST ensure that it selects a compatible PSK and cipher suite.
  if (crypto::hash_of(session.suite) != suite.hash) {
    return SessionOutcome::other_suite;
  }
  return SessionOutcome::resumed;
}

/// The certificates of a session's client, to be judged anew.
Result<const PeerCertificates*> certificates_of(MessageStore& store, const SessionFields& session) {
  PeerCertificates certificates(session.peer_type);
  std::size_t count = 0;
  for (const SessionCertificate& certificate : session.path) {
    if (count++ < limits::certificates_in_message) {
      certificates.add(certificate.der, {}, {});
    }
  }
  const auto* const kept = store.make<PeerCertificates>(certificates);
  return kept != nullptr ? Result<const PeerCertificates*>(kept) : fail(Reason::out_of_memory);
}

/// Whether this server and this client can resume at all.
bool has_use_for_tickets(const Handshake& hs, const ClientHello& hello) {
  // RFC 9846 §4.3.9: "Servers MUST NOT select a key exchange mode that is not listed by the
  // client."
  const auto& modes = hello.typed.psk_key_exchange_modes;
  return hs.server().config->options().tickets != nullptr && modes &&
         modes->ke_modes.contains(message::PskKeyExchangeMode::psk_dhe_ke);
}

/// What the server shows in the place of `credential`, for the binding of a session: nothing, if
/// there is none of the kind that the session began with.
struct Host {
  static constexpr std::array<std::uint8_t, SessionBinding::part_size> nobody{};
  std::array<std::uint8_t, SessionBinding::part_size> digest = nobody;

  Host(const Credential* credential, const ExternalPsk* psk)
      : digest(psk != nullptr          ? psk->fingerprint()
               : credential != nullptr ? credential->leaf_digest()
                                       : nobody) {}
};

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
      const SessionBinding binding(Host(credential, psk.get()).digest, *hs.server().config);
      outcome = judge(hs, session->fields, binding, *choice->suite);
      if (outcome == SessionOutcome::other_host && !session->fields.psk_identity.empty()) {
        outcome = SessionOutcome::other_psk;
      }
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

/// The session that is under way, for one more ticket. Nothing: it could not be resumed.
struct TicketDraft {
  std::uint32_t age_add = 0;
  std::uint32_t lifetime = 0;
  std::array<std::uint8_t, 1> nonce{};
  SecretBytes session;
};

Result<TicketDraft> draft_ticket(Handshake& hs, unsigned index, const Credential* credential,
                                 const HashSecret& resumption_secret) {
  const ServerConfig& config = *hs.server().config;
  TicketDraft draft;
  draft.nonce = {static_cast<std::uint8_t>(index)};
  std::array<std::uint8_t, 4> random{};
  if (const auto drawn = hs.chance().fill(random); !drawn) {
    return std::unexpected(drawn.error());
  }
  for (const std::uint8_t byte : random) {
    draft.age_add = (draft.age_add << 8) | byte;
  }
  const KeptPath path(hs.verdict());
  const UnixTime authenticated = authentication_of(hs);
  UnixTime last = path.end(after(authenticated, limits::authentication_age));
  if (credential != nullptr) {
    last = std::min(last, credential->leaf().not_after);
  }
  const std::int64_t lifetime =
      std::min<std::int64_t>(config.options().ticket_lifetime, last.seconds - hs.now().seconds);
  const auto issued = session_time(hs.now());
  const auto first = session_time(authenticated);
  if (lifetime <= 0 || !issued || !first) {
    return draft;
  }
  draft.lifetime = static_cast<std::uint32_t>(lifetime);
  const HashSecret psk =
      schedule::resumption_psk(crypto::hash_of(hs.settled().suite), resumption_secret, draft.nonce);
  const ExternalPsk* const external = hs.external_psk();
  const SessionBinding binding(Host(credential, external).digest, config);
  SessionFields fields;
  fields.suite = hs.settled().suite;
  fields.issued = *issued;
  fields.authenticated = *first;
  fields.lifetime = draft.lifetime;
  fields.age_add = draft.age_add;
  fields.max_early_data = config.options().early_data.most();
  fields.psk = psk.expose();
  fields.server_name = bytes_of(hs.settled().server_name);
  fields.alpn = bytes_of(hs.settled().alpn);
  fields.binding = binding.bytes;
  fields.peer_type = hs.settled().client_certificate_type;
  if (external != nullptr) {
    fields.psk_identity = external->sent_identity(kdf_of(crypto::hash_of(fields.suite)));
  }
  fields.path = path.view();
  auto session = write_session(fields);
  if (session) {
    draft.session = *std::move(session);
  }
  return draft;
}

Result<> send_ticket(Handshake& hs, const TicketDraft& draft, Bytes ticket) {
  message::NewSessionTicket message;
  message.ticket_lifetime = draft.lifetime;
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
    if (draft.session.empty() || draft.session.size() > limits::ticket) {
      co_return;
    }
    const UnixTime expires = after(hs.now(), draft.lifetime);
    const IssuedTicket* issued = co_await hs.issue_ticket(draft.session.expose(), expires);
    if (issued->ticket.empty() || issued->ticket.size() > limits::ticket) {
      co_return;
    }
    co_await send_ticket(hs, draft, issued->ticket);
  }
}

}  // namespace handfast::handshake
