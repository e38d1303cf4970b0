#include "base/gather.h"
#include "codec/writer.h"
#include "crypto/hkdf.h"
#include "crypto/suites.h"
#include "handfast/resumption.h"
#include "handfast/settled.h"
#include "handshake/session_state.h"
#include "message/extension/max_fragment_length.h"
#include "schedule/schedule12.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace handfast {
namespace {

constexpr std::size_t sessions_for_name = 4;

std::string_view text(Bytes bytes) {
  const void* const start = bytes.data();
  return {static_cast<const char*>(start), bytes.size()};
}

bool is_good(const Session& session) {
  const auto& standing = session.state().standing;
  return standing == nullptr || standing->is_good();
}

}  // namespace

std::size_t room_for_session(const SessionFields& fields) {
  std::size_t size = 64;  // numbers and lengths
  for (const Bytes part : {fields.psk, fields.server_name, fields.alpn, fields.binding,
                           fields.ticket, fields.session_id, fields.psk_identity}) {
    size += part.size();
  }
  for (const SessionCertificate& certificate : fields.path) {
    size += certificate.der.size() + 3;
  }
  return size;
}

Result<MutBytes> write_session(MutBytes memory, const SessionFields& fields) {
  codec::Writer out(memory);
  codec::write(out, fields);
  return out.good() ? Result<MutBytes>(memory.first(out.size())) : fail(Reason::session_malformed);
}

Result<SecretBytes> write_session(const SessionFields& fields) {
  std::vector<std::uint8_t> memory(room_for_session(fields));
  const auto written = write_session(memory, fields);
  if (!written) {
    return std::unexpected(written.error());
  }
  memory.resize(written->size());  // smaller: it stays where it is
  return SecretBytes(std::move(memory));
}

namespace {

/// A session without what only clients have of it.
Result<std::shared_ptr<SessionState>> read_state(SecretBytes bytes) {
  auto state = std::make_shared<SessionState>();
  state->bytes = std::move(bytes);
  const auto fields = codec::read<SessionFields>(state->bytes.expose());
  if (!fields || fields->format != SessionFields::current_format) {
    return fail(Reason::session_malformed);
  }
  const crypto::Suite* const suite = crypto::find_suite_of_any(fields->suite);
  const CertificateType type = fields->peer_type;
  const bool is_type = type == CertificateType::x509 || type == CertificateType::raw_public_key;
  if (suite == nullptr || !is_type) {
    return fail(Reason::session_malformed);
  }
  const std::size_t secret = suite->version == ProtocolVersion::tls12
                                 ? schedule::MainSecret::size
                                 : crypto::digest_size(suite->hash);
  // A suite of TLS 1.2 says whether the session began with an external key.
  const bool has_key = !fields->psk_identity.empty();
  const bool is_odd =
      fields->max_early_data != 0 || has_key == crypto::shows_certificate(suite->key_exchange);
  const bool is_12 = suite->version == ProtocolVersion::tls12;
  const std::uint16_t length = fields->max_fragment_length;
  const bool is_length = length == 0 || (is_12 && message::MaxFragmentLength::has(length));
  if (fields->psk.size() != secret || (is_12 && is_odd) || !is_length) {
    return fail(Reason::session_malformed);
  }
  state->fields = *fields;
  return state;
}

}  // namespace

Result<Session> read_session(SecretBytes bytes) {
  auto state = read_state(std::move(bytes));
  return state ? Result<Session>(Session(*std::move(state))) : std::unexpected(state.error());
}

Result<std::shared_ptr<const SessionPath>> read_session_path(CertificateType type,
                                                             std::vector<std::uint8_t> wire) {
  auto path = std::make_shared<SessionPath>(type, std::move(wire));
  const auto elements = codec::List<SessionCertificate>::from_wire(path->wire);
  path->certificates.reserve(static_cast<std::size_t>(std::ranges::distance(elements)));
  for (const SessionCertificate& certificate : elements) {
    const auto read = Certificate::of_type(type, certificate.der);
    if (!read) {
      return fail(Reason::session_malformed);
    }
    path->certificates.push_back(*read);
  }
  return path;
}

Result<Session> read_client_session(SecretBytes bytes, std::shared_ptr<const SessionPath> path,
                                    std::shared_ptr<const RevocationLists> lists,
                                    std::shared_ptr<SessionStanding> standing) {
  auto state = read_state(std::move(bytes));
  if (!state) {
    return std::unexpected(state.error());
  }
  SessionState& session = **state;
  session.path = std::move(path);
  session.lists = std::move(lists);
  session.standing = std::move(standing);
  return Session(*std::move(state));
}

Result<Session> read_client_session(SecretBytes bytes) {
  auto state = read_state(std::move(bytes));
  if (!state) {
    return std::unexpected(state.error());
  }
  SessionState& session = **state;
  const Bytes wire = session.fields.path.wire();
  auto path = read_session_path(session.fields.peer_type, {wire.begin(), wire.end()});
  if (!path) {
    return std::unexpected(path.error());
  }
  session.path = *std::move(path);
  session.standing = std::make_shared<SessionStanding>();
  return Session(*std::move(state));
}

SessionName name_of_session(Bytes main_secret) {
  static constexpr std::string_view label = "handfast session name";
  SessionName name{};
  crypto::hkdf_expand(crypto::Hmac(crypto::HashId::sha256, main_secret), bytes_of(label), name);
  return name;
}

std::optional<SessionName> session_name(Bytes session) {
  const auto fields = codec::read<SessionFields>(session);
  const bool is_12 = fields && fields->format == SessionFields::current_format &&
                     crypto::find_suite12(fields->suite) != nullptr;
  return is_12 ? std::optional(name_of_session(fields->psk)) : std::nullopt;
}

std::optional<std::uint32_t> session_time(UnixTime time) {
  if (time.seconds < 0 || time.seconds > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(time.seconds);
}

std::string_view name(SessionOutcome outcome) {
  switch (outcome) {
    case SessionOutcome::not_offered: return "not_offered";
    case SessionOutcome::resumed: return "resumed";
    case SessionOutcome::declined: return "declined";
    case SessionOutcome::unknown: return "unknown";
    case SessionOutcome::expired: return "expired";
    case SessionOutcome::other_host: return "other_host";
    case SessionOutcome::other_name: return "other_name";
    case SessionOutcome::other_clients: return "other_clients";
    case SessionOutcome::other_protocols: return "other_protocols";
    case SessionOutcome::other_suite: return "other_suite";
    case SessionOutcome::other_fragments: return "other_fragments";
    case SessionOutcome::other_psk: return "other_psk";
    case SessionOutcome::client_not_trusted: return "client_not_trusted";
  }
  return {};
}

// ---- Session ------------------------------------------------------------------------------------

Session::Session(std::shared_ptr<const SessionState> state) : state_(std::move(state)) {}

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::from_bytes(SecretBytes bytes) {
  return read_client_session(std::move(bytes));
}

SecretBytes Session::to_bytes() const { return SecretBytes(state_->bytes.expose()); }

std::string_view Session::server_name() const { return text(state_->fields.server_name); }

CipherSuite Session::suite() const { return state_->fields.suite; }

std::string_view Session::alpn() const { return text(state_->fields.alpn); }

UnixTime Session::received() const { return {state_->fields.issued}; }

UnixTime Session::expires() const { return state_->fields.expires(); }

std::uint32_t Session::max_early_data() const { return state_->fields.max_early_data; }

// ---- SessionCache -------------------------------------------------------------------------------

struct SessionCache::State {
  /// Of one server.
  struct Kept {
    std::vector<Session> sessions;  // the newest last
    std::uint64_t order = 0;        // of the last that was put in, among those of all servers
  };

  std::size_t most;
  mutable std::mutex mutex = {};
  std::map<std::string, Kept, std::less<>> servers = {};  // by their names
  std::uint64_t next = 0;

  /// The newest session for the name that `fits`, taken out.
  template <class Fits>
  std::optional<Session> take(std::string_view server_name, UnixTime now, Fits fits) {
    const std::scoped_lock lock(mutex);
    const auto found = servers.find(server_name);
    if (found == servers.end()) {
      return std::nullopt;
    }
    std::vector<Session>& kept = found->second.sessions;
    std::erase_if(kept, [now](const Session& session) {
      return session.expires() <= now || !is_good(session);
    });
    const auto newest = std::find_if(kept.rbegin(), kept.rend(), fits);
    std::optional<Session> taken;
    if (newest != kept.rend()) {
      taken.emplace(std::move(*newest));
      kept.erase(std::next(newest).base());
    }
    if (kept.empty()) {
      servers.erase(found);
    }
    return taken;
  }
};

SessionCache::SessionCache(std::size_t names)
    : state_(std::make_unique<State>(std::max<std::size_t>(names, 1))) {}

SessionCache::~SessionCache() = default;

void SessionCache::put(Session session) {
  const std::scoped_lock lock(state_->mutex);
  if (!is_good(session)) {
    return;
  }
  auto& servers = state_->servers;
  auto found = servers.find(session.server_name());
  if (found == servers.end()) {
    if (servers.size() >= state_->most) {
      servers.erase(std::ranges::min_element(servers, {},
                                             [](const auto& entry) { return entry.second.order; }));
    }
    found = servers.emplace(session.server_name(), State::Kept{}).first;
  }
  found->second.order = state_->next++;
  std::vector<Session>& kept = found->second.sessions;
  const auto newer = std::ranges::upper_bound(kept, session.received(), {}, &Session::received);
  kept.insert(newer, std::move(session));
  if (kept.size() > sessions_for_name) {
    kept.erase(kept.begin());
  }
}

std::optional<Session> SessionCache::take(std::string_view server_name, UnixTime now) {
  return state_->take(server_name, now, [](const Session&) { return true; });
}

std::optional<Session> SessionCache::take(std::string_view server_name, Bytes binding,
                                          UnixTime now) {
  return state_->take(server_name, now, [binding](const Session& session) {
    return std::ranges::equal(session.state().fields.binding, binding);
  });
}

std::size_t SessionCache::size() const {
  const std::scoped_lock lock(state_->mutex);
  std::size_t count = 0;
  for (const auto& [name, kept] : state_->servers) {
    count += kept.sessions.size();
  }
  return count;
}

void SessionCache::clear() {
  const std::scoped_lock lock(state_->mutex);
  state_->servers.clear();
}

void SessionCache::forget(SessionStanding& standing) {
  standing.lose();
  const std::scoped_lock lock(state_->mutex);
  for (auto& [name, kept] : state_->servers) {
    std::erase_if(kept.sessions, [](const Session& session) { return !is_good(session); });
  }
  std::erase_if(state_->servers, [](const auto& entry) { return entry.second.sessions.empty(); });
}

}  // namespace handfast
