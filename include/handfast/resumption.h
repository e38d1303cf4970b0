// Session: what a client keeps of one connection to shorten the next. RFC 9846 §2.2, §4.7.1.
#pragma once

#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/secret_bytes.h"
#include "handfast/time.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace handfast {

struct SessionState;    // src/handshake/session_state.h
class SessionStanding;  // the same

/// A session that a server has given a ticket for. Whoever holds it can pass for the client it was
/// given to, and read what is sent early: a secret. Good for one connection, so that nobody who
/// watches can tell that two of them are of one client (RFC 9846 §E.5): to use it is to move it.
/// One of TLS 1.2, where tickets are seen by all, comes back if the server gives no new one. It is
/// of no use any more when a connection that it came from, or in TLS 1.2 one that it went on in,
/// ends by a fatal alert; of what `to_bytes` wrote nobody knows that but who keeps it.
///
/// Move-only; confined: one thread at a time.
class Session {
 public:
  /// Reads what `to_bytes` wrote. Fails: session_malformed.
  static Result<Session> from_bytes(SecretBytes bytes);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// For a file of mode 0600, or some other place that is fit for secrets.
  [[nodiscard]] SecretBytes to_bytes() const;

  /// The name that the server was verified for.
  [[nodiscard]] std::string_view server_name() const;

  [[nodiscard]] CipherSuite suite() const;

  /// The application protocol that was settled; empty: none.
  [[nodiscard]] std::string_view alpn() const;

  /// When the ticket came.
  [[nodiscard]] UnixTime received() const;

  /// From when on it is of no use: the server's word, at most seven days (RFC 9846 §4.7.1), and
  /// never later than a certificate of the path that the server was verified by, or than a day
  /// after that.
  [[nodiscard]] UnixTime expires() const;

  /// How many bytes of early data the server is willing to take; 0: none.
  [[nodiscard]] std::uint32_t max_early_data() const;

  // For handshake/.
  explicit Session(std::shared_ptr<const SessionState> state);

  [[nodiscard]] const SessionState& state() const { return *state_; }

  /// The same session once more, for TLS 1.2: there every ticket goes through the net in clear, a
  /// new one too, so that who sees every connection learns nothing from its use.
  [[nodiscard]] Session again() const { return Session(state_); }

 private:
  std::shared_ptr<const SessionState> state_;
};

/// The sessions of a client, by the names of servers: at most four for each, and each is handed out
/// once, but one of TLS 1.2 may come back. Give one to the `ClientOptions` of everything that may
/// be seen to be the same client; what is trusted and shown need not be the same, as a session is
/// only resumed under the configuration that it came from.
///
/// Any thread may call anything at any time; so connections of one session may be on many threads,
/// and what one of them has forgotten is handed out to no other afterwards.
class SessionCache {
 public:
  /// For at most `names` servers; the one that nothing was put in for the longest makes room.
  explicit SessionCache(std::size_t names = 256);

  SessionCache(const SessionCache&) = delete;
  SessionCache& operator=(const SessionCache&) = delete;
  ~SessionCache();

  /// Keeps `session`, by when it was received, in the place of the oldest for its name if there are
  /// four; but none that was to be forgotten meanwhile.
  void put(Session session);

  /// Takes the newest session for `server_name` out, whatever its configuration. Empty: there is
  /// none that is good at `now`.
  [[nodiscard]] std::optional<Session> take(std::string_view server_name, UnixTime now);

  /// How many sessions there are.
  [[nodiscard]] std::size_t size() const;

  /// Forgets all of them.
  void clear();

  // For handshake/.

  /// The same, only a session that came from a configuration of this `binding`.
  [[nodiscard]] std::optional<Session> take(std::string_view server_name, Bytes binding,
                                            UnixTime now);

  /// Forgets what shares `standing`, and takes none of it back.
  void forget(SessionStanding& standing);

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace handfast
