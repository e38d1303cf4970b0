#include "handfast/tickets.h"

#include "base/limits.h"
#include "base/secret.h"
#include "codec/reader.h"
#include "codec/writer.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/random.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace handfast {
namespace {

// A key seals for one period and opens for two more. Those who share a secret may be a little ahead
// of us.
constexpr std::int64_t period = 21'600;  // seconds
constexpr std::int64_t periods_kept = 2;
constexpr std::int64_t periods_ahead = 1;

using KeyName = std::array<std::uint8_t, 16>;
using KeySecret = Secret<32>;

/// The number of the period that `time` lies in.
std::int64_t period_of(UnixTime time) {
  const std::int64_t rest = time.seconds % period;
  return time.seconds / period - (rest < 0 ? 1 : 0);
}

/// A key with its name. There is none without both: the only way to one is `make`, from a secret
/// that was drawn or derived.
class TicketKey {
 public:
  static Result<TicketKey> make(const KeyName& name, const KeySecret& secret) {
    auto seal =
        crypto::Aead::make(crypto::AeadId::aes_256_gcm, crypto::Direction::seal, secret.expose());
    auto open =
        crypto::Aead::make(crypto::AeadId::aes_256_gcm, crypto::Direction::open, secret.expose());
    if (!seal || !open) {
      return std::unexpected(seal ? open.error() : seal.error());
    }
    return TicketKey(name, std::move(*seal), std::move(*open));
  }

  [[nodiscard]] const KeyName& name() const { return name_; }

  /// key_name, nonce, what is sealed. A nonce of 96 random bits: for the 2^32 tickets that one key
  /// may seal (SP 800-38D §8.3) a server would have to make 200,000 a second.
  Result<std::vector<std::uint8_t>> seal(Bytes session) {
    crypto::Nonce nonce{};
    if (const auto drawn = crypto::fill_random(nonce); !drawn) {
      return std::unexpected(drawn.error());
    }
    std::vector<std::uint8_t> ticket(name_.size() + nonce.size() + session.size() +
                                     crypto::aead_tag_size);
    codec::Writer out(ticket);
    out.bytes(name_);
    out.bytes(nonce);
    const MutBytes sealed = out.take(session.size() + crypto::aead_tag_size);
    const auto done = seal_.seal(nonce, crypto::Aad{name_}, std::span(&session, 1), sealed);
    return done ? Result<std::vector<std::uint8_t>>(std::move(ticket))
                : std::unexpected(done.error());
  }

  std::optional<SecretBytes> open(const crypto::Nonce& nonce, Bytes sealed) {
    std::vector<std::uint8_t> memory(sealed.begin(), sealed.end());
    const auto opened = open_.open(nonce, crypto::Aad{name_}, memory);
    if (!opened) {
      return std::nullopt;
    }
    memory.resize(opened->size());
    return SecretBytes(std::move(memory));
  }

 private:
  TicketKey(const KeyName& name, crypto::Aead seal, crypto::Aead open)
      : name_(name), seal_(std::move(seal)), open_(std::move(open)) {}

  KeyName name_;
  crypto::Aead seal_;
  crypto::Aead open_;
};

/// Fills `out` with what `secret` gives for `label` and a period.
void derive(const SecretBytes& secret, std::string_view label, std::int64_t number, MutBytes out) {
  std::array<std::uint8_t, 40> memory{};
  codec::Writer info(memory);
  for (const char c : label) {
    info.number(static_cast<std::uint8_t>(c));
  }
  info.number(static_cast<std::uint32_t>(static_cast<std::uint64_t>(number) >> 32));
  info.number(static_cast<std::uint32_t>(static_cast<std::uint64_t>(number)));
  const HashSecret prk = crypto::hkdf_extract(crypto::HashId::sha256, {}, secret.expose());
  crypto::hkdf_expand(crypto::Hmac(crypto::HashId::sha256, prk.expose()), info.written(), out);
}

}  // namespace

// ---- TicketKeys ---------------------------------------------------------------------------------

struct TicketKeys::State {
  std::optional<SecretBytes> secret;  // shared with others; none: every key is drawn
  std::mutex mutex;
  std::map<std::int64_t, TicketKey> keys;  // by period

  /// The key of a period, made now if it has to be.
  Result<TicketKey*> key(std::int64_t number) {
    if (const auto found = keys.find(number); found != keys.end()) {
      return &found->second;
    }
    KeyName name{};
    KeySecret material;
    if (secret) {
      derive(*secret, "handfast ticket key name", number, name);
      derive(*secret, "handfast ticket key", number, material.fill(32));
    } else {
      for (const MutBytes part : {MutBytes(name), material.fill(32)}) {
        if (const auto drawn = crypto::fill_random(part); !drawn) {
          return std::unexpected(drawn.error());
        }
      }
    }
    auto made = TicketKey::make(name, material);
    if (!made) {
      return std::unexpected(made.error());
    }
    return &keys.emplace(number, std::move(*made)).first->second;
  }

  /// Forgets the keys whose time is over, or, should the clock have been set back, is far ahead.
  void forget(std::int64_t number) {
    std::erase_if(keys, [number](const auto& entry) {
      return entry.first < number - periods_kept || entry.first > number + periods_ahead;
    });
  }

  TicketKey* find(const KeyName& name) {
    const auto found = std::ranges::find_if(
        keys, [&name](const auto& entry) { return entry.second.name() == name; });
    return found == keys.end() ? nullptr : &found->second;
  }
};

TicketKeys::TicketKeys(std::unique_ptr<State> state) : state_(std::move(state)) {}

TicketKeys::~TicketKeys() = default;

Result<std::shared_ptr<TicketKeys>> TicketKeys::make() {
  std::array<std::uint8_t, 1> probe{};  // a source that fails is found now and not at night
  if (const auto drawn = crypto::fill_random(probe); !drawn) {
    return std::unexpected(drawn.error());
  }
  return std::shared_ptr<TicketKeys>(new TicketKeys(std::make_unique<State>()));
}

Result<std::shared_ptr<TicketKeys>> TicketKeys::shared(SecretBytes secret) {
  const Bytes bytes = secret.expose();
  const bool is_uniform = std::ranges::adjacent_find(bytes, std::not_equal_to()) == bytes.end();
  if (bytes.size() < 32 || bytes.size() > 64 || is_uniform) {
    return fail(Reason::ticket_secret_weak);
  }
  auto state = std::make_unique<State>();
  state->secret.emplace(std::move(secret));
  return std::shared_ptr<TicketKeys>(new TicketKeys(std::move(state)));
}

Result<std::vector<std::uint8_t>> TicketKeys::issue(Bytes session, UnixTime now,
                                                    UnixTime /*expires*/) {
  const std::scoped_lock lock(state_->mutex);
  state_->forget(period_of(now));
  const auto key = state_->key(period_of(now));
  return key ? (*key)->seal(session) : std::unexpected(key.error());
}

std::optional<SecretBytes> TicketKeys::redeem(Bytes ticket, UnixTime now) {
  codec::Reader in(ticket);
  KeyName name{};
  crypto::Nonce nonce{};
  std::ranges::copy(in.take(name.size()), name.begin());
  std::ranges::copy(in.take(nonce.size()), nonce.begin());
  const Bytes sealed = in.rest();
  if (!in.good()) {
    return std::nullopt;
  }
  const std::int64_t number = period_of(now);
  const std::scoped_lock lock(state_->mutex);
  state_->forget(number);
  if (state_->secret) {  // others may have sealed under keys that we had no need of yet
    for (std::int64_t n = number - periods_kept; n <= number + periods_ahead; ++n) {
      if (!state_->key(n)) {
        return std::nullopt;
      }
    }
  }
  TicketKey* const key = state_->find(name);
  return key == nullptr ? std::nullopt : key->open(nonce, sealed);
}

// ---- SessionStore -------------------------------------------------------------------------------

struct SessionStore::State {
  using Number = std::array<std::uint8_t, 32>;

  struct Kept {
    SecretBytes session;
    UnixTime expires;
    std::uint64_t order = 0;
    std::optional<SessionName> name;
  };

  // Found by the hash of its ticket: how long a search takes says nothing of tickets that exist.
  std::map<Number, Kept> sessions;
  std::map<std::uint64_t, Number> order;  // the oldest first
  std::uint64_t next = 0;
  std::size_t most = 0;
  std::multimap<SessionName, Number> named;
  std::deque<SessionName> forgotten;  // the last of them, the oldest first
  mutable std::mutex mutex;

  static Number place_of(Bytes ticket) {
    Number place{};
    const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, ticket);
    std::ranges::copy(digest.bytes(), place.begin());
    return place;
  }

  void drop(std::map<Number, Kept>::iterator kept) {
    order.erase(kept->second.order);
    if (kept->second.name) {
      const auto [first, last] = named.equal_range(*kept->second.name);
      named.erase(std::find_if(first, last,
                               [&](const auto& entry) { return entry.second == kept->first; }));
    }
    sessions.erase(kept);
  }

  [[nodiscard]] bool is_forgotten(const std::optional<SessionName>& name) const {
    return name && std::ranges::find(forgotten, *name) != forgotten.end();
  }
};

SessionStore::SessionStore(std::size_t sessions) : state_(std::make_unique<State>()) {
  state_->most = std::max<std::size_t>(sessions, 1);
}

SessionStore::~SessionStore() = default;

Result<std::vector<std::uint8_t>> SessionStore::issue(Bytes session, UnixTime now,
                                                      UnixTime expires) {
  std::vector<std::uint8_t> ticket(32);
  auto kept = crypto::fill_random(ticket);
  if (kept) {
    kept = keep(ticket, session, now, expires);
  }
  return kept ? Result<std::vector<std::uint8_t>>(std::move(ticket))
              : std::unexpected(kept.error());
}

Result<> SessionStore::keep(Bytes id, Bytes session, UnixTime /*now*/, UnixTime expires) {
  const State::Number place = State::place_of(id);
  const auto name = session_name(session);
  const std::scoped_lock lock(state_->mutex);
  if (state_->is_forgotten(name)) {
    return {};
  }
  if (const auto found = state_->sessions.find(place); found != state_->sessions.end()) {
    state_->drop(found);
  }
  if (state_->sessions.size() >= state_->most) {
    state_->drop(state_->sessions.find(state_->order.begin()->second));
  }
  state_->order.emplace(state_->next, place);
  state_->sessions.emplace(place, State::Kept{SecretBytes(session), expires, state_->next, name});
  if (name) {
    state_->named.emplace(*name, place);
  }
  ++state_->next;
  return {};
}

std::optional<SecretBytes> SessionStore::redeem(Bytes ticket, UnixTime now) {
  const State::Number place = State::place_of(ticket);
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->sessions.find(place);
  if (found == state_->sessions.end()) {
    return std::nullopt;
  }
  std::optional<SecretBytes> session;
  if (now < found->second.expires) {
    session.emplace(std::move(found->second.session));
  }
  state_->drop(found);
  return session;
}

void SessionStore::forget(const SessionName& name) {
  const std::scoped_lock lock(state_->mutex);
  for (auto found = state_->named.find(name); found != state_->named.end();
       found = state_->named.find(name)) {
    state_->drop(state_->sessions.find(found->second));
  }
  state_->forgotten.push_back(name);
  if (state_->forgotten.size() > limits::sessions_forgotten) {
    state_->forgotten.pop_front();
  }
}

std::size_t SessionStore::size() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->sessions.size();
}

}  // namespace handfast
