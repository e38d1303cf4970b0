// Connection: a TLS connection without I/O. Bytes in, bytes out, one event a call.
#pragma once

#include "handfast/buffers.h"
#include "handfast/bytes.h"
#include "handfast/config.h"
#include "handfast/early_data.h"
#include "handfast/identity.h"
#include "handfast/observer.h"
#include "handfast/operation.h"
#include "handfast/result.h"
#include "handfast/server_name.h"
#include "handfast/settled.h"
#include "handfast/time.h"
#include "handfast/verdict.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace handfast {

/// More bytes are needed from the peer.
struct NeedInput {};

/// An operation waits for `complete`, and so does what came behind it. Valid until then.
struct NeedAnswer {
  const Operation* operation;
};

/// The handshake is over and the peer is authenticated as the configuration demands. Comes once.
struct Connected {
  /// The judgement of the peer's chain. On a client always there (`danger`: nobody looked, and
  /// is_trusted() is false); on a server nullptr if the client showed no certificate. Who the
  /// client is, `Connection::peer` says. Valid until the next call of `next`.
  const Verdict* verdict;
};

/// Application data: plaintext inside the Input, valid until the next call of `next`, `open` or
/// `Input::writable`.
struct Data {
  MutBytes bytes;
};

/// A server: data that came before the client has proved to be there, as plaintext that lies where
/// `Data` would. It may be a copy of what somebody sent before, so it must do nothing that may not
/// happen twice (RFC 9846 §8; for HTTP, RFC 8470). Comes before Connected, and only where the
/// configuration takes it; `settled` says of which protocol and name it is, and `peer` nothing yet.
struct EarlyData {
  Replayable data;
};

/// A client: the server does not take the early data that it was offered; `settled` says what is
/// known of why. The connection goes on: after Connected, send it again by `seal`, if it may happen
/// twice (a copy may have been taken elsewhere) and was written for `Settled::alpn`. Comes once.
struct EarlyDataRefused {
  std::size_t sent;  ///< bytes
};

/// A server: the client's answer to `request_certificate`. One that is no good, by its signature or
/// by the judgement of its chain, ends the connection instead.
struct ClientAnswered {
  /// Who it has proved to be, and `Connection::peer` from now on; or Anonymous: it showed no
  /// certificate, and stays who it was.
  PeerIdentity client;
  const Verdict* verdict;  ///< on its chain; nullptr: it showed none. Valid until the next `next`
};

/// The peer has answered `send_heartbeat`: it is there.
struct HeartbeatAnswered {};

/// The peer has sent close_notify: what came is complete. `seal` may go on.
struct Closed {};

using Event = std::variant<NeedInput, NeedAnswer, Connected, Data, EarlyData, EarlyDataRefused,
                           ClientAnswered, HeartbeatAnswered, Closed>;

/// One TLS connection: a handshake that becomes a pair of keyed directions. Move-only. Does no I/O,
/// has no thread, no clock and no callback; the configuration is shared and immutable.
///
/// Confined: one thread at a time.
class Connection {
 public:
  /// A client that wants to reach `name`, which is sent as SNI and checked. `now` is what
  /// certificates' dates are compared with.
  static Result<Connection> client(std::shared_ptr<const ClientConfig> config, ServerName name,
                                   UnixTime now);

  /// A server for one accepted peer.
  static Result<Connection> server(std::shared_ptr<const ServerConfig> config, UnixTime now);

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Goes on as far as the bytes in `in` reach and returns one event. What must be sent is appended
  /// to `out`, also when the call fails: then it ends with the alert that the error calls for, the
  /// connection is over, and every further call returns the same error. (A server of TLS 1.2 whose
  /// `tickets` are pulled has one more NeedAnswer before that, also where another function has
  /// failed: `ForgetSession`.) Never blocks, never calls back.
  Result<Event> next(Input& in, Output& out);

  /// Opens application data, record by record, as many calls of `next` would: a view of each that
  /// brought any goes into `parts`, in their order, and lies where a `Data` of it would. Returns
  /// how many there are. It stops when `parts` is full, and before or after whatever `next` has
  /// more to say of than data: a record that is not whole yet, a handshake message, an event, an
  /// error. So fewer than `parts` has room for, and 0 above all, mean: ask `next`, which tells what
  /// it is. It does not fail itself: an error of the record behind the last part is that of the
  /// next call of `next`, its alert is at the end of `out`, and what was opened before is good.
  /// What must be sent on the way is appended to `out` too. 0 before Connected, and until the
  /// `next` that follows it. RFC 9846 §5.2, RFC 5246 §6.2.
  [[nodiscard]] std::size_t open(Input& in, std::span<MutBytes> parts, Output& out);

  /// Answers the operation of the last NeedAnswer; the next call of `next` goes on with it. Fails:
  /// called_out_of_order if none waits or the answer is of another kind.
  Result<> complete(Answer answer);

  /// Encrypts `parts`, one after another, straight into `out`, as records of at most 2^14 bytes.
  /// Returns how many bytes were taken: all, or fewer if a fixed `out` is full. Once Connected
  /// it changes keys by itself before a cipher's limit (RFC 9846 §5.5); in TLS 1.2 the end of a key
  /// ends the connection. Fails: called_out_of_order
  /// before Connected (a server: before it has taken early data) or after `close`, output_full if
  /// not one byte fits; anything else ends the connection.
  Result<std::size_t> seal(std::span<const Bytes> parts, Output& out);

  /// The same for one part.
  Result<std::size_t> seal(Bytes bytes, Output& out) { return seal(std::span(&bytes, 1), out); }

  /// A client: seals `early` as early data, if the session that is offered allows it; call it after
  /// the first `next`, and until Connected comes. Returns how many bytes were taken: all, or fewer
  /// if a fixed `out` is full or no more is allowed. A server that has taken early data may answer
  /// it by `seal` at once; it then speaks to whoever sent it, which may be an attacker who cannot
  /// read the answer. Fails: early_data_unavailable, output_full. RFC 9846 §4.3.10.
  Result<std::size_t> seal_early(Replayable early, Output& out);

  /// How many bytes `seal_early` may still take; 0 where no early data can be sent.
  [[nodiscard]] std::size_t early_data_left() const;

  /// Sends close_notify: this side has nothing more to say. Receiving may go on; before Connected
  /// it ends the handshake instead, with `aborted`. Twice is once. Fails: output_full. RFC 9846
  /// §6.1.
  Result<> close(Output& out);

  /// Ends the connection at once with general_error, for a reason that only the caller knows; from
  /// then on every call fails with `aborted`. Fails: with the error it has ended with already.
  Result<> abort(Output& out);

  /// Tells that the transport has ended. Fails: truncated unless Closed was seen,
  /// closed_in_handshake before Connected (RFC 9846 §6.1): whether what came is whole is the
  /// difference.
  Result<> eof();

  /// Changes this side's sending keys; with `ask_peer`, asks the peer to change its own too, unless
  /// it was asked already. RFC 9846 §4.7.3. Fails: called_out_of_order before Connected or after
  /// `close`, output_full and then nothing is sent.
  Result<> update_keys(Output& out, bool ask_peer);

  /// A server: asks the client who it is, now that it has a reason to (RFC 9846 §4.7.2). The client
  /// must have offered that (`ClientOptions::post_handshake_auth`), and `client_authentication`
  /// have a `Trust`: `later` for asking in this way alone. The answer is the event ClientAnswered.
  /// It may be long in coming: until then data flows as before, of a client that is who it was, and
  /// there is no second question. What is proved is not in the tickets of this connection: a
  /// session that goes on from them does not know of it. Fails: called_out_of_order before
  /// Connected, after `close` or while an answer is awaited; client_authentication_unavailable;
  /// random_failed, output_full, and then nothing is sent.
  Result<> request_certificate(Output& out);

  /// Asks the peer for a sign of life (RFC 6520), where both sides have `heartbeat` in their
  /// options and the peer lets us. Its answer is the event HeartbeatAnswered; what it means that
  /// none comes, and after how long, is for the caller to say. One at a time. Fails:
  /// called_out_of_order before Connected, after `close` or while an answer is awaited;
  /// heartbeat_unavailable; random_failed, output_full, and then nothing is sent.
  Result<> send_heartbeat(Output& out);

  /// Fills `out` with keying material for `label` and `context`, the same on both sides. None is
  /// the same as an empty one in TLS 1.3 (RFC 9846 §7.5), and another in TLS 1.2 (RFC 5705 §4).
  /// Fails: called_out_of_order before Connected, exporter_label_invalid.
  Result<> export_keying_material(std::string_view label, std::optional<Bytes> context,
                                  MutBytes out) const;

  /// The same for early data, from its beginning until the `next` that follows Connected, or until
  /// a HelloRetryRequest refuses it. A client whose early data is refused otherwise has it alone,
  /// and of a ClientHello that is sent twice both copies have the same. RFC 9846 §7.5, §E.1.1.
  /// Fails: early_data_unavailable, exporter_label_invalid.
  Result<> export_early_keying_material(std::string_view label, Bytes context, MutBytes out) const;

  /// The "tls-exporter" channel binding, the same on both sides and of no other connection: for
  /// authentication inside the channel, such as SCRAM's. RFC 9266 §3. Fails: called_out_of_order
  /// before Connected.
  Result<std::array<std::uint8_t, 32>> channel_binding() const;

  /// Tells what time it is. A server judges by it, from the next ClientHello on, whatever has a
  /// date: early data, sessions, a client's certificates; a client dates its tickets. Either counts
  /// by it how many heartbeats it answers. A connection that is not told takes the moment at which
  /// it was made.
  void set_time(UnixTime now);

  /// A server with `ServerOptions::cookie_keys`: what is known of the client, such as its address
  /// without the port; a cookie is good for whom it was made for, and for everybody where nothing
  /// is told. Call it before the first byte comes. Fails: called_out_of_order.
  Result<> bind_cookies(Bytes client);

  /// Where the connection stands, for people: "client, awaiting ServerHello",
  /// "client, connected", "failed: ...".
  [[nodiscard]] std::string where() const;

  [[nodiscard]] bool is_connected() const;

  [[nodiscard]] const Settled& settled() const;

  /// On a server, who the client is: an Identity once the handshake is over, if the client has
  /// proved one; else Anonymous, and so at every moment before, whatever the client has shown by
  /// then. An Identity that is proved later (`request_certificate`) takes its place. On a client
  /// always Anonymous: there, that Connected came is what says that the server is the one that was
  /// asked for.
  [[nodiscard]] const PeerIdentity& peer() const;

  /// The judgement of the peer's chain, also after a failure; nullptr before there is one, and once
  /// the memory of the handshake is gone (after the `next` that follows Connected). It is about the
  /// certificates; that the peer owns them is proved later, and Connected says so.
  [[nodiscard]] const Verdict* verdict() const;

  /// Reports to `observer` (nullptr: nobody), which must outlive the connection. Call before the
  /// first `next`.
  void observe_with(Observer* observer);

  /// Hands every secret to `log` (nullptr: nobody), which must outlive the connection. Call before
  /// the first `next`.
  void log_keys_to(KeyLog* log);

  class State;  ///< the library's inside, see src/connection/state.h

  /// For the library itself and its tests.
  explicit Connection(std::unique_ptr<State> state);

  /// For the library itself and its tests.
  [[nodiscard]] State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace handfast
