// The state machines of TLS 1.3, written from figures A.1 and A.2 of RFC 9846 and the clauses that
// the rows quote: what either side must make of each message in each state. Nothing here knows the
// library; tests hold the library against it.
#pragma once

#include "handfast/alert.h"
#include "handfast/observer.h"
#include "handfast/registry.h"

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace handfast::test::model13 {

/// What a peer may say: each handshake message that there is, and the records that are none.
enum class Symbol : std::uint8_t {
  hello_request,
  client_hello,
  server_hello,
  server_hello_resuming,  ///< ServerHello that selects the first PSK of the client's
  hello_retry_request,
  new_session_ticket,
  end_of_early_data,
  encrypted_extensions,
  certificate_request,
  certificate,
  certificate_empty,  ///< Certificate with an empty certificate_list
  certificate_verify,
  finished,
  key_update,
  message_hash,
  client_certificate_request,  ///< of exported authenticators alone, RFC 9261 §4
  unassigned,                  ///< a HandshakeType that nobody has registered
  change_cipher_spec,
  application_data,
  application_data_empty,
  handshake_empty,    ///< a handshake record of no bytes
  finished_in_clear,  ///< a Finished that nobody has encrypted
  count,
};

std::string_view name(Symbol symbol);

/// The states of the figures, in which a side waits. Those that it only passes through have no
/// messages to refuse.
enum class State : std::uint8_t {
  start,        ///< a server that waits for a ClientHello
  start_again,  ///< the same after its HelloRetryRequest
  wait_sh,
  wait_sh_again,  ///< after the second ClientHello
  wait_ee,
  wait_cert_cr,
  wait_cert,
  wait_cv,
  wait_finished,
  connected,
  // Not in the figures: a connected server that has asked for a certificate, §4.7.2.
  later_cert,
  later_cv,
  later_finished,
};

inline bool is_connected(State state) { return state >= State::connected; }

std::string_view name(State state);

/// K_recv of the figures.
Epoch receiving(State state);

/// What sort of side it is.
struct Configuration {
  std::string_view name;
  bool is_server = false;
  /// A server: whether its first answer is a HelloRetryRequest, whether it asks for a certificate,
  /// and whether it goes on without one.
  bool retries = false;
  bool asks = false;
  bool demands = false;
  bool asks_later = false;  ///< it asks once, as soon as it is connected
  /// A client: whether it has a certificate to show.
  bool has_certificate = false;
  bool offers_later = false;  ///< post_handshake_auth
  /// Whether the client offers a session. A server then takes it up; a client leaves that to its
  /// peer.
  bool offered = false;
};

/// Where a side is, with what it must remember.
struct Position {
  State state;
  bool change_cipher_spec_seen = false;
  bool retried = false;           ///< a HelloRetryRequest was sent or received
  bool asked = false;             ///< a CertificateRequest was sent or received
  bool resumed = false;           ///< "Using PSK"
  std::uint32_t key_updates = 0;  ///< of the peer
  unsigned requests = 0;          ///< for a certificate, that came after the handshake
};

Position beginning(const Configuration& configuration);

/// Where `symbol` leads, or the alert with which it must be refused.
using Outcome = std::variant<Position, Alert>;

Outcome step(const Configuration& configuration, const Position& from, Symbol symbol);

/// The handshake messages that the side must have sent when it comes to wait in `at`.
std::vector<HandshakeType> sent(const Configuration& configuration, const Position& at);

}  // namespace handfast::test::model13
