// Connection::State: the engine behind the public API. A handshake that becomes traffic, over one
// wire.
#pragma once

#include "connection/traffic.h"
#include "handfast/connection.h"
#include "handshake/handshake.h"
#include "wire/stream_wire.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace handfast {

class Connection::State {
 public:
  State(handshake::ClientRole role, UnixTime now, handshake::Chance& chance);
  State(handshake::ServerRole role, UnixTime now, handshake::Chance& chance);

  /// The chance of every connection that is not a test's.
  static handshake::Chance& system_chance();

  Result<Event> next(Input& in, Output& out);
  std::size_t open(Input& in, std::span<MutBytes> parts, Output& out);
  Result<> complete(Answer answer);
  Result<std::size_t> seal(std::span<const Bytes> parts, Output& out);
  Result<std::size_t> seal_early(Bytes bytes, Output& out);
  [[nodiscard]] std::size_t early_data_left() const;
  Result<> close(Output& out);
  Result<> abort(Output& out);
  Result<> eof();
  Result<> update_keys(Output& out, bool ask_peer);
  Result<> request_certificate(Output& out);
  Result<> send_heartbeat(Output& out);
  Result<std::unique_ptr<handshake::AuthenticatorSource>> release_authenticators(Party party);
  Result<> export_keying_material(std::string_view label, std::optional<Bytes> context,
                                  MutBytes out) const;

  Result<> export_early_keying_material(std::string_view label, Bytes context, MutBytes out) const;
  void set_time(UnixTime now);
  Result<> bind_cookies(Bytes client);

  [[nodiscard]] std::string where() const;

  [[nodiscard]] bool is_connected() const { return traffic() != nullptr; }

  [[nodiscard]] const Settled& settled() const;

  [[nodiscard]] const PeerIdentity& peer() const { return peer_; }

  [[nodiscard]] const Verdict* verdict() const;
  void observe_with(Observer* observer);
  void log_keys_to(KeyLog* log);

  /// For tests.
  [[nodiscard]] handshake::Handshake* handshake() {
    begin();
    return handshake_ ? handshake_.get() : authentication();
  }

  [[nodiscard]] wire::StreamWire& wire() { return wire_; }

 private:
  /// What a server is told before a client has said anything: nothing else is kept for who only
  /// connects.
  struct Waiting {
    handshake::ServerRole role;
    UnixTime now;
    handshake::Chance* chance;
    Observer* observer = nullptr;
    KeyLog* key_log = nullptr;
  };

  /// The handshake is under way, in `handshake_`.
  struct Opening {};

  [[nodiscard]] Waiting* waiting() { return std::get_if<Waiting>(&stage_); }

  [[nodiscard]] Traffic* traffic() { return std::get_if<Traffic>(&stage_); }

  [[nodiscard]] const Traffic* traffic() const { return std::get_if<Traffic>(&stage_); }

  void begin();
  Result<Event> step(Input& in);
  Result<std::optional<Event>> step_handshake(Input& in);
  Result<Event> step_traffic(const Traffic& established, Input& in);
  Result<std::optional<Event>> look_into_messages();
  Result<> act_on(const wire::Incoming& incoming);
  Result<wire::Incoming> take_record(Input& in);
  [[nodiscard]] bool may_open() const;
  [[nodiscard]] handshake::Handshake* authentication() const;
  Result<> send_what_is_due();
  Event become_traffic();
  bool learns_of_refusal();
  Result<std::size_t> seal_records(std::span<const Bytes> parts);
  [[nodiscard]] bool may_answer_early_data() const;
  void fail_with(const Error& error);
  void forget_session();
  [[nodiscard]] Result<Event> failure();
  [[nodiscard]] std::optional<Alert> last_alert(const Error& error) const;
  [[nodiscard]] Result<> check_alive() const;
  [[nodiscard]] Result<> check_usable() const;

  wire::StreamWire wire_;
  std::variant<Opening, Waiting, Traffic, Error> stage_;  // the last: how it has ended
  std::unique_ptr<handshake::Handshake> handshake_;       // nullptr: not begun, or over
  std::unique_ptr<Authentication> failed_;                // the one that ended the connection
  std::unique_ptr<Operation> forgetting_;                 // waits behind an error
  Settled settled_;
  PeerIdentity peer_;
  std::uint64_t records_before_key_update_;
  std::size_t early_data_sent_ = 0;
  wire::Role role_;
  bool refusal_told_ = false;
  bool forgetting_asked_ = false;
  bool close_sent_ = false;
  bool close_received_ = false;
  bool heartbeat_answered_ = false;  // which is still to be told
};

}  // namespace handfast
