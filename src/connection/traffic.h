// Traffic: a connection after its handshake. What comes in any order is handled here, without a
// coroutine: tickets, KeyUpdates. What comes in one order, a client's late authentication, is an
// exchange of its own. RFC 9846 §4.7.
#pragma once

#include "base/arena.h"
#include "connection/authentication.h"
#include "handfast/connection.h"
#include "handfast/result.h"
#include "handshake/handshake.h"
#include "heartbeat/heartbeat.h"
#include "wire/stream_wire.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace handfast {

/// The keys of an established connection and the messages that change them.
///
/// Confined: one thread at a time.
class Traffic {
 public:
  /// Takes over what the handshake left. `records_before_update` is 0 for the safe default.
  Traffic(wire::StreamWire& wire, wire::Role role, handshake::Established established,
          std::uint64_t records_before_update);

  /// Takes the content of a handshake record; `go_on` handles it. Fails: message_too_long,
  /// out_of_memory.
  Result<> take(Bytes content);

  /// Handles the messages that are here, until one has to be told of: NeedAnswer, ClientAnswered.
  /// What the client has shown is entered into `settled`. Call before more input is read. Fails:
  /// post_handshake_unexpected, post_handshake_flood, key_update_invalid, message_*, extension_*,
  /// key_change_inside_record, and as an authentication does.
  Result<std::optional<Event>> go_on(Settled& settled);

  /// Whether there are messages for `go_on` to look at, or parts of one.
  [[nodiscard]] bool has_messages() const { return received_ != nullptr; }

  /// Handles a heartbeat that came: HeartbeatAnswered, if it answers ours. An answer that the
  /// output has no room for waits, until `send_owed_answer` or another one. Fails: heartbeat_flood,
  /// random_failed.
  Result<std::optional<HeartbeatAnswered>> take_heartbeat(Bytes message);

  /// The peer has sent close_notify. RFC 5246 §7.2.1: in TLS 1.2 it takes nothing more, and what
  /// waits to be sent is discarded; in TLS 1.3 it may still listen (RFC 9846 §6.1).
  void hear_close();

  /// Sends the answer to a heartbeat that waits, if there is one, and room by now. Fails: as
  /// `StreamWire::heartbeat`, but for output_full.
  Result<> send_owed_answer();

  /// Asks the peer for a sign of life. Fails: heartbeat_unavailable, called_out_of_order while one
  /// is awaited, random_failed, output_full.
  Result<> send_heartbeat();

  /// Asks the client for a certificate. Fails: client_authentication_unavailable,
  /// called_out_of_order while an answer is awaited, random_failed, output_full.
  Result<> request_certificate();

  /// What the exported authenticators of this side go on from, handed over once; it must be
  /// `party`. Fails: exported_authenticators_unavailable.
  Result<std::unique_ptr<handshake::AuthenticatorSource>> release_authenticators(Party party);

  /// The authentication that is under way, or was when `go_on` returned; nullptr: none.
  [[nodiscard]] Authentication* authentication() const { return authentication_.get(); }

  /// The same, handed over: for a connection that failed.
  [[nodiscard]] std::unique_ptr<Authentication> release_authentication() {
    return std::move(authentication_);
  }

  /// As `Established::forget_session`.
  [[nodiscard]] std::unique_ptr<Operation> forget_session() const { return keys_.forget_session(); }

  /// Something other than a handshake message came. RFC 9846 §4.7.2: nothing may come between the
  /// messages of an answer. Fails: authentication_interrupted.
  [[nodiscard]] Result<> check_uninterrupted() const;

  /// This side has said its last: an answer that is still to be made stays unsent.
  void fall_silent() { is_silent_ = true; }

  /// What time it is, for tickets that come from now on.
  void set_time(UnixTime now);

  /// Application data came: it breaks a row of messages.
  void saw_data() {
    messages_in_a_row_ = 0;
    heartbeats_dropped_ = 0;
  }

  /// Sends a KeyUpdate that a key's age demands. Call before waiting for the peer. Fails:
  /// output_full, sequence_exhausted.
  Result<> keep_keys_fresh();

  /// Sends a KeyUpdate; asks the peer for one too, unless it was asked already. Fails: output_full.
  Result<> update_keys(bool ask_peer);

  /// Seals application data, record by record, with keys kept fresh between. Fails: output_full if
  /// nothing fitted.
  Result<std::size_t> seal(std::span<const Bytes> parts);

  /// RFC 9846 §7.5. Fails: exporter_label_invalid.
  Result<> export_keying_material(std::string_view label, std::optional<Bytes> context,
                                  MutBytes out) const;

 private:
  [[nodiscard]] bool starts_authentication(HandshakeType type) const;
  Result<std::optional<Event>> authenticate(Settled& settled);
  Result<std::optional<HandshakeType>> handle_next(std::optional<HandshakeType> type);
  Result<> count_message();
  Result<> answer_heartbeat();
  Result<> send_whole(std::span<const Bytes> messages);
  Result<std::size_t> seal_one(wire::Parts& parts);
  Result<> handle(const wire::WholeMessage& message);
  Result<> handle_key_update(const wire::WholeMessage& message);
  [[nodiscard]] Result<> handle_ticket(Bytes body) const;

  [[nodiscard]] schedule::TrafficSecret& own() { return is_client() ? keys_.client : keys_.server; }

  [[nodiscard]] schedule::TrafficSecret& peers() {
    return is_client() ? keys_.server : keys_.client;
  }

  [[nodiscard]] bool is_client() const { return role_ == wire::Role::client; }

  [[nodiscard]] bool speaks_12() const { return keys_.suite->version == ProtocolVersion::tls12; }

  wire::StreamWire* wire_;
  handshake::Established keys_;
  std::shared_ptr<MessageStore> received_;  // only while there is something in it to be handled
  std::unique_ptr<Authentication> authentication_;
  std::unique_ptr<Heartbeat> heartbeat_;  // only where both sides want any
  std::uint64_t records_before_update_;
  std::uint8_t messages_in_a_row_ = 0;
  std::uint8_t heartbeats_dropped_ = 0;
  bool owes_update_ = false;
  bool asked_peer_ = false;
  bool is_told_ = false;  // of what the authentication came to
  bool is_silent_ = false;
  wire::Role role_;
};

}  // namespace handfast
