#include "handshake/remember.h"

#include "base/gather.h"
#include "base/limits.h"
#include "codec/writer.h"
#include "handfast/resumption.h"
#include "handshake/psk13.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace handfast::handshake {
namespace {

UnixTime after(UnixTime time, std::uint32_t seconds) { return {time.seconds + seconds}; }

/// The end of sessions that began at `time`, however often they went on. RFC 9325 §3.4: in TLS 1.2
/// "servers SHOULD NOT resume sessions that are too old", as all of them have one secret.
UnixTime end_of_sessions(UnixTime time, ProtocolVersion version) {
  return after(time, version == ProtocolVersion::tls12 ? limits::session_age12
                                                       : limits::authentication_age);
}

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
        wire_size_ += 3 + certificate.der.size();
        end_ = std::min(end_, certificate.not_after);
      }
    }
  }

  [[nodiscard]] std::span<const SessionCertificate> view() const {
    return std::span(certificates_).first(size_);
  }

  /// How many bytes they take as elements of `SessionFields::path`.
  [[nodiscard]] std::size_t wire_size() const { return wire_size_; }

  /// `time`, or the end of a certificate that ends earlier.
  [[nodiscard]] UnixTime end(UnixTime time) const { return std::min(time, end_); }

 private:
  std::array<SessionCertificate, limits::certificates_in_path> certificates_{};
  std::size_t size_ = 0;
  std::size_t wire_size_ = 0;
  UnixTime end_{std::numeric_limits<std::int64_t>::max()};
};

/// `path` to be shared by all sessions of this connection: that of the session which it resumed, if
/// that is the same, or a copy. Fails: session_malformed.
Result<std::shared_ptr<const SessionPath>> path_to_keep(const Handshake& hs, const KeptPath& path) {
  const CertificateType type = hs.settled().server_certificate_type;
  auto known = hs.session() != nullptr ? hs.session()->path : nullptr;
  if (known != nullptr && known->type == type &&
      std::ranges::equal(path.view(), known->certificates, std::ranges::equal,
                         &SessionCertificate::der, &Certificate::der)) {
    return known;
  }
  std::vector<std::uint8_t> wire(path.wire_size());
  codec::Writer out(wire);
  for (const SessionCertificate& certificate : path.view()) {
    codec::write(out, certificate);
  }
  return read_session_path(type, std::move(wire));
}

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

// ---- a client -----------------------------------------------------------------------------------

bool can_resume(const Handshake& hs, const SessionState& session) {
  const ClientConfig& config = *hs.client().config;
  const ClientOptions& options = config.options();
  const bool is_by_psk = !session.fields.psk_identity.empty();
  const bool is_unchecked = config.takes_certificates() && config.trust() == nullptr;
  const bool knows_peer = is_by_psk ? find_psk(config, session.fields) != nullptr
                                    : is_unchecked || !session.fields.path.empty();
  if (session.path == nullptr) {
    return false;  // it is a server's
  }
  const crypto::Suite& suite = crypto::suite_of(session.fields.suite);
  const bool is_spoken =
      std::ranges::find(options.versions, suite.version) != options.versions.end();
  // In TLS 1.2 a session goes on with its suite, in TLS 1.3 with one of the same hash.
  const bool has_suite =
      suite.version == ProtocolVersion::tls12
          ? std::ranges::find(options.cipher_suites12, suite.id) != options.cipher_suites12.end()
          : std::ranges::any_of(options.cipher_suites,
                                [&](CipherSuite id) { return crypto::hash_of(id) == suite.hash; });
  // Whoever hides something takes TLS 1.3 or nothing (RFC 9849 §6.1).
  const bool is_hiding = options.ech != nullptr && suite.version == ProtocolVersion::tls12;
  return knows_peer && is_spoken && has_suite && !is_hiding &&
         session.lists == options.evidence.lists;
}

std::unique_ptr<SessionSource> session_source(const Handshake& hs, const crypto::Suite& suite,
                                              HashSecret secret) {
  const std::shared_ptr<const ClientConfig>& config = hs.client().config;
  if (config->options().sessions == nullptr) {
    return nullptr;
  }
  const KeptPath path(hs.verdict());
  auto source = std::make_unique<SessionSource>();
  source->config = config;
  auto kept_path = path_to_keep(hs, path);
  if (!kept_path) {
    return nullptr;
  }
  source->path = *std::move(kept_path);
  const Bytes name = bytes_of(hs.client().name.text());
  const Bytes alpn = bytes_of(hs.settled().alpn);
  const Bytes identity =
      hs.external_psk() != nullptr ? identity_for(*hs.external_psk(), suite) : Bytes();
  source->bytes.resize(name.size() + alpn.size() + identity.size());
  codec::Writer out(source->bytes);
  const auto keep = [&out](Bytes text) {
    const MutBytes kept = out.take(text.size());
    std::ranges::copy(text, kept.begin());
    return kept;
  };
  source->server_name = keep(name);
  source->alpn = keep(alpn);
  source->psk_identity = keep(identity);
  source->suite = suite.id;
  source->resumption_secret = std::move(secret);
  source->now = hs.now();
  source->authenticated = authentication_of(hs);
  source->expires = path.end(end_of_sessions(source->authenticated, suite.version));
  // In TLS 1.2 what goes on keeps its secret, and shares its fate with what it came from.
  const bool goes_on = suite.version == ProtocolVersion::tls12 && hs.session() != nullptr;
  source->standing = goes_on ? hs.session()->standing : std::make_shared<SessionStanding>();
  return source;
}

void be_ready_to_forget(Handshake& hs, std::shared_ptr<SessionStanding> standing) {
  auto remembered = std::make_unique<Remembered>();
  remembered->cache = hs.client().config->options().sessions;
  remembered->standing = std::move(standing);
  hs.established().remembered = std::move(remembered);
}

Result<> keep_session(const SessionSource& source, SessionFields fields, std::int64_t lifetime) {
  const auto received = session_time(source.now);
  const auto authenticated = session_time(source.authenticated);
  lifetime = std::min(lifetime, source.expires.seconds - source.now.seconds);
  if (!received || !authenticated || lifetime <= 0 || fields.ticket.size() > limits::ticket) {
    return {};
  }
  fields.suite = source.suite;
  fields.issued = *received;
  fields.authenticated = *authenticated;
  fields.lifetime = static_cast<std::uint32_t>(lifetime);
  fields.server_name = source.server_name;
  fields.alpn = source.alpn;
  fields.binding = source.config->session_binding();
  fields.peer_type = source.path->type;
  fields.psk_identity = source.psk_identity;
  fields.path = codec::List<SessionCertificate>::from_wire(source.path->wire);
  auto bytes = write_session(fields);
  if (!bytes) {
    return {};  // a path that is too long to be kept
  }
  const ClientOptions& options = source.config->options();
  auto session =
      read_client_session(*std::move(bytes), source.path, options.evidence.lists, source.standing);
  if (!session) {
    return std::unexpected(session.error());
  }
  options.sessions->put(*std::move(session));
  return {};
}

// ---- a server -----------------------------------------------------------------------------------

SessionOutcome judge_session(const Handshake& hs, const SessionFields& session,
                             const Credential* credential, const ExternalPsk* psk,
                             const crypto::Suite& suite) {
  const SessionBinding binding(Host(credential, psk).digest, *hs.server().config);
  constexpr std::int64_t clock_difference = 60;  // of servers that share keys
  const std::int64_t now = hs.now().seconds;
  if (now >= session.expires().seconds || now + clock_difference < session.issued ||
      now >= end_of_sessions({session.authenticated}, session.version()).seconds) {
    return SessionOutcome::expired;
  }
  if (!binding.shares(0, session.binding)) {
    return session.psk_identity.empty() ? SessionOutcome::other_host : SessionOutcome::other_psk;
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
  // RFC 9846 §4.3.11: the server MUST ensure that it selects a compatible PSK and cipher suite. The
  // secret of one version is nothing to the other.
  const crypto::Suite& its = crypto::suite_of(session.suite);
  if (its.version != suite.version || its.hash != suite.hash) {
    return SessionOutcome::other_suite;
  }
  return SessionOutcome::resumed;
}

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

void be_ready_to_forget(Handshake& hs, const schedule::MainSecret& secret) {
  const ServerOptions& options = hs.server().config->options();
  if (options.tickets == nullptr || !options.tickets->forgets()) {
    return;
  }
  auto remembered = std::make_unique<Remembered>();
  remembered->kept = {options.tickets, name_of_session(secret.expose())};
  remembered->is_pulled = options.pulled.tickets;
  hs.established().remembered = std::move(remembered);
}

SessionDraft draft_session(Handshake& hs, SessionFields fields, const Credential* credential) {
  const ServerConfig& config = *hs.server().config;
  SessionDraft draft;
  const KeptPath path(hs.verdict());
  const UnixTime authenticated = authentication_of(hs);
  UnixTime last = path.end(end_of_sessions(authenticated, hs.settled().version));
  if (credential != nullptr) {
    last = std::min(last, credential->leaf().not_after);
  }
  std::int64_t lifetime =
      std::min<std::int64_t>(config.options().ticket_lifetime, last.seconds - hs.now().seconds);
  if (hs.settled().version == ProtocolVersion::tls12) {
    // Whoever learns the key of such a ticket can read the connection, and those that go on from
    // it: there is no key exchange in between.
    lifetime = std::min<std::int64_t>(lifetime, limits::ticket_lifetime12);
  }
  const auto issued = session_time(hs.now());
  const auto first = session_time(authenticated);
  if (lifetime <= 0 || !issued || !first) {
    return draft;
  }
  draft.lifetime = static_cast<std::uint32_t>(lifetime);
  const ExternalPsk* const external = hs.external_psk();
  const SessionBinding binding(Host(credential, external).digest, config);
  fields.suite = hs.settled().suite;
  fields.issued = *issued;
  fields.authenticated = *first;
  fields.lifetime = draft.lifetime;
  fields.server_name = bytes_of(hs.settled().server_name);
  fields.alpn = bytes_of(hs.settled().alpn);
  fields.binding = binding.bytes;
  fields.peer_type = hs.settled().client_certificate_type;
  if (external != nullptr) {
    fields.psk_identity = identity_for(*external, crypto::suite_of(fields.suite));
  }
  fields.path = path.view();
  const MutBytes memory = hs.store().allocate(room_for_session(fields));
  if (const auto session = write_session(memory, fields)) {
    draft.session = *session;
  }
  return draft;
}

// ---- either -------------------------------------------------------------------------------------

std::unique_ptr<Operation> Established::forget_session() const {
  if (sessions != nullptr) {
    sessions->config->options().sessions->forget(*sessions->standing);
  }
  return remembered != nullptr ? remembered->forget() : nullptr;
}

std::unique_ptr<Operation> Remembered::forget() const {
  if (cache != nullptr) {
    cache->forget(*standing);
    return nullptr;
  }
  auto wanted = std::make_unique<Operation>(kept);
  if (!is_pulled) {
    static_cast<void>(answer(*wanted));  // done, whatever is said to that
    wanted.reset();
  }
  return wanted;
}

}  // namespace handfast::handshake
