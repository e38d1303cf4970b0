// The state machines of TLS 1.2, written from figures 1 and 2 of RFC 5246 §7.3, figures 1 and 2 of
// RFC 5077 §3.1 and the clauses that the rows quote: what either side must make of each message in
// each state. Nothing here knows the library; tests hold the library against it.
#pragma once

#include "handfast/alert.h"
#include "handfast/registry.h"

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace handfast::test::model12 {

/// What a peer may say: each handshake message of TLS 1.2, some of its neighbours', and the records
/// that are none.
enum class Symbol : std::uint8_t {
  hello_request,
  client_hello,
  server_hello,
  server_hello_resuming,  ///< ServerHello with the session_id of the client's
  hello_verify_request,   ///< of DTLS alone
  new_session_ticket,
  end_of_early_data,
  encrypted_extensions,
  certificate,
  certificate_empty,  ///< Certificate with an empty certificate_list
  certificate_status,
  server_key_exchange,
  certificate_request,
  server_hello_done,
  certificate_verify,
  client_key_exchange,
  finished,
  key_update,
  message_hash,
  unassigned,  ///< a HandshakeType that nobody has registered
  change_cipher_spec,
  application_data,
  application_data_empty,
  handshake_empty,    ///< a handshake record of no bytes
  finished_in_clear,  ///< a Finished that nobody has encrypted
  alert_fatal,
  close_notify,
  count,
};

std::string_view name(Symbol symbol);

/// What a side waits for.
enum class State : std::uint8_t {
  start,  ///< a server that waits for a ClientHello
  server_hello,
  certificate,  ///< of a server, or of a client that was asked for one
  certificate_status,
  server_key_exchange,
  certificate_request,  ///< or ServerHelloDone
  server_hello_done,
  client_key_exchange,
  certificate_verify,
  new_session_ticket,
  change_cipher_spec,
  finished,
  connected,
};

inline bool is_connected(State state) { return state == State::connected; }

std::string_view name(State state);

/// How both sides come to a secret: RFC 8422, RFC 5246 §7.4.3 and §7.4.7.1, RFC 4279, RFC 5489.
enum class Exchange : std::uint8_t { ecdhe, dhe, rsa, psk, ecdhe_psk };

/// What sort of side it is.
struct Configuration {
  std::string_view name;
  Exchange exchange = Exchange::ecdhe;
  bool is_server = false;
  bool speaks_13 = true;  ///< as well, which its peer does not
  /// A server: whether it asks for a certificate, and whether it goes on without one.
  bool asks = false;
  bool demands = false;
  bool has_certificate = false;  ///< a client: whether it has one to show
  /// Whether the server says in its ServerHello that it will give a ticket, and that it may staple.
  bool gives_ticket = false;
  bool may_staple = false;
  /// Whether the client offers a session. A server then takes it up, unless it `declines`; a client
  /// leaves that to its peer.
  bool offered = false;
  bool declines = false;

  [[nodiscard]] bool shows_certificates() const {
    return exchange != Exchange::psk && exchange != Exchange::ecdhe_psk;
  }

  [[nodiscard]] bool resumes() const { return offered && !declines; }
};

/// Where a side is, with what it must remember.
struct Position {
  State state;
  bool asked = false;    ///< a CertificateRequest was sent or received
  bool shown = false;    ///< by a client to this server
  bool resumed = false;  ///< the session goes on
  bool changed = false;  ///< the peer's ChangeCipherSpec has come: what it says is encrypted
  bool dropped = false;  ///< one that came while the peer might still have spoken TLS 1.3
};

Position beginning(const Configuration& configuration);

/// The side is over, and has nothing to say to that.
struct Silence {};

/// Where `symbol` leads, or the alert with which it must be refused, if any.
using Outcome = std::variant<Position, Alert, Silence>;

Outcome step(const Configuration& configuration, const Position& from, Symbol symbol);

/// The handshake messages that the side must have sent when it comes to wait in `at`.
std::vector<HandshakeType> sent(const Configuration& configuration, const Position& at);

}  // namespace handfast::test::model12
