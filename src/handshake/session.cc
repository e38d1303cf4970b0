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
#include <deque>
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

std::size_t size_of(const SessionFields& fields) {
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

}  // namespace

Result<SecretBytes> write_session(const SessionFields& fields) {
  std::vector<std::uint8_t> memory(size_of(fields));
  codec::Writer out(memory);
  codec::write(out, fields);
  if (!out.good()) {
    return fail(Reason::session_malformed);
  }
  memory.resize(out.size());  // smaller: it stays where it is
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

Result<Session> read_client_session(SecretBytes bytes, std::shared_ptr<const RevocationLists> lists,
                                    std::shared_ptr<SessionStanding> standing) {
  auto state = read_state(std::move(bytes));
  if (!state) {
    return std::unexpected(state.error());
  }
  SessionState& session = **state;
  session.lists = std::move(lists);
  session.standing = std::move(standing);
  const auto certificates = session.fields.path;
  session.path.reserve(static_cast<std::size_t>(std::ranges::distance(certificates)));
  for (const SessionCertificate& certificate : certificates) {
    const auto read = Certificate::of_type(session.fields.peer_type, certificate.der);
    if (!read) {
      return fail(Reason::session_malformed);
    }
    session.path.push_back(*read);
  }
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
  using Sessions = std::deque<Session>;  // the newest last

  std::size_t most;
  mutable std::mutex mutex = {};
  std::map<std::string, Sessions, std::less<>> sessions = {};  // by the names of servers
  std::deque<std::string> order = {};  // of the names: the one that was put in last at the end

  /// The newest session for the name that `fits`, taken out.
  template <class Fits>
  std::optional<Session> take(std::string_view server_name, UnixTime now, Fits fits) {
    const std::scoped_lock lock(mutex);
    const auto found = sessions.find(server_name);
    if (found == sessions.end()) {
      return std::nullopt;
    }
    Sessions& kept = found->second;
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
      std::erase(order, found->first);
      sessions.erase(found);
    }
    return taken;
  }
};

SessionCache::SessionCache(std::size_t names)
    : state_(std::make_unique<State>(std::max<std::size_t>(names, 1))) {}

SessionCache::~SessionCache() = default;

void SessionCache::put(Session session) {
  std::string name(session.server_name());
  const std::scoped_lock lock(state_->mutex);
  if (!is_good(session)) {
    return;
  }
  std::erase(state_->order, name);
  if (!state_->sessions.contains(name) && state_->sessions.size() >= state_->most) {
    state_->sessions.erase(state_->order.front());
    state_->order.pop_front();
  }
  State::Sessions& kept = state_->sessions[name];
  const auto newer = std::ranges::upper_bound(kept, session.received(), {}, &Session::received);
  kept.insert(newer, std::move(session));
  if (kept.size() > sessions_for_name) {
    kept.pop_front();
  }
  state_->order.push_back(std::move(name));
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
  for (const auto& [name, kept] : state_->sessions) {
    count += kept.size();
  }
  return count;
}

void SessionCache::clear() {
  const std::scoped_lock lock(state_->mutex);
  state_->sessions.clear();
  state_->order.clear();
}

void SessionCache::forget(SessionStanding& standing) {
  standing.lose();
  const std::scoped_lock lock(state_->mutex);
  for (auto& [name, kept] : state_->sessions) {
    std::erase_if(kept, [](const Session& session) { return !is_good(session); });
  }
  const auto is_empty = [&](const std::string& name) { return state_->sessions[name].empty(); };
  std::erase_if(state_->order, is_empty);
  std::erase_if(state_->sessions, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace handfast
