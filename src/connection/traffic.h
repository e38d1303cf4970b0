// Traffic: a connection after its handshake. What comes in any order is handled here, without a
// coroutine: tickets, KeyUpdates. RFC 9846 §4.7.
#pragma once

#include "base/arena.h"
#include "handfast/result.h"
#include "handshake/handshake.h"
#include "wire/stream_wire.h"

#include <cstdint>
#include <memory>
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

  /// Handles the content of a handshake record. Fails: post_handshake_unexpected,
  /// post_handshake_flood, key_update_invalid, message_*, extension_*,
  /// key_change_inside_record.
  Result<> handle(Bytes content);

  /// What time it is, for tickets that come from now on.
  void set_time(UnixTime now);

  /// Application data came: it breaks a row of messages.
  void saw_data() { messages_in_a_row_ = 0; }

  /// Sends a KeyUpdate that a key's age demands. Call before waiting for the peer. Fails:
  /// output_full, sequence_exhausted.
  Result<> keep_keys_fresh();

  /// Sends a KeyUpdate; asks the peer for one too, unless it was asked already. Fails: output_full.
  Result<> update_keys(bool ask_peer);

  /// Seals application data, record by record, with keys kept fresh between. Fails: output_full if
  /// nothing fitted.
  Result<std::size_t> seal(std::span<const Bytes> parts);

  /// RFC 9846 §7.5. Fails: exporter_label_invalid.
  Result<> export_keying_material(std::string_view label, Bytes context, MutBytes out) const;

 private:
  Result<std::size_t> seal_one(wire::Parts& parts);
  Result<> handle(const wire::WholeMessage& message);
  Result<> handle_key_update(const wire::WholeMessage& message);
  [[nodiscard]] Result<> handle_ticket(Bytes body) const;

  [[nodiscard]] schedule::TrafficSecret& own() { return is_client() ? keys_.client : keys_.server; }

  [[nodiscard]] schedule::TrafficSecret& peers() {
    return is_client() ? keys_.server : keys_.client;
  }

  [[nodiscard]] bool is_client() const { return role_ == wire::Role::client; }

  wire::StreamWire* wire_;
  handshake::Established keys_;
  std::unique_ptr<MessageStore> partial_;  // only while a message is not whole
  std::uint64_t records_before_update_;
  std::uint8_t messages_in_a_row_ = 0;
  bool owes_update_ = false;
  bool asked_peer_ = false;
  wire::Role role_;
};

}  // namespace handfast
