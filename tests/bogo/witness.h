// What the runner asks about that a connection tells its observers alone.
#pragma once

#include "flags.h"
#include "handfast/observer.h"

#include <string>

namespace handfast::bogo {

/// Sees messages, alerts and secrets go by.
class Witness final : public Observer, public KeyLog {
 public:
  void observe(const Observation& observation) override;
  void log(std::string_view line) override;

  /// "write hs 1", "read hs 2", "write alert 1 0", ..., a line each.
  [[nodiscard]] const std::string& trace() const { return trace_; }

  /// The list of ALPN names that the client sent, as it stood on the wire.
  [[nodiscard]] const std::string& advertised_alpn() const { return advertised_alpn_; }

  /// The authorities that the server named to its client.
  [[nodiscard]] const Names& client_authorities() const { return client_authorities_; }

  /// The kinds of certificates that a server of TLS 1.2 takes from its client, as they stood on
  /// the wire.
  [[nodiscard]] const Octets& certificate_types() const { return certificate_types_; }

  /// The session id of the ServerHello, whoever sent it.
  [[nodiscard]] const Octets& session_id() const { return session_id_; }

  /// Whether the server has sent a ticket that is not empty.
  [[nodiscard]] bool is_ticket_sent() const { return is_ticket_sent_; }

  /// The type of the last message that came.
  [[nodiscard]] HandshakeType last_received() const { return last_received_; }

  /// The newest traffic secrets.
  [[nodiscard]] const Octets& client_secret() const { return client_secret_; }

  [[nodiscard]] const Octets& server_secret() const { return server_secret_; }

 private:
  void read(HandshakeType type, Bytes message);
  void read_hello(Bytes message);
  void read_request(Bytes message);
  void write(Flow flow, const std::string& what);

  std::string trace_;
  HandshakeType last_received_{};
  std::string advertised_alpn_;
  Names client_authorities_;
  Octets certificate_types_;
  Octets session_id_;
  bool is_13_ = false;  ///< the ServerHello says so
  bool is_ticket_sent_ = false;
  Octets client_secret_;
  Octets server_secret_;
};

}  // namespace handfast::bogo
